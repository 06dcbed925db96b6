import { assert, describe, it } from "@effect/vitest"
import { DateTime, FastCheck as fc, Option } from "effect"
import * as Instant from "../../src/internal/Instant.js"

/** With what only the debugger sees of it. */
const whole = (instant: DateTime.Utc | undefined) =>
  instant === undefined ? undefined : [Object.getPrototypeOf(instant), Object.getOwnPropertyDescriptors(instant)]

const law = (text: string): void => {
  assert.deepStrictEqual(whole(Instant.make(text)), whole(Option.getOrUndefined(DateTime.make(text))), text)
}

const texts = fc
  .date({ min: new Date("0000-01-01T00:00:00.000Z"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true })
  .map((date) => date.toISOString())

describe("Instant gives what DateTime.make gives", () => {
  it("for the form that services write", () => {
    void fc.assert(fc.property(texts, law), { numRuns: 2000 })
  })

  it("for each day of four centuries", () => {
    const from = Date.UTC(1896, 0, 1)
    for (let day = 0; day < 146_097 + 1000; day += 1) {
      const text = new Date(from + day * 86_400_000).toISOString()
      assert.strictEqual(Instant.make(text)?.epochMillis, Date.parse(text), text)
    }
  })

  it("for texts with another character in one place, or with one less or more", () => {
    void fc.assert(
      fc.property(texts, fc.nat(24), fc.oneof(fc.constantFrom(..."0123456789-:.TZ+ /"), fc.string()), (text, at, other) => {
        law(text.slice(0, at) + other + text.slice(at + 1))
        law(text.slice(0, at) + other + text.slice(at))
      }),
      { numRuns: 2000 }
    )
  })

  it("for other forms, and times that there are not", () => {
    for (const text of [
      "2024-03-11T09:12:44Z",
      "2024-03-11T09:12:44+01:00",
      "2024-03-11T09:12:44.120+01:00",
      "2024-03-11T09:12:44",
      "2024-03-11",
      "2024-02-29T00:00:00.000Z",
      "2023-02-29T00:00:00.000Z",
      "2023-00-10T00:00:00.000Z",
      "2023-13-10T00:00:00.000Z",
      "2023-01-00T00:00:00.000Z",
      "2023-01-32T00:00:00.000Z",
      "2023-01-01T24:00:00.000Z",
      "2023-01-01T23:60:00.000Z",
      "2023-01-01T23:59:60.000Z",
      "0000-01-01T00:00:00.000Z",
      "0099-01-01T00:00:00.000Z",
      "+02023-01-01T00:00:00.000Z",
      "-000001-01-01T00:00:00.000Z",
      "Mon, 11 Mar 2024 09:12:44 GMT",
      "yesterday",
      ""
    ]) {
      law(text)
    }
  })
})
