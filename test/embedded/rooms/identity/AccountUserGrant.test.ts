/**
 * The grant of account users, whom another issuer has signed in.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from "jose"
import type { Seed } from "../../../../src/embedded.js"
import { type Api, account, audience, basic, claimsOf, client, seedOf, start, tokenOf } from "../../Api.js"
import * as Scripted from "./ScriptedProvider.js"

const pairs = {
  RS256: await generateKeyPair("RS256", { extractable: true }),
  ES256: await generateKeyPair("ES256", { extractable: true }),
  foreign: await generateKeyPair("ES256")
}

const jwk = async (alg: "RS256" | "ES256"): Promise<JWK> => ({ ...(await exportJWK(pairs[alg].publicKey)), kid: alg, alg })

const keys = [await jwk("RS256"), await jwk("ES256")] as const

const now = 1_790_000_000

const idToken = (
  claims: Readonly<Record<string, unknown>> = {},
  { alg = "RS256", by = alg, kid = alg }: { alg?: "RS256" | "ES256"; by?: keyof typeof pairs; kid?: string } = {}
): Effect.Effect<string> =>
  Effect.promise(async () => {
    const payload = { sub: "a user of the issuer", email: "Staff@example.com", exp: now + 600, ...claims }
    const token = new SignJWT(payload).setProtectedHeader({ alg, kid })
    return `Bearer ${await token.sign(pairs[by].privateKey)}`
  })

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

/** A token whose header asks for another check than a signature. */
const forged = (alg: string, signature = ""): string =>
  `Bearer ${base64url({ alg, kid: "RS256" })}.${base64url({ sub: "a", email: "staff@example.com", exp: now + 600 })}.${signature}`

const email = "staff@example.com"

type Jwks = NonNullable<Seed.Seed["accounts"][number]["jwks"]>

const other = "T87654321"

/** Can make account users. */
const manager = { client_id: "manager", client_secret: "secret", grants: [{ scope: ["admin:accounts"] }] }

/** Makes an account user, and returns its id. */
const addUser = (api: Api, accountId: string, fields: object) =>
  Effect.gen(function* () {
    const at = `//v1/accounts/${accountId}`
    const own = yield* api("POST", `${at}/auth/token`, {
      authorization: basic(manager.client_id, manager.client_secret),
      body: { grant_type: "client_credentials", audience: `https://api.dintero.com/v1/accounts/${accountId}` }
    })
    const made = yield* api("POST", `${at}/management/users`, {
      authorization: `Bearer ${own.body.access_token}`,
      body: { authentication_type: "external", ...fields }
    })
    assert.strictEqual(made.status, 200, made.text)
    return JSON.parse(made.text).id as unknown
  })

/** A system with an account user, and another account with the same issuer and another user. */
const startWith = (jwks?: Jwks) =>
  Effect.gen(function* () {
    yield* TestClock.setTime(now * 1000)
    const of = jwks === undefined ? {} : { jwks }
    const system = yield* start({
      seed: {
        accounts: [...seedOf({ ...of, clients: [client, manager] }).accounts, { account_id: other, ...of, clients: [manager] }]
      }
    })
    // Only an account with jwks can have external users.
    const external = jwks === undefined ? { authentication_type: undefined } : {}
    const id = yield* addUser(system.api, account, { email, scope: ["read:customers"], ...external })
    yield* addUser(system.api, account, { email: "inside@example.com", authentication_type: undefined })
    yield* addUser(system.api, other, { email: "other@example.com", ...external })
    return { ...system, id }
  })

const ask = (api: Api, authorization: string, more: object = {}) =>
  api("POST", "/auth/token", { authorization, body: { grant_type: "account_user_token", audience, ...more } })

const unauthorized = `{"error":{"errors":[],"message":"UNAUTHORIZED"}}`
const forbidden = `{"error":{"errors":[],"message":"FORBIDDEN"}}`

describe("auth.token, account_user_token", () => {
  it.scoped("gives an account user's token for an ID token with their email, in both spellings of the grant", () =>
    Effect.gen(function* () {
      const { api, id } = yield* startWith({ keys })
      for (const alg of ["RS256", "ES256"] as const) {
        for (const grant_type of ["account_user_token", "account_user"]) {
          const answer = yield* ask(api, yield* idToken({ email_verified: true }, { alg }), { grant_type })
          assert.strictEqual(answer.status, 200, answer.text)
          const { access_token, ...rest } = answer.body
          assert.deepStrictEqual<object>(rest, { expires_in: 14_400, token_type: "Bearer" })
          const { aud, scopes, sub } = claimsOf(access_token)
          assert.deepStrictEqual(
            [aud, scopes, sub],
            [`https://${account}@api.dintero.com/v1/accounts/${account}`, "read:customers", id]
          )
          const used = yield* api("GET", "/customers/users", { authorization: `Bearer ${access_token}` })
          assert.strictEqual(used.status, 200)
        }
      }
    })
  )

  it.scoped("the changes of an account user are the user's activities", () =>
    Effect.gen(function* () {
      const { api, id } = yield* startWith({ keys })
      const admin = yield* tokenOf(api, manager)
      yield* api("PUT", `/management/users/${id}`, { authorization: admin, body: { scope: ["admin:accounts"] } })
      const { access_token } = (yield* ask(api, yield* idToken())).body
      const role = yield* api("POST", "/auth/roles", { authorization: `Bearer ${access_token}`, body: { scope: [] } })
      const { text } = yield* api("GET", `/management/users/${id}/activities`, { authorization: admin })
      const [{ action, actor, entity }, ...more] = JSON.parse(text)
      assert.deepStrictEqual<unknown>(
        [action, actor, entity, more],
        ["auth.roles.create", { id }, { type: "role", id: JSON.parse(role.text).id }, []]
      )
    })
  )

  it.scoped("refuses every ID token that the issuer's keys do not verify, that has expired, or that names no email", () =>
    Effect.gen(function* () {
      const { api } = yield* startWith({ keys, issuer: "https://issuer.example.com", audience: "the-account" })
      const right = { iss: "https://issuer.example.com", aud: "the-account" }
      assert.strictEqual((yield* ask(api, yield* idToken(right))).status, 200)
      const publicKey = yield* Effect.promise(() => exportSPKI(pairs.RS256.publicKey))
      const hmac = yield* Effect.promise(() =>
        new SignJWT({ sub: "a", email: email, exp: now + 600, ...right })
          .setProtectedHeader({ alg: "HS256", kid: "RS256" })
          .sign(new TextEncoder().encode(publicKey))
      )
      const refused = yield* Effect.all({
        "another key": idToken(right, { alg: "ES256", by: "foreign" }),
        "an unknown kid": idToken(right, { kid: "unknown" }),
        "the kid of the other key": idToken(right, { kid: "ES256" }),
        "no signature": Effect.succeed(forged("none")),
        "no signature in another case": Effect.succeed(forged("nOnE")),
        "an HMAC with the public key": Effect.succeed(`Bearer ${hmac}`),
        "an empty signature": Effect.succeed(forged("RS256")),
        "another issuer": idToken({ ...right, iss: "https://other.example.com" }),
        "no issuer": idToken({ aud: "the-account" }),
        "another audience": idToken({ ...right, aud: "another" }),
        expired: idToken({ ...right, exp: now - 61 }),
        "no expiry": idToken({ ...right, exp: undefined }),
        "not yet": idToken({ ...right, nbf: now + 61 }),
        "no sub": idToken({ ...right, sub: undefined }),
        "no email": idToken({ ...right, email: undefined }),
        "an email that is none": idToken({ ...right, email: ["staff@example.com"] }),
        "an email that is not verified": idToken({ ...right, email_verified: false }),
        "an email that may be verified": idToken({ ...right, email_verified: "true" })
      })
      for (const [name, authorization] of Object.entries(refused)) {
        const answer = yield* ask(api, authorization)
        assert.deepStrictEqual([answer.status, answer.text], [401, unauthorized], name)
        assert.include(answer.headers["x-effect-dintero-hint"], "As an ID token of the account's issuer it is refused: ")
      }
    })
  )

  it.scoped("ends by the clock of the system", () =>
    Effect.gen(function* () {
      const { api } = yield* startWith({ keys })
      const authorization = yield* idToken()
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* ask(api, authorization)).status, 200)
      yield* TestClock.adjust("1 minute")
      const answer = yield* ask(api, authorization)
      assert.strictEqual(answer.status, 401)
      assert.include(answer.headers["x-effect-dintero-hint"], "it has expired")
    })
  )

  it.scoped("gives the scopes of the user's roles as well", () =>
    Effect.gen(function* () {
      const { api } = yield* startWith({ keys })
      const authorization = yield* tokenOf(api, manager)
      const role = yield* api("POST", "/auth/roles", { authorization, body: { scope: ["read:accounts", "read:customers"] } })
      const roles = [{ id: JSON.parse(role.text).id }]
      yield* addUser(api, account, { email: "role@example.com", scope: ["read:customers"], roles })
      const answer = yield* ask(api, yield* idToken({ email: "role@example.com" }))
      assert.sameMembers(claimsOf(answer.body.access_token).scopes.split(" "), ["read:customers", "read:accounts"])
    })
  )

  it.scoped("needs an external user with the email in this very account", () =>
    Effect.gen(function* () {
      const { api } = yield* startWith({ keys })
      for (const email of ["nobody@example.com", "other@example.com", "inside@example.com", "staff@example.com\0", "\ud800"]) {
        const answer = yield* ask(api, yield* idToken({ email }))
        assert.deepStrictEqual([answer.status, answer.text], [403, forbidden])
      }
    })
  )

  it.scoped("needs the audience of the account", () =>
    Effect.gen(function* () {
      const { api } = yield* startWith({ keys })
      const authorization = yield* idToken()
      for (const wrong of [`https://api.dintero.com/v1/accounts/${other}`, "https://example.com", ""]) {
        const answer = yield* ask(api, authorization, { audience: wrong })
        assert.deepStrictEqual([answer.status, answer.text], [403, forbidden])
      }
      assert.strictEqual((yield* ask(api, authorization, { audience: `https://${account}@api.dintero.com` })).status, 200)
    })
  )

  it.scoped("refuses other credentials, and an ID token authorises nothing else", () =>
    Effect.gen(function* () {
      const { api } = yield* startWith({ keys })
      // A client with an access token is known, and only has no right to this.
      assert.strictEqual((yield* ask(api, yield* tokenOf(api))).status, 403)
      assert.strictEqual((yield* ask(api, basic(client.client_id, client.client_secret))).status, 401)
      const authorization = yield* idToken()
      for (const body of [
        { grant_type: "client_credentials", audience },
        { grant_type: "password", username: "ada", password: "1234", audience },
        { grant_type: "refresh_token", refresh_token: "token" }
      ]) {
        const answer = yield* api("POST", "/auth/token", { authorization, body })
        assert.deepStrictEqual([answer.status, answer.text], [401, unauthorized])
      }
      for (const path of ["/customers/users", "/auth/keys"]) {
        assert.strictEqual((yield* api("GET", path, { authorization })).status, 401)
      }
      // Who asks is known before the body is read.
      assert.strictEqual((yield* api("POST", "/auth/token", { authorization: forged("none"), body: {} })).status, 401)
      assert.strictEqual((yield* api("POST", "/auth/token", { authorization, body: {} })).status, 400)
    })
  )

  it.scoped("an account without jwks takes no ID token: 401, and an access token gets 403 with the reason", () =>
    Effect.gen(function* () {
      const { api } = yield* startWith()
      const answer = yield* ask(api, yield* idToken())
      assert.deepStrictEqual([answer.status, answer.text], [401, unauthorized])
      assert.include(answer.headers["x-effect-dintero-hint"], "The account has no jwks")
      const known = yield* ask(api, yield* tokenOf(api))
      assert.deepStrictEqual([known.status, known.text], [403, forbidden])
      assert.include(known.headers["x-effect-dintero-hint"], "`jwks` of the account")
    })
  )
})

describe("jwks.uri", () => {
  it.scoped("is fetched once for many tokens, also for those with an unknown kid", () =>
    Effect.gen(function* () {
      const { authority, received } = yield* Scripted.make({ keys: Scripted.json({ keys }) })
      const { api } = yield* startWith({ uri: `${authority}/jwks` })
      const authorization = yield* idToken()
      const answers = yield* Effect.all(
        Array.from({ length: 5 }, () => ask(api, authorization)),
        { concurrency: "unbounded" }
      )
      for (const answer of answers) assert.strictEqual(answer.status, 200, answer.text)
      for (const kid of ["a", "b", "c"]) {
        assert.strictEqual((yield* ask(api, yield* idToken({}, { kid }))).status, 401)
      }
      assert.deepStrictEqual(
        received.map(({ path }) => path),
        ["/jwks"]
      )
    })
  )

  it.scoped("that answers no keys, or is not there, refuses the token", () =>
    Effect.gen(function* () {
      const scripts: ReadonlyArray<Scripted.Script> = [
        { keys: Scripted.json({}, 500) },
        { keys: Scripted.json({ keys: "none" }) },
        { keys: Scripted.json({ keys: [{ kty: "RSA", kid: "RS256" }] }) },
        { keys: (_, response) => response.end("<html>") },
        { keys: (_, response) => response.end(" ".repeat(2_000_000)) },
        { keys: (_, response) => response.destroy() },
        { keys: (authority, response) => response.writeHead(302, { location: `${authority}/elsewhere` }).end() }
      ]
      for (const script of scripts) {
        const { authority, received } = yield* Scripted.make(script)
        const { api } = yield* startWith({ uri: `${authority}/jwks` })
        const answer = yield* ask(api, yield* idToken())
        assert.deepStrictEqual([answer.status, answer.text], [401, unauthorized])
        assert.deepStrictEqual(
          received.map(({ path }) => path),
          ["/jwks"]
        )
      }
      const { authority, close } = yield* Scripted.make()
      yield* Effect.promise(close)
      const { api } = yield* startWith({ uri: `${authority}/jwks` })
      const answer = yield* ask(api, yield* idToken())
      assert.strictEqual(answer.status, 401)
      assert.include(answer.headers["x-effect-dintero-hint"], "the keys of its issuer could not be fetched")
    })
  )
})

describe("the seed", () => {
  it.scoped("says what is wrong with a partner, with jwks and with a provider", () =>
    Effect.gen(function* () {
      const wrong = yield* Effect.flip(start({ seed: seedOf({ partner: "T12345678", jwks: { uri: "file:///etc/passwd" } }) }))
      assert.include(wrong.message, "accounts[0].partner: expected the id of a partner's account")
      assert.include(wrong.message, "accounts[0].jwks")
      const provider = { client_id: "c", client_secret: "s", authority: "https://issuer.example.com" }
      const untyped = yield* Effect.flip(
        start({ seed: seedOf({ clients: [{ ...client, grants: [{ scope: [], oidc: provider }] }] }) })
      )
      assert.include(untyped.message, "accounts[0].clients[0].grants[0].oidc: needs the type authorization_code")
    })
  )
})
