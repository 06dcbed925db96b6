import { Effect, Redacted } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { audience } from "../utils/Account.js"
import { ada, adasPassword } from "./People.js"
import { password as passwordSamples } from "./password.js"
import type { InputOf, SamplesOf } from "./Sample.js"

const password: InputOf<typeof tags.authenticate.token> = [
  { grant_type: "password", username: ada.email, password: adasPassword, audience }
]

export const authenticate: SamplesOf<typeof tags.authenticate> = {
  token: {
    input: password,
    // The grants that the retry classes and the refusals tell apart.
    variants: {
      password,
      refresh_token: [{ grant_type: "refresh_token", refresh_token: Redacted.make("a-token-of-nobody") }],
      mfa_oob: [
        {
          grant_type: "mfa_oob",
          oob_code: Redacted.make("a-code-of-nobody"),
          binding_code: Redacted.make("734105"),
          mfa_token: Redacted.make("a-token-of-nobody")
        }
      ],
      client_credentials: [{ grant_type: "client_credentials", audience }]
    },
    sent: {
      path: "/accounts/T12345678/auth/token",
      json: { grant_type: "password", username: ada.email, password: ada.password, audience }
    },
    replay: "never",
    wrong: {
      json: { grant_type: "password", username: 1, password: [], audience: null },
      paths: ["username", "password", "audience"]
    },
    answer: {
      json: { access_token: "a.b.c", expires_in: 3600, token_type: "Bearer" },
      value: { access_token: Redacted.make("a.b.c"), expires_in: 3600, token_type: "Bearer" }
    }
  },
  revoke: {
    input: [{ token: Redacted.make("a-token-of-nobody") }],
    // Of a session of Ada's.
    fresh: Effect.map(
      Effect.flatMap(Customers, (customers) => customers.password.login(...passwordSamples.login.input)),
      ({ refresh_token }) => [{ token: refresh_token ?? Redacted.make("no refresh token was given") }]
    ),
    sent: { path: "/accounts/T12345678/auth/revoke", json: { token: "a-token-of-nobody" } },
    replay: "idempotent",
    wrong: { json: { token: 1 }, paths: ["token"] },
    answer: { json: {}, value: undefined }
  }
}
