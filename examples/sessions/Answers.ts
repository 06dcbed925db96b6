/**
 * What the server answers for each error. A handler that can end in an error which is not in the table does not compile.
 */
import { type HttpServerError, HttpServerResponse } from "@effect/platform"
import { type Cause, Duration, Effect, Match, Option, type ParseResult } from "effect"
import type {
  DinteroError,
  PendingLoginOver,
  SessionNotFound,
  SessionNotStored,
  TokenStoreError,
  TooManyMessages
} from "effect-dintero"
import * as Cookies from "./Cookies.js"
import type { NotSignedIn } from "./CurrentCustomer.js"

export type ShopError =
  | DinteroError
  | SessionNotFound
  | SessionNotStored
  | TokenStoreError
  | PendingLoginOver
  | TooManyMessages
  | NotSignedIn
  | Cause.NoSuchElementException
  | ParseResult.ParseError
  | HttpServerError.RequestError

/** The text of `error` is for the page, which has a sentence for it. The message of an error stays here. */
interface Answer {
  readonly status: number
  readonly error: string
  readonly triesLeft?: number
  readonly retryAfter?: Duration.Duration
  /** The cookie that is of no use any more. */
  readonly clears?: "session" | "pending"
}

const signInAgain: Answer = { status: 401, error: "sign-in", clears: "session" }
const startAgain: Answer = { status: 401, error: "start-again", clears: "pending" }
const later = (error: string, wait: Option.Option<Duration.Duration> = Option.none()): Answer => ({
  status: 503,
  error,
  retryAfter: Option.getOrElse(wait, () => Duration.seconds(5))
})
/** Our API client, its scopes or our program are wrong, and nobody at the page can help it. */
const ours: Answer = { status: 500, error: "internal" }
/** Dintero answered something that the client does not understand. */
const theirs: Answer = { status: 502, error: "upstream" }

export const answerTo: (error: ShopError) => Answer = Match.type<ShopError>().pipe(
  Match.tagsExhaustive({
    // Nobody is signed in.
    NotSignedIn: () => signInAgain,
    SessionNotFound: () => signInAgain,
    // The refresh token was not refused, so the session may go on: the cookie stays.
    SessionExpired: ({ reason }) => (reason === "unauthorized" ? later("dintero-unavailable") : signInAgain),

    // The store. A failure of it says nothing about the session: the cookie stays.
    TokenStoreError: ({ reason }) =>
      reason === "unavailable" ? later("store-unavailable") : reason === "unreadable" ? signInAgain : ours,
    SessionNotStored: ({ reason }) => (reason === "unavailable" ? later("store-unavailable") : ours),

    // Signing in.
    CredentialsRefused: () => ({ status: 401, error: "credentials-refused" }),
    WrongCode: ({ triesLeft }) => ({ status: 401, error: "code-refused", triesLeft }),
    CodeRefused: () => ({ status: 401, error: "code-refused" }),
    CodeExpired: () => ({ status: 401, error: "code-expired" }),
    TooManyMessages: () => ({ status: 429, error: "too-many-messages" }),
    PendingLoginOver: () => startAgain,
    TooManyAttempts: () => startAgain,
    MfaRequired: () => startAgain,

    // What the page sent.
    ParseError: () => ({ status: 400, error: "bad-request" }),
    RequestError: () => ({ status: 400, error: "bad-request" }),
    InvalidRequest: () => ({ status: 400, error: "bad-request" }),
    BadRequest: () => ({ status: 400, error: "bad-request" }),
    Duplicate: () => ({ status: 409, error: "in-use" }),
    NotFound: () => ({ status: 404, error: "not-found" }),

    // Dintero cannot serve now.
    RateLimited: ({ retryAfter }) => later("busy", retryAfter),
    ServerError: ({ retryAfter }) => later("dintero-unavailable", retryAfter),
    TransportError: () => later("dintero-unavailable"),
    InvalidResponse: () => theirs,
    UnexpectedStatus: () => theirs,
    MethodNotAllowed: () => theirs,

    // Our API client, or our program.
    Unauthorized: () => ours,
    TokenExpired: () => ours,
    Forbidden: () => ours,
    ForeignAccount: () => ours,
    NoSuchElementException: () => ours
  })
)

const clear = { session: Cookies.session.clear, pending: Cookies.pending.clear }

export const respond = (error: ShopError) => {
  const { clears, error: code, retryAfter, status, triesLeft } = answerTo(error)
  const response = HttpServerResponse.unsafeJson(
    { error: code, triesLeft },
    {
      status,
      headers: retryAfter === undefined ? {} : { "retry-after": String(Math.ceil(Duration.toSeconds(retryAfter))) }
    }
  )
  // The errors of effect-dintero contain no secret, so they can be logged.
  return Effect.as(
    status >= 500 ? Effect.logWarning(error) : Effect.void,
    clears === undefined ? response : clear[clears](response)
  )
}
