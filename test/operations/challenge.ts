import { Effect, Redacted } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { audience } from "../utils/Account.js"
import { ada } from "./People.js"
import { password } from "./password.js"
import type { SamplesOf } from "./Sample.js"

export const challenge: SamplesOf<typeof tags.challenge> = {
  challenge: {
    input: [{ challenge_type: "oob", mfa_token: Redacted.make("mfa-token-mnopqr") }],
    // Of a login that waits for its code.
    fresh: Effect.map(
      Effect.flatMap(Customers, (customers) => customers.password.mfaLogin(...password.mfaLogin.input)),
      ({ mfa_token }) => [{ challenge_type: "oob", mfa_token }]
    ),
    sent: {
      path: "/accounts/T12345678/auth/mfa/challenge",
      json: { challenge_type: "oob", mfa_token: "mfa-token-mnopqr" }
    },
    replay: "never",
    wrong: {
      json: { challenge_type: "otp", mfa_token: 1, oob_channel: "pigeon" },
      paths: ["challenge_type", "mfa_token", "oob_channel"]
    },
    answer: {
      json: { challenge_type: "oob", binding_method: "prompt", oob_code: "o-1" },
      value: { challenge_type: "oob", binding_method: "prompt", oob_code: Redacted.make("o-1") }
    }
  },
  recovery: {
    input: [{ challenge_type: "oob", username: ada.email, audience, oob_channel: "email" }],
    sent: {
      path: "/accounts/T12345678/auth/mfa/recovery",
      json: { challenge_type: "oob", username: ada.email, audience, oob_channel: "email" }
    },
    replay: "never",
    wrong: {
      json: { challenge_type: "otp", username: 1, oob_channel: "pigeon" },
      paths: ["audience", "challenge_type", "username", "oob_channel"]
    },
    answer: {
      json: { challenge_type: "oob", binding_method: "prompt", oob_code: "o-1", mfa_token: "m-1" },
      value: {
        challenge_type: "oob",
        binding_method: "prompt",
        oob_code: Redacted.make("o-1"),
        mfa_token: Redacted.make("m-1")
      }
    }
  }
}
