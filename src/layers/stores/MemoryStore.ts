/**
 * A token store in the memory of one process.
 *
 * Each operation is synchronous, so no other fiber runs between the check of its condition and its change. Leases use the monotonic
 * clock, so a change of the time of day neither ends nor prolongs a lease.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { Condition, Lease, TokenStoreService } from "../../services/TokenStore.js"
import { checked } from "./Checked.js"

interface Entry {
  readonly version: number
  readonly value: Redacted.Redacted
}

interface Held extends Lease {
  readonly ends: bigint
}

/** Makes an empty store at each run. */
export const make: Effect.Effect<TokenStoreService> = Effect.sync(() => {
  const entries = new Map<string, Entry>()
  const leases = new Map<string, Held>()
  // One counter for all keys. So each number is higher than all before it, and nothing has to be kept of a removed entry.
  let last = 0

  const holds = (key: string, { expected, fence }: Condition): boolean =>
    (fence === undefined || fence === leases.get(key)?.fence) && Option.getOrUndefined(expected) === entries.get(key)?.version

  return checked({
    read: (key) => Effect.sync(() => Option.fromNullable(entries.get(key))),
    write: (key, value, condition) =>
      Effect.sync(() => {
        if (!holds(key, condition)) return Option.none()
        entries.set(key, { version: ++last, value })
        return Option.some(last)
      }),
    remove: (key, condition) =>
      Effect.sync(() => {
        if (!holds(key, condition)) return false
        entries.delete(key)
        return true
      }),
    lease: (key, millis) =>
      Effect.map(Clock.currentTimeNanos, (now) => {
        const held = leases.get(key)
        if (held !== undefined && now < held.ends) return Option.none()
        const fence = ++last
        leases.set(key, { fence, ends: now + BigInt(millis) * 1_000_000n })
        return Option.some({ fence })
      }),
    release: (key, lease) =>
      Effect.sync(() => {
        if (leases.get(key)?.fence === lease.fence) leases.delete(key)
      })
  })
})
