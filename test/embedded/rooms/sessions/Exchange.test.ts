/**
 * The tokens of a partner for its merchants.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { operations } from "../../../../src/contract/Contract.js"
import type { Described } from "../../../../src/contract/Operation.js"
import type { Seed } from "../../../../src/embedded.js"
import { reasonOf } from "../../../../src/layers/embedded/rooms/NotEmbedded.js"
import { type Api, basic, type Claims, claimsOf, start } from "../../Api.js"

const partner = "T11200000"
const merchant = "T20000001"
/** Of another partner. */
const foreign = "T20000002"
const otherPartner = "T11300000"

const urlOf = (account: string): string => `https://api.dintero.com/v1/accounts/${account}`

const client = {
  id: "7b9a2c44-1111-4222-8333-94445555aaaa",
  client_id: "partner-client",
  client_secret: "the-secret-of-the-partner's-client"
}

const reading = { ...client, id: "7b9a2c44-1111-4222-8333-94445555bbbb", client_id: "reading-client" }
const powerless = { ...client, id: "7b9a2c44-1111-4222-8333-94445555cccc", client_id: "powerless-client" }

const everything = ["admin:accounts", "admin:customers", "write:accounts:/auth/users"]

const seed: Seed.Seed = {
  accounts: [
    {
      account_id: partner,
      access_token_lifetime: 7200,
      clients: [
        {
          ...client,
          grants: [
            { type: "client_credentials", scope: everything },
            { type: "password", scope: ["user:customers"] }
          ]
        },
        {
          ...reading,
          grants: [
            { scope: ["read:accounts"] },
            { audience: urlOf(merchant), type: "client_credentials", scope: ["read:customers"] },
            { audience: urlOf(merchant), type: "password", scope: ["user:customers"] }
          ]
        },
        { ...powerless, grants: [{ scope: ["read:customers"] }] }
      ]
    },
    { account_id: merchant, partner, customers: [{ customer_id: "ada", email: "ada@example.com" }] },
    { account_id: foreign, partner: otherPartner },
    {
      account_id: otherPartner,
      clients: [{ ...client, id: "7b9a2c44-1111-4222-8333-94445555dddd", grants: [{ scope: everything }] }]
    }
  ]
}

type Credentials = Pick<typeof client, "client_id" | "client_secret">

const tokenRequest = (api: Api, account: string, authorization: string, body: object) =>
  api("POST", `//v1/accounts/${account}/auth/token`, { authorization, body })

const ownToken = (api: Api, { client_id, client_secret }: Credentials = client, account = partner) =>
  Effect.map(
    tokenRequest(api, account, basic(client_id, client_secret), { grant_type: "client_credentials", audience: urlOf(account) }),
    ({ body }) => `Bearer ${body.access_token}`
  )

const exchange = (api: Api, authorization: string, account_id: unknown, account = partner) =>
  api("POST", `//v1/accounts/${account}/auth/exchange_token`, { authorization, body: { account_id } })

/** The exchange token of a client of the partner for the merchant. */
const exchanged = (api: Api, credentials: Credentials = client) =>
  Effect.flatMap(ownToken(api, credentials), (own) =>
    Effect.map(exchange(api, own, merchant), ({ body }) => `Bearer ${body.access_token}`)
  )

const byExchange = (api: Api, authorization: string, audience: string, account = merchant) =>
  tokenRequest(api, account, authorization, { grant_type: "client_credentials", audience })

const own = (claims: Claims & { readonly effect_dintero_partner?: string }) => claims.effect_dintero_partner

const forbidden = `{"error":{"errors":[],"message":"FORBIDDEN"}}`

describe("auth.exchangeToken", () => {
  it.scoped("gives a token of its own kind for the merchant's account, which lives as long as an access token", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_790_000_000_500)
      const { api } = yield* start({ seed })
      const answer = yield* exchange(api, yield* ownToken(api), merchant)
      assert.strictEqual(answer.status, 200, answer.text)
      assert.strictEqual(answer.headers["cache-control"], "no-store")
      const { access_token, ...rest } = answer.body
      assert.deepStrictEqual<object>(rest, { expires_in: 7200, token_type: "Bearer" })
      assert.strictEqual(
        JSON.stringify(claimsOf(access_token)),
        JSON.stringify({
          iss: "https://api.dintero.com",
          aud: `https://${merchant}@api.dintero.com/v1/accounts/${merchant}`,
          sub: client.id,
          scopes: "",
          version: 2,
          iat: 1_790_000_000,
          exp: 1_790_007_200,
          effect_dintero_partner: partner
        })
      )
    })
  )

  it.scoped("refuses an account of another partner, one of nobody, and one that does not exist, in the same words", () =>
    Effect.gen(function* () {
      const { api } = yield* start({ seed })
      const authorization = yield* ownToken(api)
      for (const account of [foreign, otherPartner, partner, "T99999999", "P20000001"]) {
        const refused = yield* exchange(api, authorization, account)
        assert.deepStrictEqual([refused.status, refused.text], [403, forbidden], account)
      }
      for (const account of ["T2000000", "", "T2000000\0", "\ud800", null, 20_000_001]) {
        assert.strictEqual((yield* exchange(api, authorization, account)).status, 400)
      }
    })
  )

  it.scoped("needs a token of the partner's account with one of the scopes", () =>
    Effect.gen(function* () {
      const { api } = yield* start({ seed })
      assert.strictEqual((yield* exchange(api, yield* ownToken(api, reading), merchant)).status, 200)
      const lacking = yield* exchange(api, yield* ownToken(api, powerless), merchant)
      assert.strictEqual(lacking.status, 403)
      assert.include(lacking.headers["x-effect-dintero-hint"], "admin:accounts, read:accounts")
      const stranger = yield* exchange(api, yield* ownToken(api, client, otherPartner), merchant)
      assert.strictEqual(stranger.status, 403)
      assert.strictEqual((yield* exchange(api, basic(client.client_id, client.client_secret), merchant)).status, 401)
    })
  )

  it.scoped("is refused to a customer of the partner, since the token gives the scopes of the client", () =>
    Effect.gen(function* () {
      const ofCustomer = { email: "ada@example.com", password: "12345678" }
      const grants = [
        { type: "client_credentials", scope: everything },
        { type: "password", scope: ["read:accounts"] }
      ] as const
      const { api } = yield* start({
        seed: {
          accounts: [
            {
              account_id: partner,
              clients: [{ ...client, grants }],
              customers: [
                { customer_id: "ada", ...ofCustomer },
                { customer_id: client.id, ...ofCustomer, email: "eve@example.com" }
              ]
            },
            { account_id: merchant, partner }
          ]
        }
      })
      const authorization = yield* ownToken(api)
      for (const username of ["ada", client.id]) {
        const { body } = yield* tokenRequest(api, partner, authorization, {
          grant_type: "password",
          username,
          password: ofCustomer.password,
          audience: urlOf(partner)
        })
        const refused = yield* exchange(api, `Bearer ${body.access_token}`, merchant)
        assert.deepStrictEqual([claimsOf(body.access_token).sub, refused.status], [username, 403])
      }
      assert.strictEqual((yield* exchange(api, authorization, merchant)).status, 200)
    })
  )

  it.scoped("is an operation of accounts whose id ends in five zeros", () =>
    Effect.gen(function* () {
      const { api } = yield* start({ seed })
      const authorization = yield* ownToken(api)
      for (const account of [merchant, "T112", "T112000000", "X11200000"]) {
        const refused = yield* exchange(api, authorization, merchant, account)
        assert.strictEqual(refused.status, 400, account)
        assert.include(refused.text, `"in":"path","message":"Invalid parameter (partner_id)`)
      }
    })
  )
})

describe("an exchange token", () => {
  it.scoped(
    "gets an access token of the partner's client for the merchant's account, whichever of the two accounts is named",
    () =>
      Effect.gen(function* () {
        const { api } = yield* start({ seed })
        const authorization = yield* exchanged(api)
        for (const audience of [urlOf(partner), urlOf(merchant), `https://${merchant}@api.dintero.com`, `${urlOf(partner)}/`]) {
          const answer = yield* byExchange(api, authorization, audience)
          assert.strictEqual(answer.status, 200, answer.text)
          // The lifetime is that of the merchant's account.
          assert.strictEqual(answer.body.expires_in, 14_400)
          const claims = claimsOf(answer.body.access_token)
          assert.strictEqual(own(claims), undefined)
          assert.deepStrictEqual(
            [claims.aud, claims.sub, claims.scopes],
            [`https://${merchant}@api.dintero.com/v1/accounts/${merchant}`, client.id, everything.join(" ")]
          )
          const use = (account: string) =>
            api("GET", `//v1/accounts/${account}/customers/users/ada`, {
              authorization: `Bearer ${answer.body.access_token}`
            })
          assert.strictEqual((yield* use(merchant)).status, 200)
          assert.strictEqual((yield* use(partner)).status, 403)
          assert.strictEqual((yield* use(foreign)).status, 403)
        }
        for (const audience of [urlOf(foreign), urlOf("T99999999"), "https://example.com", ""]) {
          const refused = yield* byExchange(api, authorization, audience)
          assert.deepStrictEqual([refused.status, refused.text], [403, forbidden])
        }
      })
  )

  it.scoped("takes the audience of the partner alone, or of the merchant alone, where the options say so", () =>
    Effect.gen(function* () {
      for (const [exchangeAudience, expected] of [
        [undefined, [200, 200]],
        ["either", [200, 200]],
        ["partner", [200, 403]],
        ["merchant", [403, 200]]
      ] as const) {
        const { api } = yield* start({ seed, assumed: { exchangeAudience } })
        const authorization = yield* exchanged(api)
        const statuses = yield* Effect.forEach([partner, merchant], (account) =>
          Effect.map(byExchange(api, authorization, urlOf(account)), ({ status }) => status)
        )
        assert.deepStrictEqual(statuses, [...expected])
      }
    })
  )

  it.scoped("gives the scopes of the grants for the merchant, and those for the partner's own account when there are none", () =>
    Effect.gen(function* () {
      const { api } = yield* start({ seed })
      for (const [credentials, scopes] of [
        [client, everything.join(" ")],
        [reading, "read:customers"]
      ] as const) {
        const authorization = yield* exchanged(api, credentials)
        for (const audience of [urlOf(partner), urlOf(merchant)]) {
          const answer = yield* byExchange(api, authorization, audience)
          assert.strictEqual(claimsOf(answer.body.access_token).scopes, scopes)
        }
      }
    })
  )

  it.scoped("authorises nothing else: no other operation of either account, and no other grant", () =>
    Effect.gen(function* () {
      const { api } = yield* start({ seed })
      const authorization = yield* exchanged(api)
      let asked = 0
      for (const [name, operation] of Object.entries<Described>(operations)) {
        if (operation.authorization === "byGrant" || reasonOf(name) !== undefined) continue
        for (const account of [merchant, partner]) {
          const path = operation.path
            .replace(/\{(?:aid|oid|partner_id)\}/, operation.path.includes("{partner_id}") ? partner : account)
            .replaceAll(/\{\w+\}/g, "ada")
          const refused = yield* api(operation.method, `//v1${path}`, { authorization, body: {} })
          assert.strictEqual(refused.status, 401, name)
          asked++
        }
      }
      assert.isAbove(asked, 100)
      const audience = urlOf(merchant)
      for (const body of [
        { grant_type: "password", username: "ada", password: "1234", audience },
        { grant_type: "refresh_token", refresh_token: "token" },
        { grant_type: "mfa_oob", oob_code: "a", binding_code: "b", mfa_token: "c" },
        { grant_type: "authorization_code", ident_type: "user_id", ident: "ada", verification_code: "1", audience },
        { grant_type: "account_user_token", audience }
      ]) {
        const refused = yield* tokenRequest(api, merchant, authorization, body)
        assert.deepStrictEqual([refused.status, refused.text], [401, `{"error":{"errors":[],"message":"UNAUTHORIZED"}}`])
      }
      for (const account of [partner, foreign, otherPartner]) {
        assert.strictEqual((yield* byExchange(api, authorization, urlOf(account), account)).status, 403)
      }
    })
  )

  it.scoped("ends with its time", () =>
    Effect.gen(function* () {
      const { api } = yield* start({ seed })
      const authorization = yield* exchanged(api)
      yield* TestClock.adjust("7199 seconds")
      assert.strictEqual((yield* byExchange(api, authorization, urlOf(merchant))).status, 200)
      yield* TestClock.adjust("1 second")
      const refused = yield* byExchange(api, authorization, urlOf(merchant))
      assert.strictEqual(refused.status, 401)
      assert.include(refused.headers["x-effect-dintero-hint"], "expired at 1970-01-01T02:00:00")
    })
  )

  it.scoped("ends when the merchant leaves the partner, and when the client is gone", () =>
    Effect.gen(function* () {
      for (const accounts of [[{ account_id: merchant }], [{ account_id: partner }]]) {
        const { api, embedded } = yield* start({ seed })
        const authorization = yield* exchanged(api)
        yield* embedded.accounts.seed({ accounts }, { replace: true })
        const refused = yield* byExchange(api, authorization, urlOf(partner))
        assert.deepStrictEqual([refused.status, refused.text], [403, forbidden])
      }
    })
  )
})

describe("a partner's 3 digits", () => {
  it.scoped("name the partner's account where the documentation has an owner, and only there", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({ seed })
      const authorization = yield* ownToken(api, client, "T112").pipe(
        Effect.zipRight(
          tokenRequest(api, "T112", basic(client.client_id, client.client_secret), {
            grant_type: "client_credentials",
            audience: urlOf(partner)
          })
        ),
        Effect.map(({ body }) => `Bearer ${body.access_token}`)
      )
      assert.strictEqual(claimsOf(authorization).aud, `https://${partner}@api.dintero.com/v1/accounts/${partner}`)
      assert.strictEqual((yield* api("GET", "//v1/accounts/T112/auth/keys", { authorization })).status, 200)
      assert.strictEqual((yield* api("GET", "//v1/accounts/T113/auth/keys", { authorization })).status, 403)
      assert.strictEqual((yield* api("GET", "//v1/accounts/T112/customers/settings", { authorization })).status, 400)
      const entries = yield* embedded.journal.list({ operation: "auth.keys" })
      assert.deepStrictEqual(
        entries.map(({ account_id }) => account_id),
        [partner, otherPartner]
      )
    })
  )
})
