import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { failure, operation } from "../../src/contract/Operation.js"
import { Authorization, type Principal } from "../../src/layers/embedded/Authorization.js"
import * as ContractServer from "../../src/layers/embedded/ContractServer.js"
import * as Faults from "../../src/layers/embedded/controls/Faults.js"
import * as Journal from "../../src/layers/embedded/controls/Journal.js"
import { refuse } from "../../src/layers/embedded/Refusal.js"
import { AccountId } from "../../src/schemas/AccountId.js"

const info = (name: string) =>
  operation({ name, operationId: name, summary: name, scopes: ["s"], authorization: "bearer", replay: "safe", docs: "" })

// Shapes that the contract does not have yet: a query, a 201, an answer without a body.
const operations = {
  list: HttpApiEndpoint.get("list", "/accounts/:aid/things/:tid")
    .setPath(Schema.Struct({ aid: AccountId, tid: Schema.String }))
    .setUrlParams(
      Schema.Struct({
        limit: Schema.optionalWith(Schema.NumberFromString.pipe(Schema.between(1, 100)), { exact: true, default: () => 10 }),
        status: Schema.optionalWith(Schema.Array(Schema.String), { exact: true })
      })
    )
    .addSuccess(Schema.Array(Schema.String), { status: 201 })
    .addError(failure(404))
    .annotateContext(info("list")),
  remove: HttpApiEndpoint.del("remove", "/accounts/:aid/things")
    .setPath(Schema.Struct({ aid: AccountId }))
    .addSuccess(HttpApiSchema.NoContent)
    .addError(failure(404))
    .annotateContext(info("remove"))
}

const principal: Principal = { clientId: "c", subject: "c", audience: "a", scopes: new Set(["s"]) }

const handlers: ContractServer.Handlers<typeof operations> = {
  list: ({ path, urlParams }) =>
    path.tid === "none"
      ? refuse(404, "Thing not found")
      : Effect.succeed([path.tid, String(urlParams.limit), ...(urlParams.status ?? [])]),
  remove: () => Effect.void
}

const app = ContractServer.make(operations, handlers, Effect.never).pipe(
  Effect.provide([Faults.layer, Journal.layer]),
  Effect.provideService(Authorization, {
    credential: () => Effect.succeed({ _tag: "Bearer", token: Redacted.make("t") }),
    token: () => Effect.succeed(principal),
    expired: refuse(401, "expired"),
    client: () => Effect.succeed(principal),
    allow: () => Effect.void
  })
)

const answer = (method: string, path: string) =>
  Effect.gen(function* () {
    const request = HttpServerRequest.fromWeb(new Request(`http://x/v1/accounts/T12345678/things${path}`, { method }))
    const outcome = yield* (yield* app)(request)
    if (outcome._tag === "Cut") return assert.fail("The connection was cut")
    const web = HttpServerResponse.toWeb(outcome.response)
    return [web.status, yield* Effect.promise(() => web.text())] as const
  })

describe("ContractServer", () => {
  it.effect("reads a query by its schema, and ignores what that does not know", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* answer("GET", "/a%2Fb%20c"), [201, `["a/b c","10"]`])
      assert.deepStrictEqual(yield* answer("GET", "/t?limit=5&status=x&status=y&__proto__=1&#z"), [201, `["t","5","x","y"]`])
      const [status, text] = yield* answer("GET", "/t?limit=101")
      assert.strictEqual(status, 400)
      assert.include(text, `"path":"limit"`)
      assert.strictEqual((yield* answer("GET", "/t?limit=1&limit=2"))[0], 400)
    })
  )

  it.effect("writes the status and the body that the contract has", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* answer("DELETE", ""), [204, ""])
      assert.deepStrictEqual(yield* answer("GET", "/none"), [404, `{"error":{"code":"NOT FOUND","message":"Thing not found"}}`])
    })
  )
})
