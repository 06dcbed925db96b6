/**
 * The end of a request: a response, or a connection that is cut on purpose. In process, a cut connection is an error of the transport.
 */
import type { IncomingMessage } from "node:http"
import { STATUS_CODES } from "node:http"
import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as ApiResponse from "./ApiResponse.js"

export interface Cut {
  readonly _tag: "Cut"
  readonly how: "drop" | "reset"
  /** The part of the response that is still sent. */
  readonly part: { readonly response: ApiResponse.ApiResponse; readonly bytes: Uint8Array } | undefined
}

export interface Answered {
  readonly _tag: "Answered"
  readonly response: ApiResponse.ApiResponse
}

export type Outcome = Answered | Cut

export const answered = (response: ApiResponse.ApiResponse): Outcome => ({ _tag: "Answered", response })

export const cut = (how: Cut["how"], part?: Cut["part"]): Outcome => ({ _tag: "Cut", how, part })

let lastDate = { second: Number.NaN, text: "" }

/** Made once a second. */
const dateOf = (second: number): string => {
  if (second !== lastDate.second) lastDate = { second, text: new Date(second * 1000).toUTCString() }
  return lastDate.text
}

/** Adds the `date` header, by the clock of the system. A client compares it with its own clock. */
export const withDate = ({ body, headers, status }: ApiResponse.ApiResponse, now: number): ApiResponse.ApiResponse => ({
  status,
  headers: { ...headers, date: dateOf(Math.floor(now / 1000)) },
  body
})

/** The same for an outcome. */
export const dated = (outcome: Outcome, now: number): Outcome =>
  outcome._tag === "Answered"
    ? answered(withDate(outcome.response, now))
    : cut(outcome.how, outcome.part && { ...outcome.part, response: withDate(outcome.part.response, now) })

/** The error that a client's system reports for such a connection. */
export const errorOf = ({ how }: Cut): Error =>
  how === "reset"
    ? Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" })
    : Object.assign(new Error("other side closed"), { code: "UND_ERR_SOCKET" })

const hasSocket = (source: unknown): source is IncomingMessage =>
  Predicate.hasProperty(source, "socket") && Predicate.hasProperty(source.socket, "resetAndDestroy")

const head = ({ headers, status }: ApiResponse.ApiResponse, length: number): string =>
  [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    ...Object.entries({ ...headers, "content-length": String(length), connection: "close" }).map(
      ([name, value]) => `${name}: ${value}`
    ),
    "\r\n"
  ].join("\r\n")

export const bytesOf = ({ body }: ApiResponse.ApiResponse): Uint8Array =>
  typeof body === "string" ? Buffer.from(body, "utf8") : (body ?? new Uint8Array())

/** The last response on a connection, as it is sent. */
export const onWire = (response: ApiResponse.ApiResponse): Uint8Array => {
  const bytes = bytesOf(response)
  return Buffer.concat([Buffer.from(head(response, bytes.length), "latin1"), bytes])
}

/** Cuts the connection of a request. */
export const cutSocket = ({ socket }: Pick<IncomingMessage, "socket">, { how, part }: Cut): Effect.Effect<void> =>
  Effect.async((resume) => {
    const end = () => {
      if (how === "reset") socket.resetAndDestroy()
      else socket.destroy()
      resume(Effect.void)
    }
    if (part === undefined) return end()
    const { bytes, response } = part
    // Written to the socket itself, since a response of Node cannot announce more bytes than it sends.
    socket.write(Buffer.concat([Buffer.from(head(response, bytesOf(response).length), "latin1"), bytes]), end)
  })

/** For a server: cuts the connection of the request, or returns the response. */
export const onSocket = (
  request: HttpServerRequest.HttpServerRequest,
  outcome: Outcome
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  if (outcome._tag === "Answered") return Effect.succeed(ApiResponse.toPlatform(outcome.response))
  return hasSocket(request.source)
    ? // The server notices that the connection is gone, and interrupts this effect.
      Effect.zipRight(cutSocket(request.source, outcome), Effect.never)
    : // A web handler has no socket, so it cannot cut a connection.
      Effect.succeed(ApiResponse.toPlatform({ status: 502, headers: {}, body: undefined }))
}
