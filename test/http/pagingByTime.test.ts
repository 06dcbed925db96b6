/**
 * Lists by `since_datetime`, by an operation that the contract does not have yet.
 */
import { assert, describe, it } from "@effect/vitest"
import { Chunk, DateTime, Deferred, Effect, Fiber, Option, Schema, Stream } from "effect"
import { operation, streamed, streamedPages } from "../../src/contract/Operation.js"
import { Cursor } from "../../src/schemas/Cursor.js"
import * as Mock from "../utils/MockHttp.js"
import { serviceOf } from "../utils/OwnContract.js"

const User = Schema.Struct({
  customer_id: Schema.String,
  updated_at: Schema.optionalWith(Schema.String, { exact: true }),
  name: Schema.optionalWith(Schema.String, { exact: true })
})
type User = typeof User.Type

const list = operation({
  method: "GET",
  path: "/accounts/{aid}/users",
  operationId: "users",
  summary: "List users",
  docs: "",
  scopes: [],
  query: Schema.Struct({
    limit: Schema.optionalWith(Schema.NumberFromString, { exact: true }),
    starting_after: Schema.optionalWith(Cursor, { exact: true }),
    since_datetime: Schema.optionalWith(Schema.DateTimeUtc, { exact: true })
  }),
  success: Schema.Array(User),
  paging: { cursor: ["customer_id"], since: { time: ["updated_at"], id: "customer_id", all: {} } }
})

const tree = { users: { list, stream: streamed(list), pages: streamedPages(list) } }

const origin = DateTime.unsafeMake("2026-01-01T00:00:00.000Z")

/** So many seconds after the origin. */
const at = (seconds: number): string => DateTime.formatIso(DateTime.add(origin, { seconds }))

const user = (id: string, seconds: number, name?: string): User => ({
  customer_id: id,
  updated_at: at(seconds),
  ...(name === undefined ? {} : { name })
})

/** As the service pages: at or after an instant in the order of the times, or after an item in the order of the list. */
const serving = (users: ReadonlyArray<User>) =>
  Mock.make({
    resource: (request) =>
      Effect.sync(() => {
        const { searchParams } = new URL(request.url)
        const limit = Number(searchParams.get("limit") ?? 10)
        const since = searchParams.get("since_datetime")
        const after = searchParams.get("starting_after")
        if (since !== null && after !== null)
          return Response.json({ error: { errors: [], message: "BAD_REQUEST" } }, { status: 400 })
        const from = since === null ? 0 : Date.parse(since)
        const found = users
          .filter(({ updated_at }) => since === null || updated_at === undefined || Date.parse(updated_at) >= from)
          .sort((a, b) => (since === null ? 0 : Date.parse(a.updated_at ?? "1970") - Date.parse(b.updated_at ?? "1970")))
        const begin = after === null ? 0 : found.findIndex(({ customer_id }) => customer_id === after) + 1
        return Response.json(found.slice(begin, begin + limit))
      })
  })

const usersOver = (mock: Mock.MockHttp) => Effect.map(serviceOf(tree, mock), ({ users }) => users)

const idsOf = (users: Iterable<User>) => Array.from(users, ({ customer_id }) => customer_id)

const ids = (count: number) => Array.from({ length: count }, (_, index) => `u${index + 1}`)

describe("a list by time", () => {
  it.effect("gives each change once, in the order of their times", () =>
    Effect.gen(function* () {
      // Three of each time, so that no page ends where a time does.
      const all = ids(40).map((id, index) => user(id, Math.floor(index / 3)))
      const mock = serving([...all].reverse())
      const users = yield* usersOver(mock)
      const found = yield* Stream.runCollect(users.stream({ since_datetime: origin }))
      assert.sameMembers(idsOf(found), ids(40))
      assert.lengthOf(Chunk.toReadonlyArray(found), 40)
      assert.deepStrictEqual(
        Array.from(found, ({ updated_at }) => updated_at),
        all.map(({ updated_at }) => updated_at)
      )
      const first = new URL(mock.requests[0]?.url ?? "").searchParams
      assert.deepStrictEqual([...first], [["since_datetime", at(0)]])
      for (const { url } of mock.requests) assert.isFalse(new URL(url).searchParams.has("starting_after"))
    })
  )

  it.effect("leaves out what was changed before the instant", () =>
    Effect.gen(function* () {
      const users = yield* usersOver(serving(ids(9).map((id, index) => user(id, index))))
      const since_datetime = DateTime.add(origin, { seconds: 5 })
      assert.deepStrictEqual(idsOf(yield* Stream.runCollect(users.stream({ since_datetime }))), ["u6", "u7", "u8", "u9"])
    })
  )

  it.effect("goes on behind pages of one time, with as much room as it takes", () =>
    Effect.gen(function* () {
      const mock = serving([...ids(25).map((id) => user(id, 1)), user("last", 2)])
      const users = yield* usersOver(mock)
      const found = yield* Stream.runCollect(users.stream({ since_datetime: origin, limit: 1 }))
      assert.deepStrictEqual(idsOf(found), [...ids(25), "last"])
      const limits = mock.requests.map(({ url }) => Number(new URL(url).searchParams.get("limit")))
      assert.deepStrictEqual(limits.slice(0, 3), [1, 2, 3])
    })
  )

  it.effect("more items of one time than a page can have end in InvalidResponse, after what could be read", () =>
    Effect.gen(function* () {
      const mock = serving(ids(120).map((id) => user(id, 1)))
      const users = yield* usersOver(mock)
      const seen: Array<string> = []
      const error = yield* users.stream({ since_datetime: origin, limit: 60 }).pipe(
        Stream.runForEach(({ customer_id }) => Effect.sync(() => seen.push(customer_id))),
        Effect.flip
      )
      assert.strictEqual(error._tag, "InvalidResponse")
      assert.include(error.message, "updated_at")
      assert.deepStrictEqual(seen, ids(100))
      assert.strictEqual(mock.resources(), 3)
    })
  )

  it.effect("full pages whose items have no time end in InvalidResponse", () =>
    Effect.gen(function* () {
      const mock = serving(ids(20).map((customer_id) => ({ customer_id })))
      const users = yield* usersOver(mock)
      const error = yield* Effect.flip(Stream.runDrain(users.stream({ since_datetime: origin })))
      assert.strictEqual(error._tag, "InvalidResponse")
      assert.strictEqual(mock.resources(), 1)
    })
  )

  it.effect("asks for a page only when its first item is wanted", () =>
    Effect.gen(function* () {
      const mock = serving(ids(40).map((id, index) => user(id, index)))
      const users = yield* usersOver(mock)
      yield* Stream.runDrain(Stream.take(users.stream({ since_datetime: origin }), 10))
      assert.strictEqual(mock.resources(), 1)
      yield* Stream.runDrain(Stream.take(users.pages({ since_datetime: origin }), 2))
      assert.strictEqual(mock.resources(), 3)
    })
  )

  it.effect("the cursor of the last page gives later what has changed, also what has the same time", () =>
    Effect.gen(function* () {
      const all = ids(12).map((id, index) => user(id, index))
      const users = yield* usersOver(serving(all))
      const pages = yield* Stream.runCollect(users.pages({ since_datetime: origin }))
      assert.deepStrictEqual(
        Array.from(pages, ({ isLast, items, next }) => [items.length, isLast, Option.isSome(next)]),
        [
          [10, false, true],
          [2, true, true]
        ]
      )
      // As it would be kept in a file.
      const kept = String(Option.getOrThrow(Option.flatMap(Chunk.last(pages), ({ next }) => next)))
      const cursor = Cursor.make(kept)
      const nothing = yield* users.list({ starting_after: cursor })
      assert.deepStrictEqual([nothing.items, nothing.isLast, nothing.next], [[], true, Option.some(cursor)])
      // u12 was changed again within the time at which it was seen; u13 has the same time; u1 was changed later.
      all[11] = user("u12", 11, "renamed")
      all[0] = user("u1", 12)
      all.push(user("u13", 11))
      const changed = yield* Stream.runCollect(users.stream({ starting_after: cursor }))
      assert.deepStrictEqual(
        Array.from(changed, ({ customer_id, name }) => [customer_id, name]),
        [
          ["u12", "renamed"],
          ["u13", undefined],
          ["u1", undefined]
        ]
      )
    })
  )

  it.effect("a list in which nothing has changed has a cursor too", () =>
    Effect.gen(function* () {
      const all: Array<User> = []
      const users = yield* usersOver(serving(all))
      const empty = yield* users.list({ since_datetime: origin })
      assert.deepStrictEqual([empty.items, empty.isLast], [[], true])
      all.push(user("u1", 0))
      const later = yield* users.list({ starting_after: Option.getOrThrow(empty.next) })
      assert.deepStrictEqual(idsOf(later.items), ["u1"])
    })
  )

  it.effect("pages by the cursor of the service when it is not asked since when", () =>
    Effect.gen(function* () {
      const mock = serving(ids(15).map((id, index) => user(id, index)))
      const users = yield* usersOver(mock)
      assert.deepStrictEqual(idsOf(yield* Stream.runCollect(users.stream())), ids(15))
      const last = yield* users.list({ starting_after: Cursor.make("u10") })
      assert.deepStrictEqual([last.next, last.isLast], [Option.none(), true])
      // The service refuses both at once, so the client leaves that to it.
      const both = yield* Effect.flip(users.list({ since_datetime: origin, starting_after: Cursor.make("u10") }))
      assert.strictEqual(both._tag, "BadRequest")
    })
  )

  it.effect("an item whose id looks like a cursor by time is none, and ends no list", () =>
    Effect.gen(function* () {
      const odd = [`since {"at":"${at(0)}","seen":[]}`, "after x", "plain"]
      const users = yield* usersOver(serving(odd.map((id) => user(id, 1))))
      assert.deepStrictEqual(idsOf(yield* Stream.runCollect(users.stream({ limit: 1 }))), odd)
    })
  )

  it.effect("a damaged cursor is an InvalidRequest that is not sent", () =>
    Effect.gen(function* () {
      const mock = serving([])
      const users = yield* usersOver(mock)
      for (const text of ["since ", "since {}", 'since {"at":"yesterday","seen":[]}', 'since {"at":"2026-01-01"', "since null"]) {
        const error = yield* Effect.flip(Stream.runDrain(users.stream({ starting_after: Cursor.make(text) })))
        assert.strictEqual(error._tag, "InvalidRequest")
        assert.include(error.message, "starting_after")
      }
      assert.strictEqual(mock.resources(), 0)
    })
  )

  it.effect("ends in the errors of the list, after what came before", () =>
    Effect.gen(function* () {
      const full = ids(10).map((id, index) => user(id, index))
      const mock = Mock.make({
        resource: (_, count) =>
          Effect.succeed(count === 1 ? Response.json(full) : Response.json({ error: { message: "FORBIDDEN" } }, { status: 403 }))
      })
      const users = yield* usersOver(mock)
      const seen: Array<string> = []
      const error = yield* users.stream({ since_datetime: origin }).pipe(
        Stream.runForEach(({ customer_id }) => Effect.sync(() => seen.push(customer_id))),
        Effect.flip
      )
      assert.strictEqual(error._tag, "Forbidden")
      assert.deepStrictEqual(seen, ids(10))
    })
  )

  it.effect("is interrupted while it waits for a page, and asks for no other", () =>
    Effect.gen(function* () {
      const waiting = yield* Deferred.make<void>()
      const interrupted = yield* Deferred.make<void>()
      const mock = Mock.make({
        resource: () =>
          Effect.zipRight(Deferred.succeed(waiting, undefined), Effect.never).pipe(
            Effect.onInterrupt(() => Deferred.succeed(interrupted, undefined))
          )
      })
      const users = yield* usersOver(mock)
      const fiber = yield* Effect.fork(Stream.runDrain(users.stream({ since_datetime: origin })))
      yield* Deferred.await(waiting)
      yield* Fiber.interrupt(fiber)
      yield* Deferred.await(interrupted)
      assert.strictEqual(mock.resources(), 1)
    })
  )
})
