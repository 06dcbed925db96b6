/**
 * Reports the progress of a seed that takes a long time.
 */
import type * as Embedded from "../embedded.js"

type Progress = Embedded.DinteroEmbedded.SeedProgress

export interface SeedProgress {
  readonly onSeeding: (progress: Progress) => void
  /** Called when the system listens. */
  readonly listening: (url: string) => void
  /** Called when there is no further progress, also after a failure. */
  readonly end: () => void
}

/** Such a seed takes less time than reading a line. */
const isShort = ({ customers, passwords }: Progress): boolean => passwords < 4 && customers < 2_000

/** ms. A line that changes more often than this cannot be read. */
const rewriteMillis = 100

/** ms. A log gets fewer lines than a terminal, and fewer still the longer the seed takes. */
const sayMillis = (elapsed: number): number => Math.max(2_000, elapsed / 10)

const part = (done: number, total: number): string => `${done} of ${total} (${Math.floor((100 * done) / total)} %)`

const sentence = ({ customers, customersWritten, passwords, passwordsHashed }: Progress): string =>
  passwordsHashed < passwords
    ? `Passwords hashed: ${part(passwordsHashed, passwords)}.`
    : `Customers written: ${part(customersWritten, customers)}.`

const first = ({ customers, passwords }: Progress): string => {
  const hashing = passwords === 1 ? "1 password has" : `${passwords} passwords have`
  const what = `Seeding ${customers} ${customers === 1 ? "customer" : "customers"}`
  return passwords === 0 ? `${what}.` : `${what}: ${hashing} to be hashed first.`
}

/** `rewrite` replaces the last line of a terminal. Without a terminal, progress is reported in lines of the log. */
export const make = (
  now: () => number,
  say: (text: string) => void,
  rewrite: ((text: string) => void) | undefined
): SeedProgress => {
  const startedAt = now()
  let toldAt: number | undefined
  const end = () => {
    if (toldAt !== undefined) rewrite?.("")
  }
  return {
    onSeeding: (progress) => {
      if (isShort(progress)) return
      const time = now()
      if (toldAt === undefined) say(first(progress))
      else if (time - toldAt < (rewrite === undefined ? sayMillis(time - startedAt) : rewriteMillis)) return
      else (rewrite ?? say)(sentence(progress))
      toldAt = time
    },
    listening: (url) => {
      if (toldAt === undefined) return
      end()
      say(`Listening at ${url} after ${((now() - startedAt) / 1_000).toFixed(1)} s.`)
    },
    end
  }
}

/** Rewrites the last line of a terminal without control sequences. Blanks overwrite the rest of a longer text. */
export const rewriter = (write: (text: string) => void): ((text: string) => void) => {
  let length = 0
  return (text) => {
    write(`\r${text.padEnd(length)}${text === "" ? "\r" : ""}`)
    length = text.length
  }
}
