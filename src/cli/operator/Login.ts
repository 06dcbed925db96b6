/**
 * `login`: logs a customer in.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { AccessToken } from "../../schemas/AccessToken.js"
import type { ChallengeResponse } from "../../schemas/MfaChallenge.js"
import { Customers } from "../../services/Customers.js"
import * as Mfa from "../../services/Mfa.js"
import type { CommandFailed } from "../CommandFailed.js"
import * as Account from "./Account.js"
import * as Credentials from "./Credentials.js"
import { leaf } from "./Leaf.js"
import * as Output from "./Output.js"
import * as Parameters from "./Parameters.js"
import * as Prompt from "./Prompt.js"
import * as Times from "./Times.js"

const askCode = (_: ChallengeResponse, attempt: number): Effect.Effect<Redacted.Redacted, CommandFailed> =>
  Effect.map(Prompt.ask(attempt === 1 ? "The one-time code that was sent" : "That code was refused. The code"), Redacted.make)

export const login = leaf({
  name: "login",
  summary: "Log a customer in with an email and a password",
  details: [
    "It asks for the email and the password, or takes them from DINTERO_LOGIN_EMAIL and DINTERO_LOGIN_PASSWORD. When the account wants a one-time code, it asks for that in a terminal."
  ],
  examples: ["login", "login --show --json"],
  config: {
    type: Parameters.choice("--type TYPE", "customer or company (default customer)", ["customer", "company"]),
    show: Parameters.flag("--show", "print the tokens of the session"),
    json: Parameters.json
  },
  run: ({ json, show, type = "customer" }) =>
    Account.call({}, (credentials) =>
      Effect.gen(function* () {
        const { audience = `https://api.dintero.com/v1/accounts/${credentials.accountId}` } = credentials
        const customers = yield* Customers
        const email = yield* Credentials.found("DINTERO_LOGIN_EMAIL", (text) => text, Prompt.ask("Email"))
        const password = yield* Credentials.found("DINTERO_LOGIN_PASSWORD", Redacted.make, Prompt.askHidden("Password"))
        const session = yield* customers.password.login({ type, email, password, audience }).pipe(
          Effect.catchTag("MfaRequired", (required) =>
            Effect.if(Prompt.isTerminal, {
              onTrue: () => Mfa.complete(required, { askCode }),
              onFalse: () => required
            })
          )
        )
        const expiresAt = (yield* Clock.currentTimeMillis) + session.expires_in * 1_000
        const told = yield* Output.encoded(AccessToken, session, { show })
        yield* json
          ? Output.json({ ...told, expires_at: Times.iso(expiresAt) })
          : Output.record([
              ["Logged in", email],
              ["Access token", show ? told.access_token : `${Output.mask} (--show prints it)`],
              ["Refresh token", session.refresh_token === undefined ? "none" : told.refresh_token],
              ["Expires", Times.withDistance(expiresAt, yield* Clock.currentTimeMillis)]
            ])
      })
    )
})
