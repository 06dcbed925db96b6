import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { Customers } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { AskCode, signIn } from "./SignIn.js"

/** The two APIs in this process, with real rules, tokens and hashes. `strict`: a call to a path that Dintero does not have fails the test. */
const System = DinteroEmbedded.layer({ passwordHashing: PasswordHashing.fastForTests, strict: true })

/** A customer who reads the SMS. */
const ReadsTheirPhone = Layer.effect(
  AskCode,
  Effect.map(DinteroEmbedded.Embedded, ({ outbox }) =>
    outbox.awaitNext({ channel: "sms", recipient: "+4799999999" }).pipe(
      Effect.orDie,
      Effect.map(({ code }) => Redacted.make(code ?? ""))
    )
  )
)

const TestLayer = Layer.provideMerge(ReadsTheirPhone, System)

const withMfa = Effect.flatMap(Customers, (customers) =>
  customers.settings.update({
    users: {
      customer_id_format: "uuid",
      mfa: {
        enabled: true,
        login: { challenge_type: "oob", oob_channel: "sms" },
        login_recovery: { challenge_type: "oob", oob_channel: "email" }
      }
    }
  })
)

const password = Redacted.make(DinteroEmbedded.demoPassword)

it.effect("the right password: welcome", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* signIn("ada@example.com", password), "welcome")
  }).pipe(Effect.provide(TestLayer))
)

it.effect("with a one-time code, which arrives by SMS", () =>
  Effect.gen(function* () {
    yield* withMfa
    assert.strictEqual(yield* signIn("ada@example.com", password), "welcome")
  }).pipe(Effect.provide(TestLayer))
)

it.effect("nobody of that name: try again, as with a wrong password", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* signIn("eve@example.com", password), "try again")
  }).pipe(Effect.provide(TestLayer))
)
