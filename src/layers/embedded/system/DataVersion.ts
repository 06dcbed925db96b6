/**
 * Keeps what was read from the database until the database changes.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"

export interface DataVersionService {
  /**
   * Another value after each change of any row, by this process or another one. `undefined` when that is not known: on PostgreSQL, and while a
   * transaction has changes that it may roll back. Then nothing may be kept.
   */
  readonly current: () => string | undefined
  /**
   * The rows of a SELECT with `?` for each parameter, without an effect. `undefined` where that is not possible: on PostgreSQL, inside a
   * transaction, and when the database does not give them. Then the effect of the statement says what is wrong.
   */
  readonly rows: (select: string, params: ReadonlyArray<string | number>) => ReadonlyArray<unknown> | undefined
}

export class DataVersion extends Context.Tag("effect-dintero/embedded/DataVersion")<DataVersion, DataVersionService>() {}

/** For a database that other processes change without notice. */
export const unknown: DataVersionService = { current: () => undefined, rows: () => undefined }

export interface Kept<A> {
  /** Finds a value, or returns the one that was found for the same key in the same version of the data. */
  readonly find: <E, R>(key: string, find: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** The same at once. `undefined` when the value has to be found. */
  readonly known: (key: string) => A | undefined
}

/** `capacity`: how many values are kept at most. They must not be changed. */
export const kept = <A>({ current }: DataVersionService, capacity: number): Kept<A> => {
  const known = new Map<string, A>()
  let version: string | undefined
  return {
    find: (key, find) =>
      Effect.suspend(() => {
        const now = current()
        if (now === undefined) return find
        if (now !== version) {
          known.clear()
          version = now
        }
        const found = known.get(key)
        if (found !== undefined) return Effect.succeed(found)
        return Effect.map(find, (value) => {
          // The data may have changed while the value was read. Then it may be of either version.
          if (version !== now || current() !== now) return value
          if (known.size >= capacity) known.clear()
          known.set(key, value)
          return value
        })
      }),
    known: (key) => {
      const found = known.get(key)
      return found === undefined || current() !== version ? undefined : found
    }
  }
}
