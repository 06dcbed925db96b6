import { assert, describe, it } from "@effect/vitest"
import { Duration, Effect, Either, Exit, Fiber, Scope, Stream, TestServices } from "effect"
import * as Outbox from "../../../src/layers/embedded/controls/outbox/Outbox.js"

const sms = (recipient: string, code: string | null = "123456") => ({
  account_id: "T12345678",
  channel: "sms" as const,
  template: "mfa_code" as const,
  recipient,
  text: `Your code is ${code}`,
  code
})

const email = (recipient: string) => ({
  account_id: "T87654321",
  channel: "email" as const,
  template: "change_password" as const,
  recipient,
  text: "…",
  code: null
})

describe("the outbox", () => {
  it.scoped("keeps the messages in order, with their times", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox.make
      yield* outbox.send(sms("+1"))
      yield* outbox.send(email("a@example.com"))
      const all = yield* outbox.list()
      assert.deepStrictEqual(
        all.map(({ id, recipient }) => [id, recipient]),
        [
          [1, "+1"],
          [2, "a@example.com"]
        ]
      )
      assert.strictEqual(all[0]?.at.toJSON(), "1970-01-01T00:00:00.000Z")
      assert.lengthOf(yield* outbox.list({ channel: "email" }), 1)
      assert.lengthOf(yield* outbox.list({ channel: "email", recipient: "+1" }), 0)
      yield* outbox.clear("T12345678")
      assert.lengthOf(yield* outbox.list(), 1)
      yield* outbox.clear()
      assert.lengthOf(yield* outbox.list(), 0)
    })
  )

  it.scoped("awaitNext can come before or after the message, and each message is returned once", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox.make
      yield* outbox.send(sms("+1", "1"))
      yield* outbox.send(sms("+1", "2"))
      assert.strictEqual((yield* outbox.awaitNext({ recipient: "+1" })).code, "1")
      assert.strictEqual((yield* outbox.awaitNext()).code, "2")
      const waiting = yield* Effect.fork(Effect.all([outbox.awaitNext({ recipient: "+1" }), outbox.awaitNext()]))
      yield* Effect.yieldNow()
      yield* outbox.send(email("b@example.com"))
      yield* outbox.send(sms("+1", "3"))
      const [third, other] = yield* Fiber.join(waiting)
      assert.deepStrictEqual([third.code, other.recipient], ["3", "b@example.com"])
    })
  )

  it.scoped("each of many waits gets a message of its own, in the order of the waits", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox.make
      const waiting = yield* Effect.fork(
        Effect.forEach(
          Array.from({ length: 100 }, (_, index) => index),
          () => outbox.awaitNext(),
          { concurrency: "unbounded" }
        )
      )
      yield* Effect.yieldNow()
      yield* Effect.forEach(
        Array.from({ length: 100 }, (_, index) => index),
        (index) => outbox.send(sms("+1", String(index)))
      )
      const codes = (yield* Fiber.join(waiting)).map(({ code }) => Number(code))
      assert.deepStrictEqual(
        codes,
        Array.from({ length: 100 }, (_, index) => index)
      )
    })
  )

  it.scoped("awaitNext waits by the machine's clock, and its error names the messages that came instead", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox.make
      const nothing = yield* Effect.flip(outbox.awaitNext({ recipient: "+2" }, "5 millis"))
      assert.strictEqual(nothing.message, "No message with recipient +2 came within 5ms: nothing else did either.")
      yield* outbox.send(sms("+1"))
      const other = yield* Effect.flip(outbox.awaitNext({ recipient: "+2" }, "5 millis"))
      assert.strictEqual(other.message, "No message with recipient +2 came within 5ms: there is mfa_code by sms to +1.")
      assert.notInclude(other.message, "123456")
    })
  )

  it.scoped("a wait that is interrupted takes no message", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox.make
      const waiting = yield* Effect.fork(outbox.awaitNext())
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      yield* outbox.send(sms("+1"))
      assert.isTrue(Either.isRight(yield* Effect.either(outbox.awaitNext({}, Duration.zero))))
    })
  )

  it.scoped("a message that comes during the interruption of a wait goes to the next one", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox.make
      const first = yield* Effect.fork(outbox.awaitNext())
      const second = yield* Effect.fork(outbox.awaitNext({ recipient: "+1" }))
      yield* Effect.yieldNow()
      // Right after each other, as a timeout can do it: the message was handed to the first wait, which never receives it.
      Effect.runSync(outbox.send(sms("+1", "1")))
      first.unsafeInterruptAsFork(first.id())
      assert.isTrue(Exit.isInterrupted(yield* Fiber.await(first)))
      assert.strictEqual((yield* Fiber.join(second)).code, "1")

      const third = yield* Effect.fork(outbox.awaitNext())
      yield* Effect.yieldNow()
      Effect.runSync(outbox.send(sms("+1", "2")))
      third.unsafeInterruptAsFork(third.id())
      yield* Fiber.await(third)
      assert.strictEqual((yield* outbox.awaitNext({}, Duration.zero)).code, "2")
      assert.isTrue(Either.isLeft(yield* Effect.either(outbox.awaitNext({}, Duration.zero))))
    })
  )

  it.scoped("awaitNext returns messages that a snapshot restores", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox.make
      yield* outbox.send(sms("+1", "1"))
      const kept = yield* outbox.list()
      yield* outbox.clear()
      const waiting = yield* Effect.fork(outbox.awaitNext({}, "2 seconds"))
      yield* Effect.yieldNow()
      yield* outbox.replace("T12345678", kept)
      assert.strictEqual((yield* Fiber.join(waiting)).code, "1")
      assert.isTrue(Either.isLeft(yield* Effect.either(outbox.awaitNext({}, Duration.zero))))
    })
  )

  it.scoped("changes has the messages that are sent from now on", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox.make
      yield* outbox.send(sms("+1"))
      const seen = yield* Effect.fork(Stream.runHead(outbox.changes))
      // Repeated until the stream listens.
      yield* TestServices.provideLive(Effect.sleep("5 millis"))
      yield* outbox.send(sms("+2"))
      const first = yield* Fiber.join(seen)
      assert.strictEqual(first._tag === "Some" ? first.value.recipient : "", "+2")
    })
  )

  it.scoped("keeps a limited number of messages", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox.make
      for (let index = 0; index < 25_000; index++) yield* outbox.send(sms("+1"))
      const kept = yield* outbox.list()
      assert.isAtMost(kept.length, 20_000)
      assert.strictEqual(kept.at(-1)?.id, 25_000)
    })
  )

  it.scoped("a wait fails when the system closes", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const outbox = yield* Scope.extend(Outbox.make, scope)
      const waiting = yield* Effect.fork(Effect.flip(outbox.awaitNext({}, "1 hour")))
      yield* TestServices.provideLive(Effect.sleep("5 millis"))
      yield* Scope.close(scope, Exit.void)
      assert.include((yield* Fiber.join(waiting)).message, "closed")
      assert.include((yield* Effect.flip(outbox.awaitNext())).message, "closed")
    })
  )
})
