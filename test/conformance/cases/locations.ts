import { assert } from "@effect/vitest"
import { Chunk, Effect, Option, Stream } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../../src/contract/Contract.js"
import { as, asAdmin, listIn, objectIn, oddKeys, texts, typed, unstorable } from "../Actions.js"
import { assertError, type CasesOf, errorPaths, it } from "../Case.js"
import { account, bearerOf, clients } from "../System.js"

const path = "/locations"

const at = (id: string) => `${path}/${encodeURIComponent(id)}`

const road = { address_line: "Road 1", postal_place: "Oslo", country: "NO" }

const create = (...all: ReadonlyArray<object>) =>
  Effect.flatMap(asAdmin, (admin) => Effect.forEach(all, (one) => Effect.map(admin("POST", path, one), objectIn)))

const idsOf = (query: string | Record<string, string | ReadonlyArray<string>>) => {
  const search =
    typeof query === "string"
      ? query
      : new URLSearchParams(Object.entries(query).flatMap(([key, value]) => [value].flat().map((one) => [key, one]))).toString()
  return Effect.flatMap(asAdmin, (admin) =>
    Effect.map(admin("GET", `${path}?${search}`), (wire) => listIn(wire).map(({ location_id }) => location_id))
  )
}

/** Every field of the documentation. */
const whole = {
  location_id: "S01923",
  name: "Corner shop",
  timezone: "Europe/Oslo",
  status: "Active",
  language_code: "nb-NO",
  currency: "NOK",
  phone_number: "+4799999999",
  chain: "SuperChain",
  email: "corner@example.com",
  mcc: "5814",
  gln: "7080000000000",
  organization_number: "123456789MVA",
  business_name: "Corner AS",
  franchise: "Subway",
  type: "Physical",
  website_url: "https://example.com/corner",
  address: { ...road, address_line_2: "PB 123", postal_code: "0349", latitude: 59.942112, longitude: 10.716991 }
}

export const locations: CasesOf<typeof tags.locations> = {
  list: [
    it("10 by default, in the order in which they came, and the next ones by the location_id of the last", () =>
      Effect.gen(function* () {
        const ids = Array.from({ length: 12 }, (_, i) => `S ${i}/x`)
        yield* create(...ids.map((location_id) => ({ location_id })))
        assert.deepStrictEqual(yield* idsOf(""), ids.slice(0, 10))
        assert.deepStrictEqual(yield* idsOf({ starting_after: "S 9/x" }), ids.slice(10))
        assert.deepStrictEqual(yield* idsOf({ starting_after: "S 4/x", limit: "1" }), ids.slice(5, 6))
        assert.deepStrictEqual(yield* idsOf({ starting_after: "S 11/x" }), [])
        // A filter goes on with the page.
        assert.deepStrictEqual(yield* idsOf({ starting_after: "S 4/x", search: "nothing" }), [])
      })),
    it("by each filter, by all of them, and by any of the values of one", () =>
      Effect.gen(function* () {
        yield* create(
          whole,
          { location_id: "web", name: "Web shop", status: "Closed", type: "Online", address: { ...road, country: "DK" } },
          { location_id: "bare" }
        )
        const cases: ReadonlyArray<readonly [string | Record<string, string | ReadonlyArray<string>>, ReadonlyArray<string>]> = [
          ["", ["S01923", "web", "bare"]],
          [{ status: "Active" }, ["S01923"]],
          [{ status: "active" }, ["S01923"]],
          [{ status: "Act" }, []],
          [{ status: ["Active", "Closed"] }, ["S01923", "web"]],
          ["status=Active,Closed", ["S01923", "web"]],
          [{ country: "NO" }, ["S01923"]],
          [{ country: ["no", "dk", "se"] }, ["S01923", "web"]],
          [{ phone_number: "+4799999999" }, ["S01923"]],
          // A plus sign that is not escaped is a space.
          ["phone_number=+4799999999", []],
          [{ organization_number: "123456789MVA" }, ["S01923"]],
          [{ email: "CORNER@example.com" }, ["S01923"]],
          [{ type: "Online" }, ["web"]],
          [{ type: ["Online", "Physical"], country: "DK" }, ["web"]],
          [{ type: "Online", country: "NO" }, []],
          [{ status: "'; DROP TABLE locations; --" }, []],
          [{ status: "\u0000" }, []]
        ]
        for (const [query, expected] of cases) assert.deepStrictEqual(yield* idsOf(query), [...expected], JSON.stringify(query))
      })),
    it("search compares the beginning of name, phone number, email, organization number and business name", () =>
      Effect.gen(function* () {
        yield* create(whole, { location_id: "other", name: "Æpleboden", business_name: "عالم" })
        for (const search of ["corner", "CORNER S", "+4799", "corner@", "123456789", "Corner A"]) {
          assert.deepStrictEqual(yield* idsOf({ search }), ["S01923"], search)
        }
        for (const search of ["æple", "عا"]) assert.deepStrictEqual(yield* idsOf({ search }), ["other"], search)
        // Not its middle, and no other field.
        for (const search of ["shop", "SuperChain", "Physical", "S01923", "%", "_", "\u0000"]) {
          assert.deepStrictEqual(yield* idsOf({ search }), [], search)
        }
      })),
    it("scopes of customers are not enough", () =>
      Effect.gen(function* () {
        const reader = as(yield* bearerOf("noMfa"))
        assertError(yield* reader("GET", path), 403, "FORBIDDEN")
      })),
    it("typed: a page, and all pages as a stream", () =>
      Effect.gen(function* () {
        const { locations } = yield* Customers
        for (const location_id of "abcde") yield* locations.create({ location_id, status: "Active" })
        const page = yield* locations.list({ limit: 2, status: ["Active", "Closed"] })
        assert.deepStrictEqual([page.items.map(({ location_id }) => location_id), page.next], [["a", "b"], Option.some("b")])
        const all = yield* Stream.runCollect(locations.stream({ limit: 2, status: ["Active"] }))
        assert.strictEqual(
          Chunk.toReadonlyArray(all)
            .map(({ location_id }) => location_id)
            .join(""),
          "abcde"
        )
      }).pipe(Effect.provide(typed("admin"))))
  ],
  create: [
    it("takes every field of the documentation, and answers it with what the system adds", () =>
      Effect.gen(function* () {
        const [created = {}] = yield* create(whole)
        const { created_at, id, updated_at, ...rest } = created
        assert.deepStrictEqual(rest, { ...whole, account_id: account, created_by: clients.admin.id })
        assert.match(String(id), /^[0-9a-f-]{36}$/)
        assert.strictEqual(updated_at, created_at)
      })),
    it("of nothing: a location_id is made, another one each time", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const made = [yield* admin("POST", path), yield* admin("POST", path, {})].map((wire) => objectIn(wire).location_id)
        for (const location_id of made) assert.isAtLeast(String(location_id).length, 1)
        assert.notStrictEqual(made[0], made[1])
        assert.deepStrictEqual(yield* idsOf(""), made)
      })),
    it("a location_id that is taken, too long, or begins or ends with a space: 400", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* create({ location_id: "S1" })
        assertError(yield* admin("POST", path, { location_id: "S1", name: "other" }), 400, "BAD REQUEST")
        for (const location_id of ["", " S2", "S2 ", "x".repeat(256)]) {
          const wire = yield* admin("POST", path, { location_id })
          assertError(wire, 400, "BAD REQUEST")
          assert.include([...errorPaths(wire)], "location_id")
        }
        for (const location_id of unstorable) assertError(yield* admin("POST", path, { location_id }), 400, "BAD REQUEST")
        assert.deepStrictEqual(yield* idsOf(""), ["S1"])
        // In another case it is another one.
        yield* create({ location_id: "s1" })
        assert.deepStrictEqual(yield* idsOf(""), ["S1", "s1"])
      })),
    it("of 16 with one location_id at the same time one is added", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const answers = yield* Effect.forEach(Array.from({ length: 16 }), () => admin("POST", path, { location_id: "S1" }), {
          concurrency: "unbounded"
        })
        assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [200, ...Array.from({ length: 15 }, () => 400)])
      })),
    it("typed: BadRequest for a location_id that is taken", () =>
      Effect.gen(function* () {
        const { locations } = yield* Customers
        yield* locations.create({ location_id: "S1" })
        assert.strictEqual((yield* Effect.flip(locations.create({ location_id: "S1" })))._tag, "BadRequest")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  get: [
    it("by location_id, also by an odd one, with any text", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const [i, location_id] of oddKeys.entries()) {
          const name = texts[i % texts.length] ?? ""
          const [created = {}] = yield* create({
            location_id,
            name,
            business_name: name,
            address: { ...road, address_line: name }
          })
          assert.deepStrictEqual(objectIn(yield* admin("GET", at(location_id))), created)
          assert.include(created, { location_id, name, business_name: name })
        }
        assert.deepStrictEqual(yield* idsOf("limit=100"), [...oddKeys])
      })),
    it("none, one in another case, the id of the system's: 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [{ id } = { id: "" }] = yield* create({ location_id: "S1" })
        for (const other of ["s1", "S", String(id), "a\u0000b"]) assertError(yield* admin("GET", at(other)), 404, "NOT FOUND")
        assertError(yield* admin("GET", at("x".repeat(256))), 400, "BAD REQUEST")
      })),
    it("typed: arrives decoded, NotFound", () =>
      Effect.gen(function* () {
        const { locations } = yield* Customers
        const created = yield* locations.create({ ...whole, location_id: "a/b" })
        assert.deepStrictEqual(yield* locations.get("a/b"), created)
        assert.strictEqual((yield* Effect.flip(locations.get("nobody")))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  update: [
    it("changes the fields that are there and keeps the others; filters find what it is now", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [before = {}] = yield* create(whole)
        const changes = { status: "Closed", name: "Old shop", address: { ...road, country: "SE" } }
        const after = objectIn(yield* admin("PUT", at("S01923"), changes))
        assert.deepStrictEqual(after, { ...before, ...changes, updated_at: after.updated_at })
        assert.isAbove(Date.parse(String(after.updated_at)), Date.parse(String(before.updated_at)))
        assert.deepStrictEqual(objectIn(yield* admin("GET", at("S01923"))), after)
        const found = [
          { status: "Active" },
          { country: "NO" },
          { search: "Corner s" },
          { status: "Closed" },
          { country: "SE" },
          { search: "Old" },
          { email: "corner@example.com" }
        ]
        assert.deepStrictEqual(
          (yield* Effect.forEach(found, idsOf)).map((ids) => ids.length),
          [0, 0, 0, 1, 1, 1, 1]
        )
        assert.deepStrictEqual(objectIn(yield* admin("PUT", at("S01923"), {})).name, "Old shop")
      })),
    it("the location_id too, unless another place has it; its place in the list stays", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* create({ location_id: "a" }, { location_id: "b" })
        assertError(yield* admin("PUT", at("a"), { location_id: "b" }), 400, "BAD REQUEST")
        assert.strictEqual(objectIn(yield* admin("PUT", at("a"), { location_id: "a" })).location_id, "a")
        assert.strictEqual(objectIn(yield* admin("PUT", at("a"), { location_id: "c/d" })).location_id, "c/d")
        assertError(yield* admin("GET", at("a")), 404, "NOT FOUND")
        assert.strictEqual((yield* admin("GET", at("c/d"))).status, 200)
        assert.deepStrictEqual(yield* idsOf(""), ["c/d", "b"])
      })),
    it("none: 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        assertError(yield* admin("PUT", at("nobody"), { name: "x" }), 404, "NOT FOUND")
      })),
    it("typed: what get gave can be changed and given back", () =>
      Effect.gen(function* () {
        const { locations } = yield* Customers
        const before = yield* locations.create(whole)
        const after = yield* locations.update("S01923", { ...before, name: "New name" })
        assert.deepStrictEqual({ ...after, updated_at: before.updated_at }, { ...before, name: "New name" })
        assert.strictEqual((yield* Effect.flip(locations.update("nobody", {})))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  delete: [
    it("answers the place with the time, once; its location_id is free again", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const location_id of oddKeys) {
          yield* create({ ...whole, location_id })
          const deleted = objectIn(yield* admin("DELETE", at(location_id)))
          assert.include(deleted, { location_id, name: whole.name, deleted_by: clients.admin.id })
          assert.isString(deleted.deleted_at)
          assertError(yield* admin("DELETE", at(location_id)), 404, "NOT FOUND")
          assertError(yield* admin("GET", at(location_id)), 404, "NOT FOUND")
          assertError(yield* admin("PUT", at(location_id), {}), 404, "NOT FOUND")
          assert.deepStrictEqual(yield* idsOf({ status: "Active" }), [])
        }
        yield* create({ location_id: "a/b" })
        assert.deepStrictEqual(yield* idsOf(""), ["a/b"])
      })),
    it("typed: NotFound", () =>
      Effect.gen(function* () {
        const { locations } = yield* Customers
        const { location_id = "" } = yield* locations.create({ name: "x" })
        assert.isDefined((yield* locations.delete(location_id)).deleted_at)
        assert.strictEqual((yield* Effect.flip(locations.delete(location_id)))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
