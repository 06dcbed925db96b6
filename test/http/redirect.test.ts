/**
 * Operations whose success is a redirect, by one that the contract does not have yet.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Schema } from "effect"
import { operation } from "../../src/contract/Operation.js"
import * as Mock from "../utils/MockHttp.js"
import { serviceOf } from "../utils/OwnContract.js"

const go = operation({
  method: "GET",
  path: "/accounts/{aid}/go",
  operationId: "go",
  summary: "Go elsewhere",
  docs: "",
  scopes: [],
  success: Schema.Redacted(Schema.String),
  status: 302
})

const location = "https://shop.example/back?code=secret-code"

/** What the call ends in, against an answer. */
const against = (status: number, headers: Record<string, string>) => {
  const mock = Mock.make({
    resource: () => Effect.sync(() => new Response(status === 200 ? "{}" : "", { status, headers }))
  })
  return Effect.flatMap(serviceOf({ go }, mock), ({ go }) => Effect.either(go()))
}

describe("an operation whose success is a redirect", () => {
  it.effect("answers the Location, and does not go there", () =>
    Effect.gen(function* () {
      const answer = yield* against(302, { location })
      assert.strictEqual(answer._tag === "Right" ? Redacted.value(answer.right) : undefined, location)
    })
  )

  it.effect("is an InvalidResponse without a Location", () =>
    Effect.gen(function* () {
      const answer = yield* against(302, {})
      assert.strictEqual(answer._tag === "Left" ? answer.left._tag : undefined, "InvalidResponse")
    })
  )

  it.effect("is an UnexpectedStatus with another status, also with a success", () =>
    Effect.gen(function* () {
      for (const status of [200, 301, 307]) {
        const answer = yield* against(status, { location })
        assert.strictEqual(answer._tag === "Left" ? answer.left._tag : undefined, "UnexpectedStatus", String(status))
        assert.notInclude(JSON.stringify(answer), "secret-code")
      }
    })
  )
})
