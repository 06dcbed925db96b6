import { assert, describe, it } from "@effect/vitest"
import { lazily } from "../../src/internal/Lazily.js"

describe("lazily", () => {
  it("makes the function at the first call, and once", () => {
    let made = 0
    const double = lazily(() => {
      made++
      return (number: number) => number * 2
    })
    assert.strictEqual(made, 0)
    assert.deepStrictEqual([double(1), double(2)], [2, 4])
    assert.strictEqual(made, 1)
  })
})
