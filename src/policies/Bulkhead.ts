/**
 * A limit for how many calls run at once. It keeps one slow operation from taking all connections and memory of a process.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"

/**
 * - `concurrent`: how many calls run at once, a whole number of at least 1. The default is 25. A process needs 20 for 200 calls per
 *   second at a latency of 100 ms, and a server does not mistake 25 for an attack.
 * - `queue`: how many calls may wait, a whole number of at least 0. A further call is refused. The default is 100, four times
 *   `concurrent`: a caller that would wait for longer is better served by an error.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly concurrent: number
  readonly queue: number
}

/**
 * The default options with some fields changed. Give the result to `Dintero.layer` as `bulkhead`, or to {@link start}.
 *
 * Throws a `RangeError` when `concurrent` is not a whole number of at least 1, or `queue` not one of at least 0. Its message names the
 * field and a value that works.
 *
 * @example
 * ```ts
 * import { Bulkhead } from "effect-dintero"
 *
 * const impatient = Bulkhead.make({ concurrent: 10, queue: 0 })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: { readonly concurrent?: number | undefined; readonly queue?: number | undefined } = {}
): Options => {
  const concurrent = options.concurrent ?? 25
  const queue = options.queue ?? 100
  if (!(Number.isInteger(concurrent) && concurrent >= 1)) {
    throw new RangeError(
      `Bulkhead.concurrent: ${concurrent} is not a whole number of at least 1. Give the number of calls that may run at once.`
    )
  }
  if (!(Number.isInteger(queue) && queue >= 0)) {
    throw new RangeError(`Bulkhead.queue: ${queue} is not a whole number of at least 0. Give 0 to refuse rather than wait.`)
  }
  return { concurrent, queue }
}

/**
 * The call was not started: `concurrent` calls are running and `queue` calls are waiting.
 *
 * @since 0.1.0
 * @category errors
 */
export class BulkheadFull extends Data.TaggedError("BulkheadFull")<{ readonly concurrent: number; readonly queue: number }> {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: { readonly concurrent?: number; readonly queue?: number } = {}): BulkheadFull {
    return new BulkheadFull({ concurrent: 25, queue: 100, ...given })
  }
  override get message(): string {
    return `The bulkhead is full: ${this.concurrent} calls are running and ${this.queue} are waiting`
  }
}

/**
 * A started bulkhead. Fibers can share it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bulkhead {
  /**
   * Runs the effect when the bulkhead has room for it. Waiting calls run in the order of their arrival.
   *
   * Fails with `BulkheadFull` when the queue is full. A call that is interrupted, waiting or running, makes room for the next one.
   */
  readonly limit: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | BulkheadFull, R>
  readonly inUse: Effect.Effect<{ readonly running: number; readonly waiting: number }>
}

/**
 * Starts an empty bulkhead. Start one bulkhead and share it between all calls that it shall limit.
 *
 * @example
 * ```ts
 * import { Bulkhead } from "effect-dintero"
 * import { Effect } from "effect"
 *
 * const program = Effect.gen(function* () {
 *   const bulkhead = yield* Bulkhead.start(Bulkhead.make({ concurrent: 2, queue: 10 }))
 *   return yield* bulkhead
 *     .limit(Effect.succeed("an answer"))
 *     .pipe(Effect.catchTag("BulkheadFull", () => Effect.succeed("come back later")))
 * })
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const start = (options: Options): Effect.Effect<Bulkhead> =>
  Effect.sync(() => {
    // Changed in synchronous code only. A set keeps the order of arrival, and a call that gives up is removed in constant time.
    const waiting = new Set<Deferred.Deferred<void>>()
    let running = 0

    /** Hands the place directly to the first call in the queue, so that a new call cannot overtake it. */
    const release = Effect.sync(() => {
      for (const next of waiting) {
        waiting.delete(next)
        Deferred.unsafeDone(next, Exit.void)
        return
      }
      running--
    })

    return {
      limit: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.uninterruptibleMask((restore): Effect.Effect<A, E | BulkheadFull, R> => {
          const admitted = Effect.suspend(() => Effect.ensuring(restore(effect), release))
          if (running < options.concurrent) {
            running++
            return admitted
          }
          if (waiting.size >= options.queue) return Effect.fail(new BulkheadFull(options))
          const turn = Deferred.unsafeMake<void>(FiberId.none)
          waiting.add(turn)
          return restore(Deferred.await(turn)).pipe(
            // The call was interrupted in the queue, or just after it was given a place, which it then passes on.
            Effect.onInterrupt(() => Effect.suspend(() => (waiting.delete(turn) ? Effect.void : release))),
            Effect.zipRight(admitted)
          )
        }),
      inUse: Effect.sync(() => ({ running, waiting: waiting.size }))
    }
  })
