import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { DinteroEmbedded } from "../../../../src/embedded.js"
import { type Api, account, ada, audience, basic, claimsOf, client, login, reader, seedOf, start, tokenOf } from "../../Api.js"

/** The form in the claim of a token. */
const tokenAudience = `https://${account}@api.dintero.com/v1/accounts/${account}`

const grant = (api: Api, authorization: string | undefined, body: object) => api("POST", "/auth/token", { authorization, body })

const secret = basic(client.client_id, client.client_secret)

describe("auth.token, client_credentials", () => {
  it.scoped("returns a token with the scopes of the client's grants", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_790_000_000_500)
      const { api } = yield* start()
      const answer = yield* grant(api, secret, { grant_type: "client_credentials", audience })
      assert.strictEqual(answer.status, 200)
      assert.deepStrictEqual(Object.keys(answer.body), ["access_token", "expires_in", "token_type"])
      assert.strictEqual(answer.body.token_type, "Bearer")
      assert.strictEqual(answer.body.expires_in, 14_400)
      assert.strictEqual(answer.headers["cache-control"], "no-store")
      assert.strictEqual(
        JSON.stringify(claimsOf(answer.body.access_token)),
        JSON.stringify({
          iss: "https://api.dintero.com",
          aud: tokenAudience,
          sub: client.id,
          scopes: client.grants[0].scope.join(" "),
          version: 2,
          iat: 1_790_000_000,
          exp: 1_790_014_400
        })
      )
    })
  )

  it.scoped("accepts the client's id or its label, the scheme in any case, and both spellings of the audience", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      for (const [authorization, aud] of [
        [basic(client.id, client.client_secret), audience],
        [secret.replace("Basic", "bASIC"), `https://${account}@api.dintero.com`],
        [secret.replace("Basic ", "basic   "), `${audience}/`],
        [secret, `https://${account}@api.dintero.com/v1/accounts/${account}`],
        [secret, `https://${account}@checkout.dintero.com/v1/accounts/${account}/`],
        [secret, `https://test.dintero.com/v1/accounts/${account}`],
        [secret, `http://127.0.0.1:4711/v1/accounts/${account}`],
        [secret, `http://localhost/v1/accounts/${account}`]
      ] as const) {
        const answer = yield* grant(api, authorization, { grant_type: "client_credentials", audience: aud })
        assert.strictEqual(answer.status, 200)
        assert.strictEqual(claimsOf(answer.body.access_token).aud, tokenAudience)
        const used = yield* api("GET", "/customers/settings", { authorization: `bearer ${answer.body.access_token}` })
        assert.strictEqual(used.status, 200)
      }
    })
  )

  it.scoped("gives an unknown client and a wrong secret the same response", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const body = { grant_type: "client_credentials", audience }
      const wrong = yield* grant(api, basic(client.client_id, "wrong"), body)
      assert.strictEqual(wrong.status, 401)
      assert.strictEqual(wrong.text, `{"error":{"errors":[],"message":"UNAUTHORIZED"}}`)
      assert.isUndefined(wrong.headers["www-authenticate"])
      for (const authorization of [
        basic("nobody", client.client_secret),
        basic(reader.client_id, client.client_secret),
        basic(client.client_id, ""),
        basic("nobody", ""),
        basic("demo-client\0", client.client_secret),
        basic("\ud800", "x")
      ]) {
        const answer = yield* grant(api, authorization, body)
        assert.deepStrictEqual([answer.status, answer.text], [wrong.status, wrong.text])
      }
    })
  )

  it.scoped("only finds clients of the account in the path", () =>
    Effect.gen(function* () {
      const { api } = yield* start({
        seed: { accounts: [...DinteroEmbedded.demoSeed.accounts, { account_id: "T87654321" }] }
      })
      const other = yield* api("POST", "//v1/accounts/T87654321/auth/token", {
        authorization: secret,
        body: { grant_type: "client_credentials", audience }
      })
      assert.strictEqual(other.status, 401)
    })
  )

  it.scoped("needs a grant for the audience and the grant type", () =>
    Effect.gen(function* () {
      const { api } = yield* start({
        seed: seedOf({
          clients: [
            {
              client_id: "wide",
              client_secret: "secret",
              grants: [
                { type: "any", scope: ["read:customers", "public:customers"] },
                { type: "client_credentials", scope: ["write:customers", "read:customers"] },
                { type: "password", scope: ["user:customers"] },
                { audience: "https://api.dintero.com/v1/accounts/T99999999", scope: ["read:elsewhere"] }
              ]
            },
            { client_id: "narrow", client_secret: "secret", grants: [{ type: "password", scope: ["read:customers"] }] }
          ]
        })
      })
      const ask = (name: string, audience: string) =>
        grant(api, basic(name, "secret"), { grant_type: "client_credentials", audience })
      const scopes = (token: string) => claimsOf(token).scopes.split(" ")
      assert.sameMembers(scopes((yield* ask("wide", audience)).body.access_token), [
        "read:customers",
        "public:customers",
        "write:customers"
      ])
      assert.deepStrictEqual(scopes((yield* ask("wide", "https://T99999999@api.dintero.com")).body.access_token), [
        "read:elsewhere"
      ])
      for (const aud of [
        "https://api.dintero.com/v1/accounts/T88888888",
        "https://api.dintero.com/v1/accounts/T1234567",
        "http://api.dintero.com/v1/accounts/T12345678",
        "https://api.example.com/v1/accounts/T12345678",
        "https://T12345678@api.dintero.com.example.com",
        "T12345678",
        ""
      ]) {
        const refused = yield* ask("wide", aud)
        assert.strictEqual(refused.status, 403)
        assert.strictEqual(refused.text, `{"error":{"errors":[],"message":"FORBIDDEN"}}`)
      }
      assert.strictEqual((yield* ask("narrow", audience)).status, 403)
    })
  )

  it.scoped("refuses a Bearer token, and an account's own lifetime counts", () =>
    Effect.gen(function* () {
      const { api } = yield* start({ seed: seedOf({ access_token_lifetime: 60 }) })
      const answer = yield* grant(api, secret, { grant_type: "client_credentials", audience })
      assert.strictEqual(answer.body.expires_in, 60)
      const partner = yield* grant(api, `Bearer ${answer.body.access_token}`, { grant_type: "client_credentials", audience })
      assert.strictEqual(partner.status, 401)
    })
  )
})

describe("auth.token, grants of an end user", () => {
  it.scoped("logs a customer in by customer_id, id or email; customers come before companies", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({
        seed: seedOf({
          customers: [
            { customer_id: "b", type: "company", email: "both@example.com", password: "company" },
            { customer_id: "c", type: "customer", email: "Both@example.com", password: "customer" },
            { customer_id: "only", type: "company", email: "only@example.com", password: "company" },
            { customer_id: "e", type: "employee", email: "e@example.com", password: "employee" },
            { id: ada.id, customer_id: "ada", password: "1234" }
          ]
        })
      })
      const authorization = yield* tokenOf(api)
      const ask = (username: string, password: string) =>
        grant(api, authorization, { grant_type: "password", username, password, audience })
      const subject = (username: string, password: string) =>
        Effect.map(ask(username, password), ({ body }) => claimsOf(body.access_token).sub)
      assert.strictEqual(yield* subject("both@EXAMPLE.com", "customer"), "c")
      assert.strictEqual(yield* subject("only@example.com", "company"), "only")
      assert.strictEqual(yield* subject("b", "company"), "b")
      assert.strictEqual(yield* subject(ada.id, "1234"), "ada")
      assert.strictEqual((yield* ask("ada", "1234")).body.refresh_token.length, 43)

      const texts = new Set<string>()
      for (const [username, password] of [
        ["both@example.com", "company"],
        ["nobody", "1234"],
        ["e", "employee"],
        ["e@example.com", "employee"],
        ["", ""],
        ["ada\0", "1234"],
        ["\udfff", "1234"],
        ["ada", "1234".padEnd(5000, "4")]
      ] as const) {
        const before = yield* embedded.passwordHasher.computations
        const answer = yield* ask(username, password)
        assert.strictEqual(answer.status, 403)
        assert.strictEqual(yield* embedded.passwordHasher.computations, before + 1)
        texts.add(answer.text)
      }
      assert.deepStrictEqual(
        [...texts],
        [`{"error":{"code":"FORBIDDEN","message":"Login failed: unknown user or wrong credential"}}`]
      )
    })
  )

  it.scoped("needs a Bearer token of this account with one of the scopes", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const body = { grant_type: "password", username: "ada", password: DinteroEmbedded.demoPassword, audience }
      assert.strictEqual((yield* grant(api, secret, body)).status, 401)
      const lacking = yield* grant(api, yield* tokenOf(api, reader), body)
      assert.strictEqual(lacking.status, 403)
      for (const scope of [
        "admin:accounts",
        "write:accounts",
        "write:accounts:/auth/users",
        "write:accounts:/auth/users/no-mfa"
      ]) {
        assert.include(lacking.headers["x-effect-dintero-hint"], scope)
      }
    })
  )

  it.scoped("refuses a wrong code and an ID token that is not there", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const authorization = yield* tokenOf(api)
      for (const [status, body] of [
        [
          403,
          { grant_type: "authorization_code", ident_type: "email", ident: "ada@example.com", verification_code: "1", audience }
        ],
        [403, { grant_type: "mfa_oob", oob_code: "a", binding_code: "b", mfa_token: "c" }],
        [403, { grant_type: "mfa-oob", oob_code: "a", binding_code: "b", mfa_token: "c" }],
        [403, { grant_type: "account_user", audience }],
        [403, { grant_type: "account_user_token", audience }]
      ] as const) {
        assert.strictEqual((yield* grant(api, authorization, body)).status, status)
      }
    })
  )

  it.scoped("refuses with another status where the options say so", () =>
    Effect.gen(function* () {
      for (const wrongCredentialStatus of [400, 401] as const) {
        const { api } = yield* start({ wrongCredentialStatus })
        const authorization = yield* tokenOf(api)
        const wrong = { grant_type: "password", username: "nobody", password: "1234", audience }
        assert.strictEqual((yield* grant(api, authorization, wrong)).status, wrongCredentialStatus)
        const refused = yield* login(api, authorization, { email: "nobody@example.com", password: "1234" })
        assert.strictEqual(refused.status, wrongCredentialStatus)
      }
    })
  )
})

describe("auth.token, refresh_token", () => {
  it.scoped("answers another token for the same customer, as often as asked", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const authorization = yield* tokenOf(api)
      const first = yield* login(api, authorization, { email: "ada@example.com", password: DinteroEmbedded.demoPassword })
      const body = { grant_type: "refresh_token", refresh_token: first.body.refresh_token }
      yield* TestClock.adjust("3 hours")
      for (let i = 0; i < 2; i++) {
        const again = yield* grant(api, authorization, body)
        assert.strictEqual(again.status, 200)
        assert.deepStrictEqual(Object.keys(again.body), ["access_token", "expires_in", "token_type"])
        const { exp: exp1, iat: iat1, jti: jti1, ...before } = claimsOf(first.body.access_token)
        const { exp: exp2, iat: iat2, jti: jti2, ...after } = claimsOf(again.body.access_token)
        assert.deepStrictEqual(after, before)
        assert.notStrictEqual(jti1, jti2)
        assert.deepStrictEqual([iat2 - iat1, exp2 - exp1], [10_800, 10_800])
      }
    })
  )

  it.scoped("refreshes only for the client that made the token, and in its account", () =>
    Effect.gen(function* () {
      const other = {
        client_id: "other",
        client_secret: "secret",
        grants: [{ scope: ["write:accounts", "create:accounts:auth:refresh_token"] }]
      }
      const customers = [{ customer_id: "ada", email: "ada@example.com", password: "1234" }]
      const { api } = yield* start({ seed: seedOf({ clients: [client, other], customers }) })
      const authorization = yield* tokenOf(api)
      const {
        body: { refresh_token }
      } = yield* login(api, authorization, { email: "ada@example.com", password: "1234" })
      const ask = (authorization: string, refresh_token: string) =>
        grant(api, authorization, { grant_type: "refresh_token", refresh_token })
      assert.strictEqual((yield* ask(authorization, refresh_token)).status, 200)
      assert.strictEqual((yield* ask(yield* tokenOf(api, other), refresh_token)).status, 403)
      assert.strictEqual((yield* ask(authorization, `${refresh_token}x`)).status, 403)
      assert.strictEqual((yield* ask(authorization, "")).status, 403)
      assert.strictEqual((yield* ask(authorization, "\0\ud800")).status, 403)
    })
  )

  it.scoped("returns a refresh token only when the client's token has the scope", () =>
    Effect.gen(function* () {
      const plain = { client_id: "plain", client_secret: "secret", grants: [{ scope: ["write:accounts:/auth/users"] }] }
      const customers = [{ email: "ada@example.com", password: "1234" }]
      const { api } = yield* start({ seed: seedOf({ clients: [plain], customers }) })
      const answer = yield* login(api, yield* tokenOf(api, plain), { email: "ada@example.com", password: "1234" })
      assert.strictEqual(answer.status, 200)
      assert.notProperty(answer.body, "refresh_token")
    })
  )
})
