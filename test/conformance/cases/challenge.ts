import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Auth, Customers } from "effect-dintero"
import type { tags } from "../../../src/contract/Contract.js"
import { challengeOf, login, mfaTokenOf, requestCode, settingsPath, typed } from "../Actions.js"
import { assertError, body, type CasesOf, it } from "../Case.js"
import { audience, bearerOf, otherAccount, people, send } from "../System.js"

export const challenge: CasesOf<typeof tags.challenge> = {
  challenge: [
    it("sends a code: an oob_code for it, another one each time", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const mfa_token = yield* mfaTokenOf("admin")
        const codes = new Set<string>()
        for (const oob_channel of [undefined, "sms", "email"]) {
          const wire = yield* requestCode(authorization, { ...challengeOf(mfa_token), oob_channel })
          assert.strictEqual(wire.status, 200, wire.text)
          assert.strictEqual(wire.headers["cache-control"], "no-store")
          const { oob_code, ...rest } = body<{ oob_code: string }>(wire)
          assert.deepStrictEqual(rest, { challenge_type: "oob", binding_method: "prompt" })
          codes.add(oob_code)
        }
        assert.strictEqual(codes.size, 3)
      })),
    it("also for the mfa_token of a login that was answered with mfa_required", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const { email, password } = people.ada
        const channel = { challenge_type: "oob", oob_channel: "sms" }
        const mfa = { enabled: true, login: channel, login_recovery: channel }
        yield* send("PUT", settingsPath, { authorization, json: { users: { customer_id_format: "uuid", mfa } } })
        const { mfa_token } = body<{ mfa_token: string }>(yield* login("admin", { email, password }))
        assert.strictEqual((yield* requestCode(authorization, challengeOf(mfa_token))).status, 200)
      })),
    it("an unknown mfa_token, one of another client and one of another account: one 404", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const mfa_token = yield* mfaTokenOf("admin")
        const answers = yield* Effect.all([
          requestCode(authorization, challengeOf("unknown")),
          requestCode(authorization, challengeOf("")),
          requestCode(authorization, challengeOf("\u0000\ud800")),
          requestCode(yield* bearerOf("stranger"), challengeOf(mfa_token), otherAccount)
        ])
        for (const wire of answers) assertError(wire, 404, "NOT FOUND")
        assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
      })),
    it("typed: a challenge, NotFound", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const customers = yield* Customers
        const begun = yield* customers.password.mfaLogin({
          type: "customer",
          ident_type: "email",
          ident: people.ada.email,
          secret: Redacted.make(people.ada.password),
          audience
        })
        const sent = yield* auth.mfa.challenge({ challenge_type: "oob", mfa_token: begun.mfa_token })
        assert.isTrue(Redacted.isRedacted(sent.oob_code))
        const error = yield* Effect.flip(auth.mfa.challenge({ challenge_type: "oob", mfa_token: Redacted.make("unknown") }))
        assert.strictEqual(error._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
