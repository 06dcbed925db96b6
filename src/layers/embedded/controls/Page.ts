/**
 * Reads a long list a page at a time, from its end to its beginning.
 */
import * as Effect from "effect/Effect"
import type { Page } from "./Controls.js"

/** The page of values that are in the order of their ids. */
export const newest = <A extends { readonly id: number }>(
  values: ReadonlyArray<A>,
  { before = Number.POSITIVE_INFINITY, limit = Number.POSITIVE_INFINITY }: Page
): ReadonlyArray<A> => {
  const found = values.filter(({ id }) => id < before)
  return limit >= found.length ? found : limit >= 1 ? found.slice(-Math.floor(limit)) : []
}

/**
 * Reads a page in parts of at most `most` values, the newest part first, so that no part is large. `read` returns a part in the order of the
 * ids. `fits` leaves values out that `read` cannot leave out itself.
 */
export const inParts = <A extends { readonly id: number }, E, R>(
  read: (before: number | undefined, limit: number) => Effect.Effect<ReadonlyArray<A>, E, R>,
  { before, limit = Number.POSITIVE_INFINITY }: Page,
  most: number,
  fits?: (value: A) => boolean
): Effect.Effect<ReadonlyArray<A>, E, R> =>
  Effect.gen(function* () {
    const parts: Array<ReadonlyArray<A>> = []
    let count = 0
    let until = before
    while (count < limit) {
      // How many have to be read until enough of them fit is not known.
      const wanted = fits === undefined ? Math.min(most, Math.ceil(limit - count)) : most
      const part = yield* read(until, wanted)
      const fitting = fits === undefined ? part : part.filter(fits)
      parts.push(fitting)
      count += fitting.length
      const [first] = part
      if (first === undefined || part.length < wanted) break
      until = first.id
    }
    return newest(parts.reverse().flat(), { limit })
  })
