/**
 * Says how far a seed is, to whoever waits long enough to wonder.
 */
import * as Effect from "effect/Effect"

/** A start that takes no longer is no wait. */
const patienceMillis = 300

/** A line that changes more often cannot be read. */
const betweenMillis = 100

export interface SeedProgress {
  readonly onSeeding: (done: number, total: number) => void
  /** When it has ended, however that was. */
  readonly end: Effect.Effect<void>
}

/** `rewrite` replaces the last line of a terminal; where there is none, `say` gets a line at the start and one at the end. */
export const make = (
  now: () => number,
  say: (text: string) => void,
  rewrite: ((text: string) => void) | undefined
): SeedProgress => {
  const startedAt = now()
  let toldAt: number | undefined
  let isComplete: string | undefined
  return {
    onSeeding: (done, total) => {
      const time = now()
      if (done === total && toldAt !== undefined) {
        isComplete = `The seed's ${total} customers are ready after ${((time - startedAt) / 1_000).toFixed(1)} s.`
      }
      if (done === total || time - startedAt < patienceMillis) return
      if (rewrite === undefined) {
        if (toldAt === undefined) say(`Preparing the seed's ${total} customers: a password takes a moment to be hashed.`)
        toldAt = time
      } else if (toldAt === undefined || time - toldAt >= betweenMillis) {
        rewrite(`Preparing the seed: ${done} of ${total} customers (${Math.floor((100 * done) / total)} %)`)
        toldAt = time
      }
    },
    end: Effect.sync(() => {
      if (toldAt === undefined) return
      rewrite?.("")
      if (rewrite === undefined && isComplete !== undefined) say(isComplete)
    })
  }
}

/** The last line of a terminal, without any of its control sequences: blanks go over what is longer. */
export const rewriter = (write: (text: string) => void): ((text: string) => void) => {
  let length = 0
  return (text) => {
    write(`\r${text.padEnd(length)}${text === "" ? "\r" : ""}`)
    length = text.length
  }
}
