/**
 * A store as a reader of the documentation would write it over a database of his own: with what is asked for and nothing that is optional, and with
 * answers that come later.
 */
import { Duration, Effect, Option, type Redacted } from "effect"
import type { Condition, TokenStoreService } from "effect-dintero"

interface Row {
  version: number
  fence: number
  leasedUntil: number
  value: Redacted.Redacted | undefined
}

export const make: Effect.Effect<TokenStoreService> = Effect.sync(() => {
  const rows = new Map<string, Row>()

  /** One change at a time, as in a transaction. */
  const change = <A>(key: string, body: (row: Row) => A): Effect.Effect<A> =>
    /^[A-Za-z0-9._-]{1,128}$/.test(key)
      ? Effect.promise(async () => {
          await new Promise((resolve) => setImmediate(resolve))
          const row = rows.get(key) ?? { version: 0, fence: 0, leasedUntil: 0, value: undefined }
          rows.set(key, row)
          return body(row)
        })
      : Effect.die(new RangeError("no such key"))

  const holds = (row: Row, { expected, fence }: Condition) =>
    (fence === undefined || fence === row.fence) &&
    Option.match(expected, {
      onNone: () => row.value === undefined,
      onSome: (version) => row.value !== undefined && version === row.version
    })

  return {
    read: (key) => change(key, ({ value, version }) => (value === undefined ? Option.none() : Option.some({ value, version }))),
    write: (key, value, condition) =>
      change(key, (row) => {
        if (!holds(row, condition)) return Option.none()
        row.value = value
        row.version++
        return Option.some(row.version)
      }),
    remove: (key, condition) =>
      change(key, (row) => {
        if (!holds(row, condition)) return false
        row.value = undefined
        return true
      }),
    lease: (key, duration) =>
      Duration.greaterThan(duration, Duration.days(365))
        ? Effect.die(new RangeError("a lease has to end"))
        : change(key, (row) => {
            const now = performance.now()
            if (now < row.leasedUntil) return Option.none()
            row.leasedUntil = now + Duration.toMillis(duration)
            row.fence++
            return Option.some({ fence: row.fence })
          }),
    release: (key, { fence }) =>
      change(key, (row) => {
        if (row.fence === fence) row.leasedUntil = 0
      })
  }
})
