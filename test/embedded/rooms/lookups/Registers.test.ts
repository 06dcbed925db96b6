import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { DinteroEmbedded, Registers } from "../../../../src/embedded.js"

const one = { country: "no", organization_number: "1", organization_type: "AS", business_name: "One AS" }
const place = { country: "no", postal_code: "0001", postal_place: "OSLO" }

const issuesOf = (registers: unknown) =>
  Effect.map(Effect.flip(Registers.decode(registers)), (error) => {
    assert.strictEqual(error._tag, "InvalidRegisters")
    return error.issues.map(({ message, path }) => `${path}: ${message}`)
  })

describe("registers", () => {
  it.effect("a register that is left out is the public one", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* Registers.decode({}), Registers.publicFacts)
      assert.deepStrictEqual(yield* Registers.decode({ organizations: undefined, postalPlaces: [place] }), {
        organizations: Registers.publicFacts.organizations,
        postalPlaces: [place]
      })
      assert.deepStrictEqual(yield* Registers.decode({ organizations: [], postalPlaces: [] }), {
        organizations: [],
        postalPlaces: []
      })
      // They are good registers themselves.
      assert.deepStrictEqual(yield* Registers.decode(Registers.publicFacts), Registers.publicFacts)
    })
  )

  it.effect("name every wrong and every unknown field by its entry", () =>
    Effect.gen(function* () {
      const wrong = {
        organizations: [
          one,
          { ...one, country: "NO", organization_number: "", business_name: 1 },
          { ...one, organization_number: "2", business_address: { postal_place: "OSLO" }, fax: "1" }
        ],
        postalPlaces: [{ country: "norway", postal_code: 1 }],
        places: []
      }
      assert.sameMembers(
        (yield* issuesOf(wrong)).map((issue) => issue.replace(/:.*$/s, "")),
        [
          "organizations[1].country",
          "organizations[1].organization_number",
          "organizations[1].business_name",
          "organizations[2].business_address.address_line",
          "organizations[2].business_address.country",
          "organizations[2].fax",
          "postalPlaces[0].country",
          "postalPlaces[0].postal_code",
          "postalPlaces[0].postal_place",
          "places"
        ]
      )
      for (const nothing of [null, [], "registers"]) assert.lengthOf(yield* issuesOf(nothing), 1)
    })
  )

  it.effect("name an entry that is there twice, and a unit of an organization that is not there", () =>
    Effect.gen(function* () {
      const organizations = [
        one,
        { ...one, business_name: "again" },
        { ...one, country: "dk" },
        { ...one, organization_number: "2", parent: "1" },
        { ...one, organization_number: "3", parent: "9" },
        { ...one, country: "dk", organization_number: "4", parent: "2" }
      ]
      const postalPlaces = [place, { ...place, country: "dk" }, { ...place, postal_place: "BERGEN" }]
      assert.deepStrictEqual(yield* issuesOf({ organizations, postalPlaces }), [
        "organizations[1]: is the same as organizations[0]",
        "organizations[4].parent: is the number of none of the organizations of this country",
        "organizations[5].parent: is the number of none of the organizations of this country",
        "postalPlaces[2]: is the same as postalPlaces[0]"
      ])
    })
  )

  it.effect("are read from the text of a file", () =>
    Effect.gen(function* () {
      const registers = { postalPlaces: [place] }
      assert.deepStrictEqual(yield* Registers.parse(JSON.stringify(registers)), registers)
      const failure = (json: string) => Effect.map(Effect.flip(Registers.parse(json)), ({ message }) => message)
      assert.include(yield* failure('{"postalPlaces": [,]}'), "column 19")
      assert.include(yield* failure('{"postalPlaces": [], "postalPlaces": []}'), "postalPlaces")
      assert.include(yield* failure('{"postalPlaces": [{}]}'), "postalPlaces[0].country")
    })
  )

  it.effect("that are not valid let no system start, and no database be made", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "registers-"))),
        (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
      )
      const db = join(folder, "system.db")
      const registers = { postalPlaces: [place, place] }
      for (const start of [DinteroEmbedded.make({ db, registers }), DinteroEmbedded.serve({ db, registers })]) {
        const error = yield* Effect.flip(start)
        assert.strictEqual(error._tag, "InvalidRegisters")
        assert.strictEqual(error.message, "The registers are not valid: postalPlaces[1]: is the same as postalPlaces[0].")
      }
      assert.isFalse(existsSync(db))
    }).pipe(Effect.scoped)
  )
})
