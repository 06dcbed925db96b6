import { DateTime, Effect, Redacted } from "effect"
import { Customers } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { tags } from "../../src/contract/Contract.js"
import type { SamplesOf } from "./Sample.js"

const path = "/accounts/T12345678/customers/users/ada/communication"

const at = "2026-01-01T00:00:00.000Z"

const ofAda = { customer_id: "ada", field: "email" } as const

export const communication: SamplesOf<typeof tags.communication> = {
  get: {
    input: ["ada"],
    sent: { path },
    replay: "safe",
    answer: {
      json: { communication: { email: { verified_at: at }, phone_number: { allowed: true } } },
      value: { communication: { email: { verified_at: DateTime.unsafeMake(at) }, phone_number: { allowed: true } } }
    }
  },
  sendCode: {
    input: [ofAda],
    sent: { path: `${path}/send-verification-code/email` },
    replay: "never",
    answer: { value: undefined }
  },
  confirmCode: {
    input: [ofAda, { code: Redacted.make("734105") }],
    // The code of a message that was sent just now.
    fresh: Effect.gen(function* () {
      const { communication } = yield* Customers
      const { outbox } = yield* DinteroEmbedded.Embedded
      yield* communication.sendCode(ofAda)
      const messages = yield* outbox.list({ template: "verification_code" })
      return [ofAda, { code: Redacted.make(messages.at(-1)?.code ?? "no code was sent") }]
    }),
    sent: { path: `${path}/confirm-verification-code/email`, json: { code: "734105" } },
    replay: "never",
    wrong: { json: { code: 734105 }, paths: ["code"] },
    answer: { value: undefined }
  }
}
