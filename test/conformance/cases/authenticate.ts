import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { AccountId, Auth, Customers, Session } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { createLocalJWKSet, type JWK, jwtVerify } from "jose"
import type { tags } from "../../../src/contract/Contract.js"
import * as Provider from "../../utils/OpenIdProvider.js"
import {
  authorize,
  challengeOf,
  claimsOf,
  codeOfAda,
  exchange,
  exchangeToken,
  login,
  loginMessages,
  makeCode,
  mfaTokenOf,
  oidcToken,
  redeemLogin,
  refresh,
  refreshTokenOf,
  requestCode,
  requestLogin,
  revoke,
  sentLoginCode,
  settingsPath,
  token,
  tokenAudience,
  typed,
  unstorable,
  wrongCode
} from "../Actions.js"
import { assertError, body, type CasesOf, errorPaths, it } from "../Case.js"
import {
  account,
  audience,
  basic,
  bearerOf,
  bearerOfAda,
  bearerWith,
  type ClientName,
  callbacks,
  clients,
  merchantAccount,
  otherAccount,
  partnerAccount,
  people,
  seedWithScopes,
  send,
  type Wire
} from "../System.js"

const codeFor = (user: keyof typeof Provider.users) => Effect.promise(() => Provider.codeFor(user))

/** Refused as a wrong password is, in the same bytes. */
const assertRefused = (wires: ReadonlyArray<Wire>) =>
  Effect.gen(function* () {
    const { text } = yield* login("admin", { email: people.ada.email, password: "wrong password" })
    for (const wire of wires) {
      assertError(wire, 403, "FORBIDDEN")
      assert.strictEqual(wire.text, text)
    }
  })

const [callback = "", withQuery = ""] = callbacks.admin ?? []

/** The claims of an ID token in a URL, verified with the published keys as another site does it. */
const verified = (url: string, redirectUri: string) =>
  Effect.gen(function* () {
    const keys = body<Array<JWK>>(
      yield* send("GET", `/accounts/${account}/auth/keys`, { authorization: yield* bearerOf("admin") })
    )
    const idToken = new URL(url).searchParams.get("id_token") ?? assert.fail(`${url} has no id_token`)
    const { kid } = JSON.parse(Buffer.from(idToken.split(".")[0] ?? "", "base64url").toString())
    // The `kid` of a token has the host before it (recorded traffic).
    const known = keys.map((key) => ({ ...key, kid: `${kid.slice(0, kid.indexOf("/") + 1)}${key.kid}` }))
    const { payload } = yield* Effect.promise(() =>
      jwtVerify(idToken, createLocalJWKSet({ keys: known }), {
        issuer: `https://${account}@api.dintero.com`,
        audience: redirectUri,
        algorithms: ["RS256"]
      })
    )
    const { aud, exp, iat, iss, ...rest } = payload
    assert.strictEqual(Number(exp) - Number(iat), 600)
    return { idToken, claims: rest }
  })

const redirect = (authorization: string, json: unknown, accept?: string) =>
  send("POST", `/accounts/${account}/auth/redirect`, { authorization, json, accept })

const target = "https://partner.example/in"

/** A session of Ada's for typed calls. */
const sessionOfAda = Effect.map(bearerOfAda, (bearer) =>
  Session.forTest({ customerId: "ada", token: Redacted.make(bearer.slice("Bearer ".length)) })
)

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
    it("client_credentials with an exchange token: a token of the partner's client for the merchant, whichever account is named", () =>
      Effect.gen(function* () {
        const authorization = yield* exchangeToken
        for (const id of [partnerAccount, merchantAccount]) {
          const json = { grant_type: "client_credentials", audience: `https://api.dintero.com/v1/accounts/${id}` }
          const wire = yield* token(authorization, json, merchantAccount)
          assert.strictEqual(wire.status, 200, wire.text)
          const { access_token } = body<{ access_token: string }>(wire)
          const { aud, scopes, sub } = claimsOf(access_token)
          assert.deepStrictEqual(
            [aud, sub],
            [`https://${merchantAccount}@api.dintero.com/v1/accounts/${merchantAccount}`, clients.partner.id]
          )
          assert.include(String(scopes).split(" "), "admin:customers")
          const use = (account: string) =>
            send("GET", `/accounts/${account}/customers/users/ada`, { authorization: `Bearer ${access_token}` })
          assert.strictEqual((yield* use(merchantAccount)).status, 200)
          for (const other of [partnerAccount, account]) assertError(yield* use(other), 403, "FORBIDDEN")
        }
      })),
    it("an exchange token is refused for another account or audience: 403, and for another grant or operation: 401", () =>
      Effect.gen(function* () {
        const authorization = yield* exchangeToken
        const json = { grant_type: "client_credentials", audience: `https://api.dintero.com/v1/accounts/${partnerAccount}` }
        assertError(yield* token(authorization, json, partnerAccount), 403, "FORBIDDEN")
        assertError(yield* token(authorization, json, account), 403, "FORBIDDEN")
        assertError(yield* token(authorization, { ...json, audience }, merchantAccount), 403, "FORBIDDEN")
        const others = yield* Effect.all([
          token(authorization, { ...json, grant_type: "password", username: "ada", password: "a password" }, merchantAccount),
          token(authorization, { grant_type: "refresh_token", refresh_token: "r" }, merchantAccount),
          exchange(authorization, merchantAccount),
          send("GET", `/accounts/${merchantAccount}/customers/users`, { authorization }),
          send("GET", `/accounts/${partnerAccount}/customers/users`, { authorization }),
          revoke(authorization, "r", merchantAccount)
        ])
        for (const wire of others) assertError(wire, 401, "UNAUTHORIZED")
      })),
    it("a client's secret on an account that there is not: 400 or 401", () =>
      Effect.gen(function* () {
        const authorization = basic(clients.admin.id, clients.admin.secret)
        for (const id of ["T99999999", "x", "%00", "%ED%A0%80", "T1234567%00", "%zz"]) {
          const wire = yield* token(authorization, { grant_type: "client_credentials", audience }, id)
          assert.include([400, 401], wire.status, `${id}: ${wire.text}`)
        }
      })),
    it("account_user and account_user_token: an access token shows no account user: 403", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        for (const grant_type of ["account_user", "account_user_token"])
          assertError(yield* token(authorization, { grant_type, audience }), 403, "FORBIDDEN")
      })),
    it("authorization_code: the code of a passwordless login, once, with the scopes of that grant", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        yield* requestLogin(authorization)
        const code = yield* sentLoginCode
        const wire = yield* redeemLogin(authorization, code, { ident: people.ada.email.toUpperCase() })
        assert.strictEqual(wire.status, 200, wire.text)
        assert.strictEqual(wire.headers["cache-control"], "no-store")
        const session = body<{ access_token: string; refresh_token: string; expires_in: number }>(wire)
        assert.strictEqual(session.expires_in, 3600)
        const { aud, scopes, sub } = claimsOf(session.access_token)
        assert.deepStrictEqual([sub, aud, scopes], ["ada", tokenAudience, "user:customers public:customers"])
        assert.strictEqual((yield* refresh(authorization, session.refresh_token)).status, 200)
        yield* assertRefused([yield* redeemLogin(authorization, code)])
      })),
    it("authorization_code: no refresh token without its scope; a grant of the type any is enough", () =>
      Effect.gen(function* () {
        yield* requestLogin(yield* bearerOf("admin"), { client_id: "noMfa-client" })
        const wire = yield* redeemLogin(yield* bearerOf("noMfa"), yield* sentLoginCode)
        assert.strictEqual(wire.status, 200, wire.text)
        assert.notProperty(body<object>(wire), "refresh_token")
      })),
    it("authorization_code: another user, kind, audience or client is a wrong code, and the right one is good after that", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        yield* requestLogin(authorization)
        const code = yield* sentLoginCode
        const long = yield* codeOfAda(authorization)
        yield* assertRefused([
          yield* redeemLogin(authorization, code, { ident: people.grace.email }),
          yield* redeemLogin(authorization, code, { ident: "nobody@example.com" }),
          yield* redeemLogin(authorization, code, { ident_type: "user_id", ident: "ada" }),
          yield* redeemLogin(authorization, code, { ident_type: "user_id", ident: "nobody" }),
          yield* redeemLogin(authorization, long),
          yield* redeemLogin(yield* bearerOf("noMfa"), code),
          yield* redeemLogin(authorization, "x".repeat(10_000)),
          ...(yield* Effect.forEach(unstorable, (text) => redeemLogin(authorization, code, { ident: text }))),
          ...(yield* Effect.forEach(unstorable, (text) =>
            redeemLogin(authorization, text, { ident_type: "user_id", ident: text })
          ))
        ])
        for (const to of [`https://api.dintero.com/v1/accounts/${otherAccount}`, "https://example.com", "\u0000"])
          assertError(yield* redeemLogin(authorization, code, { audience: to }), 403, "FORBIDDEN")
        assert.strictEqual((yield* redeemLogin(authorization, code)).status, 200)
        assert.strictEqual((yield* redeemLogin(authorization, long, { ident_type: "user_id", ident: "ada" })).status, 200)
      })),
    it("authorization_code: 5 tries for each code", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        for (const tries of [4, 5]) {
          yield* requestLogin(authorization)
          const code = yield* sentLoginCode
          const wrong = yield* Effect.replicateEffect(redeemLogin(authorization, wrongCode(code)), tries)
          yield* assertRefused(wrong)
          assert.strictEqual((yield* redeemLogin(authorization, code)).status, tries < 5 ? 200 : 403)
        }
      })),
    it("authorization_code: a code is good for 10 minutes", () =>
      Effect.gen(function* () {
        const { clock } = yield* DinteroEmbedded.Embedded
        const authorization = yield* bearerOf("admin")
        yield* requestLogin(authorization)
        const code = yield* sentLoginCode
        const long = yield* codeOfAda(authorization)
        yield* clock.advance("10 minutes")
        yield* assertRefused([
          yield* redeemLogin(authorization, code),
          yield* redeemLogin(authorization, long, { ident_type: "user_id", ident: "ada" })
        ])
      })),
    it("authorization_code: of several at once, one gets the token", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        yield* requestLogin(authorization)
        const code = yield* sentLoginCode
        const long = yield* codeOfAda(authorization)
        for (const redeem of [
          redeemLogin(authorization, code),
          redeemLogin(authorization, long, { ident_type: "user_id", ident: "ada" })
        ]) {
          const wires = yield* Effect.all([redeem, redeem, redeem, redeem], { concurrency: "unbounded" })
          assert.deepStrictEqual(wires.map(({ status }) => status).sort(), [200, 403, 403, 403])
        }
      })),
    it("authorization_code: nothing for a customer who was deleted, or has another email", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const user = `/accounts/${account}/customers/users/ada`
        yield* requestLogin(authorization)
        const code = yield* sentLoginCode
        yield* send("PUT", user, { authorization, json: { email: "lovelace@example.com" } })
        yield* assertRefused([
          yield* redeemLogin(authorization, code),
          yield* redeemLogin(authorization, code, { ident: "lovelace@example.com" })
        ])
        const long = yield* codeOfAda(authorization)
        yield* send("DELETE", user, { authorization })
        yield* assertRefused([yield* redeemLogin(authorization, long, { ident_type: "user_id", ident: "ada" })])
      })),
    it("authorization_code: no other code follows when the settings want one after a password", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const channel = { challenge_type: "oob", oob_channel: "sms" }
        const mfa = { enabled: true, login: channel, login_recovery: channel }
        yield* send("PUT", settingsPath, { authorization, json: { users: { customer_id_format: "uuid", mfa } } })
        assertError(yield* login("admin", { email: people.ada.email, password: people.ada.password }), 403, "mfa_required")
        yield* requestLogin(authorization)
        assert.strictEqual((yield* redeemLogin(authorization, yield* sentLoginCode)).status, 200)
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
  ],
  "passwordless.send": [
    it("sends six digits, by email or by SMS; a new code replaces the one before", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        for (const fields of [{}, { connection: "sms", send: "code", type: "customer" }, { client_id: "admin-client" }]) {
          const wire = yield* requestLogin(authorization, fields)
          assert.strictEqual(wire.status, 204, wire.text)
          assert.strictEqual(wire.text, "")
        }
        const messages = yield* loginMessages
        assert.deepStrictEqual(
          messages.map(({ channel, recipient }) => `${channel} ${recipient}`),
          [`email ${people.ada.email}`, `sms ${people.ada.phone_number}`, `email ${people.ada.email}`]
        )
        const codes = messages.map(({ code }) => code ?? "")
        for (const code of codes) assert.match(code, /^\d{6}$/)
        const [first = "", , last = ""] = codes
        if (first !== last) yield* assertRefused([yield* redeemLogin(authorization, first)])
        assert.strictEqual((yield* redeemLogin(authorization, last)).status, 200)
      })),
    it("the same login_session_id: the same code again over another connection, until it is used, for its 10 minutes", () =>
      Effect.gen(function* () {
        const { clock } = yield* DinteroEmbedded.Embedded
        const authorization = yield* bearerOf("admin")
        const session = { login_session_id: "0b54c8f2-61de-4c9f-9a60-3f5be6c1a111" }
        yield* requestLogin(authorization, session)
        const code = yield* sentLoginCode
        yield* redeemLogin(authorization, wrongCode(code))
        yield* clock.advance("9 minutes")
        yield* requestLogin(authorization, { ...session, connection: "sms" })
        assert.deepStrictEqual(
          (yield* loginMessages).map(({ channel, code }) => [channel, code]),
          [
            ["email", code],
            ["sms", code]
          ]
        )
        yield* clock.advance("1 minute")
        yield* assertRefused([yield* redeemLogin(authorization, code)])
        // The next code of a session is another one, also when the one before was used.
        const seen = new Set([code])
        for (let round = 0; round < 3; round++) {
          yield* requestLogin(authorization, session)
          const next = yield* sentLoginCode
          seen.add(next)
          assert.strictEqual((yield* redeemLogin(authorization, next)).status, 200)
        }
        assert.isAbove(seen.size, 1)
      })),
    it("a login_session_id gives its code to no other client, type or email, and another one has another code", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const login_session_id = "0b54c8f2-61de-4c9f-9a60-3f5be6c1a222"
        const fieldsOfEach = [
          {},
          { client_id: clients.noMfa.id },
          { type: "company" },
          { email: people.noPassword.email },
          ...["another", "", ...unstorable].map((other) => ({ login_session_id: other }))
        ]
        const codes = new Set<string>()
        for (const fields of fieldsOfEach) {
          assert.strictEqual((yield* requestLogin(authorization, { login_session_id, ...fields })).status, 204)
          codes.add(yield* sentLoginCode)
        }
        // Six digits can be the same by chance.
        assert.isAtLeast(codes.size, fieldsOfEach.length - 1)
      })),
    it("the same login_session_id twice at once: both messages have the code that is good", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const session = { login_session_id: "0b54c8f2-61de-4c9f-9a60-3f5be6c1a333" }
        const asked = ["email", "sms", "email", "sms"].map((connection) =>
          requestLogin(authorization, { ...session, connection })
        )
        yield* Effect.all(asked, { concurrency: "unbounded" })
        const codes = (yield* loginMessages).map(({ code }) => code)
        assert.strictEqual(codes.length, 4)
        assert.strictEqual(new Set(codes).size, 1)
        assert.strictEqual((yield* redeemLogin(authorization, codes[0] ?? "")).status, 200)
      })),
    it("nobody, another type, or no phone number: the same answer, and nothing is sent", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const known = yield* requestLogin(authorization)
        const { outbox } = yield* DinteroEmbedded.Embedded
        yield* outbox.clear()
        for (const fields of [
          { email: "nobody@example.com" },
          { email: "" },
          { email: people.noPassword.email, type: "company" },
          { email: people.noPassword.email, connection: "sms" },
          { email: people.grace.email },
          ...unstorable.map((email) => ({ email })),
          { email: "nobody@example.com", login_session_id: "a-session" }
        ]) {
          const wire = yield* requestLogin(authorization, fields)
          assert.deepStrictEqual([wire.status, wire.text, Object.keys(wire.headers)], [204, "", Object.keys(known.headers)])
        }
        assert.deepStrictEqual(yield* outbox.list(), [])
      })),
    it("a company has a code of its own", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        yield* requestLogin(authorization, { type: "company" })
        const wire = yield* redeemLogin(authorization, yield* sentLoginCode)
        assert.strictEqual(claimsOf(body<{ access_token: string }>(wire).access_token).sub, "ada-as")
      })),
    it("a client that is unknown or has no grant for it, and another audience: 403, and nothing is sent", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        for (const fields of [
          { client_id: "nobody" },
          { client_id: "loginOnly-client" },
          { client_id: clients.stranger.id },
          ...unstorable.map((client_id) => ({ client_id })),
          { audience: "https://example.com" },
          { audience: `https://api.dintero.com/v1/accounts/${otherAccount}` },
          ...unstorable.map((text) => ({ audience: text }))
        ]) {
          assertError(yield* requestLogin(authorization, fields), 403, "FORBIDDEN")
        }
        assert.deepStrictEqual(yield* loginMessages, [])
      })),
    it("each of its scopes is enough; two of them allow one connection each", () =>
      Effect.gen(function* () {
        const { accounts } = yield* DinteroEmbedded.Embedded
        const scopes = ["write:accounts:/auth/passwordless", "write:accounts", "admin:accounts"]
        const [sms, email] = ["write:accounts:/auth/passwordless-sms", "write:accounts:/auth/passwordless-email"]
        yield* accounts.seed(seedWithScopes([...scopes, sms, email]), { replace: true })
        for (const [scope, connection, status] of [
          ...scopes.flatMap((scope) => [[scope, "sms", 204] as const, [scope, "email", 204] as const]),
          [sms, "sms", 204] as const,
          [sms, "email", 403] as const,
          [email, "email", 204] as const,
          [email, "sms", 403] as const
        ]) {
          const wire = yield* requestLogin(yield* bearerWith(scope), { connection })
          assert.strictEqual(wire.status, status, `${scope} ${connection}: ${wire.text}`)
        }
      })),
    it("no email, and SMS while customers may share a phone number: 400", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        assertError(yield* requestLogin(authorization, { email: undefined }), 400, "BAD REQUEST")
        const users = { customer_id_format: "uuid", phone_number_validation: { allow_duplicates: true } }
        yield* send("PUT", settingsPath, { authorization, json: { users } })
        assertError(yield* requestLogin(authorization, { connection: "sms" }), 400, "BAD REQUEST")
        assert.strictEqual((yield* requestLogin(authorization)).status, 204)
        assert.strictEqual((yield* loginMessages).length, 1)
      })),
    it("typed: nothing, and CredentialsRefused for a wrong code", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const email = people.ada.email
        assert.isUndefined(yield* auth.passwordless.send({ audience, client_id: clients.admin.id, connection: "email", email }))
        const code = yield* sentLoginCode
        const redeem = (verification_code: string) =>
          auth.token({
            grant_type: "authorization_code",
            ident_type: "email",
            ident: email,
            verification_code: Redacted.make(verification_code),
            audience
          })
        assert.strictEqual((yield* Effect.flip(redeem(wrongCode(code))))._tag, "CredentialsRefused")
        assert.isDefined((yield* redeem(code)).refresh_token)
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "passwordless.code": [
    it("makes a code that is redeemed by the customer_id or the id, and sends nothing", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const { id } = body<{ id: string }>(yield* send("GET", `/accounts/${account}/customers/users/grace`, { authorization }))
        for (const [made, redeemed] of [
          ["grace", "grace"],
          ["grace", id],
          [id, "grace"]
        ]) {
          const wire = yield* makeCode(authorization, { user_id: made })
          assert.strictEqual(wire.status, 200, wire.text)
          assert.strictEqual(wire.headers["cache-control"], "no-store")
          const { verification_code, ...rest } = body<{ verification_code: string }>(wire)
          assert.deepStrictEqual(rest, {})
          assert.match(verification_code, /^[\w-]{43}$/)
          const answer = yield* redeemLogin(authorization, verification_code, { ident_type: "user_id", ident: redeemed })
          assert.strictEqual(claimsOf(body<{ access_token: string }>(answer).access_token).sub, "grace")
        }
        assert.deepStrictEqual(yield* (yield* DinteroEmbedded.Embedded).outbox.list(), [])
      })),
    it("a new code replaces the one before, of the same user and client alone", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const replaced = yield* codeOfAda(authorization)
        const ofGrace = yield* codeOfAda(authorization, { user_id: "grace" })
        const ofNoMfa = yield* codeOfAda(authorization, { client_id: clients.noMfa.id })
        const last = yield* codeOfAda(authorization)
        const by = (bearer: string, code: string, ident: string) => redeemLogin(bearer, code, { ident_type: "user_id", ident })
        yield* assertRefused([yield* by(authorization, replaced, "ada")])
        assert.strictEqual((yield* by(authorization, last, "ada")).status, 200)
        assert.strictEqual((yield* by(authorization, ofGrace, "grace")).status, 200)
        assert.strictEqual((yield* by(yield* bearerOf("noMfa"), ofNoMfa, "ada")).status, 200)
      })),
    it("a user that is unknown, deleted or of another account: 404", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        yield* send("DELETE", `/accounts/${account}/customers/users/linus`, { authorization })
        for (const user_id of ["nobody", "linus", "", people.ada.email, ...unstorable]) {
          assertError(yield* makeCode(authorization, { user_id }), 404, "NOT FOUND")
        }
      })),
    it("a client that is unknown or has no grant for it, and another audience: 403", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        for (const fields of [
          { client_id: "nobody" },
          { client_id: "loginOnly-client" },
          ...unstorable.map((client_id) => ({ client_id })),
          { audience: "https://example.com" }
        ]) {
          assertError(yield* makeCode(authorization, fields), 403, "FORBIDDEN")
        }
      })),
    it("each of its scopes is enough", () =>
      Effect.gen(function* () {
        const { accounts } = yield* DinteroEmbedded.Embedded
        const scopes = ["write:accounts:/auth/passwordless/code", "write:accounts", "admin:accounts"]
        yield* accounts.seed(seedWithScopes([...scopes, "write:accounts:/auth/passwordless"]), { replace: true })
        for (const scope of scopes) assert.strictEqual((yield* makeCode(yield* bearerWith(scope))).status, 200)
        assertError(yield* makeCode(yield* bearerWith("write:accounts:/auth/passwordless")), 403, "FORBIDDEN")
      })),
    it("typed: a code, NotFound", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const client = { audience, client_id: clients.admin.id }
        const { verification_code } = yield* auth.passwordless.code({ ...client, user_id: "ada" })
        assert.isTrue(Redacted.isRedacted(verification_code))
        const missing = yield* Effect.flip(auth.passwordless.code({ ...client, user_id: "nobody" }))
        assert.strictEqual(missing._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  authorize: [
    it("redirects to a callback with an ID token of the user and the state, once", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        for (const [redirect_uri, start] of [
          [callback, "https://shop.example/signed-in?id_token="],
          [withQuery, "https://shop.example/in?from=dintero&id_token="]
        ] as const) {
          const code = yield* codeOfAda(authorization)
          const wire = yield* authorize(authorization, code, { redirect_uri, state: "a&b=ø", scope: "openid" })
          assert.strictEqual(wire.status, 302, wire.text)
          assert.strictEqual(wire.text, "")
          assert.strictEqual(wire.headers["cache-control"], "no-store")
          const { location = "" } = wire.headers
          assert.strictEqual(location.slice(0, start.length), start)
          assert.strictEqual(new URL(location).searchParams.get("state"), "a&b=ø")
          assert.strictEqual(new URL(location).hash, new URL(redirect_uri).hash)
          const { claims } = yield* verified(location, redirect_uri)
          assert.deepStrictEqual(claims, { sub: "ada", email: people.ada.email })
          yield* assertRefused([
            yield* authorize(authorization, code, { redirect_uri }),
            yield* redeemLogin(authorization, code, { ident_type: "user_id", ident: "ada" })
          ])
        }
      })),
    it("no redirect_uri: the callback, if there is one alone", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const none = { redirect_uri: undefined }
        assertError(yield* authorize(authorization, yield* codeOfAda(authorization), none), 400, "BAD REQUEST")
        const client_id = clients.noMfa.id
        const code = yield* codeOfAda(authorization, { client_id })
        const wire = yield* authorize(yield* bearerOf("noMfa"), code, { ...none, client_id })
        assert.strictEqual(wire.status, 302, wire.text)
        assert.match(wire.headers.location ?? "", /^https:\/\/one\.example\/\?id_token=[\w.-]+$/)
      })),
    it("a redirect_uri that is none of the callbacks: 400, no Location, and the code is not used up", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const code = yield* codeOfAda(authorization)
        for (const redirect_uri of [
          "https://evil.example/",
          `${callback}/`,
          `${callback}?a=b`,
          `${callback}#a`,
          callback.toUpperCase(),
          callback.replace("https", "http"),
          callback.replace("shop.example", "shop.example@evil.example"),
          "javascript:alert(1)",
          "",
          "\u0000"
        ]) {
          const wire = yield* authorize(authorization, code, { redirect_uri })
          assertError(wire, 400, "BAD REQUEST")
          assert.notProperty(wire.headers, "location")
        }
        assertError(yield* authorize(authorization, code, { state: "x".repeat(9_000) }), 400, "BAD REQUEST")
        assert.strictEqual((yield* authorize(authorization, code)).status, 302)
      })),
    it("a code that is wrong, of six digits, or of another client: refused as a wrong password is", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        yield* requestLogin(authorization)
        const other = yield* codeOfAda(authorization, { client_id: clients.noMfa.id })
        yield* assertRefused([
          yield* authorize(authorization, "wrong"),
          yield* authorize(authorization, ""),
          yield* authorize(authorization, "\u0000"),
          yield* authorize(authorization, yield* sentLoginCode),
          yield* authorize(authorization, other)
        ])
      })),
    it("another client than that of the code, or none: 403", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const code = yield* codeOfAda(authorization)
        for (const client_id of [clients.noMfa.id, "nobody", "\u0000"]) {
          assertError(yield* authorize(authorization, code, { client_id }), 403, "FORBIDDEN")
        }
        assertError(yield* authorize(authorization, code, { audience: "https://example.com" }), 403, "FORBIDDEN")
      })),
    it("a parameter that is missing or wrong: 400, without the code", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const code = yield* codeOfAda(authorization)
        for (const fields of [{ response_type: "token" }, { client_id: undefined }, { audience: undefined }, { scope: "all" }]) {
          const wire = yield* authorize(authorization, code, fields)
          assertError(wire, 400, "BAD REQUEST")
          assert.notInclude(wire.text, code)
        }
        const path = `/accounts/${account}/auth/authorize?audience=${audience}&response_type=authenticate&client_id=x`
        const twice = yield* send("POST", `${path}&verification_code=${code}&verification_code=${code}`, { authorization })
        assertError(twice, 400, "BAD REQUEST")
        assert.notInclude(twice.text, code)
      })),
    it("an ID token is not an access token", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const { headers } = yield* authorize(authorization, yield* codeOfAda(authorization))
        const { idToken } = yield* verified(headers.location ?? "", callback)
        const bearer = `Bearer ${idToken}`
        for (const wire of [
          yield* send("GET", settingsPath, { authorization: bearer }),
          yield* send("GET", `/accounts/${account}/customers/users/ada`, { authorization: bearer }),
          yield* send("GET", `/accounts/${account}/auth/keys`, { authorization: bearer }),
          yield* token(bearer, { grant_type: "client_credentials", audience }),
          yield* redirect(bearer, { redirect_uri: target })
        ]) {
          assertError(wire, 401, "UNAUTHORIZED")
        }
      })),
    it("neither the code nor the URL is in the journal", () =>
      Effect.gen(function* () {
        const { journal } = yield* DinteroEmbedded.Embedded
        const authorization = yield* bearerOf("admin")
        const code = yield* codeOfAda(authorization)
        yield* authorize(authorization, "a-wrong-code", { state: "the-state" })
        yield* authorize(authorization, code, { state: "the-state" })
        yield* redirect(yield* bearerOfAda, { redirect_uri: target }, "application/json")
        const entries = yield* journal.list()
        const text = JSON.stringify(entries)
        for (const secret of [code, "a-wrong-code", "the-state", "id_token="]) assert.notInclude(text, secret)
        assert.deepStrictEqual(
          entries
            .filter(({ operation }) => operation === "auth.authorize" || operation === "auth.redirect")
            .map(({ path, response, status }) => [path.replace(/^.*\/auth\//, ""), status, response]),
          [
            ["authorize", 403, { error: { code: "FORBIDDEN", message: "Login failed: unknown user or wrong credential" } }],
            ["authorize", 302, "<redacted>"],
            ["redirect", 200, { redirect_uri: "<redacted>" }]
          ]
        )
      })),
    it("typed: the URL, CredentialsRefused", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const client = { audience, client_id: clients.admin.id }
        const { verification_code = Redacted.make("none") } = yield* auth.passwordless.code({ ...client, user_id: "ada" })
        const request = { ...client, response_type: "authenticate", redirect_uri: callback, state: "s" } as const
        const url = yield* auth.authorize({ ...request, verification_code })
        assert.strictEqual((yield* verified(Redacted.value(url), callback)).claims.sub, "ada")
        const refused = yield* Effect.flip(auth.authorize({ ...request, verification_code }))
        assert.strictEqual(refused._tag, "CredentialsRefused")
        assert.notInclude(JSON.stringify(refused) + String(refused), Redacted.value(verification_code))
      }).pipe(Effect.provide(typed("admin"))))
  ],
  redirect: [
    it("answers the URL with an ID token where JSON is accepted, and redirects otherwise", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOfAda
        for (const accept of ["application/json", "text/html, application/json;q=0.9"]) {
          const wire = yield* redirect(authorization, { redirect_uri: target }, accept)
          assert.strictEqual(wire.status, 200, wire.text)
          assert.strictEqual(wire.headers["cache-control"], "no-store")
          const { redirect_uri, ...rest } = body<{ redirect_uri: string }>(wire)
          assert.deepStrictEqual(rest, {})
          assert.deepStrictEqual((yield* verified(redirect_uri, target)).claims, { sub: "ada" })
        }
        for (const accept of [undefined, "text/html", "*/*"]) {
          const wire = yield* redirect(authorization, { redirect_uri: target }, accept)
          assert.strictEqual(wire.status, 302, wire.text)
          assert.strictEqual(wire.text, "")
          assert.strictEqual(wire.headers["cache-control"], "no-store")
          assert.deepStrictEqual((yield* verified(wire.headers.location ?? "", target)).claims, { sub: "ada" })
        }
      })),
    it("has the claims that are asked for, and those of the caller with ext_ before their name", () =>
      Effect.gen(function* () {
        yield* send("PUT", `/accounts/${account}/customers/users/ada`, {
          authorization: yield* bearerOf("admin"),
          json: { first_name: "Ada", last_name: "Lovelace" }
        })
        const custom_claims = { tier: "gold", sub: "eve", scopes: "admin:accounts", "Ærlig Ås": "👍", __proto__x: "" }
        const wire = yield* redirect(
          yield* bearerOfAda,
          { redirect_uri: target, claims: ["name", "email", "name"], custom_claims },
          "application/json"
        )
        const { claims } = yield* verified(body<{ redirect_uri: string }>(wire).redirect_uri, target)
        assert.deepStrictEqual(claims, {
          sub: "ada",
          name: "Ada Lovelace",
          email: people.ada.email,
          ext_tier: "gold",
          ext_sub: "eve",
          ext_scopes: "admin:accounts",
          "ext_Ærlig Ås": "👍",
          ext___proto__x: ""
        })
      })),
    it("keeps the query and the fragment of the URL, and replaces an id_token in it", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOfAda
        for (const [redirect_uri, before, after] of [
          ["https://partner.example/in?a=1&b=%20x#top", "https://partner.example/in?a=1&b=%20x&id_token=", "#top"],
          ["http://localhost:8080/?", "http://localhost:8080/?id_token=", ""],
          ["https://partner.example/in?id_token=forged&a=1", "https://partner.example/in?a=1&id_token=", ""],
          ["https://blåbær.example/ø", "https://xn--blbr-roah.example/%C3%B8?id_token=", ""]
        ] as const) {
          const wire = yield* redirect(authorization, { redirect_uri }, "application/json")
          const url = body<{ redirect_uri: string }>(wire).redirect_uri
          assert.strictEqual(url.slice(0, before.length), before)
          assert.strictEqual(new URL(url).hash, after)
          yield* verified(url, redirect_uri)
        }
      })),
    it("a URL that is none, or with which a header could be forged: 400, and no Location", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOfAda
        for (const redirect_uri of [
          "https://",
          "https://partner.example/\r\nset-cookie: a=b",
          "https://partner.example/\n",
          "https://partner.example/ x",
          "https:\\\\partner.example",
          "javascript:alert(1)//https://x",
          "//partner.example",
          ...unstorable.map((text) => `https://partner.example/${text}`),
          `https://partner.example/${"x".repeat(8_000)}`
        ]) {
          const wire = yield* redirect(authorization, { redirect_uri })
          assertError(wire, 400, "BAD REQUEST")
          assert.notProperty(wire.headers, "location")
        }
        const custom_claims = { long: "x".repeat(9_000) }
        assertError(yield* redirect(authorization, { redirect_uri: target, custom_claims }), 400, "BAD REQUEST")
      })),
    it("a client's own token, and that of a customer who was deleted or whose id passed on: 403", () =>
      Effect.gen(function* () {
        const admin = yield* bearerOf("admin")
        const authorization = yield* bearerOfAda
        const asked = { redirect_uri: target }
        assertError(yield* redirect(admin, asked), 403, "FORBIDDEN")
        const users = `/accounts/${account}/customers/users`
        const rename = (from: string, customer_id: string) =>
          send("POST", `${users}/${from}/change_customer_id`, { authorization: admin, json: { customer_id } })
        assert.strictEqual((yield* rename("ada", "lovelace")).status, 200)
        assertError(yield* redirect(authorization, asked), 403, "FORBIDDEN")
        assert.strictEqual((yield* rename("grace", "ada")).status, 200)
        assertError(yield* redirect(authorization, asked), 403, "FORBIDDEN")
        const another = yield* bearerOfAda
        assert.strictEqual((yield* redirect(another, asked)).status, 302)
        yield* send("DELETE", `${users}/lovelace`, { authorization: admin })
        assertError(yield* redirect(another, asked), 403, "FORBIDDEN")
      })),
    it("typed: the URL in the name of a customer, Forbidden in that of the client", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const session = yield* sessionOfAda
        const asked = auth.redirect({ redirect_uri: target, claims: ["email"] })
        const { redirect_uri = Redacted.make("none") } = yield* Session.with(asked, session)
        assert.deepStrictEqual((yield* verified(Redacted.value(redirect_uri), target)).claims, {
          sub: "ada",
          email: people.ada.email
        })
        assert.strictEqual((yield* Effect.flip(asked))._tag, "Forbidden")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  exchangeToken: [
    it("gives a token that lives as long as the partner's access tokens, and is not to be stored", () =>
      Effect.gen(function* () {
        const wire = yield* exchange(yield* bearerOf("partner"), merchantAccount)
        assert.strictEqual(wire.status, 200, wire.text)
        assert.strictEqual(wire.headers["cache-control"], "no-store")
        const { access_token, ...rest } = body<{ access_token: string }>(wire)
        assert.strictEqual(JSON.stringify(rest), `{"expires_in":14400,"token_type":"Bearer"}`)
        const { aud, exp, iat, scopes, sub } = claimsOf(access_token)
        assert.deepStrictEqual(
          [aud, Number(exp) - Number(iat), scopes, sub],
          [`https://${merchantAccount}@api.dintero.com/v1/accounts/${merchantAccount}`, 14_400, "", clients.partner.id]
        )
      })),
    it("an account of somebody else, the partner's own and one that there is not: one 403", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("partner")
        const answers = yield* Effect.forEach([account, otherAccount, partnerAccount, "T99999999"], (id) =>
          exchange(authorization, id)
        )
        for (const wire of answers) assertError(wire, 403, "FORBIDDEN")
        assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
      })),
    it("an id of a partner has five zeros at its end: 400 for any other account", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        for (const id of [account, "T112", "P1120000"]) {
          assertError(yield* exchange(authorization, merchantAccount, id), 400, "BAD REQUEST")
        }
      })),
    it("any one of its scopes is enough", () =>
      Effect.gen(function* () {
        const { accounts } = yield* DinteroEmbedded.Embedded
        const secret = "the-secret-of-a-client-with-one-scope"
        const asked = ["admin:accounts", "read:accounts", "write:accounts"].map((scope, i) => ({
          client_id: `client-${i}`,
          client_secret: secret,
          grants: [{ scope: [scope] }]
        }))
        yield* accounts.seed({ accounts: [{ account_id: partnerAccount, clients: asked }] }, { replace: true })
        const json = { grant_type: "client_credentials", audience: `https://api.dintero.com/v1/accounts/${partnerAccount}` }
        const statuses = yield* Effect.forEach(asked, ({ client_id }) =>
          Effect.gen(function* () {
            const own = body<{ access_token: string }>(yield* token(basic(client_id, secret), json, partnerAccount))
            return (yield* exchange(`Bearer ${own.access_token}`, merchantAccount)).status
          })
        )
        assert.deepStrictEqual(statuses, [200, 200, 403])
      })),
    it("typed: the token, and Forbidden for an account of somebody else", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const { access_token } = yield* auth.exchangeToken({ account_id: AccountId.make(merchantAccount) })
        assert.strictEqual(claimsOf(Redacted.value(access_token)).sub, clients.partner.id)
        const refused = yield* Effect.flip(auth.exchangeToken({ account_id: AccountId.make(otherAccount) }))
        assert.strictEqual(refused._tag, "Forbidden")
      }).pipe(Effect.provide(typed("partner"))))
  ],
  oidcToken: [
    it("gives a token of the client with the provider, for the customer with the verified email", () =>
      Effect.gen(function* () {
        const wire = yield* oidcToken(yield* bearerOf("admin"), yield* codeFor("ada"))
        assert.strictEqual(wire.status, 200, wire.text)
        assert.strictEqual(wire.headers["cache-control"], "no-store")
        const { access_token, ...rest } = body<{ access_token: string }>(wire)
        assert.deepStrictEqual<object>(rest, {
          expires_in: 3600,
          token_type: "Bearer",
          user_info: { authority: Provider.authority, value: { sub: "ada", ...Provider.users.ada } }
        })
        const { effect_dintero_client, scopes, sub } = claimsOf(access_token)
        assert.deepStrictEqual([effect_dintero_client, scopes, sub], [clients.signIn.id, "user:customers", "ada"])
        const own = yield* send("GET", `/accounts/${account}/customers/users/ada`, { authorization: `Bearer ${access_token}` })
        assert.strictEqual(own.status, 200, own.text)
      })),
    it("a user without a verified email of a customer: a token that reaches no customer", () =>
      Effect.gen(function* () {
        for (const user of ["eve", "grace"] as const) {
          const wire = yield* oidcToken(yield* bearerOf("admin"), yield* codeFor(user))
          assert.strictEqual(wire.status, 200, wire.text)
          const { access_token } = body<{ access_token: string }>(wire)
          assert.strictEqual(claimsOf(access_token).sub, `${Provider.authority}#${user}`)
          for (const id of ["ada", "grace"]) {
            const other = yield* send("GET", `/accounts/${account}/customers/users/${id}`, {
              authorization: `Bearer ${access_token}`
            })
            assertError(other, 403, "FORBIDDEN")
          }
        }
      })),
    it("a code that was used, or that the provider never gave: refused as a wrong password is", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const code = yield* codeFor("ada")
        yield* oidcToken(authorization, code)
        yield* assertRefused([
          yield* oidcToken(authorization, code),
          yield* oidcToken(authorization, "a-code-of-nobody"),
          yield* oidcToken(authorization, "\u0000"),
          yield* oidcToken(authorization, yield* codeFor("ada"), { redirect_uri: "https://shop.example.com/elsewhere" })
        ])
      })),
    it("a client without a provider, an unknown one, and an audience without a grant: 403, and the code stays good", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const code = yield* codeFor("ada")
        for (const fields of [
          { client_id: clients.admin.id },
          { client_id: "nobody" },
          { client_id: unstorable[0] },
          { client_id: unstorable[1] },
          { audience: `https://api.dintero.com/v1/accounts/${otherAccount}` },
          { audience: unstorable[0] }
        ]) {
          assertError(yield* oidcToken(authorization, code, fields), 403, "FORBIDDEN")
        }
        assert.strictEqual((yield* oidcToken(authorization, code, { client_id: "signIn-client" })).status, 200)
      })),
    it("typed: the token with what the provider says, CredentialsRefused for a code of nobody", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const asked = (code: string) =>
          auth.oidcToken({
            grant_type: "authorization_code",
            code: Redacted.make(code),
            client_id: clients.signIn.id,
            audience,
            redirect_uri: Provider.redirectUri
          })
        const { access_token, user_info } = yield* asked(yield* codeFor("ada"))
        assert.strictEqual(claimsOf(Redacted.value(access_token)).sub, "ada")
        assert.deepStrictEqual(user_info?.value, { sub: "ada", ...Provider.users.ada })
        assert.strictEqual((yield* Effect.flip(asked("a-code-of-nobody")))._tag, "CredentialsRefused")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
