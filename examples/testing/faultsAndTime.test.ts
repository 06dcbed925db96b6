import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Redacted, TestClock } from "effect"
import { Customers } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { AskCode, signIn } from "./SignIn.js"

const System = DinteroEmbedded.layer({ passwordHashing: PasswordHashing.fastForTests })
const password = Redacted.make(DinteroEmbedded.demoPassword)

it.effect("too many logins: come back later", () =>
  Effect.gen(function* () {
    const { faults } = yield* DinteroEmbedded.Embedded
    yield* faults.add({
      match: { operation: "customers.password.login" },
      fault: { kind: "status", status: 429, retry_after: { form: "seconds", seconds: 120 } }
    })
    assert.strictEqual(yield* signIn("ada@example.com", password), "come back later")
  }).pipe(Effect.provide(System), Effect.provideService(AskCode, Effect.never))
)

it.effect("a server that is down for a moment: the client tries again by itself", () =>
  Effect.gen(function* () {
    const { faults, journal } = yield* DinteroEmbedded.Embedded
    const customers = yield* Customers
    yield* faults.add({
      match: { operation: "customers.settings.get", times: 2 },
      fault: { kind: "reset", when: "before_commit" }
    })
    // The retries wait on the test's clock, so they take no time.
    const call = yield* Effect.fork(customers.settings.get())
    yield* TestClock.adjust("10 seconds")
    yield* Fiber.join(call)
    const entries = yield* journal.list({ operation: "customers.settings.get" })
    assert.deepStrictEqual(
      entries.map(({ fault, status }) => fault?.kind ?? status),
      ["reset", "reset", 200]
    )
  }).pipe(Effect.provide(System))
)

it.effect("a day later: the token has expired, and the app does not notice", () =>
  Effect.gen(function* () {
    const { clock, journal } = yield* DinteroEmbedded.Embedded
    const customers = yield* Customers
    yield* customers.settings.get()
    // The system's clock alone: the client takes its token for good until it is refused.
    yield* clock.advance("24 hours")
    yield* customers.settings.get()
    assert.lengthOf(yield* journal.list({ status: 401 }), 1)
    // Both sides: the client renews its token before it asks.
    yield* TestClock.adjust("24 hours")
    yield* customers.settings.get()
    assert.lengthOf(yield* journal.list({ status: 401 }), 1)
  }).pipe(Effect.provide(System))
)
