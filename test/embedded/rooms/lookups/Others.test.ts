import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { list, object, startRooms, why } from "../Rooms.js"

const users = "/customers/users"
const external = "/search/external"

describe("tags", () => {
  it.scoped("are replaced as a whole, and a deleted one is taken off all customers", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      yield* Effect.forEach(["a", "b"], (customer_id) => admin("POST", users, { type: "customer", customer_id }))
      const created = yield* Effect.forEach(["VIP", "VIP", "Staff"], (tag) => admin("POST", "/customers/tags", { tag }))
      assert.deepStrictEqual(
        created.map(({ status }) => status),
        [200, 200, 200]
      )
      const [vip, twin, staff] = created.map((answer) => object(answer).id)
      const set = (customer: string, ids: ReadonlyArray<unknown>) => admin("PUT", `${users}/${customer}/tags`, ids)
      const names = (customer: string) =>
        Effect.map(admin("GET", `${users}/${customer}/tags`), (answer) => list(answer).map(({ tag }) => tag))
      assert.strictEqual(list(yield* set("a", [vip, twin, staff])).length, 3)
      assert.strictEqual(list(yield* set("a", [staff, vip, vip])).length, 2)
      yield* set("b", [vip])
      assert.deepStrictEqual(yield* names("a"), ["VIP", "Staff"])
      assert.strictEqual(
        why(yield* set("a", ["00000000-0000-4000-8000-000000000000"])).slice(0, 26),
        "400 The account has no tag"
      )
      assert.deepStrictEqual(yield* names("a"), ["VIP", "Staff"])
      assert.include(object(yield* admin("DELETE", `/customers/tags/${vip}`)), { tag: "VIP" })
      assert.deepStrictEqual([yield* names("a"), yield* names("b")], [["Staff"], []])
      assert.strictEqual(why(yield* admin("DELETE", `/customers/tags/${vip}`)), "404 Tag not found")
      assert.strictEqual((yield* set("nobody", [])).status, 404)
    })
  )
})

describe("terms", () => {
  it.scoped("are kept after their deletion for those who ask for deleted ones", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      const created = yield* Effect.forEach(["one", "two"], (terms) => admin("POST", "/customers/terms", { terms }))
      const [one, two] = created.map((answer) => object(answer).id)
      assert.include(object(yield* admin("DELETE", `/customers/terms/${one}`)), { terms: "one" })
      assert.strictEqual(why(yield* as("public")("GET", `/customers/terms/${one}`)), "404 Terms not found")
      const texts = (query: string) =>
        Effect.map(admin("GET", `/customers/terms?${query}`), (answer) => list(answer).map(({ terms }) => terms))
      assert.deepStrictEqual(yield* texts(""), ["two"])
      assert.deepStrictEqual(yield* texts("include_deleted=true"), ["one", "two"])
      assert.deepStrictEqual(yield* texts(`include_deleted=true&starting_after=${one}`), ["two"])
      assert.deepStrictEqual(yield* texts(`starting_after=${two}`), [])
      assert.strictEqual((yield* admin("GET", "/customers/terms?starting_after=a")).status, 400)
    })
  )
})

describe("locations", () => {
  it.scoped("are found by every filter, changed by field, and removed", () =>
    Effect.gen(function* () {
      const { as } = yield* startRooms()
      const admin = as("admin")
      const address = { address_line: "Road 1", postal_place: "Oslo", country: "NO" }
      const first = { location_id: "S1", name: "Corner shop", status: "Active", type: "Physical", email: "a@b.no", address }
      const created = object(yield* admin("POST", "/locations", first))
      assert.include(created, { location_id: "S1", name: "Corner shop", account_id: "T12345678" })
      yield* admin("POST", "/locations", { name: "Web shop", status: "Closed" })
      assert.strictEqual(why(yield* admin("POST", "/locations", { location_id: "S1" })), "400 location_id is already in use")
      const names = (query: string) =>
        Effect.map(admin("GET", `/locations?${query}`), (answer) => list(answer).map(({ name }) => name))
      for (const [query, expected] of [
        ["", ["Corner shop", "Web shop"]],
        ["search=CORNER", ["Corner shop"]],
        ["country=no", ["Corner shop"]],
        ["status=active&status=closed", ["Corner shop", "Web shop"]],
        ["status=active&type=physical&email=a@b.no", ["Corner shop"]],
        ["status=closed&country=no", []],
        ["starting_after=S1", ["Web shop"]],
        ["limit=1", ["Corner shop"]]
      ] as const) {
        assert.deepStrictEqual(yield* names(query), [...expected], query)
      }
      const changed = object(yield* admin("PUT", "/locations/S1", { status: "Closed" }))
      assert.include(changed, { name: "Corner shop", status: "Closed" })
      assert.deepStrictEqual(yield* names("status=active"), [])
      assert.include(object(yield* admin("DELETE", "/locations/S1")), { location_id: "S1" })
      assert.strictEqual(why(yield* admin("GET", "/locations/S1")), "404 Location not found")
      assert.strictEqual((yield* as("reader")("GET", "/locations")).status, 403)
    })
  )
})

describe("the public look-ups", () => {
  it.scoped("need no token, and a token that is sent is looked at", () =>
    Effect.gen(function* () {
      const { api, as } = yield* startRooms()
      const path = `${external}/organizations/no?name=equinor`
      assert.strictEqual((yield* api("GET", path)).status, 200)
      assert.strictEqual((yield* as("public")("GET", path)).status, 200)
      assert.strictEqual((yield* api("GET", path, { authorization: "Bearer x" })).status, 401)
    })
  )

  it.scoped("find organizations and postal places, also those of the user's own", () =>
    Effect.gen(function* () {
      const { api } = yield* startRooms(
        {},
        {
          registers: {
            organizations: [
              { country: "no", organization_number: "1", organization_type: "AS", business_name: "Own AS" },
              { country: "no", organization_number: "2", organization_type: "BEDR", business_name: "Own AS, shop", parent: "1" }
            ],
            postalPlaces: [{ country: "no", postal_code: "0001", postal_place: "OWN" }]
          }
        }
      )
      const get = (path: string) => api("GET", `${external}${path}`)
      assert.deepStrictEqual(object(yield* get("/organizations/no/1")), {
        items: [{ organization_number: "1", business_name: "Own AS", office_type: "head_office" }]
      })
      assert.deepStrictEqual(object(yield* get("/organizations/no/3")), { items: [] })
      assert.deepStrictEqual(list(yield* get("/organizations/no/1/subunits")), [
        { organization_number: "2", business_name: "Own AS, shop" }
      ])
      assert.strictEqual((yield* get("/organizations/dk/1/subunits")).status, 400)
      assert.strictEqual(list(yield* get("/organizations/no?name=own&limit=1")).length, 1)
      assert.strictEqual(list(yield* get("/organizations/no?starting_after=1")).length, 1)
      assert.strictEqual((yield* get("/organizations/se?name=own")).status, 400)
      assert.deepStrictEqual(object(yield* get("/postal_place/no/0001")), {
        country: "NO",
        postal_code: "0001",
        postal_place: "OWN"
      })
      assert.strictEqual((yield* get("/postal_place/no/9999")).status, 404)
      const body = { address_line: "Road 1", postal_code: "9999", postal_place: "Own", country: "NO" }
      const validate = (given: object) => Effect.map(api("POST", `${external}/address/no/validate`, { body: given }), object)
      assert.deepStrictEqual(yield* validate({ ...body, postal_code: "0001" }), { valid: true, alternatives: [] })
      assert.deepStrictEqual(yield* validate(body), {
        valid: false,
        alternatives: [{ ...body, postal_code: "0001", postal_place: "OWN" }]
      })
    })
  )
})
