/**
 * Every span of the library, by its name, with its attributes. `OPERATION` stands for the name of an operation. The code that makes a span takes its
 * attributes from here, and `npm run docs` writes the tables of docs/observability.md from it.
 */
import type { AcquireReason, TokenKey } from "../../services/AccessTokens.js"

export interface CallAttributes {
  /** The account that the call is made on. */
  readonly "dintero.account": string
  /** `GET`, `PUT` and so on. */
  readonly "http.request.method": string
  /** The path of the operation with the names of its parameters, and no values. */
  readonly "url.template": string
}

export interface AttemptAttributes {
  /** The number of the attempt, from 1. */
  readonly "dintero.attempt": number
  /** How long the call waited before this attempt, in milliseconds. */
  readonly "dintero.retry.delay_ms": number
  /** The client's own id of the call, the same for all of its attempts. */
  readonly "dintero.client_request_id": string
  /** The status of the answer. Absent when there was none. */
  readonly "http.response.status_code"?: number
  /** Why there is no answer: the `reason` of the `TransportError`, or the tag of another error. */
  readonly "error.type"?: string
}

export interface RefreshAttributes {
  /** Why a token was requested: `initial`, `early`, `expired`, `unauthorized` or `forced`. */
  readonly "dintero.token.reason": AcquireReason
  /** How it was requested: `client_credentials`, `exchange`, `session` or `custom`. */
  readonly "dintero.token.grant": TokenKey["grant"]
  /** A hash that identifies the owner of the token. */
  readonly "dintero.token.key": string
  /** The number of the new token. Absent after a failure. */
  readonly "dintero.token.generation"?: number
}

export interface SessionAttributes {
  /** The handle of the session, which cannot resume it. Absent when `start` failed, and when `end` got a handle that is none. */
  readonly "dintero.session.handle"?: string
}

export interface ResumeAttributes {
  /** The handle of the session, which cannot resume it. */
  readonly "dintero.session.handle": string
  /** Where the session was found: `memory`, `store` or `none`. Absent when the store could not be read. */
  readonly "dintero.session.from"?: "memory" | "store" | "none"
}

export interface Spans {
  /** A call of a method from its begin to its result, with its attempts and waits. Its kind is `client`. */
  readonly OPERATION: CallAttributes
  /** A request of a call, within the span of the call. */
  readonly "OPERATION attempt": AttemptAttributes
  /** What a process does to get a new token from the server. A token that is adopted makes no span. */
  readonly "token.refresh": RefreshAttributes
  /** `sessions.start`. */
  readonly "session.start": SessionAttributes
  /** `sessions.resume`. */
  readonly "session.resume": ResumeAttributes
  /** `sessions.end`, and `logout` of a session. */
  readonly "session.end": SessionAttributes
}
