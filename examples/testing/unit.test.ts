import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { CredentialsRefused, Dintero } from "effect-dintero"
import { AskCode, signIn } from "./SignIn.js"

// One function stands for the service. Any other method would say that it is missing.
const Refusing = Dintero.layerTest({
  customers: {
    password: {
      login: () =>
        Effect.fail(
          new CredentialsRefused({
            request: {
              operation: "customers.password.login",
              method: "POST",
              path: "/accounts/{aid}/customers/login",
              account: "T12345678",
              status: 403,
              attempts: 1,
              history: []
            },
            message: "Login failed"
          })
        )
    }
  }
})

it.effect("a wrong password: try again", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* signIn("ada@example.com", Redacted.make("a guess")), "try again")
  }).pipe(Effect.provide(Refusing), Effect.provideService(AskCode, Effect.never))
)
