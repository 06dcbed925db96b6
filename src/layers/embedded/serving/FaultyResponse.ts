/**
 * Applies a fault to a request and its response.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { Fault } from "../controls/faults/FaultScript.js"
import type { AppliedFault } from "../controls/faults/Faults.js"
import * as ApiResponse from "./ApiResponse.js"
import { answered, bytesOf, cut, type Outcome } from "./Outcome.js"

type Response = ApiResponse.ApiResponse

/** Carries the request out. `isExpired`: whether its access token counts as expired. */
export type Handle = (isExpired: boolean) => Effect.Effect<Response>

/** Not UTF-8, and so not JSON. */
const garbage = Uint8Array.of(0xff, 0xfe, 0x7b, 0x22, 0x00, 0xc3, 0x28, 0x80)

const page = "<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>"

const seconds = (value: number): number => Math.ceil(value)

const retryAfter = (
  { form, seconds: wait }: NonNullable<Extract<Fault, { kind: "status" }>["retry_after"]>,
  now: number
): { readonly [name: string]: string } => {
  switch (form) {
    case "seconds":
      return { "retry-after": String(seconds(wait)) }
    case "date":
      return { "retry-after": new Date(seconds(now / 1000 + wait) * 1000).toUTCString() }
    case "millis":
      return { "retry-after-ms": String(Math.ceil(wait * 1000)) }
    case "invalid":
      return { "retry-after": "soon" }
  }
}

/** A response without a body gets one, since only a body can be wrong. */
const withBody = (response: Response, bytes: Uint8Array, contentType: string): Response =>
  ApiResponse.bytes(
    response.status === 204 ? 200 : response.status,
    bytes,
    contentType,
    Object.fromEntries(Object.entries(response.headers).filter(([name]) => !/^(?:content-(?:type|length)|etag)$/.test(name)))
  )

const truncated = (response: Response, at: number | undefined): Outcome => {
  const bytes = bytesOf(response)
  // At least one byte is missing: a complete response would not be a fault.
  const length = Math.min(at ?? Math.floor(bytes.length / 2), bytes.length - 1)
  return bytes.length === 0 ? cut("drop") : cut("drop", { response, bytes: bytes.subarray(0, length) })
}

/** `closing` ends the wait of a fault, so that a system can stop. */
export const make = ({ fault }: AppliedFault, handle: Handle, closing: Effect.Effect<void>): Effect.Effect<Outcome> => {
  const done = handle(false)
  switch (fault.kind) {
    case "status":
      return Effect.map(Clock.currentTimeMillis, (now) =>
        answered(
          ApiResponse.error(fault.status, fault, fault.retry_after === undefined ? {} : retryAfter(fault.retry_after, now))
        )
      )
    case "delay":
      return Effect.zipRight(Effect.raceFirst(Effect.sleep(Duration.millis(fault.millis)), closing), Effect.map(done, answered))
    case "drop":
    case "reset":
      return fault.when === "before_commit" ? Effect.succeed(cut(fault.kind)) : Effect.as(done, cut(fault.kind))
    case "stall":
      return (fault.when === "before_commit" ? closing : Effect.zipRight(done, closing)).pipe(Effect.as(cut("drop")))
    case "truncate":
      return Effect.map(done, (response) => truncated(response, fault.bytes))
    case "garbage":
      return Effect.map(done, (response) => answered(withBody(response, garbage, "application/json; charset=utf-8")))
    case "content_type":
      return Effect.map(done, (response) => answered(withBody(response, Buffer.from(page), "text/html; charset=utf-8")))
    case "expired_token":
      return Effect.map(handle(true), answered)
  }
}
