import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Exit, Queue, Scope } from "effect"
import * as Hub from "../../src/internal/Hub.js"

describe("Hub", () => {
  it.scoped("tells each event to all who listen, in order, and nothing from before", () =>
    Effect.gen(function* () {
      const hub = Hub.make(Queue.unbounded<number>())
      yield* hub.publish(1)
      const first = yield* hub.subscribe
      yield* hub.publish(2)
      const second = yield* hub.subscribe
      hub.unsafeOffer(3)
      yield* hub.publish(4)
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Queue.takeAll(first)), [2, 3, 4])
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Queue.takeAll(second)), [3, 4])
    })
  )

  it.scoped("a listener who is behind loses what its queue gives up, and nobody else does", () =>
    Effect.gen(function* () {
      const hub = Hub.make(Queue.sliding<number>(2))
      const slow = yield* hub.subscribe
      const quick = yield* hub.subscribe
      for (const event of [1, 2, 3]) {
        yield* hub.publish(event)
        assert.strictEqual(yield* Queue.take(quick), event)
      }
      assert.deepStrictEqual(Chunk.toReadonlyArray(yield* Queue.takeAll(slow)), [2, 3])
    })
  )

  it.effect("whoever has stopped listening is told nothing more, and its queue is closed", () =>
    Effect.gen(function* () {
      const made: Array<Queue.Queue<number>> = []
      const hub = Hub.make(Effect.tap(Queue.unbounded<number>(), (queue) => Effect.sync(() => made.push(queue))))
      const scope = yield* Scope.make()
      const listener = yield* Scope.extend(hub.subscribe, scope)
      const waiting = yield* Effect.fork(Queue.take(listener))
      yield* Scope.close(scope, Exit.void)
      yield* hub.publish(1)
      assert.isTrue(Exit.isInterrupted(yield* waiting.await))
      assert.deepStrictEqual(yield* Effect.forEach(made, Queue.isShutdown), [true])
    })
  )
})
