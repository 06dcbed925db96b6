/**
 * The app under test: signs a customer in, with a one-time code where the shop asks for one.
 */
import { Context, Effect, type Redacted } from "effect"
import { Customers, Mfa } from "effect-dintero"

/** How this app asks a customer for the code: a page, a message, a terminal. */
export class AskCode extends Context.Tag("app/AskCode")<AskCode, Effect.Effect<Redacted.Redacted>>() {}

const audience = "https://api.dintero.com/v1/accounts/T12345678"

export const signIn = (email: string, password: Redacted.Redacted) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    return yield* customers.password.login({ type: "customer", email, password, audience })
  }).pipe(
    Effect.catchTag("MfaRequired", (required) =>
      Effect.flatMap(AskCode, (askCode) => Mfa.complete(required, { askCode: () => askCode }))
    ),
    Effect.as("welcome" as const),
    Effect.catchTags({
      CredentialsRefused: () => Effect.succeed("try again" as const),
      TooManyAttempts: () => Effect.succeed("try again" as const)
    }),
    Effect.catchTag("RateLimited", () => Effect.succeed("come back later" as const))
  )
