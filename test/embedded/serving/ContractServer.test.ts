import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { operation } from "../../../src/contract/Operation.js"
import * as Faults from "../../../src/layers/embedded/controls/faults/Faults.js"
import * as Journal from "../../../src/layers/embedded/controls/journal/Journal.js"
import type { Handlers } from "../../../src/layers/embedded/rooms/Handler.js"
import type { Principal } from "../../../src/layers/embedded/rooms/Principal.js"
import { notFound, unauthorized } from "../../../src/layers/embedded/rooms/Refusal.js"
import * as ApiResponse from "../../../src/layers/embedded/serving/ApiResponse.js"
import { Authorization } from "../../../src/layers/embedded/serving/Authorization.js"
import * as ContractServer from "../../../src/layers/embedded/serving/ContractServer.js"
import { KnownAnswers } from "../../../src/layers/embedded/serving/KnownAnswers.js"

const described = { operationId: "x", summary: "x", docs: "", scopes: ["s"], failures: [404] } as const

// Forms that the contract does not have yet: a query, a 201, a response without a body, a redirect.
const operations = {
  list: operation({
    ...described,
    method: "GET",
    path: "/accounts/{aid}/things/{tid}",
    parameters: { tid: Schema.String },
    query: Schema.Struct({
      limit: Schema.optionalWith(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 100)), {
        exact: true,
        default: () => 10
      }),
      status: Schema.optionalWith(Schema.Array(Schema.String), { exact: true })
    }),
    success: Schema.Array(Schema.String),
    status: 201
  }),
  remove: operation({ ...described, method: "DELETE", path: "/accounts/{aid}/things" }),
  go: operation({
    ...described,
    method: "GET",
    path: "/accounts/{aid}/things",
    success: Schema.Redacted(Schema.String),
    status: 302
  })
}

const principal: Principal = { clientId: "c", subject: "c", audience: "a", scopes: new Set(["s"]) }

const handlers: Handlers<typeof operations> = {
  list: ({ parameters: { tid }, query }) =>
    tid === "none" ? notFound("Thing") : Effect.succeed([tid, String(query.limit), ...(query.status ?? [])]),
  remove: () => Effect.void,
  go: () => Effect.succeed(Redacted.make("https://shop.example/back?code=1"))
}

const app = ContractServer.make(operations, handlers, Effect.never).pipe(
  Effect.provideServiceEffect(Faults.Faults, Faults.make),
  Effect.provideServiceEffect(Journal.Journal, Journal.make()),
  Effect.provideService(KnownAnswers, { version: () => undefined, keep: () => {}, again: () => undefined, size: () => 0 }),
  Effect.provideService(Authorization, {
    credential: () => Exit.succeed({ _tag: "Bearer", token: Redacted.make("t") }),
    allowsNoToken: true,
    token: () => Effect.succeed(principal),
    expired: unauthorized("expired"),
    grantee: () => Effect.succeed({ by: "accessToken", principal }),
    allowCustomer: () => Effect.void,
    allow: () => Effect.void
  })
)

const answer = (method: string, path: string) =>
  Effect.gen(function* () {
    const { headers, source, url } = HttpServerRequest.fromWeb(
      new Request(`http://x/v1/accounts/T12345678/things${path}`, { method })
    )
    const outcome = yield* (yield* app).answer({ headers, method, source, url, isServed: true })
    if (outcome._tag === "Cut") return assert.fail("The connection was cut")
    const web = HttpServerResponse.toWeb(ApiResponse.toPlatform(outcome.response))
    const text = yield* Effect.promise(() => web.text())
    return [web.status, web.headers.get("location") ?? text] as const
  })

describe("ContractServer", () => {
  it.effect("reads a query by its schema, and ignores unknown parameters", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* answer("GET", "/a%2Fb%20c"), [201, `["a/b c","10"]`])
      assert.deepStrictEqual(yield* answer("GET", "/t?limit=5&status=x&status=y&__proto__=1&#z"), [201, `["t","5","x","y"]`])
      assert.deepStrictEqual(yield* answer("GET", "/t?status=x,y"), [201, `["t","10","x","y"]`])
      assert.deepStrictEqual(yield* answer("GET", "/t?limit=101"), [
        400,
        `{"error":{"code":"INVALID_REQUEST_PARAMETER","errors":[{"code":"MAXIMUM","params":[101,100],"message":"Value 101 is greater than maximum 100","path":[],"description":"a number between 1 and 100"}],"in":"query","message":"Invalid parameter (limit): Value failed JSON Schema validation","name":"limit","path":["paths","/accounts/{aid}/things/{tid}","get","parameters","0"]}}`
      ])
      assert.include(
        (yield* answer("GET", "/t?limit=x"))[1],
        `"errors":[{"code":"INVALID_TYPE","message":"Expected type integer but found type string","path":[]`
      )
      assert.strictEqual((yield* answer("GET", "/t?limit=1&limit=2"))[0], 400)
    })
  )

  it.effect("writes the status and the body of the contract", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* answer("DELETE", ""), [204, ""])
      assert.deepStrictEqual(yield* answer("GET", ""), [302, "https://shop.example/back?code=1"])
      assert.deepStrictEqual(yield* answer("GET", "/none"), [404, `{"error":{"code":"NOT FOUND","message":"Thing not found"}}`])
    })
  )
})
