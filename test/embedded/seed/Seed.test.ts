import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { DinteroEmbedded, PasswordHashing, Seed } from "../../../src/embedded.js"
import * as Entropy from "../../../src/layers/embedded/system/Entropy.js"
import { ada } from "../Api.js"

const issues = (seed: unknown) => Effect.map(Effect.flip(Seed.decode(seed)), ({ issues }) => issues)
const paths = (seed: unknown) => Effect.map(issues(seed), (all) => all.map(({ path }) => path))
const one = (account: object) => ({ accounts: [{ account_id: "T12345678", ...account }] })

describe("Seed", () => {
  it.effect("fills the defaults and wraps the secrets", () =>
    Effect.gen(function* () {
      const {
        accounts: [account]
      } = yield* Seed.decode(
        one({ clients: [{ client_id: "c", client_secret: "s", grants: [{ scope: [] }] }], customers: [{ password: "1234" }] })
      )
      assert.strictEqual(account?.access_token_lifetime, 14_400)
      assert.strictEqual(account?.clients[0]?.grants[0]?.type, "any")
      assert.strictEqual(account?.customers[0]?.type, "customer")
      assert.notInclude(JSON.stringify(account), `"1234"`)
    })
  )

  it.effect("names every wrong and every unknown field by its path, and shows no value", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        Seed.decode({
          accounts: [
            { account_id: "X1", access_token_lifetime: 0.5 },
            {
              account_id: "T12345678",
              clients: [{ client_secret: "do not print", grants: [{ type: "implicit", scope: ["a b"] }], secret: "x" }],
              customers: [
                { type: "person", email: "nowhere", phone_number: "12", password: "123" },
                { password_hash: "$2b$10$hash" }
              ]
            }
          ],
          acounts: []
        })
      )
      assert.sameMembers(
        error.issues.map(({ path }) => path),
        [
          "accounts[0].account_id",
          "accounts[0].access_token_lifetime",
          "accounts[1].clients[0].client_id",
          "accounts[1].clients[0].client_secret",
          "accounts[1].clients[0].grants[0].type",
          "accounts[1].clients[0].grants[0].scope[0]",
          "accounts[1].clients[0].secret",
          "accounts[1].customers[0].type",
          "accounts[1].customers[0].email",
          "accounts[1].customers[0].phone_number",
          "accounts[1].customers[0].password",
          "accounts[1].customers[1].password_hash",
          "acounts"
        ]
      )
      const printed = JSON.stringify(error) + error.message
      for (const value of ["do not print", "$2b$10$hash", "nowhere", '"123"']) assert.notInclude(printed, value)
      for (const { path } of error.issues) assert.include(error.message, path)
    })
  )

  it.effect("refuses a repeated value that must be unique, with the path of the first one", () =>
    Effect.gen(function* () {
      const id = "0d9f8a36-7c1b-4e52-9f64-2a8e5b7c3d18"
      const client = { client_secret: "s", grants: [] }
      const found = yield* issues({
        accounts: [
          { account_id: "T12345678" },
          {
            account_id: "T12345678",
            clients: [
              { ...client, client_id: "a" },
              { ...client, client_id: "a" },
              { ...client, id, client_id: "b" },
              {
                ...client,
                client_id: id
              }
            ],
            customers: [
              { id, customer_id: "c", email: "Ada@example.com", phone_number: "+4711111111" },
              { id, customer_id: "c", email: "aDA@EXAMPLE.com", phone_number: "+4711111111" },
              { email: "ada@example.com", phone_number: "+4711111111", type: "company" },
              { password: "1234", password_hash: ada.password_hash }
            ]
          }
        ]
      })
      assert.deepStrictEqual(
        found.map(({ message, path }) => `${path} ${message}`),
        [
          "accounts[1].account_id is the same as accounts[0].account_id",
          "accounts[1].clients[1].client_id is the same as accounts[1].clients[0].client_id",
          "accounts[1].clients[3].client_id is the same as accounts[1].clients[2].id",
          "accounts[1].customers[1].id is the same as accounts[1].customers[0].id",
          "accounts[1].customers[1].customer_id is the same as accounts[1].customers[0].customer_id",
          "accounts[1].customers[1].email is the same as accounts[1].customers[0].email",
          "accounts[1].customers[1].phone_number is the same as accounts[1].customers[0].phone_number",
          "accounts[1].customers[3].password_hash cannot stand beside password"
        ]
      )
    })
  )

  it.effect("lets customers share a phone number if the settings allow it, and two accounts have the same customer_id", () =>
    Effect.gen(function* () {
      const customers = [{ phone_number: "+4711111111" }, { phone_number: "+4711111111" }]
      const settings = { users: { phone_number_validation: { allow_duplicates: true } } }
      yield* Seed.decode(one({ customers, settings }))
      assert.deepStrictEqual(yield* paths(one({ customers })), ["accounts[0].customers[1].phone_number"])
      yield* Seed.decode({
        accounts: ["T00000001", "T00000002"].map((account_id) => ({ account_id, customers: [{ customer_id: "same" }] }))
      })
    })
  )

  it.effect("refuses unknown fields and enum members in the settings", () =>
    Effect.gen(function* () {
      assert.sameMembers(yield* paths(one({ settings: { users: { customer_id_format: "roman" }, attributs: [] } })), [
        "accounts[0].settings.users.customer_id_format",
        "accounts[0].settings.attributs"
      ])
    })
  )

  it.effect("reads the text of a file", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Seed.parse(JSON.stringify(DinteroEmbedded.demoSeed)), DinteroEmbedded.demoSeed)
      assert.strictEqual(
        (yield* Effect.flip(Seed.parse("{"))).message,
        "The seed is not valid: it is not JSON, line 1, column 2: expected a field name in double quotes, or }, and the text ends here."
      )
      assert.deepStrictEqual((yield* Effect.flip(Seed.parse(`{ "accounts": [],\n"accounts": [] }`))).issues, [
        { path: "accounts", message: "stands on line 1 and again on line 2" }
      ])
      assert.strictEqual((yield* Effect.flip(Seed.parse("[]")))._tag, "InvalidSeed")
    })
  )

  it.effect("the demo seed has the hash of its documented password, with the secure profile", () =>
    Effect.gen(function* () {
      const hasher = yield* Effect.provide(PasswordHashing.make(PasswordHashing.secure), Entropy.layer)
      assert.isTrue(yield* hasher.verify(Redacted.make(DinteroEmbedded.demoPassword), Option.some(ada.password_hash)))
      assert.isFalse(hasher.isWeaker(ada.password_hash))
    })
  )
})
