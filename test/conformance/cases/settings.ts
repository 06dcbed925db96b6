import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../../src/contract/Contract.js"
import { settingsPath, typed } from "../Actions.js"
import { assertError, type CasesOf, it } from "../Case.js"
import { bearerOf, send } from "../System.js"

export const settings: CasesOf<typeof tags.settings> = {
  get: [
    it("a new account has the documented defaults", () =>
      Effect.gen(function* () {
        const wire = yield* send("GET", settingsPath, { authorization: yield* bearerOf("admin") })
        assert.deepStrictEqual(wire.body, {
          users: { customer_id_format: "uuid", head: { enabled: false }, phone_number_validation: { allow_duplicates: false } }
        })
      })),
    it("any one of its scopes is enough", () =>
      Effect.gen(function* () {
        const wire = yield* send("GET", settingsPath, { authorization: yield* bearerOf("noMfa") })
        assert.strictEqual(wire.status, 200)
      })),
    it("typed: arrives decoded", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const settings = yield* customers.settings.get()
        assert.strictEqual(settings.users?.customer_id_format, "uuid")
      }).pipe(Effect.provide(typed("admin")))),
    it("typed: a missing scope is Forbidden", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const error = yield* Effect.flip(customers.settings.get())
        assert.strictEqual(error._tag, "Forbidden")
        assert.strictEqual(error.request.operation, "customers.settings.get")
      }).pipe(Effect.provide(typed("nothing"))))
  ],
  update: [
    it("replaces the sections that are present, keeps the others, and answers the whole", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const put = (json: unknown) => send("PUT", settingsPath, { authorization, json })
        yield* put({
          tokens: { event_expiry: [{ status: "OPT_OUT", time_to_live: 15780000 }] },
          attributes: [{ name: "size", type: "integer" }]
        })
        const second = yield* put({ attributes: [{ name: "color", type: "string", multiple_values: true }] })
        const expected = {
          users: { customer_id_format: "uuid", head: { enabled: false }, phone_number_validation: { allow_duplicates: false } },
          tokens: { event_expiry: [{ status: "OPT_OUT", time_to_live: 15780000 }] },
          attributes: [{ name: "color", type: "string", multiple_values: true, private: false }]
        }
        assert.deepStrictEqual(second.body, expected)
        assert.deepStrictEqual((yield* send("GET", settingsPath, { authorization })).body, expected)
        assert.deepStrictEqual((yield* put({})).body, expected)
      })),
    it("takes the whole object of the documentation", () =>
      Effect.gen(function* () {
        const whole = {
          users: {
            customer_id_format: "sequence",
            head: { enabled: true },
            phone_number_validation: { allow_duplicates: true },
            mfa: {
              enabled: true,
              login: { challenge_type: "oob", oob_channel: "sms" },
              login_recovery: { challenge_type: "oob", oob_channel: "email" }
            },
            verifications: { phone_number: "sms" }
          },
          auto_tokens: { phone_number: [{ type: "SHA256" }], email: [{ type: "HMAC-SHA256", secret: "key" }] },
          tokens: { event_expiry: [{ status: "OPT_OUT", time_to_live: 15780000 }] },
          attributes: [{ name: "born", type: "date-time", multiple_values: false, private: true }]
        }
        const wire = yield* send("PUT", settingsPath, { authorization: yield* bearerOf("admin"), json: whole })
        assert.deepStrictEqual(wire.body, whole)
      })),
    it("two updates at the same time lose nothing", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const put = (json: unknown) => send("PUT", settingsPath, { authorization, json })
        yield* Effect.all(
          [
            put({ tokens: { event_expiry: [{ status: "A", time_to_live: 1 }] } }),
            put({ attributes: [{ name: "b", type: "string" }] }),
            put({ auto_tokens: { email: [{ type: "SHA256" }] } })
          ],
          { concurrency: "unbounded" }
        )
        const { body: settings } = yield* send("GET", settingsPath, { authorization })
        assert.containsAllKeys(settings, ["users", "tokens", "attributes", "auto_tokens"])
      })),
    it("a refused update changes nothing", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        const before = yield* send("GET", settingsPath, { authorization })
        yield* send("PUT", settingsPath, {
          authorization,
          json: { attributes: [{ name: "a", type: "string" }], users: { customer_id_format: 1 } }
        })
        yield* send("PUT", settingsPath, { authorization: yield* bearerOf("noMfa"), json: { attributes: [] } })
        assert.strictEqual((yield* send("GET", settingsPath, { authorization })).text, before.text)
      })),
    it("needs more than a reading scope", () =>
      Effect.gen(function* () {
        assertError(yield* send("PUT", settingsPath, { authorization: yield* bearerOf("noMfa"), json: {} }), 403, "FORBIDDEN")
      })),
    it("typed: what get gave can be changed and given back", () =>
      Effect.gen(function* () {
        const customers = yield* Customers
        const before = yield* customers.settings.get()
        const after = yield* customers.settings.update({
          ...before,
          users: { customer_id_format: "uuid", ...before.users, head: { enabled: true } }
        })
        assert.strictEqual(after.users?.head?.enabled, true)
        assert.deepStrictEqual(yield* customers.settings.get(), after)
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
