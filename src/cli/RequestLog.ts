/**
 * Logs what the journal and the outbox of a system have.
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Embedded from "../embedded.js"
import type { Log } from "./Log.js"

interface Controls {
  readonly journal: Pick<Embedded.Controls.JournalControl, "changes" | "list">
  readonly outbox: Pick<Embedded.Controls.OutboxControl, "changes" | "list">
}

/** More than the journal keeps: what it still has and is not known here was not logged yet. */
const remembered = 4_096

/** Runs `f` once for each id, as far as can be remembered. */
const once = <A extends { readonly id: number }>(f: (value: A) => void) => {
  let known = new Set<number>()
  let before = new Set<number>()
  const skip = (value: A): boolean => {
    if (known.has(value.id) || before.has(value.id)) return true
    known.add(value.id)
    if (known.size >= remembered) {
      before = known
      known = new Set()
    }
    return false
  }
  return {
    skip: (value: A) => void skip(value),
    tell: (value: A) => {
      if (!skip(value)) f(value)
    }
  }
}

export interface RequestLog {
  /**
   * From now on, and what there was before except `own`, which this command has asked for itself. `isShared`: what there was before may be
   * of other processes, and is left out.
   */
  readonly follow: (
    controls: Controls,
    own: ReadonlyArray<Embedded.JournalEntry.JournalEntry>,
    isShared?: boolean
  ) => Effect.Effect<void>
}

/**
 * The scope has to be one that is closed after the system has ended: then everything that it answered at last is logged too.
 */
export const make = (log: Pick<Log, "request" | "message">): Effect.Effect<RequestLog, never, Scope.Scope> =>
  Effect.gen(function* () {
    let end: Effect.Effect<void> = Effect.void
    yield* Effect.addFinalizer(() => Effect.suspend(() => end))
    return {
      follow: ({ journal, outbox }, own, isShared = false) =>
        Effect.gen(function* () {
          const requests = once(log.request)
          const messages = once(log.message)
          own.forEach(requests.skip)
          const fiber = yield* Stream.runDrain(
            Stream.merge(
              Stream.tap(journal.changes, (entry) => Effect.sync(() => requests.tell(entry))),
              Stream.tap(outbox.changes, (message) => Effect.sync(() => messages.tell(message)))
            )
          ).pipe(Effect.forkDaemon)
          const rest = Effect.gen(function* () {
            const sent = yield* outbox.list()
            sent.forEach(messages.tell)
            const answered = yield* journal.list()
            answered.forEach(requests.tell)
          })
          end = isShared ? Fiber.interrupt(fiber) : Effect.zipRight(Fiber.interrupt(fiber), rest)
          if (!isShared) yield* rest
        })
    }
  })
