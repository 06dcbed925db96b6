import { assert, describe, it } from "@effect/vitest"
import { Chunk, Duration, Effect, Fiber, Option, Redacted, Stream, TestClock } from "effect"
import { TokenStore, TokenStores } from "effect-dintero"
import { conformance, following } from "./Conformance.js"
import { inSealed } from "./Damages.js"
import { fails } from "./Failures.js"
import * as OwnStore from "./OwnStore.js"
import { secretKey } from "./Stores.js"

conformance("memory", () => ({ open: TokenStores.memory, reopens: false, runs: 200 }))

const below = Effect.runSync(TokenStores.memory)
conformance("memory+encrypted", () => ({
  open: TokenStores.encrypted(below, { key: secretKey }),
  reopens: true,
  runs: 100,
  damages: inSealed(Effect.succeed(below))
}))

conformance("a user's own", () => ({ open: OwnStore.make, reopens: false, runs: 50 }))
conformance("a user's own, encrypted", () => ({
  open: Effect.flatMap(OwnStore.make, (store) => TokenStores.encrypted(store, { key: secretKey })),
  reopens: false,
  runs: 20
}))

const none = { expected: Option.none<number>() }
const value = Redacted.make("x")
const second = { timeToLive: Duration.seconds(1) }

describe("memory", () => {
  it.effect("ends a lease by the Clock, to the millisecond", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const first = yield* store.lease("a", Duration.seconds(30))
      assert.isTrue(Option.isSome(first))
      yield* TestClock.adjust("29999 millis")
      assert.isTrue(Option.isNone(yield* store.lease("a", Duration.seconds(30))))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(Option.isSome(yield* store.lease("a", Duration.seconds(30))))
    })
  )

  it.effect("is one store as a layer, and a new store for each run of the value", () =>
    Effect.gen(function* () {
      const store = yield* TokenStore
      yield* store.write("a", Redacted.make("x"), { expected: Option.none() })
      assert.isTrue(Option.isSome(yield* store.read("a")))
      assert.isTrue(Option.isNone(yield* (yield* TokenStores.memory).read("a")))
    }).pipe(Effect.provide(TokenStores.layerMemory))
  )

  it.effect("ends an entry by the monotonic Clock, to the millisecond", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      yield* store.write("a", value, none, { timeToLive: Duration.seconds(30) })
      yield* store.write("now", value, none, { timeToLive: Duration.zero })
      assert.isTrue(Option.isNone(yield* store.read("now")))
      yield* TestClock.adjust("29999 millis")
      assert.isTrue(Option.isSome(yield* store.read("a")))
      assert.isTrue(Option.isNone(yield* store.write("a", value, none)))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(Option.isNone(yield* store.read("a")))
    })
  )

  it.effect("sweeps what it may look at, and goes on where it ended", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const sweep = store.sweep ?? (() => Effect.dieMessage("it sweeps nothing"))
      for (const name of ["a", "b", "c", "d", "e"]) {
        yield* store.write(`${name}-over`, value, none, second)
        yield* store.write(`${name}-stays`, value, none)
      }
      assert.deepStrictEqual(yield* sweep(100), { examined: 10, removed: 0 })
      yield* TestClock.adjust("1 second")
      // Wherever it begins, these look at each of the ten once.
      const swept = [yield* sweep(3), yield* sweep(3), yield* sweep(4)]
      assert.deepStrictEqual(
        swept.map(({ examined }) => examined),
        [3, 3, 4]
      )
      assert.strictEqual(
        swept.reduce((sum, { removed }) => sum + removed, 0),
        5
      )
      assert.deepStrictEqual(yield* sweep(100), { examined: 5, removed: 0 })
    })
  )

  it.effect("drops what is over faster than more is written, without a sweep", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const sweep = store.sweep ?? (() => Effect.dieMessage("it sweeps nothing"))
      for (let round = 0; round < 40; round++) {
        for (let index = 0; index < 500; index++) yield* store.write(`${round}-${index}`, value, none, second)
        if (round < 39) yield* TestClock.adjust("1 second")
      }
      const { examined, removed } = yield* sweep(20_000)
      assert.isAtMost(examined, 1_500)
      assert.strictEqual(examined - removed, 500)
    })
  )

  it.effect("reports only to those who subscribed before, and in order", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const removed = (key: string) =>
        Effect.flatMap(Effect.flatten(store.write(key, value, none)), (version) =>
          store.remove(key, { expected: Option.some(version) })
        )
      yield* removed("before")
      const keys = yield* store.removals ?? Effect.dieMessage("it reports nothing")
      // Nobody reads yet.
      for (const key of ["c", "a", "b"]) yield* removed(key)
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Stream.runCollect(Stream.take(keys, 3))), ["c", "a", "b"])
    }).pipe(Effect.scoped)
  )

  it.effect("an entry that is over is not reported: neither by its end nor by a removal or sweep", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const seen = yield* following(store)
      yield* store.write("a", value, none, second)
      yield* store.write("b", value, none, second)
      yield* TestClock.adjust("1 second")
      assert.isTrue(yield* store.remove("a", none))
      yield* store.sweep?.(10) ?? Effect.void
      const version = yield* Effect.flatten(store.write("c", value, none))
      yield* store.remove("c", { expected: Option.some(version) })
      while (!seen.has("c")) yield* Effect.yieldNow()
      assert.deepStrictEqual([...seen], ["c"])
    }).pipe(Effect.scoped)
  )

  it.effect("fails a subscriber who does not keep up, and nobody else", () =>
    Effect.gen(function* () {
      const store = yield* TokenStores.memory
      const slow = yield* store.removals ?? Effect.dieMessage("it reports nothing")
      const seen = yield* following(store)
      for (let index = 0; index < 20_000; index++) {
        const version = yield* Effect.flatten(store.write(`k${index}`, value, none))
        yield* store.remove(`k${index}`, { expected: Option.some(version) })
        if (index % 100 === 0) yield* Effect.yieldNow()
      }
      while (seen.size < 20_000) yield* Effect.yieldNow()
      const first = new Set<string>()
      const reading = yield* Effect.fork(
        fails(
          Stream.runForEach(slow, (key) => Effect.sync(() => first.add(key))),
          "unavailable"
        )
      )
      assert.include((yield* Fiber.join(reading)).message, "subscribe again")
      assert.isTrue(first.has("k0"))
      assert.isBelow(first.size, 20_000)
    }).pipe(Effect.scoped)
  )
})
