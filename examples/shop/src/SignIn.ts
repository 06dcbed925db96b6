/**
 * Sign-in with a password, and with a one-time code where the account asks for one; and sign-out.
 *
 * The code comes in another request, perhaps to another process, so the login waits in the store of the sessions.
 */
import { HttpApiBuilder, HttpServerRequest } from "@effect/platform"
import { Effect, Option } from "effect"
import { type AccessToken, Customers, Mfa, Sessions } from "effect-dintero"
import { answering } from "./Answers.js"
import { CodeSent, ShopApi, Welcome } from "./Api.js"
import * as Cookies from "./Cookies.js"

/** A new session with a new id for each login. An id that the browser sends is never taken over. */
const start = (login: AccessToken) =>
  Effect.gen(function* () {
    const sessions = yield* Sessions
    const { headers } = yield* HttpServerRequest.HttpServerRequest
    const before = yield* Cookies.session.read
    const session = yield* sessions.start(login, { label: headers["user-agent"] })
    yield* Cookies.session.set(session.id)
    yield* Cookies.pending.clear
    yield* Effect.ignore(sessions.end(before))
    return Welcome.make()
  }).pipe(Effect.scoped)

const codeSent = (login: Mfa.PendingLogin) =>
  Effect.as(
    Cookies.pending.set(login.id),
    CodeSent.make({
      channel: Option.getOrNull(login.channel),
      messagesLeft: login.messagesLeft,
      triesLeft: login.triesLeft
    })
  )

const askForCode = (required: Mfa.Required) => Effect.flatMap(Mfa.begin(required), codeSent)

export const SignInLive = HttpApiBuilder.group(ShopApi, "signIn", (handlers) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    const sessions = yield* Sessions
    return handlers
      .handle("password", ({ payload: { email, password } }) =>
        customers.password
          .login({ type: "customer", email, password })
          .pipe(Effect.flatMap(start), Effect.catchTag("MfaRequired", askForCode), answering)
      )
      .handle("code", ({ payload: { code } }) =>
        Cookies.pending.read.pipe(
          Effect.flatMap((id) => Mfa.confirm(id, code)),
          Effect.flatMap(start),
          Effect.catchTag("MfaRequired", askForCode),
          answering
        )
      )
      .handle("resend", ({ payload: { channel } }) =>
        Cookies.pending.read.pipe(
          Effect.flatMap((id) => Mfa.resend(id, channel)),
          Effect.flatMap(codeSent),
          answering
        )
      )
      .handle("out", () =>
        // The cookie goes after the session: when the store is down, the customer can try again.
        Cookies.session.read.pipe(
          Effect.flatMap((id) => sessions.end(id)),
          Effect.zipRight(Cookies.session.clear),
          answering
        )
      )
  })
)
