import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Customers } from "effect-dintero"
import type { tags as contract } from "../../../src/contract/Contract.js"
import { as, asAda, asAdmin, listIn, objectIn, oddKeys, texts, typed, unstorable } from "../Actions.js"
import { assertError, type CasesOf, errorPaths, it } from "../Case.js"
import { bearerOf, clients } from "../System.js"

const users = "/customers/users"

/** The ids of new tags with these texts. */
const create = (...tags: ReadonlyArray<string>) =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.forEach(tags, (tag) => Effect.map(admin("POST", "/customers/tags", { tag }), (wire) => String(objectIn(wire).id)))
  )

const namesOf = (customer: string) =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.map(admin("GET", `${users}/${encodeURIComponent(customer)}/tags`), (wire) => listIn(wire).map(({ tag }) => tag))
  )

export const tags: CasesOf<typeof contract.tags> = {
  list: [
    it("none at first; then all of them, more than a page has, in the order in which they came", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        assert.deepStrictEqual((yield* admin("GET", "/customers/tags")).body, [])
        const names = Array.from({ length: 101 }, (_, i) => `tag ${i}`)
        yield* create(...names)
        const all = listIn(yield* admin("GET", "/customers/tags"))
        assert.deepStrictEqual(
          all.map(({ tag }) => tag),
          names
        )
      })),
    it("typed: arrives decoded", () =>
      Effect.gen(function* () {
        const { tags } = yield* Customers
        const vip = yield* tags.create({ tag: "VIP", metadata: { color: "gold", deep: [1, null] } })
        assert.deepStrictEqual(yield* tags.list(), [vip])
        assert.deepStrictEqual(vip.metadata, { color: "gold", deep: [1, null] })
      }).pipe(Effect.provide(typed("admin"))))
  ],
  create: [
    it("answers the label with what the system adds, also of a text that another one has", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const given = { tag: "VIP", metadata: { color: "gold", deep: [1, null] } }
        const { created_at, id, updated_at, ...first } = objectIn(yield* admin("POST", "/customers/tags", given))
        assert.deepStrictEqual(first, { ...given, created_by: clients.admin.id })
        assert.match(String(id), /^[0-9a-f-]{36}$/)
        assert.match(String(created_at), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
        assert.strictEqual(updated_at, created_at)
        const second = objectIn(yield* admin("POST", "/customers/tags", given))
        assert.notStrictEqual(second.id, id)
      })),
    it("every text comes back as it was sent, and one that cannot be stored is a 400", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* create(...texts)
        assert.deepStrictEqual(
          listIn(yield* admin("GET", "/customers/tags")).map(({ tag }) => tag),
          [...texts]
        )
        for (const tag of unstorable) assertError(yield* admin("POST", "/customers/tags", { tag }), 400, "BAD REQUEST")
        assert.strictEqual(listIn(yield* admin("GET", "/customers/tags")).length, texts.length)
      })),
    it("nothing, or a read-only field alone: 400, which names tag", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const json of [undefined, {}, { id: "x" }]) {
          const wire = yield* admin("POST", "/customers/tags", json)
          assertError(wire, 400, "BAD REQUEST")
          assert.deepStrictEqual(errorPaths(wire), ["tag"])
        }
      })),
    it("needs more than a reading scope", () =>
      Effect.gen(function* () {
        const reader = as(yield* bearerOf("noMfa"))
        assertError(yield* reader("POST", "/customers/tags", { tag: "VIP" }), 403, "FORBIDDEN")
      }))
  ],
  delete: [
    it("takes the label off the account and off each customer, and answers it", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [vip = "", staff = ""] = yield* create("VIP", "Staff")
        for (const customer of ["ada", "grace"]) yield* admin("PUT", `${users}/${customer}/tags`, [vip, staff])
        assert.include(objectIn(yield* admin("DELETE", `/customers/tags/${vip}`)), { id: vip, tag: "VIP" })
        assert.deepStrictEqual([yield* namesOf("ada"), yield* namesOf("grace")], [["Staff"], ["Staff"]])
        assert.deepStrictEqual(
          listIn(yield* admin("GET", "/customers/tags")).map(({ tag }) => tag),
          ["Staff"]
        )
        assert.deepStrictEqual(listIn(yield* admin("GET", `${users}?tag_id=${vip}`)), [])
        assertError(yield* admin("PUT", `${users}/ada/tags`, [vip]), 400, "BAD REQUEST")
      })),
    it("one that was deleted, or never was: 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [id = ""] = yield* create("VIP")
        yield* admin("DELETE", `/customers/tags/${id}`)
        for (const other of [id, ...oddKeys, "\u0000"]) {
          assertError(yield* admin("DELETE", `/customers/tags/${encodeURIComponent(other)}`), 404, "NOT FOUND")
        }
      })),
    it("typed: NotFound", () =>
      Effect.gen(function* () {
        const { tags } = yield* Customers
        const error = yield* Effect.flip(tags.delete("a tag of/nobody"))
        assert.strictEqual(error._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  ofCustomer: [
    it("in the order of the account's list, whatever the order in which they were given", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [first = "", second = "", third = ""] = yield* create("a", "b", "c")
        yield* admin("PUT", `${users}/ada/tags`, [third, first])
        assert.deepStrictEqual(yield* namesOf("ada"), ["a", "c"])
        assert.deepStrictEqual(yield* namesOf("linus"), [])
        const found = listIn(yield* admin("GET", `${users}?tag_id=${third}`))
        assert.deepStrictEqual(
          found.map(({ customer_id }) => customer_id),
          ["ada"]
        )
        assert.deepStrictEqual(listIn(yield* admin("GET", `${users}?tag_id=${second}`)), [])
      })),
    it("typed: a customer's own, NotFound", () =>
      Effect.gen(function* () {
        const { tags } = yield* Customers
        const vip = yield* tags.create({ tag: "VIP" })
        yield* tags.setOfCustomer("ada", [vip.id ?? ""])
        assert.deepStrictEqual(yield* tags.ofCustomer("ada"), [vip])
        assert.strictEqual((yield* Effect.flip(tags.ofCustomer("nobody")))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  setOfCustomer: [
    it("replaces all that the customer had, each once; an empty list takes all away", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [vip = "", staff = "", other = ""] = yield* create("VIP", "Staff", "Other")
        const set = (ids: ReadonlyArray<string>) =>
          Effect.map(admin("PUT", `${users}/ada/tags`, ids), (wire) => listIn(wire).map(({ id }) => id))
        assert.deepStrictEqual(yield* set([vip, staff]), [vip, staff])
        assert.deepStrictEqual(yield* set([other, staff, other]), [staff, other])
        assert.deepStrictEqual(yield* set([other, staff, other]), [staff, other])
        assert.deepStrictEqual(yield* set([]), [])
        assert.deepStrictEqual(yield* namesOf("ada"), [])
      })),
    it("an id that is none of the account's: 400, and nothing is changed", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [vip = ""] = yield* create("VIP")
        yield* admin("PUT", `${users}/ada/tags`, [vip])
        for (const id of ["00000000-0000-4000-8000-000000000000", "", "VIP", "\u0000"]) {
          assertError(yield* admin("PUT", `${users}/ada/tags`, [vip, id]), 400, "BAD REQUEST")
        }
        assert.deepStrictEqual(yield* namesOf("ada"), ["VIP"])
      })),
    it("the customer counts as changed", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [vip = ""] = yield* create("VIP")
        const changedAt = Effect.map(admin("GET", `${users}/ada`), (wire) => Date.parse(String(objectIn(wire).updated_at)))
        const before = yield* changedAt
        yield* admin("PUT", `${users}/ada/tags`, [vip])
        assert.isAbove(yield* changedAt, before)
      })),
    it("of a customer with an odd id", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [vip = ""] = yield* create("VIP")
        for (const customer_id of oddKeys) {
          objectIn(yield* admin("POST", users, { type: "customer", customer_id }))
          listIn(yield* admin("PUT", `${users}/${encodeURIComponent(customer_id)}/tags`, [vip]))
          assert.deepStrictEqual(yield* namesOf(customer_id), ["VIP"], customer_id)
        }
        assert.strictEqual(listIn(yield* admin("GET", `${users}?tag_id=${vip}&limit=100`)).length, oddKeys.length)
      })),
    it("a customer sets their own", () =>
      Effect.gen(function* () {
        const [vip = ""] = yield* create("VIP")
        const ada = yield* asAda
        assert.strictEqual(listIn(yield* ada("PUT", `${users}/ada/tags`, [vip])).length, 1)
        assert.deepStrictEqual(yield* namesOf("ada"), ["VIP"])
        assertError(yield* ada("PUT", `${users}/linus/tags`, [vip]), 403, "FORBIDDEN")
        assert.deepStrictEqual(yield* namesOf("linus"), [])
      })),
    it("typed: BadRequest for an unknown tag", () =>
      Effect.gen(function* () {
        const { tags } = yield* Customers
        assert.strictEqual((yield* Effect.flip(tags.setOfCustomer("ada", ["none"])))._tag, "BadRequest")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
