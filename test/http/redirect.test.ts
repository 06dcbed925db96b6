/**
 * Operations whose success is a redirect, by one that the contract does not have yet.
 */
import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, Schema } from "effect"
import { AccessTokens, Dintero, RetryPolicy } from "effect-dintero"
import { operation } from "../../src/contract/Operation.js"
import * as Client from "../../src/layers/http/Client.js"
import * as ServerClock from "../../src/layers/http/ServerClock.js"
import * as Mock from "../utils/MockHttp.js"

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
const against = (status: number, headers: Record<string, string>) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const tokens = yield* AccessTokens
    const target = {
      client,
      baseUrl: "https://api.dintero.com/v1",
      accountId: "T12345678",
      retry: RetryPolicy.none,
      guards: undefined,
      requestId: undefined,
      serverClock: ServerClock.make()
    }
    return yield* Effect.either(Client.make({ go }, "test", target, tokens).go())
  }).pipe(
    Effect.provide(
      Layer.provideMerge(
        Dintero.layerToken({ accountId: "T12345678", token: Redacted.make("token") }),
        Mock.make({ resource: () => Effect.sync(() => new Response(status === 200 ? "{}" : "", { status, headers })) }).layer
      )
    )
  )

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
