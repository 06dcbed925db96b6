import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { object, startRooms, why } from "../Rooms.js"

const communication = "/customers/users/a/communication"
const send = `${communication}/send-verification-code/email`
const confirm = `${communication}/confirm-verification-code/email`
const wrong = "400 The verification code is wrong or has expired"

const withCustomer = Effect.gen(function* () {
  const { as, embedded } = yield* startRooms()
  const admin = as("admin")
  yield* admin("POST", "/customers/users", { type: "customer", customer_id: "a", email: "ada@example.com" })
  const code = Effect.gen(function* () {
    assert.strictEqual((yield* admin("POST", send)).status, 204)
    const messages = yield* embedded.outbox.list({ template: "verification_code" })
    return messages.at(-1)?.code ?? ""
  })
  return { admin, code }
})

describe("a verification code", () => {
  it.scoped("verifies the email that it was sent to, once, and a change of the email ends that", () =>
    Effect.gen(function* () {
      const { admin, code } = yield* withCustomer
      const given = yield* code
      assert.match(given, /^\d{6}$/)
      assert.strictEqual((yield* admin("POST", confirm, { code: given })).status, 204)
      assert.strictEqual(why(yield* admin("POST", confirm, { code: given })), wrong)
      const verified = Effect.map(admin("GET", communication), (answer) => object(answer).communication)
      assert.deepStrictEqual(yield* verified, { email: { verified_at: "1970-01-01T00:00:00.000Z" }, phone_number: {} })
      yield* admin("PUT", "/customers/users/a", { email: "ada@example.org" })
      assert.deepStrictEqual(yield* verified, { email: {}, phone_number: {} })
    })
  )

  it.scoped("may be tried 5 times in 10 minutes, and a new one has its own tries", () =>
    Effect.gen(function* () {
      const { admin, code } = yield* withCustomer
      const other = (given: string) => (given === "000000" ? "000001" : "000000")
      const first = yield* code
      for (let i = 0; i < 5; i++) assert.strictEqual(why(yield* admin("POST", confirm, { code: other(first) })), wrong)
      assert.strictEqual(why(yield* admin("POST", confirm, { code: first })), wrong)
      const second = yield* code
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(why(yield* admin("POST", confirm, { code: second })), wrong)
      const third = yield* code
      assert.strictEqual((yield* admin("POST", confirm, { code: third })).status, 204)
    })
  )

  it.scoped("does not verify an email that was changed meanwhile", () =>
    Effect.gen(function* () {
      const { admin, code } = yield* withCustomer
      const given = yield* code
      yield* admin("PUT", "/customers/users/a", { email: "eve@example.com" })
      assert.strictEqual(why(yield* admin("POST", confirm, { code: given })), wrong)
    })
  )

  it.scoped("of 64 tries at the same time verifies once", () =>
    Effect.gen(function* () {
      const { admin, code } = yield* withCustomer
      const given = yield* code
      const answers = yield* Effect.forEach(Array.from({ length: 64 }), () => admin("POST", confirm, { code: given }), {
        concurrency: "unbounded"
      })
      assert.strictEqual(answers.filter(({ status }) => status === 204).length, 1)
    })
  )

  it.scoped("needs an address, a customer, and a known field", () =>
    Effect.gen(function* () {
      const { admin } = yield* withCustomer
      const path = `${communication}/send-verification-code`
      assert.strictEqual(why(yield* admin("POST", `${path}/phone_number`)), "400 The customer has no phone_number")
      assert.strictEqual((yield* admin("POST", `${path}/fax`)).status, 400)
      assert.strictEqual((yield* admin("POST", send.replace("/a/", "/b/"))).status, 404)
      assert.strictEqual((yield* admin("POST", confirm, {})).status, 400)
    })
  )
})
