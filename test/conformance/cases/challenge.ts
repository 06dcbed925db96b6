import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Auth, Customers } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { tags } from "../../../src/contract/Contract.js"
import { asAdmin, challengeOf, claimsOf, login, mfaTokenOf, requestCode, settingsPath, token, typed } from "../Actions.js"
import { assertError, body, type CasesOf, it } from "../Case.js"
import { audience, bearerOf, otherAccount, people, send } from "../System.js"

const recover = (json: object = {}) =>
  Effect.flatMap(asAdmin, (admin) =>
    admin("POST", "/auth/mfa/recovery", { challenge_type: "oob", username: people.ada.email, audience, ...json })
  )

const lastMessage = Effect.gen(function* () {
  const { outbox } = yield* DinteroEmbedded.Embedded
  const message = (yield* outbox.list()).at(-1)
  return message ?? assert.fail("nothing was sent")
})

const codeOf = Effect.map(lastMessage, ({ code }) => code ?? assert.fail("the message has no code"))

/** Redeems the code that was sent last. */
const redeem = (given: { readonly mfa_token: string; readonly oob_code: string }) =>
  Effect.gen(function* () {
    const { mfa_token, oob_code } = given
    return yield* token(yield* bearerOf("admin"), { grant_type: "mfa_oob", mfa_token, oob_code, binding_code: yield* codeOf })
  })

type Begun = { readonly mfa_token: string; readonly oob_code: string }

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
  ],
  recovery: [
    it("two codes over different channels end in a session; the first one is answered with mfa_required", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        for (const [oob_channel, first, second] of [
          [undefined, people.ada.phone_number, people.ada.email],
          ["email", people.ada.email, people.ada.phone_number]
        ] as const) {
          const begun = yield* recover({ oob_channel })
          assert.strictEqual(begun.status, 200, begun.text)
          const { mfa_token, oob_code, ...rest } = body<Begun>(begun)
          assert.deepStrictEqual(rest, { challenge_type: "oob", binding_method: "prompt" })
          assert.strictEqual((yield* lastMessage).recipient, first)
          const halfway = yield* redeem({ mfa_token, oob_code })
          assertError(halfway, 403, "mfa_required")
          const next = body<{ mfa_token: string }>(halfway).mfa_token
          assert.notStrictEqual(next, mfa_token)
          const sent = yield* requestCode(authorization, challengeOf(next))
          assert.strictEqual((yield* lastMessage).recipient, second)
          const session = yield* redeem({ mfa_token: next, oob_code: body<Begun>(sent).oob_code })
          assert.strictEqual(session.status, 200, session.text)
          assert.strictEqual(claimsOf(body<{ access_token: string }>(session).access_token).sub, "ada")
        }
      })),
    it("a second code over the channel of the first: 400, and the other channel is still open", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const { mfa_token } = body<Begun>(yield* redeem(body<Begun>(yield* recover())))
        assertError(yield* requestCode(authorization, { ...challengeOf(mfa_token), oob_channel: "sms" }), 400, "BAD REQUEST")
        const sent = yield* requestCode(authorization, { ...challengeOf(mfa_token), oob_channel: "email" })
        assert.strictEqual((yield* redeem({ mfa_token, oob_code: body<Begun>(sent).oob_code })).status, 200)
      })),
    it("nobody: the answer of a user, and no message", () =>
      Effect.gen(function* () {
        const { outbox } = yield* DinteroEmbedded.Embedded
        for (const username of ["nobody", "", "\u0000", "a\ud800b", "x".repeat(5000), people.grace.email]) {
          const wire = yield* recover({ username })
          assert.strictEqual(wire.status, 200, wire.text)
          const { mfa_token, oob_code, ...rest } = body<Begun>(wire)
          assert.deepStrictEqual(rest, { challenge_type: "oob", binding_method: "prompt" })
          const guessed = yield* token(yield* bearerOf("admin"), {
            grant_type: "mfa_oob",
            mfa_token,
            oob_code,
            binding_code: "abcdef"
          })
          assertError(guessed, 403, "FORBIDDEN")
        }
        assert.deepStrictEqual(yield* outbox.list(), [])
      })),
    it("an audience for which the client has no grant: 403", () =>
      Effect.gen(function* () {
        assertError(yield* recover({ audience: `https://api.dintero.com/v1/accounts/${otherAccount}` }), 403, "FORBIDDEN")
      })),
    it("typed: both codes, and MfaRequired in between", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const grant = (mfa_token: Redacted.Redacted, oob_code: Redacted.Redacted) =>
          Effect.flatMap(codeOf, (code) =>
            auth.token({ grant_type: "mfa_oob", mfa_token, oob_code, binding_code: Redacted.make(code) })
          )
        const begun = yield* auth.mfa.recovery({ challenge_type: "oob", username: people.ada.email, audience })
        const halfway = yield* Effect.flip(grant(begun.mfa_token, begun.oob_code))
        if (halfway._tag !== "MfaRequired") return assert.fail(halfway._tag)
        const sent = yield* auth.mfa.challenge({ challenge_type: "oob", mfa_token: halfway.mfaToken })
        assert.isDefined((yield* grant(halfway.mfaToken, sent.oob_code)).access_token)
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
