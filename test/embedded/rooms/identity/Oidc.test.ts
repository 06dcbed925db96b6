/**
 * Access tokens for the users of an OpenID provider. The provider is a real one, or a server that answers as a test says.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as HashMap from "effect/HashMap"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import type { DinteroEmbedded } from "../../../../src/embedded.js"
import * as OpenIdProvider from "../../../../src/layers/embedded/rooms/identity/OpenIdProvider.js"
import * as Provider from "../../../utils/OpenIdProvider.js"
import { type Api, audience, claimsOf, client, reader, seedOf, start, tokenOf } from "../../Api.js"
import * as Scripted from "./ScriptedProvider.js"

const grantTo = (authority: string) => ({
  type: "authorization_code" as const,
  scope: ["user:customers"],
  oidc: { client_id: Provider.client.id, client_secret: Provider.client.secret, authority }
})

/** A system whose demo client has a provider, and two customers who could be meant by a user of it. */
const startWith = (authority: string = Provider.authority, options: DinteroEmbedded.Options = {}) =>
  Effect.gen(function* () {
    const system = yield* start({
      ...options,
      seed: seedOf({
        clients: [{ ...client, grants: [...client.grants, grantTo(authority)] }, reader],
        customers: [
          { customer_id: "ada-of-the-shop", email: "ada@example.com" },
          // Has the id that another user has at the provider.
          { customer_id: "grace", email: "grace@example.com" }
        ]
      })
    })
    return { ...system, authorization: yield* tokenOf(system.api) }
  })

const redeem = (api: Api, authorization: string, code: string, more: object = {}) =>
  api("POST", "/auth/oidc/token", {
    authorization,
    body: {
      grant_type: "authorization_code",
      code,
      client_id: client.client_id,
      audience,
      redirect_uri: Provider.redirectUri,
      ...more
    }
  })

const codeFor = (user: keyof typeof Provider.users) => Effect.promise(() => Provider.codeFor(user))

const unusable = `{"error":{"code":"BAD REQUEST","message":"The OpenID provider cannot be used"}}`

const codeRefused = `{"error":{"code":"FORBIDDEN","message":"Login failed: unknown user or wrong credential"}}`

describe("auth.oidcToken, with a real provider", () => {
  it.scoped("gives a token for the customer with the verified email, and what the provider says of the user", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_790_000_000_500)
      const { api, authorization } = yield* startWith()
      const answer = yield* redeem(api, authorization, yield* codeFor("ada"))
      assert.strictEqual(answer.status, 200, answer.text)
      assert.strictEqual(answer.headers["cache-control"], "no-store")
      const { access_token, ...rest } = answer.body
      assert.deepStrictEqual<object>(rest, {
        expires_in: 14_400,
        token_type: "Bearer",
        user_info: { authority: Provider.authority, value: { sub: "ada", ...Provider.users.ada } }
      })
      const { effect_dintero_client, exp, iat, scopes, sub } = claimsOf(access_token)
      assert.deepStrictEqual(
        { effect_dintero_client, exp, iat, scopes, sub },
        {
          effect_dintero_client: client.id,
          exp: 1_790_014_400,
          iat: 1_790_000_000,
          scopes: "user:customers",
          sub: "ada-of-the-shop"
        }
      )
      const own = yield* api("GET", "/customers/users/ada-of-the-shop", { authorization: `Bearer ${access_token}` })
      assert.strictEqual(own.status, 200, own.text)
      assert.strictEqual((yield* api("GET", "/customers/users/grace", { authorization: `Bearer ${access_token}` })).status, 403)
    })
  )

  it.scoped("gives a user without a verified email a subject of the provider, which is nobody's customer", () =>
    Effect.gen(function* () {
      const { api, authorization } = yield* startWith()
      for (const user of ["eve", "grace"] as const) {
        const answer = yield* redeem(api, authorization, yield* codeFor(user))
        assert.strictEqual(answer.status, 200, answer.text)
        assert.strictEqual(claimsOf(answer.body.access_token).sub, `${Provider.authority}#${user}`)
        const subject = `${Provider.authority}#${user}`
        yield* api("POST", "/customers/users", { authorization, body: { type: "customer", customer_id: subject } })
        for (const customer of ["ada-of-the-shop", "grace", encodeURIComponent(subject)]) {
          const other = yield* api("GET", `/customers/users/${customer}`, {
            authorization: `Bearer ${answer.body.access_token}`
          })
          assert.strictEqual(other.status, 403, other.text)
        }
      }
    })
  )

  it.scoped("is never for a customer where the options say so", () =>
    Effect.gen(function* () {
      for (const [oidcUser, expected] of [
        ["customer", "ada-of-the-shop"],
        ["provider", `${Provider.authority}#ada`]
      ] as const) {
        const { api, authorization } = yield* startWith(Provider.authority, { assumed: { oidcUser } })
        const answer = yield* redeem(api, authorization, yield* codeFor("ada"))
        assert.strictEqual(claimsOf(answer.body.access_token).sub, expected)
      }
    })
  )

  it.scoped("refuses a code that was used, that never was, or that is for another address", () =>
    Effect.gen(function* () {
      const { api, authorization } = yield* startWith()
      const code = yield* codeFor("ada")
      assert.strictEqual((yield* redeem(api, authorization, code)).status, 200)
      const another = yield* codeFor("ada")
      const refused = yield* Effect.all([
        redeem(api, authorization, code),
        redeem(api, authorization, "a-code-of-nobody"),
        redeem(api, authorization, another, { redirect_uri: "https://shop.example.com/elsewhere" }),
        redeem(api, authorization, "\0\ud800")
      ])
      for (const answer of refused) assert.deepStrictEqual([answer.status, answer.text], [403, codeRefused])
    })
  )

  it.scoped("takes a code for one at most, however many ask at the same time", () =>
    Effect.gen(function* () {
      const { api, authorization } = yield* startWith()
      const code = yield* codeFor("ada")
      const answers = yield* Effect.all(
        Array.from({ length: 5 }, () => redeem(api, authorization, code)),
        { concurrency: "unbounded" }
      )
      const [first, ...others] = answers.map(({ status }) => status).sort()
      assert.deepStrictEqual(others, [403, 403, 403, 403])
      // The provider ends a grant whose code comes again (RFC 6749, 4.1.2), so it may no longer say who the user is.
      assert.include([200, 400], first)
    })
  )

  it.scoped("needs a grant of this client for the audience, of the type authorization_code and with a provider", () =>
    Effect.gen(function* () {
      const { api, authorization } = yield* startWith()
      const code = yield* codeFor("ada")
      for (const more of [
        { client_id: reader.client_id },
        { client_id: "nobody" },
        { client_id: "\0" },
        { audience: "https://api.dintero.com/v1/accounts/T99999999" },
        { audience: "\ud800" }
      ]) {
        const refused = yield* redeem(api, authorization, code, more)
        assert.deepStrictEqual([refused.status, refused.text], [403, `{"error":{"errors":[],"message":"FORBIDDEN"}}`])
      }
      // The code is still good, since the provider was not asked. The client may be named by its id as well.
      assert.strictEqual((yield* redeem(api, authorization, code, { client_id: client.id })).status, 200)
    })
  )

  it.scoped("needs the scope write:accounts:/auth/users", () =>
    Effect.gen(function* () {
      const { api } = yield* startWith()
      const refused = yield* redeem(api, yield* tokenOf(api, reader), "a-code-of-nobody")
      assert.strictEqual(refused.status, 403)
      assert.include(refused.headers["x-effect-dintero-hint"], "write:accounts:/auth/users")
    })
  )
})

describe("auth.oidcToken, with a scripted provider", () => {
  it.scoped("authenticates as the metadata of the provider say, and passes the redirect_uri on only when it is given", () =>
    Effect.gen(function* () {
      const { id, secret } = Provider.client
      /** Each part is form-encoded before they are joined (RFC 6749, 2.3.1). */
      const credentialsIn = (header = "") =>
        Buffer.from(header.replace(/^Basic /, ""), "base64")
          .toString()
          .split(":")
          .map((part) => new URLSearchParams(`x=${part}`).get("x"))
      for (const [methods, inHeader, inBody] of [
        [undefined, [id, secret], null],
        [["client_secret_post", "client_secret_basic"], [id, secret], null],
        [["client_secret_post"], [""], secret]
      ] as const) {
        const { authority, received } = yield* Scripted.make({
          metadata: () => (methods === undefined ? {} : { token_endpoint_auth_methods_supported: methods })
        })
        const system = yield* startWith(authority)
        const answer = yield* redeem(system.api, system.authorization, "the code", { redirect_uri: undefined })
        assert.strictEqual(answer.status, 200, answer.text)
        const sent = received.find(({ path }) => path === "/token")
        assert.deepStrictEqual(credentialsIn(sent?.authorization), [...inHeader])
        const body = new URLSearchParams(sent?.body)
        assert.strictEqual(body.get("client_secret"), inBody)
        assert.deepStrictEqual(
          ["grant_type", "code", "redirect_uri"].map((name) => body.get(name)),
          ["authorization_code", "the code", null]
        )
      }
    })
  )

  it.scoped("does without a userinfo endpoint: then the ID token says who the user is", () =>
    Effect.gen(function* () {
      const { authority, received } = yield* Scripted.make({
        metadata: () => ({ userinfo_endpoint: undefined }),
        token: Scripted.tokens((issuer) => Scripted.idToken(issuer, { email: "ADA@example.com", email_verified: true }))
      })
      const { api, authorization } = yield* startWith(authority)
      const answer = yield* redeem(api, authorization, "the code")
      assert.strictEqual(claimsOf(answer.body.access_token).sub, "ada-of-the-shop")
      assert.include(answer.text, `"value":{"sub":"ada","email":"ADA@example.com","email_verified":true}`)
      assert.deepStrictEqual(
        received.map(({ path }) => path),
        ["/.well-known/openid-configuration", "/token", "/jwks"]
      )
    })
  )

  const elsewhere = Scripted.make()

  const scripts: Readonly<Record<string, Scripted.Script>> = {
    "its metadata are not there": { discovery: Scripted.json({}, 404) },
    "its metadata are no JSON": { discovery: (_, response) => response.end("<html>") },
    "its metadata are of another issuer": { metadata: () => ({ issuer: "https://issuer.example.com" }) },
    "its metadata are elsewhere": {
      discovery: (authority, response) => response.writeHead(302, { location: `${authority}/token` }).end()
    },
    "its metadata have no end": { discovery: (_, response) => response.end(" ".repeat(2_000_000)) },
    "its metadata name no token endpoint": { metadata: () => ({ token_endpoint: undefined }) },
    "its token endpoint is no URL": { metadata: () => ({ token_endpoint: "token" }) },
    "its token endpoint is a file": { metadata: () => ({ token_endpoint: "file:///etc/passwd" }) },
    "its token endpoint fails": { token: (_, response) => response.writeHead(500).end("<html>") },
    "its token endpoint hangs up": { token: (_, response) => response.destroy() },
    "it does not know the client": { token: Scripted.json({ error: "invalid_client" }, 401) },
    "it asks for another authentication": {
      token: (_, response) => response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end()
    },
    "it gives no ID token": { token: Scripted.json({ access_token: "a", token_type: "Bearer" }) },
    "it gives no JWT": { token: Scripted.tokens(() => "no.jwt") },
    "its ID token is signed by another key": { token: Scripted.tokens((issuer) => Scripted.idToken(issuer, {}, "foreign")) },
    "its ID token names an unknown key": { token: Scripted.tokens((issuer) => Scripted.idToken(issuer, {}, "foreign", "new")) },
    "its ID token is not signed": {
      metadata: () => ({ id_token_signing_alg_values_supported: ["none"] }),
      token: Scripted.tokens((issuer) => Scripted.unsigned(issuer, "none"))
    },
    "its ID token has an HMAC": {
      metadata: () => ({ id_token_signing_alg_values_supported: ["HS256"] }),
      token: Scripted.tokens((issuer) => Scripted.unsigned(issuer, "HS256", "AAAA"))
    },
    "its ID token is for somebody else": { token: Scripted.tokens((issuer) => Scripted.idToken(issuer, { aud: "somebody" })) },
    "its ID token is of another issuer": { token: Scripted.tokens(() => Scripted.idToken("https://issuer.example.com")) },
    "its ID token has expired": { token: Scripted.tokens((issuer) => Scripted.idToken(issuer, { exp: 1, iat: 0 })) },
    "its ID token has no sub": { token: Scripted.tokens((issuer) => Scripted.idToken(issuer, { sub: "" })) },
    "its ID token has a sub that no database holds": {
      metadata: () => ({ userinfo_endpoint: undefined }),
      token: Scripted.tokens((issuer) => Scripted.idToken(issuer, { sub: "a\0" }))
    },
    "its keys are no keys": { keys: Scripted.json({ keys: "none" }) },
    "it tells of another user": { userinfo: Scripted.json({ sub: "eve", email: "ada@example.com", email_verified: true }) },
    "it tells of nobody": { userinfo: Scripted.json({}, 500) }
  }

  for (const [name, script] of Object.entries(scripts)) {
    it.scoped(`refuses, and lets no secret out, when ${name}`, () => {
      const lines: Array<string> = []
      const logger = Logger.make(({ annotations, cause, message }) => {
        lines.push(JSON.stringify([message, cause, HashMap.toEntries(annotations)]))
      })
      return Effect.gen(function* () {
        const { authority } = yield* Scripted.make(script)
        const { api, authorization, embedded } = yield* startWith(authority)
        const answer = yield* redeem(api, authorization, "the-code-of-the-user")
        assert.deepStrictEqual([answer.status, answer.text], [400, unusable])
        const entries = yield* embedded.journal.list()
        const shown = JSON.stringify([answer.headers, entries, lines])
        for (const secret of [Provider.client.secret, "the-code-of-the-user", "the access token of the provider"]) {
          assert.notInclude(shown, secret)
        }
      }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
    })
  }

  it.scoped("shows nothing of an answer that repeats the secret and the code", () =>
    Effect.gen(function* () {
      const { authority } = yield* Scripted.make({
        token: Scripted.json({ error: Provider.client.secret, error_description: "the-code-of-the-user" }, 400)
      })
      const { api, authorization, embedded } = yield* startWith(authority)
      const answer = yield* redeem(api, authorization, "the-code-of-the-user")
      assert.deepStrictEqual([answer.status, answer.text], [400, unusable])
      assert.strictEqual(
        answer.headers["x-effect-dintero-hint"],
        "The OpenID provider cannot be used: its token endpoint: OAUTH_RESPONSE_BODY_ERROR"
      )
      const shown = JSON.stringify([answer.headers, yield* embedded.journal.list()])
      for (const secret of [Provider.client.secret, "the-code-of-the-user"]) assert.notInclude(shown, secret)
    })
  )

  for (const endpoint of ["token_endpoint", "jwks_uri", "userinfo_endpoint"]) {
    it.scoped(`does not follow a ${endpoint} of another origin`, () =>
      Effect.gen(function* () {
        const other = yield* elsewhere
        const { authority } = yield* Scripted.make({ metadata: () => ({ [endpoint]: `${other.authority}/token` }) })
        const { api, authorization } = yield* startWith(authority)
        const answer = yield* redeem(api, authorization, "the code")
        assert.deepStrictEqual([answer.status, answer.text], [400, unusable])
        assert.include(answer.headers["x-effect-dintero-hint"], "an address of another origin")
        assert.deepStrictEqual(other.received, [])
      })
    )
  }

  it.scoped("refuses when the provider is not there", () =>
    Effect.gen(function* () {
      const { authority, close } = yield* Scripted.make()
      yield* Effect.promise(close)
      const { api, authorization } = yield* startWith(authority)
      const answer = yield* redeem(api, authorization, "the code")
      assert.deepStrictEqual([answer.status, answer.text], [400, unusable])
      assert.strictEqual(
        answer.headers["x-effect-dintero-hint"],
        "The OpenID provider cannot be used: its metadata: it cannot be reached"
      )
    })
  )

  it.scoped("waits for a provider in real time, whatever the clock of the system says", () =>
    Effect.gen(function* () {
      const { authority } = yield* Scripted.make({ discovery: () => undefined })
      // The clock of this test stands still.
      const { redeem } = yield* OpenIdProvider.make(50)
      const end = yield* Effect.either(
        redeem(
          { authority, clientId: Provider.client.id, clientSecret: Redacted.make(Provider.client.secret) },
          { code: Redacted.make("the code"), redirectUri: undefined }
        )
      )
      const reason = Either.isLeft(end) && end.left._tag === "ProviderUnusable" ? end.left.reason : "it answered"
      assert.match(reason, /: it did not answer in 50 ms$/)
    })
  )
})
