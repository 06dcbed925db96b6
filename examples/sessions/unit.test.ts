import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { Dintero, Session } from "effect-dintero"
import { CurrentCustomer } from "./CurrentCustomer.js"
import { me } from "./Customer.js"

const session = Session.forTest({ customerId: "ada" })

const DinteroTest = Dintero.layerTest({
  customers: {
    users: { get: (customer_id) => Effect.succeed({ id: "1", customer_id, type: "customer", email: "ada@example.com" }) }
  }
})

it.effect("a customer sees herself", () =>
  Effect.gen(function* () {
    const response = yield* me
    assert.strictEqual(response.status, 200)
  }).pipe(Effect.provide(DinteroTest), Effect.provideService(CurrentCustomer, { customerId: "ada", session }))
)
