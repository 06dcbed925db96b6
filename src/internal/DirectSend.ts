/**
 * How the client of this package sends a request over a transport of this package: with callbacks, without a fiber for the exchange.
 *
 * An `HttpClient` runs each request as an effect, in surroundings that the caller has set for it. To fork that fiber and to change its
 * `FiberRef`s costs more than the rest of an exchange. A transport that needs none of this registers a function here.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpMethod from "@effect/platform/HttpMethod"
import type { BufferedAnswer } from "./BufferedAnswer.js"
import type { Sending } from "./Sending.js"

/** A request, complete: its URL has the query, and its headers have the type of the body. */
export interface Outgoing {
  readonly method: HttpMethod.HttpMethod
  readonly url: string
  /** Names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: HttpBody.HttpBody
}

/** Why there is no answer. */
export type Failure =
  /** The request cannot be sent as it is, and was not sent. */
  | { readonly _tag: "Unsendable"; readonly why: { readonly cause: unknown } | { readonly description: string } }
  /** The transport failed after it had taken the request. */
  | { readonly _tag: "Unsent"; readonly cause: unknown }

/** Is told once how the exchange ended, and nothing after it was cancelled. */
export interface Listener {
  readonly answered: (answer: BufferedAnswer) => void
  readonly failed: (failure: Failure) => void
}

/** Sends the request and reads the answer to its end. Never throws. Returns what cancels the exchange. */
export type Send = (outgoing: Outgoing, sending: Sending | undefined, listener: Listener) => () => void

const sends = new WeakMap<HttpClient.HttpClient, { readonly send: Send; readonly execute: HttpClient.HttpClient["execute"] }>()

export const register = (client: HttpClient.HttpClient, send: Send): void => {
  sends.set(client, { send, execute: client.execute })
}

/** None for a client of somebody else, and for one that an application has changed, as a spy of a test does. */
export const of = (client: HttpClient.HttpClient): Send | undefined => {
  const known = sends.get(client)
  return known?.execute === client.execute ? known.send : undefined
}
