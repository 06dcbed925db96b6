/**
 * Access tokens as they were recorded, and the audiences that people ask with.
 */
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Layer, TestClock } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import * as Audience from "../../src/layers/embedded/rooms/clients/Audience.js"
import { account, audience, basic, bearerOf, clients, otherAccount, people, System, seed, send } from "../conformance/System.js"

const options = { seed, passwordHashing: PasswordHashing.fastForTests }

const ways = {
  "in process": Layer.merge(
    DinteroEmbedded.layerHttpClient.pipe(Layer.provide(DinteroEmbedded.layerEmbedded(options))),
    Layer.succeed(System, { baseUrl: "https://api.dintero.com/v1" })
  ),
  "over a socket": Layer.merge(
    FetchHttpClient.layer,
    Layer.scoped(
      System,
      Effect.map(DinteroEmbedded.serve(options), ({ url }) => ({ baseUrl: `${url}/v1` }))
    )
  )
}

const partOf = (token: string, index: number): string => Buffer.from(token.split(".")[index] ?? "", "base64url").toString()

const ask = (asked: string) =>
  send("POST", `/accounts/${account}/auth/token`, {
    authorization: basic("admin-client", clients.admin.secret),
    json: { grant_type: "client_credentials", audience: asked }
  })

const normal = `https://${account}@api.dintero.com/v1/accounts/${account}`

for (const [way, system] of Object.entries(ways)) {
  describe(way, () => {
    layer(system)((it) => {
      it.effect("an answer and the token in it have the recorded keys in their order", () =>
        Effect.gen(function* () {
          yield* TestClock.setTime(1_700_000_000_000)
          const { body, text } = yield* ask(audience)
          assert.match(text, /^\{"access_token":"[^"]+","expires_in":3600,"token_type":"Bearer"\}$/)
          const token = (body as { access_token: string }).access_token
          const { iat, exp, ...claims } = JSON.parse(partOf(token, 1))
          assert.deepStrictEqual(Object.keys(JSON.parse(partOf(token, 1))), [
            "iss",
            "aud",
            "sub",
            "scopes",
            "version",
            "iat",
            "exp"
          ])
          assert.deepStrictEqual(claims, {
            iss: "https://api.dintero.com",
            aud: normal,
            // The client's id, though it named itself by its label.
            sub: clients.admin.id,
            scopes:
              "admin:customers admin:locations admin:accounts write:accounts:/auth/users create:accounts:auth:refresh_token",
            version: 2
          })
          assert.strictEqual(exp - iat, 3600)
          const header = partOf(token, 0)
          assert.match(header, /^\{"alg":"RS256","typ":"JWT","kid":"api\.dintero\.com\/[0-9a-f]{40}"\}$/)
          const keys = yield* send("GET", `/accounts/${account}/auth/keys`, { authorization: `Bearer ${token}` })
          const [key] = keys.body as ReadonlyArray<{ kid: string }>
          assert.strictEqual(`api.dintero.com/${key?.kid}`, JSON.parse(header).kid)
        })
      )

      it.effect(
        "a customer's token has three claims more, an id, the client and the customer; its answer ends with the refresh token",
        () =>
          Effect.gen(function* () {
            const { body, text } = yield* send("POST", `/accounts/${account}/customers/login`, {
              authorization: yield* bearerOf("admin"),
              json: { type: "customer", email: people.ada.email, password: people.ada.password, audience }
            })
            assert.deepStrictEqual(Object.keys(JSON.parse(text)), ["access_token", "expires_in", "token_type", "refresh_token"])
            const claims = JSON.parse(partOf((body as { access_token: string }).access_token, 1))
            assert.strictEqual(claims.sub, people.ada.customer_id)
            assert.strictEqual(claims.effect_dintero_client, clients.admin.id)
            assert.match(claims.effect_dintero_customer, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
            assert.strictEqual(Object.keys(claims).length, 10)
          })
      )

      it.effect("both spellings of an audience, with and without a slash, on each host that people build it from", () =>
        Effect.gen(function* () {
          const { baseUrl } = yield* System
          const bases = [
            ["https:", "api.dintero.com/v1"],
            ["https:", "test.dintero.com/v1"],
            ["https:", "checkout.dintero.com/v1"],
            ["http:", "127.0.0.1:4711/v1"],
            ["http:", "localhost:4711/v1"],
            ["http:", "localhost:4711"],
            ["http:", "[::1]:4711/v1"],
            [baseUrl.replace(/\/\/.*/, ""), baseUrl.replace(/^https?:\/\//, "")]
          ]
          for (const [scheme, base] of bases) {
            for (const user of ["", `${account}@`]) {
              for (const end of ["", "/"]) {
                const asked = `${scheme}//${user}${base}/accounts/${account}${end}`
                const { body, status } = yield* ask(asked)
                assert.strictEqual(status, 200, asked)
                assert.strictEqual(JSON.parse(partOf((body as { access_token: string }).access_token, 1)).aud, normal, asked)
              }
            }
          }
          for (const asked of [
            `https://dintero.com.example/v1/accounts/${account}`,
            `https://api.dintero.com.example/v1/accounts/${account}`,
            `https://notdintero.com/v1/accounts/${account}`,
            `http://api.dintero.com/v1/accounts/${account}`,
            `https://api.dintero.com/accounts/${account}`,
            `https://${otherAccount}@api.dintero.com/v1/accounts/${account}`,
            `https://api.dintero.com/v1/accounts/${otherAccount}`,
            `https://api.dintero.com/v1/accounts/${account}/x`
          ]) {
            assert.strictEqual((yield* ask(asked)).status, 403, asked)
          }
        })
      )
    })
  })
}

describe("Audience", () => {
  it("takes the host of the request, and no other name", () => {
    const asked = `http://dintero:4711/v1/accounts/${account}`
    assert.strictEqual(Audience.accountOf(asked, "dintero:4711"), account)
    assert.isUndefined(Audience.accountOf(asked, "other:4711"))
    assert.isUndefined(Audience.accountOf(asked))
  })
})
