/**
 * Sign-in with a password, and with a one-time code where the account asks for one. The code comes in another request, so the login waits in the store.
 */
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Effect, Option, Schema } from "effect"
import { type AccessToken, Customers, Mfa, Sessions } from "effect-dintero"
import * as Cookies from "./Cookies.js"

/** A new session with a new id for each login. An id that the browser sends is never taken over. */
const start = (login: AccessToken) =>
  Effect.gen(function* () {
    const sessions = yield* Sessions
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    const session = yield* sessions.start(login, { label: headers["user-agent"] })
    // The session that this browser had before.
    const before = yield* Cookies.session.read
    if (Option.isSome(before)) yield* Effect.ignore(sessions.end(before.value))
    return HttpServerResponse.empty().pipe(Cookies.session.set(session.id), Cookies.pending.clear)
  })

const codeSent = ({ channel, id, messagesLeft, triesLeft }: Mfa.PendingLogin) =>
  HttpServerResponse.unsafeJson({ channel: Option.getOrNull(channel), messagesLeft, triesLeft }, { status: 202 }).pipe(
    Cookies.pending.set(id)
  )

const askForCode = (required: Mfa.Required) => Effect.map(Mfa.begin(required), codeSent)

const Credentials = Schema.Struct({ email: Schema.String, password: Schema.Redacted(Schema.String) })

const withPassword = Effect.gen(function* () {
  const { email, password } = yield* HttpServerRequest.schemaBodyJson(Credentials)
  const customers = yield* Customers
  return yield* customers.password
    .login({ type: "customer", email, password })
    .pipe(Effect.flatMap(start), Effect.catchTag("MfaRequired", askForCode))
})

// A text that is no waiting login, such as an empty one, ends in `PendingLoginOver`.
const waiting = Effect.map(
  Cookies.pending.read,
  Option.getOrElse(() => "")
)

const withCode = Effect.gen(function* () {
  const { code } = yield* HttpServerRequest.schemaBodyJson(Schema.Struct({ code: Schema.Redacted(Schema.String) }))
  const id = yield* waiting
  return yield* Mfa.confirm(id, code).pipe(Effect.flatMap(start), Effect.catchTag("MfaRequired", askForCode))
})

const sendAgain = Effect.gen(function* () {
  const Body = Schema.Struct({ channel: Schema.optional(Schema.Literal("sms", "email")) })
  const { channel } = yield* HttpServerRequest.schemaBodyJson(Body)
  return codeSent(yield* Mfa.resend(yield* waiting, channel))
})

export const signInRoutes = HttpRouter.empty.pipe(
  HttpRouter.post("/sign-in", withPassword),
  HttpRouter.post("/sign-in/code", withCode),
  HttpRouter.post("/sign-in/resend", sendAgain)
)
