/**
 * What a case is, and how an answer is looked at.
 */
import { createHash } from "node:crypto"
import type { HttpClient } from "@effect/platform"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import type { DinteroEmbedded } from "effect-dintero/embedded"
import type { NameOf } from "../../src/contract/Operation.js"
import type { System, Wire } from "./System.js"

/** The system, its controls, and the way to it. */
export type Needs = HttpClient.HttpClient | System | DinteroEmbedded.Embedded

export interface Case {
  readonly name: string
  readonly run: Effect.Effect<void, never, Needs>
}

/** At least one case for each operation of a tag. */
export type CasesOf<Tag> = { readonly [Name in NameOf<Tag>]: readonly [Case, ...Array<Case>] }

export const it = <E>(name: string, run: () => Effect.Effect<void, E, Needs>): Case => ({
  name,
  run: Effect.orDie(Effect.suspend(run))
})

export const body = <A>(wire: Wire): A => wire.body as A

interface ErrorOnWire {
  readonly code?: string
  readonly message: string
  readonly errors?: ReadonlyArray<{
    readonly path: ReadonlyArray<string>
    readonly params?: ReadonlyArray<unknown>
    readonly code: string
  }>
  readonly in?: string
  readonly name?: string
  readonly path?: ReadonlyArray<string>
}

/** The three families of recorded traffic, to the byte. */
const families = (error: ErrorOnWire, status: number): ReadonlyArray<string> => {
  const { code, errors, in: where, message, name, path } = error
  const reason = { 400: "BAD_REQUEST", 401: "UNAUTHORIZED", 403: "FORBIDDEN" }[status]
  return [
    JSON.stringify({ error: { errors: [], message: reason } }),
    JSON.stringify({ error: { code, message } }),
    JSON.stringify({ error: { code, errors, in: where, message, name, path } })
  ]
}

/** `code`: of the domain. An error of another family says the same status in its own way. The etag is that of an Express server. */
export const assertError = (wire: Wire, status: number, code: string): void => {
  assert.strictEqual(wire.status, status, wire.text)
  if (wire.method === "HEAD") return assert.strictEqual(wire.text, "")
  const { error } = body<{ error: ErrorOnWire }>(wire)
  assert.include([undefined, code, ...(status === 400 ? ["INVALID_REQUEST_PARAMETER"] : [])], error.code)
  assert.isAtLeast(error.message.length, 3)
  if (code !== "mfa_required") assert.include(families(error, status), wire.text)
  assert.strictEqual(wire.headers["content-type"], "application/json; charset=utf-8")
  const bytes = Buffer.from(wire.text)
  assert.strictEqual(
    wire.headers.etag,
    `W/"${bytes.length.toString(16)}-${createHash("sha1").update(bytes).digest("base64").slice(0, 27)}"`
  )
}

/** Of all items; of a missing field, where it should be. */
export const errorPaths = (wire: Wire): ReadonlyArray<string> =>
  (body<{ error: ErrorOnWire }>(wire).error.errors ?? []).map(({ code, params, path }) =>
    [...path, ...(code === "OBJECT_MISSING_REQUIRED_PROPERTY" ? (params ?? []) : [])].join(".")
  )
