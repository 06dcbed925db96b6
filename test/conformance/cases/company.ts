import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../../src/contract/Contract.js"
import { asAdmin, listIn, objectIn, texts, typed } from "../Actions.js"
import { assertError, body, type CasesOf, it } from "../Case.js"

const path = "/customers/company/departments"

/** A company of the number 1. */
const create = (customer_id: string, department?: string, organization_number = "1") =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.map(
      admin("POST", "/customers/users", {
        type: "company",
        customer_id,
        company: { bussiness_name: "One AS", organization_number, ...(department === undefined ? {} : { department }) }
      }),
      objectIn
    )
  )

const departmentsOf = (organization_number: string) =>
  Effect.flatMap(asAdmin, (admin) => Effect.map(admin("GET", `${path}?${new URLSearchParams({ organization_number })}`), listIn))

export const company: CasesOf<typeof tags.company> = {
  departments: [
    it("each department of the companies with this number once, in the order in which they came", () =>
      Effect.gen(function* () {
        yield* create("a", "IT")
        yield* create("b", "Økonomi")
        yield* create("c", "IT")
        yield* create("d")
        yield* create("e", "of another", "12")
        assert.deepStrictEqual(yield* departmentsOf("1"), [{ organization_number: "1", departments: ["IT", "Økonomi"] }])
        assert.deepStrictEqual(yield* departmentsOf("12"), [{ organization_number: "12", departments: ["of another"] }])
        for (const none of ["2", "%", "\u0000", "' OR 1=1 --"]) assert.deepStrictEqual(yield* departmentsOf(none), [], none)
      })),
    it("not those of deleted companies, nor of customers who became something else", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* create("a", "IT")
        yield* create("b", "Sales")
        yield* create("c", "Legal")
        yield* admin("DELETE", "/customers/users/a")
        objectIn(yield* admin("PUT", "/customers/users/b", { type: "other" }))
        assert.deepStrictEqual(yield* departmentsOf("1"), [{ organization_number: "1", departments: ["Legal"] }])
        objectIn(
          yield* admin("PUT", "/customers/users/c", {
            company: { bussiness_name: "One AS", organization_number: "1", department: "Law" }
          })
        )
        assert.deepStrictEqual(yield* departmentsOf("1"), [{ organization_number: "1", departments: ["Law"] }])
      })),
    it("with any text", () =>
      Effect.gen(function* () {
        for (const [i, text] of texts.entries()) {
          yield* create(`c${i}`, text, `n${text}`)
          assert.deepStrictEqual(yield* departmentsOf(`n${text}`), [{ organization_number: `n${text}`, departments: [text] }])
        }
      })),
    it("without a number: 400, which names it", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const query of ["", "?organization_number="]) {
          const wire = yield* admin("GET", `${path}${query}`)
          assertError(wire, 400, "BAD REQUEST")
          assert.strictEqual(body<{ error: { name: string } }>(wire).error.name, "organization_number")
        }
      })),
    it("typed: arrives decoded", () =>
      Effect.gen(function* () {
        const { company } = yield* Customers
        yield* create("a", "IT")
        assert.deepStrictEqual(yield* company.departments({ organization_number: "1" }), [
          { organization_number: "1", departments: ["IT"] }
        ])
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
