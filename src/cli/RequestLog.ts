/**
 * Logs the requests of a system's journal and the messages of its outbox.
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

/** More than the journal keeps, so an entry of the journal whose id is not remembered was not logged yet. */
const remembered = 4_096

/** Runs `f` once for each id, as long as the id is remembered. */
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
   * Logs all requests and messages from now on, and those that there already are. The requests in `own` were made by this command and are
   * left out. With `isShared`, all earlier ones are left out, since they may belong to other processes.
   */
  readonly follow: (
    controls: Controls,
    own: ReadonlyArray<Embedded.JournalEntry.JournalEntry>,
    isShared?: boolean
  ) => Effect.Effect<void>
}

/**
 * The scope must be closed after the system has ended. Then the last requests that it answered are logged too.
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
              Stream.tap(journal.changes(), (entry) => Effect.sync(() => requests.tell(entry))),
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
