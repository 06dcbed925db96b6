/**
 * A token store in the memory of one process.
 *
 * Each operation is synchronous, so no other fiber runs between the check of its condition and its change. Leases and entries end by the monotonic
 * clock, so a change of the time of day neither ends nor prolongs them.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { Condition, Lease, StoredEntry, Swept, TokenStoreService } from "../../services/TokenStore.js"
import { checked, timeToLiveOf } from "./Checked.js"
import * as Removals from "./Removals.js"

interface Ending {
  /** ns on the monotonic clock. It is undefined for an entry that stays until it is removed. */
  readonly ends: bigint | undefined
}

interface Entry extends StoredEntry, Ending {}

interface Held extends Lease, Ending {}

const isOver = ({ ends }: Ending, now: bigint): boolean => ends !== undefined && ends <= now

const endOf = (now: bigint, millis: number): bigint => now + BigInt(millis) * 1_000_000n

/** Drops what is over. Each call goes on where the last one ended, and looks at `limit` values at most. */
const sweeping = (values: Map<string, Ending>) => {
  let rest = values.entries()
  return (limit: number, now: bigint): Swept => {
    const most = Math.min(limit, values.size)
    let examined = 0
    let removed = 0
    while (examined < most) {
      const next = rest.next()
      if (next.done === true) {
        rest = values.entries()
        continue
      }
      examined++
      const [key, value] = next.value
      if (isOver(value, now)) {
        values.delete(key)
        removed++
      }
    }
    return { examined, removed }
  }
}

/** A write or lease adds one at most. So what is over is dropped faster than more can come. */
const perChange = 2

/** Makes an empty store at each run. */
export const make: Effect.Effect<TokenStoreService> = Effect.sync(() => {
  const entries = new Map<string, Entry>()
  const leases = new Map<string, Held>()
  const subscribers = new Set<Removals.Subscriber>()
  const sweepEntries = sweeping(entries)
  const sweepLeases = sweeping(leases)
  // One counter for all keys. So each number is higher than all before it, and nothing has to be kept of a removed entry.
  let last = 0

  const now = Clock.currentTimeNanos

  const entryOf = (key: string, now: bigint): Entry | undefined => {
    const entry = entries.get(key)
    return entry === undefined || isOver(entry, now) ? undefined : entry
  }

  const holds = (key: string, { expected, fence }: Condition, now: bigint): boolean =>
    (fence === undefined || fence === leases.get(key)?.fence) && Option.getOrUndefined(expected) === entryOf(key, now)?.version

  return checked({
    read: (key) =>
      Effect.map(now, (now) =>
        Option.map(Option.fromNullable(entryOf(key, now)), ({ value, version }): StoredEntry => ({ value, version }))
      ),
    write: (key, value, condition, options) =>
      Effect.map(now, (now) => {
        sweepEntries(perChange, now)
        if (!holds(key, condition, now)) return Option.none()
        const millis = timeToLiveOf(options)
        entries.set(key, { version: ++last, value, ends: millis === undefined ? undefined : endOf(now, millis) })
        return Option.some(last)
      }),
    remove: (key, condition) =>
      Effect.map(now, (now) => {
        if (!holds(key, condition, now)) return false
        const wasThere = entryOf(key, now) !== undefined
        entries.delete(key)
        if (wasThere) for (const { report } of subscribers) report(key)
        return true
      }),
    lease: (key, millis) =>
      Effect.map(now, (now) => {
        sweepLeases(perChange, now)
        const held = leases.get(key)
        if (held !== undefined && !isOver(held, now)) return Option.none()
        const fence = ++last
        leases.set(key, { fence, ends: endOf(now, millis) })
        return Option.some({ fence })
      }),
    release: (key, lease) =>
      Effect.sync(() => {
        if (leases.get(key)?.fence === lease.fence) leases.delete(key)
      }),
    removals: Effect.map(
      Effect.acquireRelease(
        Effect.tap(Removals.make, (subscriber) => Effect.sync(() => subscribers.add(subscriber))),
        (subscriber) =>
          Effect.suspend(() => {
            subscribers.delete(subscriber)
            return subscriber.end
          })
      ),
      ({ keys }) => keys
    ),
    sweep: (limit) => Effect.map(now, (now) => sweepEntries(limit, now))
  })
})
