import * as SqlClient from "@effect/sql/SqlClient"
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Accounts } from "../../../../src/layers/embedded/rooms/accounts/Accounts.js"
import * as Tables from "../../../../src/layers/embedded/rooms/Tables.js"
import * as Migrations from "../../../../src/layers/embedded/storage/Migrations.js"
import { type Api, basic, reader, seedOf, start, tokenOf } from "../../Api.js"
import * as Databases from "../../Databases.js"
import { layerServices } from "../../Services.js"

const fresh = {
  users: {
    customer_id_format: "uuid",
    head: { enabled: false },
    phone_number_validation: { allow_duplicates: false }
  }
}

const put = (api: Api, authorization: string, body: object) =>
  Effect.map(api("PUT", "/customers/settings", { authorization, body }), ({ text }): unknown => JSON.parse(text))

const get = (api: Api, authorization: string) =>
  Effect.map(api("GET", "/customers/settings", { authorization }), ({ text }): unknown => JSON.parse(text))

describe("customers.settings", () => {
  it.scoped("of a new account are the defaults", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const answer = yield* api("GET", "/customers/settings", { authorization: yield* tokenOf(api) })
      assert.deepStrictEqual([answer.status, answer.body], [200, fresh])
      assert.match(answer.headers.etag ?? "", /^W\/"[0-9a-f]+-.{27}"$/)
      assert.isUndefined(answer.headers["cache-control"])
    })
  )

  it.scoped("a PUT replaces the sections that it has, keeps the others, and fills the defaults", () =>
    Effect.gen(function* () {
      const { api } = yield* start({
        seed: seedOf({ settings: { users: { customer_id_format: "sequence", head: { enabled: true } } } })
      })
      const authorization = yield* tokenOf(api)
      const users = { ...fresh.users, customer_id_format: "sequence", head: { enabled: true } }
      assert.deepStrictEqual(yield* put(api, authorization, {}), { users })
      const auto_tokens = { email: [{ type: "SHA256" }, { type: "HMAC-SHA256", secret: "key" }] }
      const attributes = [{ name: "shoe size", type: "real" }]
      const stored = { users, auto_tokens, attributes: [{ ...attributes[0], multiple_values: false, private: false }] }
      assert.deepStrictEqual(yield* put(api, authorization, { auto_tokens, attributes, unknown: 1 }), stored)
      assert.deepStrictEqual(yield* put(api, authorization, { users: { customer_id_format: "uuid" } }), { ...stored, ...fresh })
      const text = "\0 \ud800 \u{1f600} __proto__"
      const odd = JSON.parse(
        `{"tokens":{"event_expiry":[{"status":${JSON.stringify(text)},"time_to_live":1.5}]},"__proto__":{"users":1}}`
      )
      const last = { ...stored, ...fresh, tokens: { event_expiry: [{ status: text, time_to_live: 1.5 }] } }
      assert.deepStrictEqual(yield* put(api, authorization, odd), last)
      assert.deepStrictEqual(yield* get(api, authorization), last)
    })
  )

  it.scoped("a PUT with errors names all of them, and changes nothing", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const authorization = yield* tokenOf(api)
      const answer = yield* api("PUT", "/customers/settings", {
        authorization,
        body: {
          users: { customer_id_format: "roman", head: { enabled: "yes-secret" } },
          attributes: [{ name: "a", type: "colour" }, { type: "string" }],
          auto_tokens: { email: [{ type: "MD5" }] }
        }
      })
      assert.strictEqual(answer.status, 400)
      assert.strictEqual(answer.body.error.code, "INVALID_REQUEST_PARAMETER")
      assert.sameMembers(
        answer.body.error.errors.map(({ message, path }) => `${path.join(".")}: ${message}`),
        [
          "users.customer_id_format: No enum match for: roman",
          "users.head.enabled: Expected type boolean but found type string",
          "attributes.0.type: No enum match for: colour",
          "attributes.1: Missing required property: name",
          "auto_tokens.email.0.type: No enum match for: MD5"
        ]
      )
      assert.deepStrictEqual(yield* get(api, authorization), fresh)
    })
  )

  it.scoped("concurrent PUTs of different sections are all kept", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const authorization = yield* tokenOf(api)
      const sections = {
        users: { ...fresh.users, customer_id_format: "sequence" },
        auto_tokens: { email: [{ type: "SHA256" }] },
        tokens: { event_expiry: [] },
        attributes: []
      }
      yield* Effect.forEach(
        Object.entries(sections).flatMap((entry) => Array.from({ length: 8 }, () => entry)),
        ([name, section]) => api("PUT", "/customers/settings", { authorization, body: { [name]: section } }),
        { concurrency: "unbounded" }
        // Each fiber lets the others run every few steps.
      ).pipe(Effect.withMaxOpsBeforeYield(16))
      assert.deepStrictEqual(yield* get(api, authorization), sections)
    })
  )

  it.scoped("are read with a scope for reading and written with one for writing", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const authorization = yield* tokenOf(api, reader)
      assert.strictEqual((yield* api("GET", "/customers/settings", { authorization })).status, 200)
      const put = yield* api("PUT", "/customers/settings", { authorization, body: {} })
      assert.deepStrictEqual([put.status, put.body.error], [403, { errors: [], message: "FORBIDDEN" }])
      assert.strictEqual(
        put.headers["x-effect-dintero-hint"],
        "The access token has none of the scopes that allow this: admin:customers, write:customers"
      )
    })
  )

  it.scoped("of another account need a token for that account, which must exist", () =>
    Effect.gen(function* () {
      const other = "https://api.dintero.com/v1/accounts/T22222222"
      const far = {
        client_id: "far",
        client_secret: "secret",
        grants: [{ audience: other, scope: ["admin:customers"] }, { scope: ["admin:customers"] }]
      }
      const { api } = yield* start({ seed: seedOf({ clients: [far] }) })
      const here = yield* tokenOf(api, far)
      const path = "//v1/accounts/T22222222/customers/settings"
      const wrongAccount = yield* api("GET", path, { authorization: here })
      assert.deepStrictEqual(
        [wrongAccount.status, wrongAccount.headers["x-effect-dintero-hint"]],
        [403, "The access token is for T12345678, and not for T22222222"]
      )
      const { body } = yield* api("POST", "/auth/token", {
        authorization: basic("far", "secret"),
        body: { grant_type: "client_credentials", audience: other }
      })
      const there = `Bearer ${body.access_token}`
      assert.strictEqual((yield* api("GET", "/customers/settings", { authorization: there })).status, 403)
      for (const [method, payload] of [
        ["GET", undefined],
        ["PUT", {}]
      ] as const) {
        const missing = yield* api(method, path, { authorization: there, body: payload })
        assert.deepStrictEqual([missing.status, missing.headers["x-effect-dintero-hint"]], [403, "There is no such account"])
      }
    })
  )
})

Databases.onEach("settings that many requests read", (database) => {
  it.scoped("are decoded once, whatever else is written, and again when they change", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(layerServices({ db: yield* database }))
      const sql = Context.get(context, SqlClient.SqlClient)
      const { find, updateSettings } = Context.get(context, Accounts)
      yield* Effect.provide(Migrations.migrate(":memory:", Tables.all), context)
      const insert = (account_id: string) =>
        sql`INSERT INTO accounts ${sql.insert({ account_id, access_token_lifetime: 60, settings: "{}", created_at: 0 })}`
      yield* insert("T00000001")
      const settings = Effect.map(find("T00000001"), (account) => Option.getOrThrow(account).settings)
      const first = yield* settings
      yield* insert("T00000002")
      // The same object: it was not decoded again.
      assert.strictEqual(yield* settings, first)
      yield* updateSettings("T00000001", { users: { customer_id_format: "sequence" } }, { isWhole: false })
      const changed = yield* settings
      assert.strictEqual(changed.users?.customer_id_format, "sequence")
      // As another process would do it.
      yield* sql`UPDATE accounts SET settings = ${"{}"} WHERE account_id = ${"T00000001"}`
      assert.deepStrictEqual(yield* settings, {})
    })
  )
})
