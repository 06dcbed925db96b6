import { assert } from "@effect/vitest"
import { DateTime, Effect, Redacted } from "effect"
import { Customers } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { tags } from "../../../src/contract/Contract.js"
import { asAda, asAdmin, objectIn, oddKeys, typed } from "../Actions.js"
import { assertError, type CasesOf, it } from "../Case.js"
import { people } from "../System.js"

const users = "/customers/users"

type Field = "email" | "phone_number"

const ofCustomer = (customer: string) => `${users}/${encodeURIComponent(customer)}/communication`

const stateOf = (customer: string) =>
  Effect.flatMap(asAdmin, (admin) => Effect.map(admin("GET", ofCustomer(customer)), (wire) => objectIn(wire).communication))

/** Sends a code, and reads it in the outbox. */
const codeFor = (customer: string, field: Field) =>
  Effect.gen(function* () {
    const admin = yield* asAdmin
    const { outbox } = yield* DinteroEmbedded.Embedded
    const wire = yield* admin("POST", `${ofCustomer(customer)}/send-verification-code/${field}`)
    assert.deepStrictEqual([wire.status, wire.text], [204, ""])
    const messages = yield* outbox.list({ template: "verification_code" })
    return messages.at(-1)?.code ?? assert.fail("no code was sent")
  })

const confirm = (customer: string, field: Field, code: string) =>
  Effect.flatMap(asAdmin, (admin) => admin("POST", `${ofCustomer(customer)}/confirm-verification-code/${field}`, { code }))

const other = (code: string) => (code === "000000" ? "000001" : "000000")

export const communication: CasesOf<typeof tags.communication> = {
  get: [
    it("nothing is verified at first", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* stateOf("ada"), { email: {}, phone_number: {} })
      })),
    it("of a customer with an odd id", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const customer_id of oddKeys) {
          const { id } = objectIn(yield* admin("POST", users, { type: "customer", customer_id }))
          assert.strictEqual(objectIn(yield* admin("GET", ofCustomer(customer_id))).id, id)
        }
      })),
    it("typed: times arrive decoded, NotFound", () =>
      Effect.gen(function* () {
        const { communication } = yield* Customers
        yield* confirm("ada", "email", yield* codeFor("ada", "email"))
        const { communication: state } = yield* communication.get("ada")
        assert.isDefined(state?.email?.verified_at)
        assert.deepStrictEqual(state?.phone_number, {})
        assert.strictEqual((yield* Effect.flip(communication.get("nobody")))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  sendCode: [
    it("by email to the email, by SMS to the phone number; another code each time", () =>
      Effect.gen(function* () {
        const fields = ["email", "phone_number", "email"] as const
        const codes = yield* Effect.forEach(fields, (field) => codeFor("ada", field))
        const { outbox } = yield* DinteroEmbedded.Embedded
        const sent = yield* outbox.list({ template: "verification_code" })
        assert.deepStrictEqual(
          sent.map(({ channel, recipient }) => [channel, recipient]),
          [
            ["email", people.ada.email],
            ["sms", people.ada.phone_number],
            ["email", people.ada.email]
          ]
        )
        assert.deepStrictEqual(
          sent.map(({ code }) => code),
          codes
        )
        for (const code of codes) assert.match(code, /^\d{6}$/)
      })),
    it("no address: 400, and nothing is sent; an unknown field: 400", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const { outbox } = yield* DinteroEmbedded.Embedded
        assertError(yield* admin("POST", `${ofCustomer("linus")}/send-verification-code/phone_number`), 400, "BAD REQUEST")
        assertError(yield* admin("POST", `${ofCustomer("ada")}/send-verification-code/fax`), 400, "BAD REQUEST")
        assert.deepStrictEqual(yield* outbox.list(), [])
      })),
    it("a customer asks for their own, and a body is not looked at", () =>
      Effect.gen(function* () {
        const ada = yield* asAda
        const wire = yield* ada("POST", `${ofCustomer("ada")}/send-verification-code/email`, { code: "123456" })
        assert.strictEqual(wire.status, 204)
        assertError(yield* ada("POST", `${ofCustomer("linus")}/send-verification-code/email`), 403, "FORBIDDEN")
      })),
    it("typed: BadRequest without an address", () =>
      Effect.gen(function* () {
        const { communication } = yield* Customers
        yield* communication.sendCode({ customer_id: "ada", field: "phone_number" })
        const error = yield* Effect.flip(communication.sendCode({ customer_id: "linus", field: "phone_number" }))
        assert.strictEqual(error._tag, "BadRequest")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  confirmCode: [
    it("verifies the field that the code was sent for, once, until the field is changed", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const code = yield* codeFor("ada", "phone_number")
        assertError(yield* confirm("ada", "email", code), 400, "BAD REQUEST")
        const { clock } = yield* DinteroEmbedded.Embedded
        yield* clock.freeze
        const { now } = yield* clock.state
        assert.strictEqual((yield* confirm("ada", "phone_number", code)).status, 204)
        const verified_at = DateTime.formatIso(now)
        assert.deepStrictEqual(yield* stateOf("ada"), { email: {}, phone_number: { verified_at } })
        assertError(yield* confirm("ada", "phone_number", code), 400, "BAD REQUEST")
        yield* admin("PUT", `${users}/ada`, { phone_number: people.ada.phone_number, first_name: "Ada" })
        assert.deepStrictEqual(yield* stateOf("ada"), { email: {}, phone_number: { verified_at } })
        yield* admin("PUT", `${users}/ada`, { phone_number: "+4793333333" })
        assert.deepStrictEqual(yield* stateOf("ada"), { email: {}, phone_number: {} })
      })),
    it("a wrong code, one of another customer, one before the last, one that is 10 minutes old: one 400", () =>
      Effect.gen(function* () {
        const { clock } = yield* DinteroEmbedded.Embedded
        const answers = [yield* confirm("ada", "email", "000000")]
        const first = yield* codeFor("ada", "email")
        const second = yield* codeFor("ada", "email")
        answers.push(yield* confirm("linus", "email", second))
        if (first !== second) answers.push(yield* confirm("ada", "email", first))
        for (const code of [other(second), "", "abc", "\u0000", "٣٣٣٣٣٣"]) answers.push(yield* confirm("ada", "email", code))
        const last = yield* codeFor("ada", "email")
        yield* clock.advance("10 minutes")
        answers.push(yield* confirm("ada", "email", last))
        for (const wire of answers) assertError(wire, 400, "BAD REQUEST")
        assert.strictEqual(new Set(answers.map(({ text }) => text)).size, 1)
        assert.deepStrictEqual(yield* stateOf("ada"), { email: {}, phone_number: {} })
      })),
    it("of 5 wrong ones the right one is no good, of 4 it is", () =>
      Effect.gen(function* () {
        const afterWrong = (count: number) =>
          Effect.gen(function* () {
            const code = yield* codeFor("ada", "email")
            for (let i = 0; i < count; i++) yield* confirm("ada", "email", other(code))
            return (yield* confirm("ada", "email", code)).status
          })
        assert.deepStrictEqual([yield* afterWrong(5), yield* afterWrong(4)], [400, 204])
      })),
    it("lets a phone number be changed where the settings ask for a verified one", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const settings = { users: { customer_id_format: "uuid", verifications: { phone_number: "sms" } } }
        objectIn(yield* admin("PUT", "/customers/settings", settings))
        const change = (phone_number: string) => admin("PUT", `${users}/ada`, { phone_number })
        assertError(yield* change("+4794444444"), 400, "BAD REQUEST")
        assert.include(objectIn(yield* admin("GET", `${users}/ada`)), { phone_number: people.ada.phone_number })
        // The same number is no change, and another field needs no code.
        objectIn(yield* change(people.ada.phone_number))
        objectIn(yield* admin("PUT", `${users}/ada`, { first_name: "Ada" }))
        yield* confirm("ada", "phone_number", yield* codeFor("ada", "phone_number"))
        assert.include(objectIn(yield* change("+4794444444")), { phone_number: "+4794444444" })
        // The new number is not verified.
        assertError(yield* change("+4795555555"), 400, "BAD REQUEST")
        // A customer without a number has nothing to verify.
        assert.include(objectIn(yield* admin("PUT", `${users}/linus`, { phone_number: "+4796666666" })), {
          phone_number: "+4796666666"
        })
      })),
    it("typed: BadRequest for a wrong code, which the error does not show", () =>
      Effect.gen(function* () {
        const { communication } = yield* Customers
        const path = { customer_id: "ada", field: "email" } as const
        const code = yield* codeFor("ada", "email")
        const error = yield* Effect.flip(communication.confirmCode(path, { code: Redacted.make(other(code)) }))
        assert.strictEqual(error._tag, "BadRequest")
        assert.notInclude(JSON.stringify(error) + String(error.stack), other(code))
        yield* communication.confirmCode(path, { code: Redacted.make(code) })
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
