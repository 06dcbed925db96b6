import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Either, FastCheck, Redacted, Schema } from "effect"
import { AuthToken, CustomerLogin, CustomersSettings } from "effect-dintero"
import { issuesOf, sentence } from "../../src/internal/Issues.js"
import { closed } from "../../src/schemas/OpenEnum.js"
import { audience } from "../utils/Account.js"

const issues = (schema: Schema.Schema.AnyNoContext, input: unknown) => {
  const result = Schema.decodeUnknownEither(closed(schema), { errors: "all" })(input)
  return Either.isLeft(result) ? issuesOf(result.left).map(({ message, path }) => `${path}: ${message}`) : []
}

describe("issues", () => {
  it("name every wrong field, and what was expected", () => {
    assert.deepStrictEqual(
      issues(CustomersSettings, {
        users: { customer_id_format: "ulid", head: { enabled: "yes" } },
        tokens: [],
        attributes: [{}]
      }),
      [
        'users.customer_id_format: expected one of "uuid", "sequence"',
        "users.head.enabled: expected true or false, got a string",
        "tokens: expected an object, got an array",
        "attributes[0].name: is missing",
        "attributes[0].type: is missing"
      ]
    )
  })

  it("of a union are those of the member that was meant", () => {
    assert.deepStrictEqual(issues(CustomerLogin, { audience, type: "customer", email: "a@b.c", password: "abc" }), [
      "password: expected a password or pin of 4 to 255 characters"
    ])
    assert.deepStrictEqual(
      issues(CustomerLogin, { audience, type: "customer", ident_type: "phone_number", ident: 1, password: "1234" }),
      ["ident: expected a string, got a number"]
    )
    assert.deepStrictEqual(issues(AuthToken, { grant_type: "password", username: 1, password: [], audience: null }), [
      "username: expected a string, got a number",
      "password: expected a string, got an array",
      "audience: expected a string, got null"
    ])
    assert.deepStrictEqual(issues(AuthToken, { grant_type: "mfa-oob", oob_code: "o", binding_code: "b" }), [
      "mfa_token: is missing"
    ])
  })

  it("list the choices of a union if no member was meant", () => {
    assert.deepStrictEqual(issues(CustomerLogin, { audience, type: "customer", password: "1234" }), [
      ": expected email, or ident_type and ident; with audience, type and password"
    ])
    assert.deepStrictEqual(issues(AuthToken, { grant_type: "magic" }), [
      "grant_type: expected a grant: client_credentials, password, authorization_code, refresh_token, mfa_oob or account_user_token"
    ])
  })

  it("of the whole value are listed once", () => {
    assert.deepStrictEqual(issues(AuthToken, 5), [
      ": expected a grant: client_credentials, password, authorization_code, refresh_token, mfa_oob or account_user_token, got a number"
    ])
  })

  it("say what a Redacted field must be", () => {
    const result = Schema.encodeUnknownEither(CustomerLogin, { errors: "all" })({
      audience,
      type: "customer",
      email: "a@b.c",
      password: "clear"
    })
    assert.deepStrictEqual(Either.isLeft(result) ? issuesOf(result.left) : [], [
      { path: "password", message: "expected a Redacted value, made with Redacted.make, got a string" }
    ])
  })

  it("never repeat a value", () => {
    const canary = "canary-9f31c2"
    const anything = FastCheck.letrec((tie) => ({
      value: FastCheck.oneof(
        { maxDepth: 4 },
        FastCheck.constant(canary),
        FastCheck.integer(),
        FastCheck.constant(null),
        FastCheck.array(tie("value"), { maxLength: 3 }),
        tie("object")
      ),
      object: FastCheck.dictionary(
        FastCheck.constantFrom(
          "users",
          "mfa",
          "login",
          "oob_channel",
          "attributes",
          "type",
          "name",
          "grant_type",
          "password",
          "email",
          "audience",
          "auto_tokens",
          "secret"
        ),
        tie("value"),
        { maxKeys: 6 }
      )
    })).object
    void FastCheck.assert(
      FastCheck.property(anything, (input) => {
        for (const schema of [CustomersSettings, CustomerLogin, AuthToken]) {
          const result = Schema.decodeUnknownEither(closed<unknown, unknown, never>(schema as Schema.Schema.AnyNoContext), {
            errors: "all"
          })(input)
          if (Either.isLeft(result)) assert.notInclude(sentence(issuesOf(result.left)), canary)
        }
      }),
      { numRuns: 2000 }
    )
  })

  it("are none for what fits", () => {
    void FastCheck.assert(
      FastCheck.property(Arbitrary.make(CustomerLogin), (login) => {
        assert.strictEqual(Redacted.isRedacted(login.password), true)
        assert.deepStrictEqual(issues(CustomerLogin, Schema.encodeSync(CustomerLogin)(login)), [])
      })
    )
  })
})
