import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Customers, Mfa } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { tags } from "../../../src/contract/Contract.js"
import {
  challengeOf,
  claimsOf,
  login,
  mfaLogin,
  mfaRecovery,
  requestChange,
  requestCode,
  settingsPath,
  token,
  tokenAudience,
  typed
} from "../Actions.js"
import { assertError, body, type CasesOf, errorPaths, it } from "../Case.js"
import { account, audience, bearerOf, otherAccount, people, System, send } from "../System.js"

interface Recovery {
  readonly links: ReadonlyArray<{ readonly rel: string; readonly href: string }>
  readonly mfa_token: string
  readonly oob_code: string
}

/** Logins send their code by text message, whatever a recovery does. */
const withRecoveryBy = (oob_channel: "sms" | "email") => ({
  users: {
    customer_id_format: "uuid" as const,
    mfa: {
      enabled: true,
      login: { challenge_type: "oob" as const, oob_channel: "sms" as const },
      login_recovery: { challenge_type: "oob" as const, oob_channel }
    }
  }
})

export const password: CasesOf<typeof tags.password> = {
  login: [
    it("by email in any case, by ident_type email, by ident_type phone_number", () =>
      Effect.gen(function* () {
        const { email, password, phone_number } = people.ada
        for (const fields of [
          { email },
          { email: email.toUpperCase() },
          { ident_type: "email", ident: email },
          { ident_type: "phone_number", ident: phone_number }
        ]) {
          const wire = yield* login("admin", { ...fields, password })
          assert.strictEqual(wire.status, 200, wire.text)
          const session = body<{ access_token: string; token_type: string; expires_in: number }>(wire)
          assert.strictEqual(session.token_type, "Bearer")
          assert.strictEqual(session.expires_in, 3600)
          const claims = claimsOf(session.access_token)
          assert.strictEqual(claims.sub, "ada")
          assert.strictEqual(claims.aud, tokenAudience)
          assert.strictEqual(claims.scopes, "user:customers")
        }
      })),
    it("the same email once for each type, with its own password", () =>
      Effect.gen(function* () {
        const { email, password } = people.adaCompany
        const company = yield* login("admin", { type: "company", email, password })
        assert.strictEqual(claimsOf(body<{ access_token: string }>(company).access_token).sub, "ada-as")
        assertError(yield* login("admin", { type: "company", email, password: people.ada.password }), 403, "FORBIDDEN")
      })),
    it("unknown user, wrong password, no password, and a type that cannot log in are one answer", () =>
      Effect.gen(function* () {
        const answers = yield* Effect.all([
          login("admin", { email: "nobody@example.com", password: "whatever" }),
          login("admin", { email: people.ada.email, password: "wrong password" }),
          login("admin", { email: people.noPassword.email, password: "whatever" }),
          login("admin", { email: people.grace.email, password: people.grace.password }),
          login("admin", { ident_type: "phone_number", ident: "+4700000000", password: "whatever" }),
          login("admin", { email: "\u0000", password: "whatever" }),
          login("admin", { email: "' OR 1=1 --", password: "whatever" })
        ])
        for (const wire of answers) assertError(wire, 403, "FORBIDDEN")
        assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
      })),
    it("a password of 4 to 255 characters, no other", () =>
      Effect.gen(function* () {
        for (const length of [0, 3, 256, 5000]) {
          const wire = yield* login("admin", { email: people.ada.email, password: "x".repeat(length) })
          assertError(wire, 400, "BAD REQUEST")
          assert.deepStrictEqual(errorPaths(wire), ["password"])
        }
        for (const length of [4, 255])
          assertError(yield* login("admin", { email: people.ada.email, password: "x".repeat(length) }), 403, "FORBIDDEN")
      })),
    it("an email, or ident_type and ident: else 400", () =>
      Effect.gen(function* () {
        for (const fields of [{}, { ident: "x" }, { ident_type: "email" }, { ident_type: "name", ident: "ada" }]) {
          assertError(yield* login("admin", { ...fields, password: "whatever" }), 400, "BAD REQUEST")
        }
      })),
    it("a refresh token only when the client's token has the scope for it", () =>
      Effect.gen(function* () {
        const { email, password } = people.ada
        assert.property(body<object>(yield* login("admin", { email, password })), "refresh_token")
        assert.notProperty(body<object>(yield* login("noMfa", { email, password })), "refresh_token")
      })),
    it("an audience that no grant of the client covers: 403", () =>
      Effect.gen(function* () {
        const { email, password } = people.ada
        for (const other of [`https://api.dintero.com/v1/accounts/${otherAccount}`, "https://example.com", ""]) {
          assertError(yield* login("admin", { email, password, audience: other }), 403, "FORBIDDEN")
        }
      })),
    it("both spellings of the audience", () =>
      Effect.gen(function* () {
        const { email, password } = people.ada
        const wire = yield* login("admin", { email, password, audience: `https://${account}@api.dintero.com` })
        assert.strictEqual(wire.status, 200, wire.text)
      })),
    it("with MFA on: 403 mfa_required with an mfa_token, after the right password only; not for a client that passes it over", () =>
      Effect.gen(function* () {
        const { email, password } = people.ada
        const mfa = {
          enabled: true,
          login: { challenge_type: "oob", oob_channel: "sms" },
          login_recovery: { challenge_type: "oob", oob_channel: "sms" }
        }
        yield* send("PUT", settingsPath, {
          authorization: yield* bearerOf("admin"),
          json: { users: { customer_id_format: "uuid", mfa } }
        })
        const required = yield* login("admin", { email, password })
        assertError(required, 403, "mfa_required")
        assert.isString(body<{ mfa_token: string }>(required).mfa_token)
        assertError(yield* login("admin", { email, password: "wrong password" }), 403, "FORBIDDEN")
        assert.strictEqual((yield* login("noMfa", { email, password })).status, 200)
      })),
    it("typed: a session, CredentialsRefused, MfaRequired", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const credentials = { type: "customer", email: people.ada.email, audience } as const
        const session = yield* customers.password.login({ ...credentials, password: Redacted.make(people.ada.password) })
        assert.strictEqual(session.expires_in, 3600)
        const refused = yield* Effect.flip(
          customers.password.login({ ...credentials, password: Redacted.make("wrong password") })
        )
        assert.strictEqual(refused._tag, "CredentialsRefused")
        const channel = { challenge_type: "oob", oob_channel: "sms" } as const
        yield* customers.settings.update({
          users: { customer_id_format: "uuid", mfa: { enabled: true, login: channel, login_recovery: channel } }
        })
        const required = yield* Effect.flip(
          customers.password.login({ ...credentials, password: Redacted.make(people.ada.password) })
        )
        assert.strictEqual(required._tag, "MfaRequired")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  mfaLogin: [
    it("by email in any case or by phone number: an mfa_token, and where it goes", () =>
      Effect.gen(function* () {
        const { email, phone_number } = people.ada
        const tokens = new Set<string>()
        for (const fields of [{}, { ident: email.toUpperCase() }, { ident_type: "phone_number", ident: phone_number }]) {
          const wire = yield* mfaLogin("admin", fields)
          assert.strictEqual(wire.status, 200, wire.text)
          assert.strictEqual(wire.headers["cache-control"], "no-store")
          const { links, mfa_token, ...rest } = body<{
            links: ReadonlyArray<{ rel: string; href: string }>
            mfa_token: string
          }>(wire)
          assert.deepStrictEqual(rest, { challenge_type: "oob" })
          assert.deepStrictEqual(
            links.map(({ href, rel }) => [rel, new URL(href).pathname]),
            [
              ["mfa_challenge", `/v1/accounts/${account}/auth/mfa/challenge`],
              ["mfa_oob", `/v1/accounts/${account}/auth/token`]
            ]
          )
          // Where it was asked for: the token must not go to another system.
          const { baseUrl } = yield* System
          for (const { href } of links) assert.isTrue(href.startsWith(`${baseUrl}/`), href)
          tokens.add(mfa_token)
        }
        assert.strictEqual(tokens.size, 3)
      })),
    it("unknown user, wrong secret, no password, and a type that cannot log in are the answer of a refused login", () =>
      Effect.gen(function* () {
        const answers = yield* Effect.all([
          login("admin", { email: people.ada.email, password: "wrong password" }),
          mfaLogin("admin", { secret: "wrong password" }),
          mfaLogin("admin", { secret: "" }),
          mfaLogin("admin", { secret: "x".repeat(5000) }),
          mfaLogin("admin", { ident: "nobody@example.com" }),
          mfaLogin("admin", { ident: people.noPassword.email }),
          mfaLogin("admin", { ident: people.grace.email, secret: people.grace.password }),
          mfaLogin("admin", { type: "company" }),
          mfaLogin("admin", { ident_type: "phone_number", ident: "+4700000000" }),
          mfaLogin("admin", { ident: "\u0000" })
        ])
        for (const wire of answers) assertError(wire, 403, "FORBIDDEN")
        assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
      })),
    it("a PIN is as good as the password here, and begins no other login", () =>
      Effect.gen(function* () {
        const pin = "735926"
        const wire = yield* send("PUT", `/accounts/${account}/customers/users/ada`, {
          authorization: yield* bearerOf("admin"),
          json: { pin }
        })
        assert.strictEqual(wire.status, 200, wire.text)
        assert.strictEqual((yield* mfaLogin("admin", { secret: pin })).status, 200)
        assert.strictEqual((yield* mfaLogin("admin", {})).status, 200)
        assertError(yield* mfaLogin("admin", { secret: "735927" }), 403, "FORBIDDEN")
        assertError(yield* login("admin", { email: people.ada.email, password: pin }), 403, "FORBIDDEN")
      })),
    it("tells the channel that the settings have, whether or not MFA is on", () =>
      Effect.gen(function* () {
        for (const enabled of [true, false]) {
          const mfa = {
            enabled,
            login: { challenge_type: "oob", oob_channel: "email" },
            login_recovery: { challenge_type: "oob", oob_channel: "sms" }
          }
          yield* send("PUT", settingsPath, {
            authorization: yield* bearerOf("admin"),
            json: { users: { customer_id_format: "uuid", mfa } }
          })
          assert.strictEqual(body<{ oob_channel: string }>(yield* mfaLogin("admin", {})).oob_channel, "email")
        }
      })),
    it("an audience that no grant of the client covers: 403", () =>
      Effect.gen(function* () {
        const wire = yield* mfaLogin("admin", { audience: `https://api.dintero.com/v1/accounts/${otherAccount}` })
        assertError(wire, 403, "FORBIDDEN")
      })),
    it("no client passes it over: the scope no-mfa alone is not enough", () =>
      Effect.gen(function* () {
        assertError(yield* mfaLogin("noMfa", {}), 403, "FORBIDDEN")
      })),
    it("typed: a challenge with its token, CredentialsRefused", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const who = { type: "customer", ident_type: "email", ident: people.ada.email, audience } as const
        const begun = yield* customers.password.mfaLogin({ ...who, secret: Redacted.make(people.ada.password) })
        assert.isTrue(Redacted.isRedacted(begun.mfa_token))
        const refused = yield* Effect.flip(customers.password.mfaLogin({ ...who, secret: Redacted.make("wrong password") }))
        assert.strictEqual(refused._tag, "CredentialsRefused")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  mfaRecovery: [
    it("sends a code by email, and answers its oob_code, an mfa_token, and where they go", () =>
      Effect.gen(function* () {
        const { outbox } = yield* DinteroEmbedded.Embedded
        const { email, phone_number } = people.ada
        for (const fields of [{}, { ident: email.toUpperCase() }, { ident_type: "phone_number", ident: phone_number }]) {
          const wire = yield* mfaRecovery("admin", fields)
          assert.strictEqual(wire.status, 200, wire.text)
          assert.strictEqual(wire.headers["cache-control"], "no-store")
          const { links, mfa_token, oob_code, ...rest } = body<Recovery>(wire)
          assert.deepStrictEqual(rest, { challenge_type: "oob", binding_method: "prompt" })
          assert.isAtLeast(Math.min(mfa_token.length, oob_code.length), 20)
          const { baseUrl } = yield* System
          assert.deepStrictEqual(links, [{ rel: "mfa_oob", href: `${baseUrl}/accounts/${account}/auth/token` }])
        }
        const sent = yield* outbox.list({ recipient: email })
        assert.deepStrictEqual(
          sent.map(({ channel, template }) => `${template} by ${channel}`),
          Array.from({ length: 3 }, () => "mfa_recovery_code by email")
        )
      })),
    it("sends the code over the channel of the settings", () =>
      Effect.gen(function* () {
        const { outbox } = yield* DinteroEmbedded.Embedded
        yield* send("PUT", settingsPath, { authorization: yield* bearerOf("admin"), json: withRecoveryBy("sms") })
        yield* mfaRecovery("admin")
        const sent = yield* outbox.list({})
        assert.deepStrictEqual(
          sent.map(({ channel, recipient }) => [channel, recipient]),
          [["sms", people.ada.phone_number]]
        )
      })),
    it("the answer does not tell that there is no such user: it has the same form, and no message is sent", () =>
      Effect.gen(function* () {
        const { outbox } = yield* DinteroEmbedded.Embedded
        for (const fields of [
          { ident: "nobody@example.com" },
          { ident: people.grace.email },
          { ident: people.noPassword.email, type: "company" },
          { ident_type: "phone_number", ident: "+4700000000" },
          { ident: "\u0000" },
          { ident: "" }
        ]) {
          const wire = yield* mfaRecovery("admin", fields)
          assert.strictEqual(wire.status, 200, wire.text)
          assert.deepStrictEqual(Object.keys(body<Recovery>(wire)), Object.keys(body<Recovery>(yield* mfaRecovery("admin"))))
        }
        assert.deepStrictEqual([...new Set((yield* outbox.list({})).map(({ recipient }) => recipient))], [people.ada.email])
      })),
    it("an audience that no grant of the client covers: 403", () =>
      Effect.gen(function* () {
        const wire = yield* mfaRecovery("admin", { audience: `https://api.dintero.com/v1/accounts/${otherAccount}` })
        assertError(wire, 403, "FORBIDDEN")
      })),
    it("the code is answered with mfa_required, once, and the code of that login with a session", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const { outbox } = yield* DinteroEmbedded.Embedded
        const codeOf = (template: "mfa_recovery_code" | "mfa_code") =>
          Effect.map(outbox.list({ template }), (sent) => sent.at(-1)?.code ?? assert.fail(`no ${template} was sent`))
        const { mfa_token, oob_code } = body<Recovery>(yield* mfaRecovery("admin"))
        const redeem = (binding_code: string) =>
          token(authorization, { grant_type: "mfa_oob", mfa_token, oob_code, binding_code })
        const code = yield* codeOf("mfa_recovery_code")
        assertError(yield* redeem(code === "000000" ? "000001" : "000000"), 403, "FORBIDDEN")
        // It is no login of which a code could be asked for.
        assertError(yield* requestCode(authorization, challengeOf(mfa_token)), 404, "NOT FOUND")
        const required = yield* redeem(code)
        assertError(required, 403, "mfa_required")
        assertError(yield* redeem(code), 403, "FORBIDDEN")
        const next = body<{ mfa_token: string }>(required).mfa_token
        const second = body<{ oob_code: string }>(yield* requestCode(authorization, challengeOf(next)))
        const session = yield* token(authorization, {
          grant_type: "mfa_oob",
          mfa_token: next,
          oob_code: second.oob_code,
          binding_code: yield* codeOf("mfa_code")
        })
        assert.strictEqual(session.status, 200, session.text)
        assert.strictEqual(claimsOf(body<{ access_token: string }>(session).access_token).sub, people.ada.customer_id)
      })),
    it("typed: Mfa.complete asks for both codes, and the session is good; then the shop sets a new password", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const { outbox } = yield* DinteroEmbedded.Embedded
        yield* customers.settings.update(withRecoveryBy("email"))
        const who = { type: "customer", ident_type: "email", ident: people.ada.email, audience } as const
        const asked: Array<string> = []
        const session = yield* Mfa.complete(yield* customers.password.mfaRecovery(who), {
          askCode: () =>
            Effect.map(outbox.list({}), (sent) => {
              const last = sent.at(-1)
              asked.push(`${last?.template} by ${last?.channel}`)
              return Redacted.make(last?.code ?? "none")
            })
        })
        assert.deepStrictEqual(asked, ["mfa_recovery_code by email", "mfa_code by sms"])
        assert.strictEqual(claimsOf(Redacted.value(session.access_token)).sub, people.ada.customer_id)
        const secret = Redacted.make("a new password")
        yield* customers.users.update(people.ada.customer_id, { password: secret })
        const begun = yield* customers.password.mfaLogin({ ...who, secret })
        assert.strictEqual(begun.challenge_type, "oob")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  requestChange: [
    it("an unknown email, another type and a user who cannot log in: 204 all the same", () =>
      Effect.gen(function* () {
        for (const fields of [
          {},
          { email: people.ada.email.toUpperCase() },
          { email: "nobody@example.com" },
          { email: people.grace.email },
          { email: people.grace.email, type: "company" },
          { email: "\u0000" },
          { email: "" }
        ]) {
          const wire = yield* requestChange("admin", fields)
          assert.strictEqual(wire.status, 204, wire.text)
          assert.strictEqual(wire.text, "")
        }
      })),
    it("changes nothing: the password is still good", () =>
      Effect.gen(function* () {
        yield* requestChange("admin", {})
        const { email, password } = people.ada
        assert.strictEqual((yield* login("admin", { email, password })).status, 200)
      })),
    it("an audience that no grant of the client covers: 403, whoever it is for", () =>
      Effect.gen(function* () {
        const foreign = { audience: `https://api.dintero.com/v1/accounts/${otherAccount}` }
        const known = yield* requestChange("admin", foreign)
        assertError(known, 403, "FORBIDDEN")
        assert.strictEqual((yield* requestChange("admin", { ...foreign, email: "nobody@example.com" })).text, known.text)
      })),
    it("typed: nothing, Forbidden", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const user = { type: "customer", email: people.ada.email } as const
        assert.isUndefined(yield* customers.password.requestChange({ ...user, audience }))
        const error = yield* Effect.flip(customers.password.requestChange({ ...user, audience: "https://example.com" }))
        assert.strictEqual(error._tag, "Forbidden")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
