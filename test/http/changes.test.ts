/**
 * The changes of a list with their checkpoints, over a service that shows what was changed at or after an instant, in the order of the times.
 */
import { assert, describe, it } from "@effect/vitest"
import { Chunk, DateTime, Effect, FastCheck as fc, Schema, Stream, TestClock } from "effect"
import { type ChangesOptions, Checkpoint } from "effect-dintero"
import { operation, streamedChanges } from "../../src/contract/Operation.js"
import { Cursor } from "../../src/schemas/Cursor.js"
import * as Mock from "../utils/MockHttp.js"
import { serviceOf } from "../utils/OwnContract.js"

const optional = <A, I>(schema: Schema.Schema<A, I>) => Schema.optionalWith(schema, { exact: true })

const User = Schema.Struct({
  id: Schema.String,
  updated_at: optional(Schema.String),
  deleted_at: optional(Schema.String),
  name: optional(Schema.String),
  acts_for: optional(Schema.Array(Schema.String)),
  metadata: optional(Schema.Unknown)
})
type User = typeof User.Type

const listOf = (path: string) =>
  operation({
    method: "GET",
    path: `/accounts/{aid}/${path}`,
    operationId: path,
    summary: "",
    docs: "",
    scopes: [],
    query: Schema.Struct({
      limit: optional(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 100))),
      starting_after: optional(Cursor),
      since_datetime: optional(Schema.DateTimeUtc),
      include_deleted: optional(Schema.BooleanFromString)
    }),
    success: Schema.Array(User),
    paging: { cursor: ["id"], since: { time: ["updated_at", "deleted_at"], id: "id", all: { include_deleted: true } } }
  })

const tree = { users: { changes: streamedChanges(listOf("users")) }, others: { changes: streamedChanges(listOf("others")) } }

/** For a header. */
const httpDate = (time: string): string => new Date(time).toUTCString()

const noTime = new Date("")

const origin = DateTime.unsafeMake("2026-01-01T00:00:00.000Z")

/** So many seconds after the origin. */
const at = (seconds: number): string => DateTime.formatIso(DateTime.add(origin, { millis: seconds * 1000 }))

const user = (id: string, seconds: number, more: Partial<User> = {}): User => ({ id, updated_at: at(seconds), ...more })

const timeOf = ({ deleted_at, updated_at }: User): number => Date.parse(deleted_at ?? updated_at ?? "1970")

/** `hidden`: what the service does not show yet. A user brings those along that it acts for, whatever their times are. */
const answering =
  (users: ReadonlyArray<User>, hidden: ReadonlySet<string>): Mock.Answer =>
  (request) =>
    Effect.sync(() => {
      const { searchParams } = new URL(request.url)
      const from = Date.parse(searchParams.get("since_datetime") ?? "1970")
      const shown = users.filter(
        ({ deleted_at, id }) => !hidden.has(id) && (deleted_at === undefined || searchParams.get("include_deleted") === "true")
      )
      const page = shown
        .filter((user) => timeOf(user) >= from)
        .sort((a, b) => timeOf(a) - timeOf(b))
        .slice(0, Number(searchParams.get("limit") ?? 10))
      const brought = page.flatMap(({ acts_for = [] }) => acts_for).flatMap((id) => shown.filter((user) => user.id === id))
      return Response.json([...brought.filter((user) => !page.includes(user)), ...page])
    })

const serving = (users: ReadonlyArray<User>, hidden: ReadonlySet<string> = new Set()) =>
  Mock.make({ resource: answering(users, hidden) })

const changesOf = (mock: Mock.MockHttp) => Effect.map(serviceOf(tree, mock), ({ users }) => users.changes)

const idsOf = (pages: Iterable<{ readonly items: ReadonlyArray<User> }>) =>
  Array.from(pages, ({ items }) => items.map(({ id }) => id))

const ids = (count: number) => Array.from({ length: count }, (_, index) => `u${index + 1}`)

/** The changes are from long ago for one that reads them now. */
const longAfter = TestClock.setTime(Date.parse("2026-02-01T00:00:00Z"))

const soonAfter = (seconds: number) => TestClock.setTime(Date.parse(at(seconds)))

describe("changes", () => {
  it.effect("begin with everything, and go on behind each checkpoint", () =>
    Effect.gen(function* () {
      yield* longAfter
      const all = ids(25).map((id, index) => user(id, Math.floor(index / 2)))
      const mock = serving(all)
      const changes = yield* changesOf(mock)
      const pages = Array.from(yield* Stream.runCollect(changes()))
      assert.deepStrictEqual(idsOf(pages), [ids(25)])
      assert.deepStrictEqual([...new URL(mock.requests[0]?.url ?? "").searchParams].sort(), [
        ["include_deleted", "true"],
        ["limit", "100"],
        ["since_datetime", "1970-01-01T00:00:00.000Z"]
      ])
      const small = Array.from(yield* Stream.runCollect(changes({ limit: 4 })))
      assert.deepStrictEqual(idsOf(small).flat(), ids(25))
      let begin = 0
      for (const { checkpoint, items } of small) {
        begin += items.length
        const rest = yield* Stream.runCollect(changes({ checkpoint, limit: 4 }))
        assert.deepStrictEqual(idsOf(rest).flat(), ids(25).slice(begin))
      }
    })
  )

  it.effect("begin at an instant without a checkpoint, and with one behind that", () =>
    Effect.gen(function* () {
      yield* longAfter
      const changes = yield* changesOf(serving(ids(9).map((id, index) => user(id, index))))
      const since = DateTime.add(origin, { seconds: 4 })
      const pages = Array.from(yield* Stream.runCollect(changes({ since, checkpoint: undefined, limit: 2 })))
      assert.deepStrictEqual(idsOf(pages).flat(), ["u5", "u6", "u7", "u8", "u9"])
      const rest = yield* Stream.runCollect(changes({ since: origin, checkpoint: pages[0]?.checkpoint }))
      assert.deepStrictEqual(idsOf(rest).flat(), ["u7", "u8", "u9"])
    })
  )

  it.effect("have a checkpoint when there is nothing, and each change later in the state that it then has", () =>
    Effect.gen(function* () {
      yield* soonAfter(100)
      const all: Array<User> = []
      const changes = yield* changesOf(serving(all))
      const [nothing] = yield* Stream.runCollect(changes())
      assert.deepStrictEqual(nothing?.items, [])
      all.push(user("u1", 98), user("u2", 99))
      const [first] = yield* Stream.runCollect(changes({ checkpoint: nothing?.checkpoint }))
      assert.deepStrictEqual(first?.items, all)
      // u1 was changed again within the time at which it was seen, and u2 was deleted. u3 is new, and not the latest.
      all[0] = user("u1", 98, { name: "renamed" })
      all[1] = { id: "u2", deleted_at: at(101) }
      all.push(user("u3", 97))
      const [second] = yield* Stream.runCollect(changes({ checkpoint: first?.checkpoint }))
      assert.deepStrictEqual(second?.items, [
        user("u3", 97),
        user("u1", 98, { name: "renamed" }),
        { id: "u2", deleted_at: at(101) }
      ])
      const [third] = yield* Stream.runCollect(changes({ checkpoint: second?.checkpoint }))
      assert.deepStrictEqual(third?.items, [])
    })
  )

  it.effect("find what the service shows late, and give nothing again for it", () =>
    Effect.gen(function* () {
      yield* soonAfter(100)
      const late = "u3"
      const all = ids(20).map((id, index) => user(id, 81 + index))
      const others = ids(20).filter((id) => id !== late)
      const twice = (overlap: { readonly overlap?: "1 second" | "1 minute" }, hiddenIn: User) =>
        Effect.gen(function* () {
          const hidden = new Set([hiddenIn.id])
          const changes = yield* changesOf(serving(all, hidden))
          const first = yield* Stream.runCollect(changes({ limit: 3, ...overlap }))
          hidden.clear()
          const checkpoint = Chunk.unsafeLast(first).checkpoint
          const second = yield* Stream.runCollect(changes({ limit: 3, ...overlap, checkpoint }))
          return [idsOf(first).flat(), idsOf(second).flat()]
        })
      // Shown 17 seconds late, and 2 seconds late.
      assert.deepStrictEqual(yield* twice({ overlap: "1 minute" }, user(late, 83)), [others, [late]])
      assert.deepStrictEqual(yield* twice({}, user("u18", 98)), [ids(20).filter((id) => id !== "u18"), ["u18"]])
      // That is how late it can be.
      assert.deepStrictEqual(yield* twice({}, user(late, 83)), [others, []])
      assert.deepStrictEqual(yield* twice({ overlap: "1 second" }, user("u18", 98)), [ids(20).filter((id) => id !== "u18"), []])
    })
  )

  it.effect("count how late it is by the clock of the service", () =>
    Effect.gen(function* () {
      const hidden = new Set(["late"])
      const answer = answering([user("late", 98), user("u1", 99)], hidden)
      const date = httpDate(at(100))
      const mock = Mock.make({
        resource: (request, count) =>
          Effect.map(answer(request, count), (response) => new Response(response.body, { headers: { date } }))
      })
      const changes = yield* changesOf(mock)
      // The clock of this machine is wrong by an hour.
      yield* soonAfter(3700)
      const [first] = yield* Stream.runCollect(changes())
      hidden.clear()
      assert.deepStrictEqual(idsOf(yield* Stream.runCollect(changes({ checkpoint: first?.checkpoint }))), [["late"]])
    })
  )

  it.effect("are given also when the service shows whole seconds, and compares fractions of them", () =>
    Effect.gen(function* () {
      yield* longAfter
      const all = [user("u1", 4), user("u2", 5.6), user("u3", 5.7)]
      const exact = answering(all, new Set())
      const mock = Mock.make({
        resource: (request, count) =>
          Effect.flatMap(exact(request, count), (response) =>
            Effect.promise(async () => new Response((await response.text()).replaceAll(/\.\d{3}Z/g, "Z"), response))
          )
      })
      const changes = yield* changesOf(mock)
      const [page] = yield* Stream.runCollect(changes({ since: DateTime.add(origin, { millis: 5500 }) }))
      assert.deepStrictEqual(
        page?.items.map(({ id }) => id),
        ["u2", "u3"]
      )
      assert.deepStrictEqual(idsOf(yield* Stream.runCollect(changes({ checkpoint: page?.checkpoint }))), [[]])
    })
  )

  it.effect("find it also when reading went on for long after its place", () =>
    Effect.gen(function* () {
      yield* soonAfter(3)
      const hidden = new Set(["late"])
      const all = [...ids(3).map((id, index) => user(id, index)), user("late", 2.5), user("u4", 3)]
      const changes = yield* changesOf(serving(all, hidden))
      // Each page is read half a minute after the one before, and meanwhile there are as many changes again.
      const first = yield* Stream.runCollect(
        changes({ limit: 2 }).pipe(
          Stream.take(8),
          Stream.tap(({ items }) => {
            const count = all.length
            const now = 30 * (count - 4)
            if (items.length > 0) all.push(user(`u${count}`, now - 1), user(`u${count + 1}`, now))
            return soonAfter(now)
          })
        )
      )
      assert.isAbove(idsOf(first).flat().length, 12)
      hidden.clear()
      const { checkpoint } = Chunk.unsafeLast(first)
      assert.deepStrictEqual(
        idsOf(yield* Stream.runCollect(changes({ checkpoint, limit: 100 })))
          .flat()
          .slice(0, 1),
        ["late"]
      )
    })
  )

  it.effect("are not passed over for an item that another one brings along, and do not have it twice", () =>
    Effect.gen(function* () {
      yield* longAfter
      const last = user("u12", 50)
      const all = [...ids(11).map((id, index) => user(id, index, id === "u2" ? { acts_for: ["u12", "u1"] } : {})), last]
      const changes = yield* changesOf(serving(all))
      const pages = yield* Stream.runCollect(changes({ limit: 3 }))
      assert.deepStrictEqual(idsOf(pages).flat(), ["u12", ...ids(11)])
      // u2 is changed alone. u1 and u12 come along, and have not changed since.
      all[1] = user("u2", 60, { acts_for: ["u12", "u1"] })
      const { checkpoint } = Chunk.unsafeLast(pages)
      assert.deepStrictEqual(idsOf(yield* Stream.runCollect(changes({ checkpoint, limit: 3 }))).flat(), ["u2"])
    })
  )

  it.effect("an item without a time is given, and a full page of them ends in InvalidResponse", () =>
    Effect.gen(function* () {
      yield* longAfter
      const few = yield* changesOf(serving([{ id: "u1" }]))
      // The scripted service puts it in the year 1970.
      assert.deepStrictEqual(idsOf(yield* Stream.runCollect(few())).flat(), ["u1"])
      const many = yield* changesOf(serving(ids(100).map((id) => ({ id }))))
      const error = yield* Effect.flip(Stream.runDrain(many()))
      assert.deepStrictEqual([error._tag, error.request.operation], ["InvalidResponse", "test.users.changes"])
    })
  )

  it.effect("more changes of one time than a page can have end in InvalidResponse, after what could be read", () =>
    Effect.gen(function* () {
      yield* longAfter
      const changes = yield* changesOf(serving([...ids(120).map((id) => user(id, 1)), user("last", 2)]))
      const seen: Array<string> = []
      const error = yield* changes().pipe(
        Stream.runForEach(({ items }) => Effect.sync(() => seen.push(...items.map(({ id }) => id)))),
        Effect.flip
      )
      assert.strictEqual(error._tag, "InvalidResponse")
      assert.deepStrictEqual(seen, ids(100))
    })
  )

  it.effect("an item that is nested more deeply than the stack allows is given once", () =>
    Effect.gen(function* () {
      yield* soonAfter(2)
      const depth = 50_000
      const text = `[{"id":"u1","updated_at":"${at(1)}","metadata":${"[".repeat(depth)}${"]".repeat(depth)}}]`
      const answer = () => Effect.sync(() => new Response(text, { headers: { "content-type": "application/json" } }))
      const changes = yield* changesOf(Mock.make({ resource: answer }))
      const [first] = Array.from(yield* Stream.runCollect(changes()))
      assert.deepStrictEqual(
        first?.items.map(({ id }) => id),
        ["u1"]
      )
      assert.deepStrictEqual(idsOf(yield* Stream.runCollect(changes({ checkpoint: first?.checkpoint }))).flat(), [])
    })
  )

  it.effect("a page is asked for when the one before was taken", () =>
    Effect.gen(function* () {
      const mock = serving(ids(40).map((id, index) => user(id, index)))
      const changes = yield* changesOf(mock)
      yield* Stream.runDrain(Stream.take(changes({ limit: 10 }), 2))
      assert.strictEqual(mock.resources(), 2)
    })
  )
})

describe("a checkpoint", () => {
  it.effect("remembers as little as is needed: nothing but the last time of changes from long ago", () =>
    Effect.gen(function* () {
      const changes = yield* changesOf(serving(ids(90).map((id, index) => user(id, index / 10))))
      yield* longAfter
      const { checkpoint: later } = Chunk.unsafeLast(yield* Stream.runCollect(changes({ limit: 10 })))
      assert.isBelow(later.length, 250)
      yield* soonAfter(9)
      const { checkpoint: soon } = Chunk.unsafeLast(yield* Stream.runCollect(changes({ limit: 10 })))
      assert.isAbove(soon.length, 90 * 10)
      assert.isBelow(soon.length, 90 * 60)
    })
  )

  it.effect("is a text that is kept as it is", () =>
    Effect.gen(function* () {
      const changes = yield* changesOf(serving([user("å 'quoted' \"twice\" \n💶", 1)]))
      const { checkpoint } = Chunk.unsafeLast(yield* Stream.runCollect(changes()))
      const kept = Schema.decodeUnknownSync(Checkpoint)(JSON.parse(JSON.stringify(Schema.encodeSync(Checkpoint)(checkpoint))))
      assert.deepStrictEqual(idsOf(yield* Stream.runCollect(changes({ checkpoint: kept }))).flat(), [])
    })
  )

  const checkpointOf = (mock: Mock.MockHttp) =>
    Effect.gen(function* () {
      const { others, users } = yield* serviceOf(tree, mock)
      const [page] = yield* Stream.runCollect(users.changes())
      return { others, users, checkpoint: page?.checkpoint ?? assert.fail("there is none") }
    })

  const isRefused = (stream: Stream.Stream<unknown, { readonly _tag: string; readonly message: string }>) =>
    Effect.map(Effect.flip(Stream.runDrain(stream)), ({ _tag, message }) => {
      assert.strictEqual(_tag, "InvalidRequest")
      assert.include(message, "checkpoint")
    })

  it.effect("that is damaged is an InvalidRequest, whatever the damage, and nothing is sent", () =>
    Effect.gen(function* () {
      const mock = serving([user("u1", 1), user("u2", 2)])
      const { checkpoint, users } = yield* checkpointOf(mock)
      const sent = mock.resources()
      for (const text of ["", " ", "u1", "0 {}", "{}", "null", checkpoint.slice(1), `${checkpoint} `, checkpoint + checkpoint]) {
        yield* isRefused(users.changes({ checkpoint: Checkpoint.make(text) }))
      }
      const index = fc.nat(checkpoint.length - 1)
      for (const [i, character] of fc.sample(fc.tuple(index, fc.string({ minLength: 1, maxLength: 1 })), {
        numRuns: 200,
        seed: 1
      })) {
        if (checkpoint[i] === character) continue
        const changed = checkpoint.slice(0, i) + character + checkpoint.slice(i + 1)
        yield* isRefused(users.changes({ checkpoint: Checkpoint.make(changed) }))
        yield* isRefused(users.changes({ checkpoint: Checkpoint.make(checkpoint.slice(0, i)) }))
      }
      assert.strictEqual(mock.resources(), sent)
    })
  )

  it.effect("of another list is an InvalidRequest that says whose it has to be", () =>
    Effect.gen(function* () {
      const { checkpoint, others } = yield* checkpointOf(serving([user("u1", 1)]))
      const error = yield* Effect.flip(Stream.runDrain(others.changes({ checkpoint })))
      assert.strictEqual(
        error.message,
        "test.others.changes was not sent: checkpoint: expected a checkpoint that test.others.changes has given for the account T12345678"
      )
    })
  )

  it.effect("of another account is one too", () =>
    Effect.gen(function* () {
      const mock = serving([user("u1", 1)])
      const { checkpoint } = yield* checkpointOf(mock)
      const elsewhere = yield* serviceOf(tree, mock, undefined, "P87654321")
      yield* isRefused(elsewhere.users.changes({ checkpoint }))
    })
  )
})

describe("the options of changes", () => {
  it.effect("that do not fit are an InvalidRequest, and any duration is an overlap", () =>
    Effect.gen(function* () {
      const mock = serving([user("u1", 1)])
      const changes = yield* changesOf(mock)
      // Seam: as JavaScript, or a value from a file, would pass them.
      const given = (options: object) => options as ChangesOptions
      for (const options of [
        { limit: 0 },
        { limit: 101 },
        { limit: 1.5 },
        { limit: Number.NaN },
        given({ limit: "10" }),
        given({ overlap: "soon" }),
        given({ since: "yesterday" }),
        given({ since: noTime }),
        given({ checkpoint: null }),
        given({ checkpoint: 5 })
      ]) {
        const error = yield* Effect.flip(Stream.runDrain(changes(options)))
        assert.deepStrictEqual(
          [error._tag, Object.keys(options).map((name) => error.message.includes(name))],
          ["InvalidRequest", [true]]
        )
      }
      assert.strictEqual(mock.resources(), 0)
      for (const overlap of ["0 seconds", -5, Number.POSITIVE_INFINITY, "10 weeks"] as const) {
        const [page] = yield* Stream.runCollect(changes({ overlap }))
        assert.deepStrictEqual(idsOf(yield* Stream.runCollect(changes({ checkpoint: page?.checkpoint }))), [[]])
      }
    })
  )
})
