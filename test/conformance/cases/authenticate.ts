import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Auth, Customers } from "effect-dintero"
import type { tags } from "../../../src/contract/Contract.js"
import {
  challengeOf,
  claimsOf,
  login,
  mfaTokenOf,
  refresh,
  refreshTokenOf,
  requestCode,
  revoke,
  settingsPath,
  token,
  tokenAudience,
  typed
} from "../Actions.js"
import { assertError, body, type CasesOf, errorPaths, it } from "../Case.js"
import { audience, basic, bearerOf, type ClientName, clients, otherAccount, people, send } from "../System.js"

export const authenticate: CasesOf<typeof tags.authenticate> = {
  token: [
    it("client_credentials: by id or by label, with the scopes of its grants", () =>
      Effect.gen(function* () {
        for (const id of [clients.admin.id, "admin-client"]) {
          const wire = yield* token(basic(id, clients.admin.secret), { grant_type: "client_credentials", audience })
          assert.strictEqual(wire.status, 200, wire.text)
          const { access_token, ...rest } = body<{ access_token: string }>(wire)
          assert.strictEqual(JSON.stringify(rest), `{"expires_in":3600,"token_type":"Bearer"}`)
          const { exp, iat, scopes, ...claims } = claimsOf(access_token)
          assert.strictEqual(Number(exp) - Number(iat), 3600)
          assert.include(String(scopes).split(" "), "admin:customers")
          assert.notInclude(String(scopes).split(" "), "user:customers")
          assert.deepStrictEqual(claims, {
            iss: "https://api.dintero.com",
            aud: tokenAudience,
            sub: clients.admin.id,
            version: 2
          })
        }
      })),
    it("client_credentials: wrong secret, unknown client, another account's client and a Bearer token are one 401", () =>
      Effect.gen(function* () {
        const json = { grant_type: "client_credentials", audience }
        const answers = yield* Effect.all([
          token(basic(clients.admin.id, "wrong"), json),
          token(basic("nobody", "wrong"), json),
          token(basic(clients.stranger.id, clients.stranger.secret), json)
        ])
        for (const wire of answers) assertError(wire, 401, "UNAUTHORIZED")
        assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
        assertError(yield* token(yield* bearerOf("admin"), json), 401, "UNAUTHORIZED")
      })),
    it("client_credentials: an audience, or a kind of grant, that is not granted: 403", () =>
      Effect.gen(function* () {
        const by = (name: ClientName, to: string) =>
          token(basic(clients[name].id, clients[name].secret), { grant_type: "client_credentials", audience: to })
        assertError(yield* by("admin", `https://api.dintero.com/v1/accounts/${otherAccount}`), 403, "FORBIDDEN")
        assertError(yield* by("admin", "https://example.com"), 403, "FORBIDDEN")
        assertError(yield* by("loginOnly", audience), 403, "FORBIDDEN")
      })),
    it("an unknown or missing grant_type: 400 that lists the known ones", () =>
      Effect.gen(function* () {
        const authorization = basic(clients.admin.id, clients.admin.secret)
        for (const json of [{}, { grant_type: "magic" }, { grant_type: 1 }, { grant_type: null, audience }]) {
          const wire = yield* token(authorization, json)
          assertError(wire, 400, "BAD REQUEST")
          assert.deepStrictEqual(errorPaths(wire), ["grant_type"])
        }
      })),
    it("password: by customer_id or email; wrong and unknown are one 403", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const by = (username: string, password: string) =>
          token(authorization, { grant_type: "password", username, password, audience })
        for (const username of ["ada", people.ada.email]) {
          const wire = yield* by(username, people.ada.password)
          assert.strictEqual(wire.status, 200, wire.text)
          assert.property(body<object>(wire), "refresh_token")
        }
        const refused = yield* Effect.all([
          by("ada", "wrong password"),
          by("nobody", "wrong password"),
          by("grace", people.grace.password)
        ])
        for (const wire of refused) assertError(wire, 403, "FORBIDDEN")
        assert.strictEqual(new Set(refused.map(({ text }) => text)).size, 1)
      })),
    it("refresh_token: a new access token for the same customer, as often as it is asked for (no rotation)", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const session = body<{ access_token: string; refresh_token: string }>(
          yield* login("admin", { email: people.ada.email, password: people.ada.password })
        )
        const first = yield* token(authorization, { grant_type: "refresh_token", refresh_token: session.refresh_token })
        const second = yield* token(authorization, { grant_type: "refresh_token", refresh_token: session.refresh_token })
        for (const wire of [first, second]) {
          assert.strictEqual(wire.status, 200, wire.text)
          const refreshed = body<{ access_token: string }>(wire)
          assert.notProperty(refreshed, "refresh_token")
          const { sub, aud, scopes } = claimsOf(refreshed.access_token)
          const before = claimsOf(session.access_token)
          assert.deepStrictEqual([sub, aud, scopes], [before.sub, before.aud, before.scopes])
        }
      })),
    it("refresh_token: an unknown one, and one of another client: 403", () =>
      Effect.gen(function* () {
        const session = body<{ refresh_token: string }>(
          yield* login("admin", { email: people.ada.email, password: people.ada.password })
        )
        assertError(
          yield* token(yield* bearerOf("admin"), { grant_type: "refresh_token", refresh_token: "unknown" }),
          403,
          "FORBIDDEN"
        )
        assertError(
          yield* token(yield* bearerOf("noMfa"), { grant_type: "refresh_token", refresh_token: session.refresh_token }),
          403,
          "FORBIDDEN"
        )
      })),
    it("authorization_code and mfa_oob, in both spellings: a code that was never given is refused", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const oob = { oob_code: "o", binding_code: "000000", mfa_token: "m" }
        for (const json of [
          { grant_type: "mfa_oob", ...oob },
          { grant_type: "mfa-oob", ...oob },
          {
            grant_type: "authorization_code",
            ident_type: "email",
            ident: people.ada.email,
            verification_code: "000000",
            audience
          }
        ]) {
          assertError(yield* token(authorization, json), 403, "FORBIDDEN")
        }
      })),
    it("mfa_oob: a wrong code of a challenge is refused as a wrong password is", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const mfa_token = yield* mfaTokenOf("admin")
        const { oob_code } = body<{ oob_code: string }>(yield* requestCode(authorization, challengeOf(mfa_token)))
        const refused = yield* login("admin", { email: people.ada.email, password: "wrong password" })
        // No code has letters.
        for (const grant_type of ["mfa_oob", "mfa-oob"]) {
          const wire = yield* token(authorization, { grant_type, oob_code, mfa_token, binding_code: "abcdef" })
          assertError(wire, 403, "FORBIDDEN")
          assert.strictEqual(wire.text, refused.text)
        }
      })),
    it("account_user and account_user_token: the staff of a merchant is not part of this system: 400", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        for (const grant_type of ["account_user", "account_user_token"])
          assertError(yield* token(authorization, { grant_type, audience }), 400, "BAD REQUEST")
      })),
    it("an answer with a token is not to be stored", () =>
      Effect.gen(function* () {
        const wire = yield* token(basic(clients.admin.id, clients.admin.secret), { grant_type: "client_credentials", audience })
        assert.strictEqual(wire.headers["cache-control"], "no-store")
      })),
    it("typed: a grant, SessionExpired for a dead refresh token, Unauthorized for a wrong secret", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const own = yield* auth.token({ grant_type: "client_credentials", audience })
        assert.strictEqual(own.expires_in, 3600)
        const dead = yield* Effect.flip(auth.token({ grant_type: "refresh_token", refresh_token: Redacted.make("dead") }))
        assert.strictEqual(dead._tag, "SessionExpired")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  revoke: [
    it("answers an empty object; the refresh token is refused from then on as an unknown one is, others are not", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const [revoked, other] = [yield* refreshTokenOf("admin"), yield* refreshTokenOf("admin")]
        assert.strictEqual((yield* refresh(authorization, revoked)).status, 200)
        const wire = yield* revoke(authorization, revoked)
        assert.strictEqual(wire.status, 200, wire.text)
        assert.strictEqual(wire.text, "{}")
        const refused = yield* refresh(authorization, revoked)
        assertError(refused, 403, "FORBIDDEN")
        assert.strictEqual(refused.text, (yield* refresh(authorization, "unknown")).text)
        assert.strictEqual((yield* refresh(authorization, other)).status, 200)
      })),
    it("twice is once", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const revoked = yield* refreshTokenOf("admin")
        const [first, second] = [yield* revoke(authorization, revoked), yield* revoke(authorization, revoked)]
        assert.deepStrictEqual([second.status, second.text], [first.status, first.text])
      })),
    it("an unknown token, one of another client and one of another account are answered alike, and nothing happens", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const kept = yield* refreshTokenOf("admin")
        const answers = yield* Effect.all([
          revoke(authorization, "unknown"),
          revoke(authorization, ""),
          revoke(authorization, "\u0000\ud800"),
          revoke(yield* bearerOf("revoker"), kept),
          revoke(yield* bearerOf("stranger"), kept, otherAccount)
        ])
        for (const wire of answers) assert.deepStrictEqual([wire.status, wire.text], [200, "{}"])
        assert.strictEqual((yield* refresh(authorization, kept)).status, 200)
      })),
    it("the access tokens of the session are good until they expire", () =>
      Effect.gen(function* () {
        const session = body<{ access_token: string; refresh_token: string }>(
          yield* login("admin", { email: people.ada.email, password: people.ada.password })
        )
        yield* revoke(yield* bearerOf("admin"), session.refresh_token)
        // Known, and without a scope for this: 403. One that is refused would be a 401.
        const wire = yield* send("GET", settingsPath, { authorization: `Bearer ${session.access_token}` })
        assertError(wire, 403, "FORBIDDEN")
      })),
    it("any one of its scopes is enough", () =>
      Effect.gen(function* () {
        assert.strictEqual((yield* revoke(yield* bearerOf("revoker"), "unknown")).status, 200)
      })),
    it("typed: nothing, also for an unknown token; SessionExpired afterwards", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const customers = yield* Customers
        const { refresh_token } = yield* customers.password.login({
          type: "customer",
          email: people.ada.email,
          password: Redacted.make(people.ada.password),
          audience
        })
        if (refresh_token === undefined) return assert.fail("no refresh token")
        yield* auth.token({ grant_type: "refresh_token", refresh_token })
        assert.isUndefined(yield* auth.revoke({ token: refresh_token }))
        assert.isUndefined(yield* auth.revoke({ token: Redacted.make("unknown") }))
        const dead = yield* Effect.flip(auth.token({ grant_type: "refresh_token", refresh_token }))
        assert.strictEqual(dead._tag, "SessionExpired")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
