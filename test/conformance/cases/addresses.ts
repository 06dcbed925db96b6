import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../../src/contract/Contract.js"
import { as, objectIn, texts, typed } from "../Actions.js"
import { assertError, body, type CasesOf, it } from "../Case.js"

const external = "/search/external"

/** Nobody in particular. */
const anyone = as(undefined)

const address = { address_line: "Sommerkroveien 34", postal_code: "0349", postal_place: "Oslo", country: "NO" }

const validate = (given: object, country = "no") =>
  Effect.map(anyone("POST", `${external}/address/${country}/validate`, given), objectIn)

export const addresses: CasesOf<typeof tags.addresses> = {
  postalPlace: [
    it("of Norway and Denmark, with the country in capitals", () =>
      Effect.gen(function* () {
        const placeOf = (rest: string) => Effect.map(anyone("GET", `${external}/postal_place/${rest}`), objectIn)
        assert.deepStrictEqual(yield* placeOf("no/0349"), { country: "NO", postal_code: "0349", postal_place: "OSLO" })
        assert.deepStrictEqual(yield* placeOf("NO/9008"), { country: "NO", postal_code: "9008", postal_place: "TROMSØ" })
        assert.deepStrictEqual(yield* placeOf("dk/8000"), { country: "DK", postal_code: "8000", postal_place: "Aarhus C" })
      })),
    it("an unknown code or country: 404", () =>
      Effect.gen(function* () {
        for (const rest of ["no/0000", "no/349", "no/8000", "se/11122", "no/%00", "no/0%2F349", "no/٠٣٤٩"]) {
          assertError(
            yield* anyone("GET", `${external}/postal_place/${encodeURI(rest).replaceAll("%25", "%")}`),
            404,
            "NOT FOUND"
          )
        }
      })),
    it("typed: without a token, NotFound", () =>
      Effect.gen(function* () {
        const { addresses } = yield* Customers
        const { postal_place } = yield* addresses.postalPlace({ country: "dk", postal_code: "7190" })
        assert.strictEqual(postal_place, "Billund")
        const error = yield* Effect.flip(addresses.postalPlace({ country: "no", postal_code: "a/b" }))
        assert.strictEqual(error._tag, "NotFound")
      }).pipe(Effect.provide(typed("nothing"))))
  ],
  validate: [
    it("the place of the code, in any case: valid, and no alternatives", () =>
      Effect.gen(function* () {
        for (const postal_place of ["Oslo", "OSLO", "oslo"]) {
          assert.deepStrictEqual(yield* validate({ ...address, postal_place }), { valid: true, alternatives: [] })
        }
        const dane = { address_line: "Road 1", postal_code: "1263", postal_place: "københavn k", country: "DK" }
        assert.deepStrictEqual(yield* validate(dane, "dk"), { valid: true, alternatives: [] })
      })),
    it("another place: the addresses that may have been meant, with what was given kept", () =>
      Effect.gen(function* () {
        const wrongPlace = { ...address, address_line_2: "c/o Ada", postal_place: "Bergen" }
        assert.deepStrictEqual(yield* validate(wrongPlace), {
          valid: false,
          alternatives: [
            { ...wrongPlace, postal_place: "OSLO" },
            { ...wrongPlace, postal_code: "5003", postal_place: "BERGEN" }
          ]
        })
        const nothing = { ...address, postal_code: "0000", postal_place: "Nowhere" }
        assert.deepStrictEqual(yield* validate(nothing), { valid: false, alternatives: [] })
        for (const text of texts) {
          const given = { ...address, address_line: text, postal_place: text }
          assert.deepStrictEqual(yield* validate(given), { valid: false, alternatives: [{ ...given, postal_place: "OSLO" }] })
        }
      })),
    it("an unknown country: 404", () =>
      Effect.gen(function* () {
        for (const country of ["se", "%00"]) {
          assertError(yield* anyone("POST", `${external}/address/${country}/validate`, address), 404, "NOT FOUND")
        }
      })),
    it("a wrong body is called address", () =>
      Effect.gen(function* () {
        const wire = yield* anyone("POST", `${external}/address/no/validate`, { ...address, postal_code: 349 })
        assertError(wire, 400, "BAD REQUEST")
        const { message, name } = body<{ error: { message: string; name: string } }>(wire).error
        assert.deepStrictEqual([name, message], ["address", "Invalid parameter (address): Value failed JSON Schema validation"])
      })),
    it("typed: without a token, NotFound for an unknown country", () =>
      Effect.gen(function* () {
        const { addresses } = yield* Customers
        assert.deepStrictEqual(yield* addresses.validate("no", address), { valid: true, alternatives: [] })
        assert.strictEqual((yield* Effect.flip(addresses.validate("se", address)))._tag, "NotFound")
      }).pipe(Effect.provide(typed("nothing"))))
  ]
}
