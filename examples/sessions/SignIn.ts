/**
 * A sign-in with a password, and with a one-time code where the account asks for one. The code comes in another request, so the login waits in the store.
 */
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Effect, Option, Schema } from "effect"
import { type AccessToken, AccessTokens, Audience, Customers, Sessions } from "effect-dintero"
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

const Credentials = Schema.Struct({ email: Schema.String, password: Schema.Redacted(Schema.String) })

const withPassword = Effect.gen(function* () {
  const { email, password } = yield* HttpServerRequest.schemaBodyJson(Credentials)
  const customers = yield* Customers
  const { key } = yield* AccessTokens
  const login = customers.password.login({ type: "customer", email, password, audience: Audience.account(key.account) })
  return yield* Effect.flatMap(login, start)
})

export const signInRoutes = HttpRouter.empty.pipe(HttpRouter.post("/sign-in", withPassword))
