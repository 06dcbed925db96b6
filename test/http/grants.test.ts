/**
 * What is sent for each grant: its body, and the credential that authorises it.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { Audience, Auth, type AuthToken, Dintero, Grant } from "effect-dintero"
import * as Mock from "../utils/MockHttp.js"

const accountId = "T12345678"
const audience = Audience.account(accountId)
const secret = (name: string) => Redacted.make(name)

const basic = `Basic ${Buffer.from("shop:secret").toString("base64")}`
const bearer = "Bearer client-token"

const layerOf = (mock: Mock.MockHttp, more: Partial<Dintero.Options> = {}) =>
  Dintero.layer({ accountId, clientId: "shop", clientSecret: secret("secret"), ...more }).pipe(Layer.provide(mock.layer))

/** The last request. */
const sent = (grant: AuthToken, more?: Partial<Dintero.Options>) => {
  const mock = Mock.make({ token: Mock.token("client-token", 3600) })
  return Effect.flatMap(Auth, (auth) => auth.token(grant)).pipe(
    Effect.provide(layerOf(mock, more)),
    Effect.map(() => {
      const request = mock.requests.at(-1) ?? assert.fail("nothing was sent")
      const body: unknown = JSON.parse(request.body)
      return { authorization: request.headers.authorization, body }
    })
  )
}

const mfaOob = Grant.mfaOob({ oobCode: secret("oob"), bindingCode: secret("123456"), mfaToken: secret("mfa") })
const oob = { oob_code: "oob", binding_code: "123456", mfa_token: "mfa" }

const grants: Readonly<Record<string, readonly [grant: AuthToken, authorization: string, body: object]>> = {
  clientCredentials: [Grant.clientCredentials(audience), basic, { grant_type: "client_credentials", audience }],
  password: [
    Grant.password({ username: "ada", password: secret("pass"), audience }),
    bearer,
    { grant_type: "password", username: "ada", password: "pass", audience }
  ],
  "authorizationCode of an email": [
    Grant.authorizationCode({ identType: "email", ident: "ada@example.com", code: secret("123456"), audience }),
    bearer,
    {
      grant_type: "authorization_code",
      ident_type: "email",
      ident: "ada@example.com",
      verification_code: "123456",
      audience
    }
  ],
  "authorizationCode of a user": [
    Grant.authorizationCode({ identType: "user_id", ident: "u1", code: secret("123456"), audience }),
    bearer,
    { grant_type: "authorization_code", ident_type: "user_id", ident: "u1", verification_code: "123456", audience }
  ],
  refreshToken: [Grant.refreshToken(secret("refresh")), bearer, { grant_type: "refresh_token", refresh_token: "refresh" }],
  mfaOob: [mfaOob, bearer, { grant_type: "mfa_oob", ...oob }],
  accountUser: [Grant.accountUser(audience), bearer, { grant_type: "account_user_token", audience }]
}

describe("Grant", () => {
  for (const [name, [grant, authorization, body]] of Object.entries(grants)) {
    it.effect(`${name} is sent with ${authorization.split(" ")[0]}`, () =>
      Effect.map(sent(grant), (request) => assert.deepStrictEqual(request, { authorization, body }))
    )
  }

  it.effect("clientCredentials is sent with Bearer where the layer has a token and no secret, as in the partner flow", () => {
    const mock = Mock.make({ token: Mock.token("merchant-token", 3600) })
    return Effect.gen(function* () {
      const auth = yield* Auth
      yield* auth.token(Grant.clientCredentials(audience))
      assert.deepStrictEqual(
        mock.requests.map(({ headers }) => headers.authorization),
        ["Bearer exchanged"]
      )
    }).pipe(Effect.provide(Layer.provide(Dintero.layerFixedToken({ accountId, token: secret("exchanged") }), mock.layer)))
  })
})

describe("the two grants with two spellings", () => {
  it.effect("have the spelling of the layer, whatever the call has", () =>
    Effect.gen(function* () {
      const other = { grantSpellings: { mfaOob: "mfa-oob", accountUser: "account_user" } } as const
      const same = { grantSpellings: { mfaOob: "mfa_oob", accountUser: "account_user_token" } } as const
      for (const grant of [mfaOob, { ...mfaOob, grant_type: "mfa-oob" as const }]) {
        assert.deepStrictEqual((yield* sent(grant, other)).body, { grant_type: "mfa-oob", ...oob })
        assert.deepStrictEqual((yield* sent(grant, same)).body, { grant_type: "mfa_oob", ...oob })
      }
      for (const grant_type of ["account_user", "account_user_token"] as const) {
        const grant = { grant_type, audience }
        assert.deepStrictEqual((yield* sent(grant, other)).body, { grant_type: "account_user", audience })
        assert.deepStrictEqual((yield* sent(grant, same)).body, { grant_type: "account_user_token", audience })
      }
    })
  )

  it.effect("have the spelling of the call where the layer has none", () =>
    Effect.gen(function* () {
      for (const grant_type of ["mfa_oob", "mfa-oob"] as const) {
        const { body } = yield* sent({ ...mfaOob, grant_type }, { grantSpellings: { accountUser: "account_user" } })
        assert.deepStrictEqual(body, { grant_type, ...oob })
      }
      for (const grant_type of ["account_user", "account_user_token"] as const) {
        assert.deepStrictEqual((yield* sent({ grant_type, audience })).body, { grant_type, audience })
      }
    })
  )
})

describe("the audience of an account", () => {
  const spelt = {
    path: `https://api.dintero.com/v1/accounts/${accountId}`,
    user: `https://${accountId}@api.dintero.com/v1/accounts/${accountId}`
  }

  it("has two spellings", () => {
    assert.strictEqual(Audience.account(accountId), spelt.path)
    assert.strictEqual(Audience.account(accountId, "path"), spelt.path)
    assert.strictEqual(Audience.account(accountId, "user"), spelt.user)
  })

  for (const [name, more, expected] of [
    ["that of the path by default", {}, spelt.path],
    ["the other one where the options say so", { audienceSpelling: "user" }, spelt.user],
    ["that of the audience which was given", { audience: spelt.user, audienceSpelling: "path" }, spelt.user],
    ["not that of the address", { baseUrl: "http://127.0.0.1:1/v1" }, spelt.path]
  ] as const) {
    it.effect(`of the layer's own token has a spelling: ${name}`, () => {
      const mock = Mock.make({ token: Mock.token("client-token", 3600) })
      return Effect.gen(function* () {
        const auth = yield* Auth
        yield* Effect.either(auth.keys())
        assert.deepStrictEqual(JSON.parse(mock.requests[0]?.body ?? ""), {
          grant_type: "client_credentials",
          audience: expected
        })
      }).pipe(Effect.provide(layerOf(mock, more)))
    })
  }
})
