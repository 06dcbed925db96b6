/**
 * The customer of a request. Handlers ask for it, and need not know how a request is recognised.
 */
import type { HttpApp } from "@effect/platform"
import { Context, Data, Effect, Option } from "effect"
import { Session, Sessions } from "effect-dintero"
import * as Cookies from "./Cookies.js"

/** The request has no session cookie. */
export class NotSignedIn extends Data.TaggedError("NotSignedIn") {}

export class CurrentCustomer extends Context.Tag("shop/CurrentCustomer")<
  CurrentCustomer,
  { readonly customerId: string; readonly session: Session.Session }
>() {
  /** Opens the session of the cookie in the scope of the request. Calls of the handler are then made in the name of the customer. */
  static readonly required = <E, R>(handler: HttpApp.Default<E, R>) =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const cookie = yield* Cookies.session.read
      if (Option.isNone(cookie)) return yield* new NotSignedIn()
      const session = yield* sessions.resume(cookie.value)
      const customerId = yield* session.customerId
      return yield* handler.pipe(Session.with(session), Effect.provideService(CurrentCustomer, { customerId, session }))
    })
}
