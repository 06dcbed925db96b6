import { assert } from "@effect/vitest"
import { Chunk, Effect, Option, Stream } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../../src/contract/Contract.js"
import { as, asAdmin, listIn, objectIn, oddKeys, texts, typed, unstorable } from "../Actions.js"
import { assertError, type CasesOf, errorPaths, it } from "../Case.js"
import { bearerOf, clients } from "../System.js"

const path = "/customers/terms"

/** The ids of new terms with these texts. */
const create = (...all: ReadonlyArray<string>) =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.forEach(all, (terms) => Effect.map(admin("POST", path, { terms }), (wire) => String(objectIn(wire).id)))
  )

const list = (query = "") =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.map(admin("GET", `${path}${query}`), (wire) => listIn(wire).map(({ terms }) => terms))
  )

export const terms: CasesOf<typeof tags.terms> = {
  list: [
    it("10 by default, in the order in which they came, and the next ones by the id of the last", () =>
      Effect.gen(function* () {
        const names = Array.from({ length: 12 }, (_, i) => `version ${i}`)
        const ids = yield* create(...names)
        assert.deepStrictEqual(yield* list(), names.slice(0, 10))
        assert.deepStrictEqual(yield* list(`?starting_after=${ids[9]}`), names.slice(10))
        assert.deepStrictEqual(yield* list(`?limit=1&starting_after=${ids[4]}`), names.slice(5, 6))
        assert.deepStrictEqual(yield* list(`?starting_after=${ids[11]}`), [])
      })),
    it("deleted ones only when they are asked for", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [one = ""] = yield* create("one", "two")
        yield* admin("DELETE", `${path}/${one}`)
        assert.deepStrictEqual(yield* list(), ["two"])
        assert.deepStrictEqual(yield* list("?include_deleted=false"), ["two"])
        assert.deepStrictEqual(yield* list("?include_deleted=true"), ["one", "two"])
        // A page can end with one that is deleted meanwhile.
        assert.deepStrictEqual(yield* list(`?starting_after=${one}`), ["two"])
        const [deleted] = listIn(yield* admin("GET", `${path}?include_deleted=true&limit=1`))
        assert.strictEqual(deleted?.deleted_by, clients.admin.id)
        assert.strictEqual(Date.parse(String(deleted?.deleted_at)) >= Date.parse(String(deleted?.created_at)), true)
        assertError(yield* admin("GET", `${path}?include_deleted=yes`), 400, "BAD REQUEST")
      })),
    it("typed: a page, and all pages as a stream", () =>
      Effect.gen(function* () {
        const { terms } = yield* Customers
        yield* create(..."abcde")
        const page = yield* terms.list({ limit: 2 })
        assert.deepStrictEqual([page.items.map(({ terms }) => terms), page.isLast], [["a", "b"], false])
        assert.isTrue(Option.isSome(page.next))
        const all = yield* Stream.runCollect(terms.stream({ limit: 2 }))
        assert.strictEqual(
          Chunk.toReadonlyArray(all).reduce((text, { terms }) => text + terms, ""),
          "abcde"
        )
      }).pipe(Effect.provide(typed("admin"))))
  ],
  create: [
    it("every text comes back as it was sent, and one that cannot be stored is a 400", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const long = "x".repeat(100_000)
        yield* create(...texts, long)
        assert.deepStrictEqual(yield* list("?limit=100"), [...texts, long])
        for (const terms of unstorable) assertError(yield* admin("POST", path, { terms }), 400, "BAD REQUEST")
        assert.strictEqual((yield* list("?limit=100")).length, texts.length + 1)
      })),
    it("nothing: 400, which names terms", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const wire = yield* admin("POST", path)
        assertError(wire, 400, "BAD REQUEST")
        assert.deepStrictEqual(errorPaths(wire), ["terms"])
      })),
    it("needs more than a reading scope", () =>
      Effect.gen(function* () {
        const reader = as(yield* bearerOf("noMfa"))
        assertError(yield* reader("POST", path, { terms: "Be nice." }), 403, "FORBIDDEN")
      }))
  ],
  get: [
    it("what the create answered, until it is deleted", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const created = objectIn(yield* admin("POST", path, { terms: "Be nice." }))
        assert.deepStrictEqual(objectIn(yield* admin("GET", `${path}/${created.id}`)), created)
        yield* admin("DELETE", `${path}/${created.id}`)
        assertError(yield* admin("GET", `${path}/${created.id}`), 404, "NOT FOUND")
      })),
    it("an id of none: 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const id of [...oddKeys, "\u0000"]) {
          assertError(yield* admin("GET", `${path}/${encodeURIComponent(id)}`), 404, "NOT FOUND")
        }
      })),
    it("typed: arrives decoded, NotFound", () =>
      Effect.gen(function* () {
        const { terms } = yield* Customers
        const created = yield* terms.create({ terms: "Be nice." })
        assert.deepStrictEqual(yield* terms.get(created.id ?? ""), created)
        assert.strictEqual((yield* Effect.flip(terms.get("of/nobody")))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  delete: [
    it("answers the terms with the time, once; then 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [id = ""] = yield* create("Be nice.")
        const deleted = objectIn(yield* admin("DELETE", `${path}/${id}`))
        assert.include(deleted, { id, terms: "Be nice.", deleted_by: clients.admin.id })
        assert.strictEqual(deleted.updated_at, deleted.deleted_at)
        assertError(yield* admin("DELETE", `${path}/${id}`), 404, "NOT FOUND")
      })),
    it("typed: with the time of the deletion, NotFound", () =>
      Effect.gen(function* () {
        const { terms } = yield* Customers
        const { id = "" } = yield* terms.create({ terms: "Be nice." })
        assert.isDefined((yield* terms.delete(id)).deleted_at)
        assert.strictEqual((yield* Effect.flip(terms.delete(id)))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
