/**
 * A bound on how many calls run at once, so that one slow operation cannot take all connections and memory of a process.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"

/**
 * - `concurrent`: calls that run at once, a whole number of at least 1. 25: more than a process needs at a latency of 100 ms and
 *   200 calls per second, less than what a server would take for an attack.
 * - `queue`: calls that wait for a place, a whole number of at least 0; the next one is refused. 100: four rounds of `concurrent`,
 *   since who waits for longer would rather be told.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly concurrent: number
  readonly queue: number
}

/**
 * The defaults with some fields changed. Throws a `RangeError` at once, naming the field and what to give, when one cannot work.
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
 * All places are taken and as many calls wait as may: the call was not begun.
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
 * A bulkhead in use, safe to share between fibers.
 *
 * @since 0.1.0
 * @category models
 */
export interface Bulkhead {
  /**
   * The effect, once it has a place: in the order of arrival, with nobody overtaking. Fails with `BulkheadFull` when there is
   * no place to wait. Interrupting it while it waits or runs gives its place to the next one.
   */
  readonly limit: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | BulkheadFull, R>
  readonly inUse: Effect.Effect<{ readonly running: number; readonly waiting: number }>
}

/**
 * An empty bulkhead. Start it once and share it between the calls it is to bound.
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
    // Changed in synchronous code only. A set keeps the order of arrival, and who gives up leaves it at no cost.
    const waiting = new Set<Deferred.Deferred<void>>()
    let running = 0

    /** The place goes straight to the first in the queue, so that no newcomer can take it on the way. */
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
            // Interrupted in the queue, or just after it was given the place.
            Effect.onInterrupt(() => Effect.suspend(() => (waiting.delete(turn) ? Effect.void : release))),
            Effect.zipRight(admitted)
          )
        }),
      inUse: Effect.sync(() => ({ running, waiting: waiting.size }))
    }
  })
