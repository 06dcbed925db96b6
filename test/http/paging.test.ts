/**
 * Lists that come in pages, by operations that the contract does not have yet.
 */

import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Option, Redacted, Schema, Stream } from "effect"
import { operation, streamed } from "../../src/contract/Operation.js"
import { Cursor } from "../../src/schemas/Cursor.js"
import * as Mock from "../utils/MockHttp.js"
import { serviceOf } from "../utils/OwnContract.js"

const Thing = Schema.Struct({
  id: Schema.String,
  paging_token: Schema.optionalWith(Schema.String, { exact: true })
})

const list = operation({
  method: "GET",
  path: "/accounts/{aid}/things",
  operationId: "things",
  summary: "List things",
  docs: "",
  scopes: [],
  query: Schema.Struct({
    limit: Schema.optionalWith(Schema.NumberFromString, { exact: true }),
    starting_after: Schema.optionalWith(Cursor, { exact: true }),
    name: Schema.optionalWith(Schema.Array(Schema.String), { exact: true })
  }),
  success: Schema.Array(Thing),
  paging: { cursor: ["paging_token", "id"] }
})

const get = operation({
  method: "GET",
  path: "/accounts/{aid}/things/{thing_id}",
  operationId: "thing",
  summary: "Get a thing",
  docs: "",
  scopes: [],
  parameters: { thing_id: Schema.String },
  success: Thing,
  failures: [404]
})

const tree = { things: { list, stream: streamed(list), get } }

const token = Redacted.make("token")

const thing = (number: number) => ({ id: `t${number}` })

/** `count` things, as the service pages them. */
const serving =
  (count: number): Mock.Answer =>
  (request, _) =>
    Effect.sync(() => {
      const { searchParams } = new URL(request.url)
      const after = Number(searchParams.get("starting_after")?.slice(1) ?? 0)
      const limit = Number(searchParams.get("limit") ?? 10)
      const items = Array.from({ length: Math.max(0, Math.min(limit, count - after)) }, (_, index) => thing(after + index + 1))
      return Response.json(items, { headers: { "total-count": String(count) } })
    })

const thingsOver = (mock: Mock.MockHttp, given = token) => Effect.map(serviceOf(tree, mock, given), ({ things }) => things)

const idsOf = (items: Iterable<{ readonly id: string }>) => Array.from(items, ({ id }) => id)

describe("a list that pages", () => {
  it.effect("gives a page: its items, the total that the service told, and where the next one begins", () =>
    Effect.gen(function* () {
      const things = yield* thingsOver(Mock.make({ resource: serving(25) }))
      const first = yield* things.list()
      assert.lengthOf(first.items, 10)
      assert.deepStrictEqual(first.total, Option.some(25))
      assert.deepStrictEqual(first.next, Option.some(Cursor.make("t10")))
      const last = yield* things.list({ limit: 20, starting_after: Cursor.make("t10") })
      assert.deepStrictEqual(idsOf(last.items).at(-1), "t25")
      assert.deepStrictEqual(last.next, Option.none())
    })
  )

  it.effect("a page that is not full is the last one", () =>
    Effect.gen(function* () {
      const mock = Mock.make({ resource: serving(9) })
      const things = yield* thingsOver(mock)
      assert.deepStrictEqual((yield* things.list()).next, Option.none())
      assert.deepStrictEqual(Chunk.size(yield* Stream.runCollect(things.stream())), 9)
      assert.strictEqual(mock.resources(), 2)
    })
  )

  it.effect("the cursor is the first field of the entry that the last item has", () =>
    Effect.gen(function* () {
      const things = yield* thingsOver(Mock.make({ resource: Mock.json(200, [{ id: "a", paging_token: "p" }]) }))
      assert.deepStrictEqual((yield* things.list({ limit: 1 })).next, Option.some(Cursor.make("p")))
    })
  )

  it.effect("streams every item once, and asks for a page only when it is wanted", () =>
    Effect.gen(function* () {
      const mock = Mock.make({ resource: serving(25) })
      const things = yield* thingsOver(mock)
      const all = yield* Stream.runCollect(things.stream())
      assert.deepStrictEqual(
        idsOf(all),
        Array.from({ length: 25 }, (_, index) => thing(index + 1).id)
      )
      assert.strictEqual(mock.resources(), 3)
      yield* Stream.runDrain(Stream.take(things.stream(), 10))
      assert.strictEqual(mock.resources(), 4)
      const filtered = yield* Stream.runCollect(Stream.take(things.stream({ name: ["a+b", "c d"] }), 1))
      assert.lengthOf(Chunk.toReadonlyArray(filtered), 1)
      assert.include(mock.requests.at(-1)?.url, "name=a%2Bb&name=c%20d")
    })
  )

  it.effect("a service that answers the cursor that it was asked with ends in InvalidResponse, not in an endless stream", () =>
    Effect.gen(function* () {
      const full = Array.from({ length: 10 }, (_, index) => thing(index + 1))
      const mock = Mock.make({ resource: Mock.json(200, full) })
      const things = yield* thingsOver(mock)
      const error = yield* Effect.flip(Stream.runDrain(things.stream()))
      assert.strictEqual(error._tag, "InvalidResponse")
      assert.strictEqual(mock.resources(), 2)
    })
  )

  it.effect("an operation without scopes is open to every token: its 403 is not about a scope", () =>
    Effect.gen(function* () {
      const claims = Buffer.from(JSON.stringify({ scopes: "read:other" })).toString("base64url")
      const refusing = Mock.make({ resource: Mock.json(403, { error: { errors: [], message: "FORBIDDEN" } }) })
      const things = yield* thingsOver(refusing, Redacted.make(`e30.${claims}.c2ln`))
      const error = yield* Effect.flip(things.list())
      assert.deepStrictEqual([error._tag, error.message], ["Forbidden", "FORBIDDEN"])
    })
  )

  it.effect("fails a stream with the errors of the list", () =>
    Effect.gen(function* () {
      const things = yield* thingsOver(Mock.make({ resource: Mock.json(403, { error: { errors: [], message: "FORBIDDEN" } }) }))
      assert.strictEqual((yield* Effect.flip(Stream.runDrain(things.stream())))._tag, "Forbidden")
    })
  )
})

describe("a parameter of a path", () => {
  it.effect("is one segment, whatever it holds; one that would leave its place is refused", () =>
    Effect.gen(function* () {
      const mock = Mock.make({ resource: Mock.json(200, { id: "x" }) })
      const things = yield* thingsOver(mock)
      for (const id of ["a/b", "50%", "a b", "å", "x".repeat(255), "?a=b#c", "..."]) {
        yield* things.get(id)
        const { pathname } = new URL(mock.requests.at(-1)?.url ?? "")
        assert.strictEqual(decodeURIComponent(pathname.split("/").at(-1) ?? ""), id)
        assert.lengthOf(pathname.split("/"), 6)
      }
      const sent = mock.resources()
      for (const id of ["", ".", "..", "\ud800"]) {
        const error = yield* Effect.flip(things.get(id))
        assert.strictEqual(error._tag, "InvalidRequest")
      }
      assert.strictEqual(mock.resources(), sent)
    })
  )
})
