import { assert, describe, it } from "@effect/vitest"
import { Cause, Clock, Duration, Effect, Either, Exit, Fiber, FiberRef, TestClock } from "effect"
import { PCGRandom } from "effect/Utils"
import * as Hedge from "../../src/policies/Hedge.js"

/** Hedging that has seen this number of calls of 100 ms. 40 calls are enough for two second copies. */
const trained = (options: Parameters<typeof Hedge.make>[0] = {}, calls = 40) =>
  Effect.gen(function* () {
    const hedging = yield* Hedge.start(Hedge.make(options))
    const training = yield* Effect.fork(
      Effect.forEach(Array.from({ length: calls }), () => hedging.hedge(Effect.sleep("100 millis")), {
        concurrency: "unbounded",
        discard: true
      })
    )
    yield* TestClock.adjust("100 millis")
    yield* Fiber.join(training)
    return hedging
  })

/**
 * A clock that goes from sleep to sleep: `TestClock` needs 10 ms of real time for each step, and a load has 20,000 of them.
 * `run` ends with the effect.
 */
const virtualTime = () => {
  let now = 0
  const sleeping: Array<{ readonly at: number; readonly wake: () => void }> = []
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => now,
    unsafeCurrentTimeNanos: () => BigInt(Math.round(now * 1e6)),
    currentTimeMillis: Effect.sync(() => now),
    currentTimeNanos: Effect.sync(() => BigInt(Math.round(now * 1e6))),
    sleep: (duration) =>
      Effect.async((resume) => {
        const entry = { at: now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
        let index = sleeping.length
        while (index > 0 && (sleeping[index - 1]?.at ?? 0) < entry.at) index--
        sleeping.splice(index, 0, entry)
        return Effect.sync(() => {
          const left = sleeping.indexOf(entry)
          if (left >= 0) sleeping.splice(left, 1)
        })
      })
  }
  const run = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(Effect.withClock(effect, clock))
      while (fiber.unsafePoll() === null) {
        yield* Effect.repeatN(Effect.yieldNow(), 10)
        const next = sleeping.pop()
        if (next === undefined) continue
        now = next.at
        next.wake()
      }
      return yield* Fiber.join(fiber)
    })
  return { now: () => now, run }
}

type Copy = { readonly after: Duration.DurationInput; readonly answer: Either.Either<string, string> }

/** The first copy, the second copy, and how they ended. */
const copies = (first: Copy, second: Copy) => {
  const log: Array<string> = []
  let sent = 0
  const effect = Effect.suspend(() => {
    const name = sent++ === 0 ? "first" : "second"
    const copy = name === "first" ? first : second
    return Effect.sleep(copy.after).pipe(
      Effect.zipRight(copy.answer),
      Effect.onExit((exit) =>
        Effect.sync(() => {
          const end = Exit.isSuccess(exit) ? "succeeded" : Cause.isInterruptedOnly(exit.cause) ? "interrupted" : "failed"
          log.push(`${name} ${end}`)
        })
      )
    )
  })
  return { effect, log, sent: () => sent }
}

const percentile = (values: ReadonlyArray<number>, share: number): number =>
  Array.from(values).sort((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN

describe("Hedge", () => {
  it.effect("sends a second copy after the percentile, returns its answer and interrupts the first copy", () =>
    Effect.gen(function* () {
      const hedging = yield* trained()
      const { effect, log, sent } = copies(
        { after: "10 seconds", answer: Either.right("slow") },
        { after: "50 millis", answer: Either.right("quick") }
      )
      // The other copy has ended when the answer comes, not only with its caller.
      const fiber = yield* Effect.fork(Effect.map(hedging.hedge(effect), (answer) => [answer, ...log]))
      yield* TestClock.adjust("99 millis")
      assert.strictEqual(sent(), 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(sent(), 2)
      yield* TestClock.adjust("50 millis")
      assert.deepStrictEqual(yield* Fiber.join(fiber), ["quick", "second succeeded", "first interrupted"])
      assert.strictEqual(yield* hedging.extra, 1 / 41)
    })
  )

  it.effect("returns the answer of the first copy when it is faster, and interrupts the second copy", () =>
    Effect.gen(function* () {
      const hedging = yield* trained()
      const { effect, log } = copies(
        { after: "120 millis", answer: Either.right("first") },
        { after: "10 seconds", answer: Either.right("second") }
      )
      const fiber = yield* Effect.fork(Effect.map(hedging.hedge(effect), (answer) => [answer, ...log]))
      yield* TestClock.adjust("120 millis")
      assert.deepStrictEqual(yield* Fiber.join(fiber), ["first", "first succeeded", "second interrupted"])
    })
  )

  it.effect("saves up only a few copies while calls are fast", () =>
    Effect.gen(function* () {
      const hedging = yield* trained({}, 400)
      let sent = 0
      const slow = Effect.suspend(() => {
        sent++
        return Effect.sleep("10 seconds")
      })
      const fiber = yield* Effect.fork(
        Effect.forEach(Array.from({ length: 10 }), () => hedging.hedge(slow), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(sent, 15)
      yield* Fiber.interrupt(fiber)
    })
  )

  it.effect("waits for the other copy when one fails", () =>
    Effect.gen(function* () {
      const run = (first: Copy, second: Copy) =>
        Effect.gen(function* () {
          const hedging = yield* trained()
          const fiber = yield* Effect.fork(Effect.either(hedging.hedge(copies(first, second).effect)))
          yield* TestClock.adjust("1 seconds")
          return yield* Fiber.join(fiber)
        })
      const right = (answer: string) => Either.right(answer)
      const left = (answer: string) => Either.left(answer)
      const quick = "50 millis" as const
      const slow = "200 millis" as const
      // The second copy begins at 100 ms.
      assert.deepStrictEqual(yield* run({ after: slow, answer: right("1") }, { after: quick, answer: left("2") }), right("1"))
      assert.deepStrictEqual(
        yield* run({ after: "110 millis", answer: left("1") }, { after: quick, answer: right("2") }),
        right("2")
      )
      assert.deepStrictEqual(
        yield* run({ after: "110 millis", answer: left("1") }, { after: quick, answer: left("2") }),
        left("1")
      )
      assert.deepStrictEqual(yield* run({ after: slow, answer: left("1") }, { after: quick, answer: left("2") }), left("1"))
    })
  )

  it.effect("fails at once when the first copy fails before a second one is sent", () =>
    Effect.gen(function* () {
      const hedging = yield* trained()
      const { effect, sent } = copies(
        { after: "20 millis", answer: Either.left("no") },
        { after: 0, answer: Either.right("yes") }
      )
      const fiber = yield* Effect.fork(Effect.either(hedging.hedge(effect)))
      yield* TestClock.adjust("20 millis")
      assert.deepStrictEqual(yield* Fiber.join(fiber), Either.left("no"))
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(sent(), 1)
      assert.strictEqual(yield* hedging.extra, 0)
    })
  )

  it.effect("ends with the defect of the first copy", () =>
    Effect.gen(function* () {
      const hedging = yield* trained()
      const exit = yield* Effect.exit(hedging.hedge(Effect.die("a defect")))
      assert.deepStrictEqual(exit, Exit.die("a defect"))
    })
  )

  it.effect("interrupts both copies, and waits until they have ended", () =>
    Effect.gen(function* () {
      const hedging = yield* trained()
      const { effect, log } = copies({ after: "1 days", answer: Either.right("") }, { after: "1 days", answer: Either.right("") })
      const fiber = yield* Effect.fork(hedging.hedge(effect))
      yield* TestClock.adjust("100 millis")
      const exit = yield* Fiber.interrupt(fiber)
      assert.isTrue(Exit.isInterrupted(exit))
      assert.deepStrictEqual(log.sort(), ["first interrupted", "second interrupted"])

      const early = copies({ after: "1 days", answer: Either.right("") }, { after: "1 days", answer: Either.right("") })
      const single = yield* Effect.fork(hedging.hedge(early.effect))
      yield* TestClock.adjust("50 millis")
      yield* Fiber.interrupt(single)
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(early.log, ["first interrupted"])
      assert.strictEqual(early.sent(), 1)
    })
  )

  it.scoped("keeps the fiber refs that the faster copy has set", () =>
    Effect.gen(function* () {
      const hedging = yield* trained()
      const ref = yield* FiberRef.make("none")
      yield* hedging.hedge(FiberRef.set(ref, "first"))
      assert.strictEqual(yield* FiberRef.get(ref), "first")
    })
  )

  it.effect("sends no second copy before it has enough latencies, and none beyond its budget", () =>
    Effect.gen(function* () {
      const slow = () =>
        copies({ after: "1 seconds", answer: Either.right("") }, { after: "1 seconds", answer: Either.right("") })
      const run = (hedging: Hedge.Hedge) =>
        Effect.gen(function* () {
          const call = slow()
          const fiber = yield* Effect.fork(hedging.hedge(call.effect))
          yield* TestClock.adjust("2 seconds")
          yield* Fiber.join(fiber)
          return call.sent()
        })
      // A budget of one copy per call: only the samples decide.
      assert.strictEqual(yield* run(yield* trained({ budget: 1 }, 19)), 1)
      assert.strictEqual(yield* run(yield* trained({ budget: 1 }, 20)), 2)
      assert.strictEqual(yield* run(yield* trained({ budget: 0 }, 40)), 1)
      // 40 calls have earned two copies; the third call has earned a fraction of one.
      const hedging = yield* trained({}, 40)
      assert.deepStrictEqual([yield* run(hedging), yield* run(hedging), yield* run(hedging)], [2, 2, 1])
    })
  )

  it.effect("never sends a second copy before the minimum delay", () =>
    Effect.gen(function* () {
      const hedging = yield* trained({ minimumDelay: "300 millis" })
      const { effect, sent } = copies(
        { after: "1 days", answer: Either.right("") },
        { after: "1 millis", answer: Either.right("") }
      )
      const fiber = yield* Effect.fork(hedging.hedge(effect))
      yield* TestClock.adjust("299 millis")
      assert.strictEqual(sent(), 1)
      yield* TestClock.adjust("2 millis")
      assert.strictEqual(sent(), 2)
      yield* Fiber.join(fiber)
    })
  )

  it.effect(
    "takes the slowest answers down for at most 5 % of load, and does not double it when all becomes slow",
    () =>
      Effect.gen(function* () {
        const hedging = yield* Hedge.start(Hedge.make())
        const random = new PCGRandom(20_261_121)
        let sent = 0
        let scale = 1
        /** 20 to 60 ms; one copy in 25 takes a second. */
        const copy = Effect.suspend(() => {
          sent++
          return Effect.sleep(scale * (random.number() < 0.04 ? 1000 : 20 + random.number() * 40))
        })
        const time = virtualTime()
        const run = (calls: number, call: Effect.Effect<void>) => {
          const latencies: Array<number> = []
          const timed = Effect.suspend(() => {
            const began = time.now()
            return Effect.tap(call, () => Effect.sync(() => latencies.push(time.now() - began)))
          })
          const before = sent
          // 200 calls per second.
          return time
            .run(
              Effect.gen(function* () {
                const fibers: Array<Fiber.Fiber<void>> = []
                for (let i = 0; i < calls; i++) {
                  fibers.push(yield* Effect.fork(timed))
                  yield* Effect.sleep(5)
                }
                yield* Fiber.joinAll(fibers)
              })
            )
            .pipe(Effect.map(() => ({ latencies, load: (sent - before) / calls })))
        }

        const plain = yield* run(4000, copy)
        const hedged = yield* run(4000, hedging.hedge(copy))
        assert.isAtLeast(percentile(plain.latencies, 0.99), 1000)
        assert.isAtMost(percentile(hedged.latencies, 0.99), 200)
        assert.isAtMost(hedged.load, 1.05)
        assert.isAbove(hedged.load, 1.02)
        assert.closeTo(yield* hedging.extra, hedged.load - 1, 1e-9)

        scale = 10
        const slow = yield* run(2000, hedging.hedge(copy))
        assert.isAtMost(slow.load, 1.05 + 5 / 2000)
        assert.isAtMost(yield* hedging.extra, 0.05)
      }),
    30_000
  )

  it("has the documented defaults, and refuses options that cannot work", () => {
    assert.deepStrictEqual(Hedge.make(), { percentile: 0.95, minimumDelay: Duration.millis(10), samples: 100, budget: 0.05 })
    const refused = (field: string, options: Parameters<typeof Hedge.make>[0]) =>
      assert.throws(() => Hedge.make(options), RangeError, `Hedge.${field}:`)
    for (const share of [0, 1, -1, 2, Number.NaN]) refused("percentile", { percentile: share })
    for (const samples of [0, 19, 20.5, Number.NaN]) refused("samples", { samples })
    for (const budget of [-0.1, 1.1, Number.NaN]) refused("budget", { budget })
    refused("minimumDelay", { minimumDelay: Duration.infinity })
    assert.strictEqual(Hedge.make({ samples: 20 }).samples, 20)
    assert.strictEqual(Hedge.make({ percentile: 0.9, samples: 10 }).samples, 10)
  })
})
