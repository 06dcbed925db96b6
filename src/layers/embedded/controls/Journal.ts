/**
 * Remembers the last requests.
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import type { Principal } from "../Authorization.js"
import * as Changes from "./Changes.js"
import { UnhandledRequests } from "./ControlErrors.js"
import type { JournalControl } from "./Controls.js"
import type { AppliedFault } from "./Faults.js"
import { type JournalEntry, type JournalMatch, matches, type NearMiss } from "./JournalEntry.js"

/** What becomes known of a request while it is answered. Bodies are decoded, so that their secrets are wrapped. */
export interface Note {
  operation: string | null
  accountId: string | null
  caller: Principal | null
  request: unknown
  response: unknown
  status: number | null
  fault: AppliedFault | null
  nearMisses: ReadonlyArray<NearMiss>
  /** What a developer is told of a refusal, beyond its body. */
  hint: string | null
}

export interface JournalService extends JournalControl {
  /** Keeps what `f` notes of a request, however that ends. */
  readonly record: <A, E, R>(method: string, path: string, f: (note: Note) => Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
}

export class Journal extends Context.Tag("effect-dintero/embedded/Journal")<Journal, JournalService>() {}

const capacity = 1_000

interface Recorded {
  readonly id: number
  readonly at: number
  readonly method: string
  readonly path: string
  readonly duration: number
  readonly note: Readonly<Note>
}

/** As JSON, in which whatever is wrapped says `<redacted>`. */
const json = (value: unknown): unknown => (value === undefined ? null : JSON.parse(JSON.stringify(value)))

const entryOf = ({ at, duration, id, method, note, path }: Recorded): JournalEntry => ({
  id,
  at: DateTime.unsafeMake(at),
  duration_millis: duration,
  method,
  path,
  operation: note.operation,
  account_id: note.accountId,
  caller:
    note.caller === null
      ? null
      : { client_id: note.caller.clientId, subject: note.caller.subject, scopes: [...note.caller.scopes] },
  request: json(note.request),
  status: note.status,
  response: json(note.response),
  fault: note.fault === null ? null : { rule: note.fault.rule, kind: note.fault.fault.kind },
  near_misses: note.nearMisses,
  hint: note.hint
})

const describe = ({ method, note, path }: Recorded): string => {
  const [nearest] = note.nearMisses
  return `${method} ${path}${nearest === undefined ? "" : ` (nearest: ${nearest.operation}, with ${nearest.why})`}`
}

export const make = Effect.gen(function* () {
  const changes = yield* Changes.make<Recorded>(4_096)
  let kept: Array<Recorded> = []
  let unhandled: Array<Recorded> = []
  let lastId = 0

  const keep = (recorded: Recorded) => {
    kept.push(recorded)
    if (kept.length >= 2 * capacity) kept = kept.slice(-capacity)
    if (recorded.note.operation === null && recorded.note.status === 404 && unhandled.length < capacity) {
      unhandled.push(recorded)
    }
  }

  const record = <A, E, R>(method: string, path: string, f: (note: Note) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.clockWith((clock) => {
      const id = ++lastId
      const at = clock.unsafeCurrentTimeMillis()
      const note: Note = {
        operation: null,
        accountId: null,
        caller: null,
        request: null,
        response: null,
        status: null,
        fault: null,
        nearMisses: [],
        hint: null
      }
      return Effect.onExit(f(note), () => {
        const recorded = { id, at, method, path, duration: clock.unsafeCurrentTimeMillis() - at, note }
        keep(recorded)
        return changes.publish(recorded)
      })
    })

  return {
    record,
    list: (match: JournalMatch = {}) =>
      Effect.sync(() =>
        kept
          .slice(-capacity)
          // By arrival, which is not the order in which they were answered.
          .sort((a, b) => a.id - b.id)
          .map(entryOf)
          .filter(matches(match))
      ),
    changes: Stream.map(changes.stream, entryOf),
    verify: Effect.suspend(() => {
      if (unhandled.length === 0) return Effect.void
      const told = unhandled.slice(0, 5).map(describe)
      const more = unhandled.length - told.length
      return new UnhandledRequests({
        message: `${unhandled.length} ${unhandled.length === 1 ? "request was" : "requests were"} for no operation of the API: ${told.join("; ")}${more > 0 ? `; and ${more} more` : ""}.`
      })
    }),
    clear: Effect.sync(() => {
      kept = []
      unhandled = []
    })
  } satisfies JournalService
})

export const layer: Layer.Layer<Journal> = Layer.effect(Journal, make)
