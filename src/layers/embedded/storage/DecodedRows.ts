/**
 * Decodes a row that may be large once, and not again as long as the database returns the same.
 */
import * as Effect from "effect/Effect"
import type { Selection } from "./Table.js"

type Row = Readonly<Record<string, unknown>>

interface Known<A> {
  readonly row: Row
  readonly size: number
  readonly value: A
}

const isSame = (one: Row, other: Row): boolean => {
  const names = Object.keys(one)
  return names.length === Object.keys(other).length && names.every((name) => one[name] === other[name])
}

/** In characters, with the fewest that a row is counted as. */
const sizeOf = (row: Row): number =>
  Object.values(row).reduce<number>((size, value) => size + (typeof value === "string" ? value.length : 0), 100)

/** Decodes the first row that is read for a key. The value must not be changed. */
export type DecodedRows<A> = <E, R>(
  key: string,
  rows: Effect.Effect<ReadonlyArray<object>, E, R>
) => Effect.Effect<A | undefined, E, R>

/** `mostCharacters`: of all texts in the rows that are remembered. Those that were used least recently are forgotten first. */
export const make = <A>({ decode }: Pick<Selection<A>, "decode">, mostCharacters: number): DecodedRows<A> => {
  const known = new Map<string, Known<A>>()
  let characters = 0

  const forget = (key: string): void => {
    characters -= known.get(key)?.size ?? 0
    known.delete(key)
  }

  const remember = (key: string, one: Known<A>): void => {
    forget(key)
    characters += one.size
    known.set(key, one)
    for (const oldest of known.keys()) {
      if (characters <= mostCharacters) break
      forget(oldest)
    }
  }

  return (key, rows) =>
    Effect.flatMap(rows, ([found]) => {
      if (found === undefined) return Effect.succeed(undefined)
      const row: Row = { ...found }
      const before = known.get(key)
      if (before !== undefined && isSame(before.row, row)) {
        remember(key, before)
        return Effect.succeed(before.value)
      }
      return Effect.map(decode(Effect.succeed([row])), ([value]) => {
        if (value !== undefined) remember(key, { row, size: sizeOf(row), value })
        return value
      })
    })
}
