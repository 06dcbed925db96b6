import { assert, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { CredentialsRefused, type CustomersService, Dintero, type ErrorOf, RateLimited } from "effect-dintero"
import { AskCode, signIn } from "./SignIn.js"

type LoginError = ErrorOf<CustomersService["password"]["login"]>

// One function stands for the service. Any other method would say that it is missing.
const failingWith = (error: LoginError) => Dintero.layerTest({ customers: { password: { login: () => Effect.fail(error) } } })

const guess = signIn("ada@example.com", Redacted.make("a guess")).pipe(Effect.provideService(AskCode, Effect.never))

it.effect("a wrong password: try again", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* guess, "try again")
  }).pipe(Effect.provide(failingWith(CredentialsRefused.forTest())))
)

it.effect("too many logins: come back later", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* guess, "come back later")
  }).pipe(Effect.provide(failingWith(RateLimited.forTest({ retryAfter: "2 seconds" }))))
)
