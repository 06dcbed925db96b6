import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, FastCheck, ParseResult, Redacted, Schema } from "effect"
import * as Dintero from "effect-dintero"
import { closed } from "../../src/schemas/OpenEnum.js"
import { audience } from "../utils/Account.js"

/** Every schema that the package exports, by name. */
const schemas: Record<string, Schema.Schema.AnyNoContext> = {}
for (const [name, member] of Object.entries(Dintero)) {
  if (Schema.isSchema(member)) schemas[name] = member as Schema.Schema.AnyNoContext
}

describe("every schema", () => {
  it("is found by this test", () => {
    assert.includeMembers(Object.keys(schemas), [
      "AccessToken",
      "AccountId",
      "AuthToken",
      "CustomerLogin",
      "CustomersSettings",
      "ErrorBody",
      "Jwk",
      "OwnerId",
      "RequestInfo",
      "BadRequest",
      "RateLimited"
    ])
  })

  for (const [name, schema] of Object.entries(schemas)) {
    it(`${name}: decode ∘ encode = id`, () => {
      const encode = Schema.encodeSync(schema)
      const decode = Schema.decodeUnknownSync(schema)
      const equivalence = Schema.equivalence(schema)
      void FastCheck.assert(
        FastCheck.property(Arbitrary.make(schema), (value) => equivalence(decode(encode(value)), value)),
        { numRuns: 200 }
      )
    })

    // An encoded value has to survive JSON. The exception has a secret that is never sent.
    if (name !== "MfaRequired") {
      it(`${name}: decode ∘ parse ∘ stringify ∘ encode = id`, () => {
        const encode = Schema.encodeSync(schema)
        const decode = Schema.decodeUnknownSync(schema)
        const stable = (value: unknown) => JSON.stringify(encode(value))
        void FastCheck.assert(
          FastCheck.property(Arbitrary.make(schema), (value) => {
            const text = stable(value)
            return stable(decode(JSON.parse(text))) === text
          }),
          { numRuns: 100 }
        )
      })
    }
  }
})

describe("a program builds schemas of its own from those of the package", () => {
  const token = { access_token: "a", token_type: "Bearer", expires_in: 60 }

  it("as a field", () => {
    const Login = Schema.Struct({ at: Schema.Int, token: Dintero.AccessToken })
    assert.deepStrictEqual(Schema.encodeSync(Login)(Schema.decodeUnknownSync(Login)({ at: 1, token })), { at: 1, token })
  })

  it("with more fields", () => {
    const Labelled = Schema.extend(Dintero.AccessToken, Schema.Struct({ label: Schema.String }))
    assert.strictEqual(Schema.decodeUnknownSync(Labelled)({ ...token, label: "shop" }).label, "shop")
    refused(Labelled, token)
    refused(Labelled, { label: "shop" })
  })

  it("with some of the fields", () => {
    const Users = Dintero.CustomersSettings.pipe(Schema.pick("users"))
    assert.deepStrictEqual(Schema.decodeUnknownSync(Users)({ users: {} }), { users: { customer_id_format: "uuid" } })
  })
})

const refused = (schema: Schema.Schema.AnyNoContext, value: unknown): void =>
  assert.isTrue(ParseResult.decodeUnknownEither(schema)(value)._tag === "Left", JSON.stringify(value))

const accepted = (schema: Schema.Schema.AnyNoContext, value: unknown): void =>
  assert.isTrue(ParseResult.decodeUnknownEither(schema)(value)._tag === "Right", JSON.stringify(value))

describe("ids", () => {
  it("accept what the documented patterns accept, and nothing that could leave the path segment", () => {
    for (const good of ["T12345678", "P00000000"]) accepted(Dintero.AccountId, good)
    for (const bad of [
      "",
      ".",
      "..",
      "T1234567",
      "T123456789",
      "t12345678",
      "X12345678",
      "T1234567a",
      "T12345678/",
      "T12345678\n",
      " T12345678"
    ]) {
      refused(Dintero.AccountId, bad)
      refused(Dintero.OwnerId, bad)
    }
    for (const good of ["P112", "T12345678"]) accepted(Dintero.OwnerId, good)
    for (const bad of ["P11", "P1122", "P112000000"]) refused(Dintero.OwnerId, bad)
  })
})

describe("login", () => {
  const base = { audience: "https://api.dintero.com/v1/accounts/T12345678", type: "customer" }
  it("accepts a password of 4 to 255 characters", () => {
    for (const length of [4, 255]) accepted(Dintero.CustomerLogin, { ...base, email: "a@b.c", password: "x".repeat(length) })
    for (const length of [0, 3, 256]) refused(Dintero.CustomerLogin, { ...base, email: "a@b.c", password: "x".repeat(length) })
  })
  it("accepts an email, or an identifier and its kind", () => {
    accepted(Dintero.CustomerLogin, { ...base, email: "a@b.c", password: "1234" })
    accepted(Dintero.CustomerLogin, { ...base, ident_type: "phone_number", ident: "+4712345678", password: "1234" })
    refused(Dintero.CustomerLogin, { ...base, password: "1234" })
    refused(Dintero.CustomerLogin, { ...base, ident_type: "phone_number", password: "1234" })
    refused(Dintero.CustomerLogin, { ...base, ident: "+4712345678", password: "1234" })
    refused(Dintero.CustomerLogin, { ...base, ident_type: "name", ident: "ada", password: "1234" })
    refused(Dintero.CustomerLogin, { ...base, type: "employee", email: "a@b.c", password: "1234" })
  })
})

describe("a challenge", () => {
  it("needs an oob_code and nothing else; the enums of the answer are open, those of the request are closed", () => {
    accepted(Dintero.ChallengeResponse, { oob_code: "o" })
    accepted(Dintero.ChallengeResponse, { oob_code: "o", challenge_type: "push", binding_method: "none", news: 1 })
    refused(Dintero.ChallengeResponse, { challenge_type: "oob", binding_method: "prompt" })
    accepted(Dintero.AuthChallenge, { challenge_type: "oob", mfa_token: "m" })
    refused(Dintero.AuthChallenge, { challenge_type: "push", mfa_token: "m" })
    refused(Dintero.AuthChallenge, { challenge_type: "oob", mfa_token: "m", oob_channel: "pigeon" })
  })

  it("of a login with MFA has links, a token and an optional channel", () => {
    const links = [
      { rel: "mfa_challenge", href: "https://x/auth/mfa/challenge" },
      { rel: "newer", href: "https://x" }
    ]
    const good = { links, mfa_token: "m", challenge_type: "oob" }
    accepted(Dintero.MultiFactorAuthenticationChallenge, good)
    accepted(Dintero.MultiFactorAuthenticationChallenge, { ...good, oob_channel: "voice" })
    refused(Dintero.MultiFactorAuthenticationChallenge, { ...good, mfa_token: undefined })
    refused(Dintero.MultiFactorAuthenticationChallenge, { ...good, links: [{ rel: "mfa_oob" }] })
  })
})

describe("settings", () => {
  const decode = Schema.decodeUnknownSync(Dintero.CustomersSettings)
  const encode = Schema.encodeSync(Dintero.CustomersSettings)

  it("get the documented defaults inside a section, and no additional section", () => {
    assert.deepStrictEqual(decode({}), {})
    assert.deepStrictEqual(
      decode({ users: { head: {}, phone_number_validation: {} }, attributes: [{ name: "size", type: "integer" }] }),
      {
        users: { customer_id_format: "uuid", head: { enabled: false }, phone_number_validation: { allow_duplicates: false } },
        attributes: [{ name: "size", type: "integer", multiple_values: false, private: false }]
      }
    )
  })

  it("keep the fields and members that a later version of the service adds, through a read, a change and a write", () => {
    const later = {
      users: { customer_id_format: "ulid", passkeys: { enabled: true } },
      auto_tokens: { email: [{ type: "BLAKE3", rounds: 7 }] },
      news: [1, 2]
    }
    assert.deepStrictEqual(encode(decode(later)) as unknown, later)
  })

  it("are strict in a server: only known members are accepted, and unknown fields are ignored", () => {
    const strict = closed(Dintero.CustomersSettings)
    refused(strict, { users: { customer_id_format: "ulid" } })
    refused(strict, { auto_tokens: { email: [{ type: "BLAKE3" }] } })
    refused(strict, { users: { mfa: { login: { challenge_type: "oob", oob_channel: "pigeon" }, login_recovery: {} } } })
    assert.deepStrictEqual(Schema.decodeUnknownSync(strict)({ users: { passkeys: true }, news: 1 }), {
      users: { customer_id_format: "uuid" }
    })
  })

  it("do not show the key of an HMAC when they are printed", () => {
    const settings = decode({ auto_tokens: { email: [{ type: "HMAC-SHA256", secret: "the-key-itself" }] } })
    assert.notInclude(JSON.stringify(settings) + String(settings), "the-key-itself")
  })
})

describe("an API client with its secret", () => {
  const fields = { id: "1", client_id: "shop", name: "Shop", client_secret: "a secret" }
  const decode = Schema.decodeUnknownSync(Dintero.ApiClientWithSecret)
  const same = Schema.equivalence(Dintero.ApiClientWithSecret)

  it("is read flat, and in an object `client`; it is written flat", () => {
    const flat = decode(fields)
    assert.isTrue(same(flat, { ...fields, client_secret: Redacted.make("a secret") }))
    assert.isTrue(same(decode({ client: fields }), flat))
    assert.isTrue(same(decode({ client: fields, id: "of something else" }), flat))
    const { client_secret, ...client } = fields
    assert.isTrue(same(decode({ client, client_secret }), flat))
    assert.deepStrictEqual(Schema.encodeSync(Dintero.ApiClientWithSecret)(decode({ client: fields })), fields)
    assert.throws(() => decode({ client: { name: 1 } }))
  })
})

describe("access token", () => {
  const good = { access_token: "a.b-c_d", token_type: "Bearer", expires_in: 86400 }
  it("is accepted only when it can be used", () => {
    accepted(Dintero.AccessToken, good)
    accepted(Dintero.AccessToken, { ...good, refresh_token: "r", scope: "ignored" })
    for (const expires_in of [
      "",
      "3600s",
      "1e3",
      "0x10",
      " 3600",
      "-1",
      "0",
      "1.5",
      "99999999999999999999",
      0,
      -1,
      1.5,
      null,
      undefined,
      Number.NaN
    ])
      refused(Dintero.AccessToken, { ...good, expires_in })
    for (const access_token of ["", "a b", "a\nb", "ø", 1, null]) refused(Dintero.AccessToken, { ...good, access_token })
    for (const token_type of ["DPoP", "", "Bearer ", 1]) refused(Dintero.AccessToken, { ...good, token_type })
    for (const refresh_token of [1, {}, false]) refused(Dintero.AccessToken, { ...good, refresh_token })
  })

  it("may have a token_type in any case or none, seconds as a text of digits, and a refresh_token that is null or empty", () => {
    const decode = Schema.decodeUnknownSync(Dintero.AccessToken)
    const expected = decode(good)
    const { token_type: _, ...untyped } = good
    for (const answer of [
      untyped,
      ...["bearer", "BEARER", "BeArEr", null].map((token_type) => ({ ...good, token_type })),
      { ...good, expires_in: "86400" },
      { ...good, refresh_token: null },
      { ...good, refresh_token: "" }
    ]) {
      assert.deepStrictEqual(decode(answer), expected, JSON.stringify(answer))
    }
    assert.deepStrictEqual(
      [expected.token_type, expected.expires_in, Object.keys(expected)],
      ["Bearer", 86400, ["access_token", "expires_in", "token_type"]]
    )
  })

  it("is encoded in the documented form", () => {
    const text = JSON.stringify(
      Schema.encodeSync(Dintero.AccessToken)(
        Schema.decodeUnknownSync(Dintero.AccessToken)({ ...good, token_type: "bearer", expires_in: "86400", refresh_token: "r" })
      )
    )
    assert.deepStrictEqual(JSON.parse(text), { ...good, refresh_token: "r" })
  })
})

describe("grants", () => {
  it("are those of the documentation, in both spellings", () => {
    for (const grant of [
      { grant_type: "client_credentials", audience },
      { grant_type: "password", username: "ada", password: "x", audience },
      { grant_type: "authorization_code", ident_type: "email", ident: "a@b.c", verification_code: "1", audience },
      { grant_type: "refresh_token", refresh_token: "r" },
      { grant_type: "mfa_oob", oob_code: "o", binding_code: "b", mfa_token: "m" },
      { grant_type: "mfa-oob", oob_code: "o", binding_code: "b", mfa_token: "m" },
      { grant_type: "account_user_token", audience },
      { grant_type: "account_user", audience }
    ]) {
      accepted(Dintero.AuthToken, grant)
      const [field] = Object.keys(grant).filter((key) => key !== "grant_type")
      refused(Dintero.AuthToken, { ...grant, [field ?? ""]: undefined })
    }
    refused(Dintero.AuthToken, { grant_type: "magic" })
    refused(Dintero.AuthToken, {})
  })
})
