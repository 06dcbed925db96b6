import { HttpClient, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Clock, Duration, Effect, Exit, Fiber, TestClock } from "effect"
import { textOf } from "../../src/layers/http/Answer.js"
import * as Deadlines from "../../src/layers/http/Deadlines.js"
import { Attempt, exchange } from "../../src/layers/http/Exchange.js"

const request = HttpClientRequest.get("http://127.0.0.1/never")
const silent = HttpClient.make(() => Effect.never)

const attemptOf = (clock: Clock.Clock, attemptTimeout: number, connectionTimeout = Number.POSITIVE_INFINITY) =>
  new Attempt(clock, Deadlines.now(clock), { attemptTimeout, connectionTimeout, deadline: Number.POSITIVE_INFINITY })

const send = (client: HttpClient.HttpClient, timeout: Duration.DurationInput) =>
  Effect.flatMap(Effect.clock, (clock) => exchange(client, request, attemptOf(clock, Duration.toMillis(timeout)), textOf(1000)))

describe("deadlines", () => {
  it.effect("a call without an answer ends at its time and not before, whatever others wait for", () =>
    Effect.gen(function* () {
      const ended: Array<number> = []
      const started = yield* Effect.forEach([300, 100, 10_000, 250, 100], (timeout) =>
        send(silent, timeout).pipe(
          Effect.flip,
          Effect.tap((failure) =>
            Effect.sync(() => {
              assert.deepInclude(failure, { _tag: "NoAnswer", reason: "timeout", sent: "maybe" })
              ended.push(timeout)
            })
          ),
          Effect.fork
        )
      )
      yield* TestClock.adjust("99 millis")
      assert.deepStrictEqual(ended, [])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(ended, [100, 100])
      yield* TestClock.adjust("199 millis")
      assert.deepStrictEqual(ended, [100, 100, 250])
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual(ended, [100, 100, 250, 300])
      yield* TestClock.adjust("9699 millis")
      assert.deepStrictEqual(ended, [100, 100, 250, 300])
      yield* TestClock.adjust("1 millis")
      yield* Effect.forEach(started, Fiber.join)
      assert.deepStrictEqual(ended, [100, 100, 250, 300, 10_000])
    })
  )

  it.effect("many calls at once", () =>
    Effect.gen(function* () {
      let aborted = 0
      const client = HttpClient.make(() => Effect.onInterrupt(Effect.never, () => Effect.sync(() => aborted++)))
      const calls = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 1000 }, () => Effect.flip(send(client, "10 seconds"))),
          {
            concurrency: "unbounded"
          }
        )
      )
      yield* TestClock.adjust("9999 millis")
      assert.strictEqual(aborted, 0)
      yield* TestClock.adjust("1 millis")
      const failures = yield* Fiber.join(calls)
      assert.strictEqual(failures.filter((failure) => failure._tag === "NoAnswer" && failure.reason === "timeout").length, 1000)
      assert.strictEqual(aborted, 1000)
    })
  )

  it.effect("a shorter deadline than the one that is slept for is not late", () =>
    Effect.gen(function* () {
      const long = yield* Effect.fork(Effect.flip(send(silent, "90 millis")))
      yield* TestClock.adjust("10 millis")
      const short = yield* Effect.fork(Effect.flip(send(silent, "20 millis")))
      yield* TestClock.adjust("20 millis")
      assert.strictEqual((yield* Fiber.poll(short))._tag, "Some")
      assert.strictEqual((yield* Fiber.poll(long))._tag, "None")
      yield* TestClock.adjust("60 millis")
      assert.strictEqual((yield* Fiber.poll(long))._tag, "Some")
    })
  )

  it.effect("an answer ends the watch: its deadline does nothing", () =>
    Effect.gen(function* () {
      const client = HttpClient.make((request) => Effect.succeed(HttpClientResponse.fromWeb(request, new Response("{}"))))
      assert.deepInclude(yield* send(client, "1 second"), { status: 200, text: "{}" })
      yield* TestClock.adjust("1 minute")
    })
  )

  it.effect("expired is called once, and not after the end of the watch", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      let called = 0
      const expired = () => {
        called++
      }
      Deadlines.watch(clock, { at: Deadlines.now(clock) + 1000, expired })
      const end = Deadlines.watch(clock, { at: Deadlines.now(clock) + 1000, expired })
      end()
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(called, 1)
    })
  )

  it.live("on a real clock: never early", () =>
    Effect.gen(function* () {
      const clock = yield* Effect.clock
      const late = yield* Effect.forEach(
        [1, 3, 20, 99, 150, 260],
        (timeout) =>
          Effect.gen(function* () {
            const at = Deadlines.now(clock)
            yield* Effect.flip(send(silent, timeout))
            return Deadlines.now(clock) - at - timeout
          }),
        { concurrency: "unbounded" }
      )
      for (const millis of late) assert.isAtLeast(millis, 0)
    })
  )

  it.live("on a real clock: no timer is left when the last call has ended", () =>
    Effect.gen(function* () {
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length
      const clock = yield* Effect.clock
      const before = timers()
      const ends = [60_000, 600_000, 1_000].map((millis) =>
        Deadlines.watch(clock, { at: Deadlines.now(clock) + millis, expired: () => assert.fail("too early") })
      )
      assert.strictEqual(timers(), before + 1)
      for (const end of ends) end()
      assert.strictEqual(timers(), before)
    })
  )

  it.effect("one sleep for all calls, and none when the last of them has ended", () =>
    Effect.gen(function* () {
      let sleeping = 0
      const test = yield* Effect.clock
      const counting: Clock.Clock = {
        [Clock.ClockTypeId]: Clock.ClockTypeId,
        unsafeCurrentTimeMillis: () => test.unsafeCurrentTimeMillis(),
        unsafeCurrentTimeNanos: () => test.unsafeCurrentTimeNanos(),
        currentTimeMillis: test.currentTimeMillis,
        currentTimeNanos: test.currentTimeNanos,
        sleep: (duration) =>
          Effect.suspend(() => {
            sleeping++
            return Effect.ensuring(
              test.sleep(duration),
              Effect.sync(() => sleeping--)
            )
          })
      }
      const calls = yield* Effect.fork(
        Effect.all(
          Array.from({ length: 100 }, () => send(silent, "10 seconds")),
          {
            concurrency: "unbounded"
          }
        ).pipe(Effect.withClock(counting))
      )
      yield* TestClock.adjust("20 millis")
      assert.strictEqual(sleeping, 1)
      // An earlier deadline takes the place of the later one, and gives it back.
      const early = yield* Effect.fork(Effect.withClock(Effect.flip(send(silent, "30 millis")), counting))
      yield* TestClock.adjust("29 millis")
      assert.strictEqual(sleeping, 1)
      yield* TestClock.adjust("1 millis")
      yield* Fiber.join(early)
      assert.strictEqual(sleeping, 1)
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(calls)))
      // The sleeping fiber was told to end, and does so in its own turn.
      yield* Effect.yieldNow()
      assert.strictEqual(sleeping, 0)
    })
  )
})
