import { assert } from "@effect/vitest"
import { Chunk, Effect, Stream } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../../src/contract/Contract.js"
import { as, listIn, objectIn, typed } from "../Actions.js"
import { assertError, type CasesOf, it } from "../Case.js"

const path = "/search/external/organizations"

/** Nobody in particular. */
const anyone = as(undefined)

const numbersOf = (country: string, query: Record<string, string> = {}) =>
  Effect.map(anyone("GET", `${path}/${country}?${new URLSearchParams(query)}`), (wire) =>
    listIn(wire).map(({ organization_number }) => organization_number)
  )

const equinor = {
  organization_number: "923609016",
  business_name: "EQUINOR ASA",
  business_address: {
    address_line: "Forusbeen 50",
    address_line_2: "",
    postal_place: "STAVANGER",
    country: "NO",
    postal_code: "4035"
  }
}

export const organizations: CasesOf<typeof tags.organizations> = {
  get: [
    it("the organizations of a number, in items; none for an unknown number or country", () =>
      Effect.gen(function* () {
        const found = objectIn(yield* anyone("GET", `${path}/no/923609016`))
        assert.deepStrictEqual(found, {
          items: [{ ...equinor, registry_address: equinor.business_address, office_type: "head_office" }]
        })
        assert.deepStrictEqual(objectIn(yield* anyone("GET", `${path}/NO/923609016`)), found)
        const [dane] = objectIn(yield* anyone("GET", `${path}/dk/22756214`)).items as ReadonlyArray<Record<string, unknown>>
        assert.include(dane, { organization_number: "22756214", business_name: "A.P. MØLLER - MÆRSK A/S" })
        for (const none of ["no/22756214", "no/000000000", "se/923609016", "no/9236", "no/%27%20OR%201=1", "no/%00"]) {
          assert.deepStrictEqual(objectIn(yield* anyone("GET", `${path}/${none}`)), { items: [] }, none)
        }
      })),
    it("typed: without a token", () =>
      Effect.gen(function* () {
        const { organizations } = yield* Customers
        const { items } = yield* organizations.get({ country: "no", organization_number: "923609016" })
        assert.strictEqual(items?.[0]?.business_address?.postal_place, "STAVANGER")
        assert.deepStrictEqual(yield* organizations.get({ country: "no", organization_number: "a/b" }), { items: [] })
      }).pipe(Effect.provide(typed("nothing"))))
  ],
  subunits: [
    it("a bare list, of Norway alone", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(listIn(yield* anyone("GET", `${path}/no/923609016/subunits`)), [])
        for (const country of ["dk", "se", "%00"]) {
          assertError(yield* anyone("GET", `${path}/${country}/923609016/subunits`), 400, "BAD REQUEST")
        }
      })),
    it("typed: BadRequest for another country", () =>
      Effect.gen(function* () {
        const { organizations } = yield* Customers
        const of = { organization_number: "923609016" }
        assert.deepStrictEqual(yield* organizations.subunits({ ...of, country: "no" }), [])
        assert.strictEqual((yield* Effect.flip(organizations.subunits({ ...of, country: "dk" })))._tag, "BadRequest")
      }).pipe(Effect.provide(typed("nothing"))))
  ],
  search: [
    it("a bare list with the name of the register, its fields in the order of recorded traffic", () =>
      Effect.gen(function* () {
        const [found = {}, ...more] = listIn(yield* anyone("GET", `${path}/no?name=equinor`))
        assert.deepStrictEqual(more, [])
        const { registry_address, website_url, ...rest } = found
        assert.deepStrictEqual(rest, { ...equinor, response_from: "enhetsregisteret", organization_type: "ASA" })
        assert.deepStrictEqual([registry_address, website_url], [equinor.business_address, "www.equinor.com"])
        assert.deepStrictEqual(Object.keys(found).slice(0, 6), [
          "response_from",
          "organization_number",
          "organization_type",
          "business_name",
          "website_url",
          "business_address"
        ])
        const [dane] = listIn(yield* anyone("GET", `${path}/dk?name=carls`))
        assert.include(dane, { organization_number: "61056416", business_name: "CARLSBERG A/S" })
      })),
    it("by the beginning of the name in any case, of the number, and of both", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* numbersOf("no", { name: "DnB" }), ["984851006"])
        assert.deepStrictEqual(yield* numbersOf("dk", { name: "a.p. møller" }), ["22756214"])
        assert.deepStrictEqual(yield* numbersOf("NO", { organization_number: "98246" }), ["982463718"])
        assert.deepStrictEqual(yield* numbersOf("no", { organization_number: "98246", name: "dnb" }), [])
        for (const name of ["BANK", "%", "_", "\u0000", "שלום"])
          assert.deepStrictEqual(yield* numbersOf("no", { name }), [], name)
        // A number of another country's register.
        assert.deepStrictEqual(yield* numbersOf("dk", { organization_number: "923609016" }), [])
      })),
    it("in pages, the next one by the number of the last", () =>
      Effect.gen(function* () {
        const all = yield* numbersOf("no")
        assert.isAbove(all.length, 3)
        assert.deepStrictEqual(yield* numbersOf("no", { limit: "2" }), all.slice(0, 2))
        assert.deepStrictEqual(yield* numbersOf("no", { limit: "2", starting_after: String(all[1]) }), all.slice(2, 4))
        assert.deepStrictEqual(yield* numbersOf("no", { starting_after: String(all.at(-1)) }), [])
      })),
    it("a country other than Norway and Denmark: 400", () =>
      Effect.gen(function* () {
        for (const country of ["se", "nor", "%00", "n%2Fo"]) {
          assertError(yield* anyone("GET", `${path}/${country}?name=x`), 400, "BAD REQUEST")
        }
      })),
    it("typed: without a token, a page and all pages as a stream; BadRequest for another country", () =>
      Effect.gen(function* () {
        const { organizations } = yield* Customers
        const { items } = yield* organizations.search("dk", { name: "novo", limit: 1 })
        assert.strictEqual(items[0]?.business_name, "NOVO NORDISK A/S")
        const all = Chunk.toReadonlyArray(yield* Stream.runCollect(organizations.stream("no", { limit: 2 })))
        assert.deepStrictEqual(
          all.map(({ organization_number }) => organization_number),
          yield* numbersOf("no")
        )
        assert.strictEqual((yield* Effect.flip(organizations.search("se", { name: "x" })))._tag, "BadRequest")
      }).pipe(Effect.provide(typed("nothing"))))
  ]
}
