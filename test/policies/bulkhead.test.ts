import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Either, Exit, Fiber, Option, TestClock } from "effect"
import { PCGRandom } from "effect/Utils"
import * as Bulkhead from "../../src/policies/Bulkhead.js"

/** Lets the started fibers run until they wait. */
const settle = Effect.repeatN(Effect.yieldNow(), 20)

describe("Bulkhead", () => {
  it.effect("runs calls up to the limit, lets the queue fill, and refuses further calls without starting them", () =>
    Effect.gen(function* () {
      const bulkhead = yield* Bulkhead.start(Bulkhead.make({ concurrent: 3, queue: 4 }))
      const gate = yield* Deferred.make<void>()
      let begun = 0
      let most = 0
      let running = 0
      const call = bulkhead.limit(
        Effect.gen(function* () {
          begun++
          most = Math.max(most, ++running)
          yield* Deferred.await(gate)
          running--
        })
      )
      const fibers = yield* Effect.forEach(Array.from({ length: 10 }), () => Effect.fork(Effect.either(call)))
      yield* settle
      assert.deepStrictEqual(yield* bulkhead.inUse, { running: 3, waiting: 4 })
      assert.strictEqual(begun, 3)
      yield* Deferred.succeed(gate, undefined)
      const results = yield* Effect.forEach(fibers, Fiber.join)
      const full = results.filter(Either.isLeft).map((result) => result.left)
      assert.strictEqual(full.length, 3)
      assert.instanceOf(full[0], Bulkhead.BulkheadFull)
      assert.deepStrictEqual([full[0]?.concurrent, full[0]?.queue], [3, 4])
      assert.strictEqual(full[0]?.message, "The bulkhead is full: 3 calls are running and 4 are waiting")
      assert.strictEqual(begun, 7)
      assert.strictEqual(most, 3)
      assert.deepStrictEqual(yield* bulkhead.inUse, { running: 0, waiting: 0 })
    })
  )

  it.effect("runs waiting calls in the order of their arrival, and no later call overtakes them", () =>
    Effect.gen(function* () {
      const bulkhead = yield* Bulkhead.start(Bulkhead.make({ concurrent: 1, queue: 10 }))
      const order: Array<string> = []
      const call = (name: string) =>
        bulkhead.limit(
          Effect.zipRight(
            Effect.sync(() => {
              order.push(name)
            }),
            Effect.sleep("10 millis")
          )
        )
      // `second` is in the queue when `first` ends, and the same fiber is there at once with another call.
      const first = yield* Effect.fork(Effect.zipRight(call("first"), call("barging")))
      yield* settle
      const queued = yield* Effect.forEach(["second", "third", "fourth"], (name) => Effect.fork(call(name)))
      yield* TestClock.adjust("1 seconds")
      yield* Fiber.joinAll([first, ...queued])
      assert.deepStrictEqual(order, ["first", "second", "third", "fourth", "barging"])
    })
  )

  it.effect("makes room for another call after a success, a failure, a defect and an interruption", () =>
    Effect.gen(function* () {
      const bulkhead = yield* Bulkhead.start(Bulkhead.make({ concurrent: 1, queue: 0 }))
      assert.strictEqual(yield* bulkhead.limit(Effect.succeed(1)), 1)
      assert.isTrue(Exit.isFailure(yield* Effect.exit(bulkhead.limit(Effect.fail("no")))))
      assert.isTrue(Exit.isFailure(yield* Effect.exit(bulkhead.limit(Effect.die("no")))))
      const fiber = yield* Effect.fork(bulkhead.limit(Effect.never))
      yield* settle
      assert.deepStrictEqual(yield* bulkhead.inUse, { running: 1, waiting: 0 })
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* bulkhead.inUse, { running: 0, waiting: 0 })
      const late = yield* Effect.fork(Effect.timeoutOption(bulkhead.limit(Effect.never), "1 seconds"))
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(yield* Fiber.join(late), Option.none())
      assert.deepStrictEqual(yield* bulkhead.inUse, { running: 0, waiting: 0 })
    })
  )

  it.effect("removes a call that is interrupted in the queue, and does not start it", () =>
    Effect.gen(function* () {
      const bulkhead = yield* Bulkhead.start(Bulkhead.make({ concurrent: 1, queue: 2 }))
      const gate = yield* Deferred.make<void>()
      let begun = false
      const running = yield* Effect.fork(bulkhead.limit(Deferred.await(gate)))
      yield* settle
      const waiting = yield* Effect.fork(
        bulkhead.limit(
          Effect.sync(() => {
            begun = true
          })
        )
      )
      const next = yield* Effect.fork(bulkhead.limit(Effect.succeed("next")))
      yield* settle
      assert.deepStrictEqual(yield* bulkhead.inUse, { running: 1, waiting: 2 })
      yield* Fiber.interrupt(waiting)
      assert.deepStrictEqual(yield* bulkhead.inUse, { running: 1, waiting: 1 })
      yield* Deferred.succeed(gate, undefined)
      yield* Fiber.join(running)
      assert.strictEqual(yield* Fiber.join(next), "next")
      assert.isFalse(begun)
      assert.deepStrictEqual(yield* bulkhead.inUse, { running: 0, waiting: 0 })
    })
  )

  it.effect("does not lose a place when the call that gets it is interrupted at that moment", () =>
    Effect.gen(function* () {
      const bulkhead = yield* Bulkhead.start(Bulkhead.make({ concurrent: 1, queue: 2 }))
      const gate = yield* Deferred.make<void>()
      yield* Effect.fork(bulkhead.limit(Deferred.await(gate)))
      yield* settle
      const waiting = yield* Effect.fork(bulkhead.limit(Effect.never))
      yield* settle
      // One task frees the place and interrupts who was given it, before that one has run again.
      yield* Effect.zipRight(Deferred.succeed(gate, undefined), Fiber.interruptFork(waiting))
      yield* Fiber.await(waiting)
      yield* settle
      assert.deepStrictEqual(yield* bulkhead.inUse, { running: 0, waiting: 0 })
      assert.strictEqual(yield* bulkhead.limit(Effect.succeed("free")), "free")
    })
  )

  it.effect(
    "is empty again, and was never over its bounds, after 2,000 calls that end and are interrupted at random",
    () =>
      Effect.gen(function* () {
        const random = new PCGRandom(7)
        const bulkhead = yield* Bulkhead.start(Bulkhead.make({ concurrent: 4, queue: 8 }))
        const fibers: Array<Fiber.RuntimeFiber<unknown, unknown>> = []
        let running = 0
        let most = 0
        let refused = 0
        let interrupted = 0
        const call = (millis: number) =>
          bulkhead
            .limit(
              Effect.acquireUseRelease(
                Effect.sync(() => {
                  most = Math.max(most, ++running)
                }),
                () => Effect.sleep(millis),
                () => Effect.sync(() => running--)
              )
            )
            .pipe(
              Effect.catchTag("BulkheadFull", () =>
                Effect.sync(() => {
                  refused++
                })
              )
            )
        const driver = yield* Effect.fork(
          Effect.gen(function* () {
            for (let i = 0; i < 2000; i++) {
              fibers.push(yield* Effect.fork(call(random.integer(40))))
              if (random.number() < 0.3) {
                const fiber = fibers[Math.max(0, fibers.length - 1 - random.integer(10))]
                if (fiber !== undefined && fiber.unsafePoll() === null) {
                  interrupted++
                  yield* random.number() < 0.5 ? Fiber.interrupt(fiber) : Fiber.interruptFork(fiber)
                }
              }
              if (random.number() < 0.5) yield* Effect.sleep(random.integer(12))
              const { running, waiting } = yield* bulkhead.inUse
              assert.isTrue(running <= 4 && waiting <= 8 && (waiting === 0 || running === 4))
            }
            yield* Effect.forEach(fibers, Fiber.await)
          })
        )
        yield* TestClock.adjust("10 minutes")
        yield* Fiber.join(driver)
        assert.strictEqual(most, 4)
        assert.isAbove(refused, 50)
        assert.isAbove(interrupted, 200)
        assert.deepStrictEqual(yield* bulkhead.inUse, { running: 0, waiting: 0 })
      }),
    // Thousands of steps of the test's clock.
    60_000
  )

  it("has the documented defaults, and refuses options that cannot work", () => {
    assert.deepStrictEqual(Bulkhead.make(), { concurrent: 25, queue: 100 })
    const refused = (field: string, options: Parameters<typeof Bulkhead.make>[0]) =>
      assert.throws(() => Bulkhead.make(options), RangeError, new RegExp(`^Bulkhead.${field}: .*Give `))
    for (const concurrent of [0, -1, 1.5, Number.NaN]) refused("concurrent", { concurrent })
    for (const queue of [-1, 1.5, Number.NaN]) refused("queue", { queue })
  })
})
