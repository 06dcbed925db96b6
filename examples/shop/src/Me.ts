/**
 * What a customer can do who is signed in. Calls are made with the token of the customer, who can reach nobody else's data.
 */
import { HttpApiBuilder } from "@effect/platform"
import { Effect, Layer, Option } from "effect"
import { type Customer, Customers, Session, Sessions } from "effect-dintero"
import { answering } from "./Answers.js"
import { type Consents, CurrentCustomer, type Me, ShopApi, SignedIn, Unknown } from "./Api.js"
import * as Cookies from "./Cookies.js"

/** Opens the session of the cookie until the end of the request. It sends no request, and reads the store only now and then. */
export const SignedInLive = Layer.effect(
  SignedIn,
  Effect.map(Sessions, (sessions) =>
    SignedIn.of({
      session: (cookie) =>
        Effect.gen(function* () {
          const session = yield* sessions.resume(cookie)
          return { customerId: yield* session.customerId, session }
        }).pipe(answering)
    })
  )
)

const shown = ({ customer_id, email, first_name, last_name }: Customer): typeof Me.Type => ({
  customerId: customer_id,
  email: email ?? null,
  firstName: first_name ?? null,
  lastName: last_name ?? null
})

const consentsOf = ({ marketing_consent }: Customer): typeof Consents.Type => ({
  email: marketing_consent?.email?.consent === true,
  sms: marketing_consent?.sms?.consent === true
})

const consent = (given: boolean | undefined) => (given === undefined ? undefined : { consent: given })

/** Runs a call in the name of the customer of the request. */
const asCustomer = <A, E, R>(call: (customerId: string) => Effect.Effect<A, E, R>) =>
  Effect.flatMap(CurrentCustomer, ({ customerId, session }) => Session.with(call(customerId), session))

export const MeLive = HttpApiBuilder.group(ShopApi, "me", (handlers) =>
  Effect.gen(function* () {
    const { users } = yield* Customers
    const sessions = yield* Sessions
    return handlers
      .handle("get", () => asCustomer(users.get).pipe(Effect.map(shown), answering))
      .handle("change", ({ payload: { email, firstName, lastName } }) =>
        asCustomer((id) => users.update(id, { email, first_name: firstName, last_name: lastName })).pipe(
          Effect.map(shown),
          answering
        )
      )
      .handle("consents", () => asCustomer(users.get).pipe(Effect.map(consentsOf), answering))
      .handle("consent", ({ payload: { email, sms } }) =>
        asCustomer((id) => users.update(id, { marketing_consent: { email: consent(email), sms: consent(sms) } })).pipe(
          Effect.map(consentsOf),
          answering
        )
      )
      .handle("devices", () =>
        Effect.gen(function* () {
          const { customerId, session } = yield* CurrentCustomer
          const found = yield* sessions.ofCustomer(customerId)
          return found.map(({ handle, label, lastUsedAt, startedAt }) => ({
            handle,
            label: Option.getOrNull(label),
            startedAt,
            lastUsedAt,
            isThis: handle === session.handle
          }))
        }).pipe(answering)
      )
      .handle("endDevice", ({ path: { handle } }) =>
        Effect.gen(function* () {
          const { customerId } = yield* CurrentCustomer
          // A handle comes from the browser. With `customerId` it ends no session of another customer.
          const wasThere = yield* answering(sessions.end({ handle }, { customerId }))
          if (!wasThere) return yield* new Unknown()
        })
      )
      .handle("endDevices", () =>
        Effect.gen(function* () {
          const { customerId } = yield* CurrentCustomer
          const ended = yield* sessions.endAll(customerId)
          yield* Cookies.session.clear
          return { ended }
        }).pipe(answering)
      )
  })
)
