/**
 * What a customer can do who is signed in.
 */
import { HttpRouter, HttpServerResponse } from "@effect/platform"
import { Effect, Option, Schema } from "effect"
import { Customers, Sessions } from "effect-dintero"
import * as Cookies from "./Cookies.js"
import { CurrentCustomer } from "./CurrentCustomer.js"

export const me = Effect.gen(function* () {
  const { customerId } = yield* CurrentCustomer
  const customers = yield* Customers
  // With the token of the customer, since `CurrentCustomer.required` is around it.
  const { email, first_name } = yield* customers.users.get(customerId)
  return HttpServerResponse.unsafeJson({ customerId, email, firstName: first_name })
})

const listDevices = Effect.gen(function* () {
  const { customerId, session } = yield* CurrentCustomer
  const sessions = yield* Sessions
  const found = yield* sessions.ofCustomer(customerId)
  return HttpServerResponse.unsafeJson(
    found.map(({ handle, label, lastUsedAt, startedAt }) => ({
      handle,
      label: Option.getOrNull(label),
      startedAt,
      lastUsedAt,
      isThis: handle === session.handle
    }))
  )
})

/** A handle comes from the browser. With `customerId` it ends no session of another customer. */
const signOutDevice = Effect.gen(function* () {
  const { customerId } = yield* CurrentCustomer
  const sessions = yield* Sessions
  const { handle } = yield* HttpRouter.schemaPathParams(Schema.Struct({ handle: Schema.String }))
  const wasThere = yield* sessions.end({ handle }, { customerId })
  return HttpServerResponse.empty({ status: wasThere ? 204 : 404 })
})

const signOutOthers = Effect.gen(function* () {
  const { customerId, session } = yield* CurrentCustomer
  const sessions = yield* Sessions
  return HttpServerResponse.unsafeJson({ ended: yield* sessions.endAll(customerId, { except: session }) })
})

/**
 * The cookie goes only after the session is over. When the store is down, the customer can try again. It does not resume the session, because a session
 * whose end has begun cannot be resumed, and has to be ended nevertheless.
 */
const signOut = Effect.gen(function* () {
  const sessions = yield* Sessions
  const cookie = yield* Cookies.session.read
  if (Option.isSome(cookie)) yield* sessions.end(cookie.value)
  return Cookies.session.clear(HttpServerResponse.empty())
})

export const customerRoutes = HttpRouter.empty.pipe(
  HttpRouter.get("/me", me),
  HttpRouter.get("/devices", listDevices),
  HttpRouter.del("/devices/:handle", signOutDevice),
  HttpRouter.del("/devices", signOutOthers),
  HttpRouter.use(CurrentCustomer.required),
  // After `use`, so it needs no session that is open.
  HttpRouter.post("/sign-out", signOut)
)
