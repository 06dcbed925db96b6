import { assert, describe, it } from "@effect/vitest"
import { Either, FastCheck } from "effect"
import { namesIn } from "../../src/contract/PathParameters.js"
import { fill } from "../../src/internal/PathTemplate.js"

const template = "/accounts/{aid}/customers/users/{customer_id}"
const path = (customer_id: string) => fill(template, { aid: "T12345678", customer_id })

describe("PathTemplate", () => {
  it("lists the names of its parameters in their order", () => {
    assert.deepStrictEqual(namesIn(template), ["aid", "customer_id"])
  })

  it("refuses a segment that would name another resource, and names its parameter", () => {
    for (const segment of ["", ".", "..", "%2e", "%2E%2e", ".%2e"]) {
      const result = path(segment)
      assert.deepStrictEqual(Either.isLeft(result) ? result.left.map((issue) => issue.path) : segment, ["customer_id"])
    }
    assert.isTrue(Either.isLeft(fill(template, { aid: "T12345678" })))
    assert.isTrue(Either.isLeft(path("\ud800")))
  })

  it("encodes any other segment so that a URL parser reads it back", () => {
    void FastCheck.assert(
      FastCheck.property(FastCheck.string({ unit: "binary", minLength: 1 }), (text) => {
        const result = path(text)
        if (Either.isLeft(result)) return true
        const url = new URL(`https://api.example.com/v1${result.right}`)
        const segments = url.pathname.split("/")
        return (
          segments.length === 7 &&
          segments[3] === "T12345678" &&
          decodeURIComponent(segments[6] ?? "") === text &&
          url.search === "" &&
          url.hash === ""
        )
      }),
      { numRuns: 2000 }
    )
  })
})
