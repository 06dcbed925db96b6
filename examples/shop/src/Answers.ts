/**
 * What the shop answers for each error. An error that is not in the table does not compile.
 */
import { HttpApp, HttpServerResponse } from "@effect/platform"
import { type Cause, Duration, Effect, Match, Option } from "effect"
import type {
  DinteroError,
  PendingLoginOver,
  SessionNotFound,
  SessionNotStored,
  TokenStoreError,
  TooManyMessages
} from "effect-dintero"
import * as Api from "./Api.js"
import * as Cookies from "./Cookies.js"

export type ShopError =
  | DinteroError
  | SessionNotFound
  | SessionNotStored
  | TokenStoreError
  | PendingLoginOver
  | TooManyMessages
  | Cause.NoSuchElementException

type Answer = typeof Api.Answer.Type

const later = (what: "dintero" | "sessions", wait: Option.Option<Duration.Duration> = Option.none()) =>
  new Api.Unavailable({
    what,
    retryAfterSeconds: Math.ceil(Duration.toSeconds(Option.getOrElse(wait, () => Duration.seconds(5))))
  })

export const answerTo: (error: ShopError) => Answer = Match.type<ShopError>().pipe(
  Match.tagsExhaustive({
    // Nobody is signed in.
    SessionNotFound: () => new Api.SignInRequired(),
    // With `unauthorized` the refresh token was not refused, so the session may go on.
    SessionExpired: ({ reason }) => (reason === "unauthorized" ? later("dintero") : new Api.SignInRequired()),

    // The store of sessions. Its failure says nothing about a session.
    TokenStoreError: ({ reason }) =>
      reason === "unavailable" ? later("sessions") : reason === "unreadable" ? new Api.SignInRequired() : new Api.Broken(),
    SessionNotStored: ({ reason }) => (reason === "unavailable" ? later("sessions") : new Api.Broken()),

    // Signing in.
    CredentialsRefused: () => new Api.WrongPassword(),
    WrongCode: ({ triesLeft }) => new Api.AnotherCode({ triesLeft }),
    CodeRefused: () => new Api.AnotherCode({}),
    CodeExpired: () => new Api.AnotherMessage(),
    TooManyMessages: () => new Api.TooManyMessages(),
    TooManyAttempts: () => new Api.StartAgain(),
    PendingLoginOver: () => new Api.StartAgain(),
    MfaRequired: () => new Api.StartAgain(),

    // What the page sent.
    InvalidRequest: () => new Api.InvalidInput(),
    BadRequest: () => new Api.InvalidInput(),
    Duplicate: ({ field }) => new Api.InUse({ field }),
    NotFound: () => new Api.Unknown(),

    // Dintero cannot serve now.
    RateLimited: ({ retryAfter }) => later("dintero", retryAfter),
    ServerError: ({ retryAfter }) => later("dintero", retryAfter),
    TransportError: () => later("dintero"),

    // Dintero answered something that its documentation does not have.
    InvalidResponse: () => new Api.DinteroBroken(),
    UnexpectedStatus: () => new Api.DinteroBroken(),
    MethodNotAllowed: () => new Api.DinteroBroken(),

    // Our API client, its scopes, or this program.
    Unauthorized: () => new Api.Broken(),
    TokenExpired: () => new Api.Broken(),
    Forbidden: () => new Api.Broken(),
    ForeignAccount: () => new Api.Broken(),
    NoSuchElementException: () => new Api.Broken()
  })
)

/** The cookie of a session goes only when the session is over, so an outage signs nobody out. */
const cookies = (answer: Answer): Effect.Effect<void> =>
  Match.value(answer).pipe(
    Match.tag("SignInRequired", () => Cookies.session.clear),
    Match.tag("StartAgain", () => Cookies.pending.clear),
    Match.orElse(() => Effect.void)
  )

const headers = (answer: Answer): Effect.Effect<void> =>
  answer._tag === "Unavailable"
    ? HttpApp.appendPreResponseHandler((_, response) =>
        Effect.succeed(HttpServerResponse.setHeader(response, "retry-after", String(answer.retryAfterSeconds)))
      )
    : Effect.void

/** Turns every error of a handler into its answer. The errors of effect-dintero contain no secret, so they can be logged. */
export const answering = <A, E extends ShopError, R>(handler: Effect.Effect<A, E, R>) =>
  Effect.catchAll(handler, (error) => {
    const answer = answerTo(error)
    const isOurs = answer._tag === "Broken" || answer._tag === "DinteroBroken" || answer._tag === "Unavailable"
    return (isOurs ? Effect.logWarning("No answer for the customer", error) : Effect.void).pipe(
      Effect.zipRight(cookies(answer)),
      Effect.zipRight(headers(answer)),
      Effect.zipRight(Effect.fail(answer))
    )
  })
