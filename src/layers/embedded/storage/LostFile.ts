/**
 * Notices that a database file was deleted, moved or replaced while it is open. SQLite would go on with the file that has no name any more, and
 * what it writes would be lost.
 */
import { statSync } from "node:fs"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import { causeOf, LostDatabase } from "../system/LostDatabase.js"
import { codeOf } from "./Unusable.js"

export interface LostFile {
  /** Throws a {@link LostDatabase} unless the path still has the file. Takes a few microseconds. */
  readonly expect: () => void
  /** Logs once that the file is gone, when a statement failed for it, or before a statement when the last look was a second ago. */
  readonly warning: <A>(effect: Effect.Effect<A, SqlError>) => Effect.Effect<A, SqlError>
}

/** For a database in memory. */
export const none: LostFile = { expect: () => {}, warning: (effect) => effect }

/** In milliseconds of the machine's time. */
const lookEvery = 1_000

/** What tells a file from every other one of the machine. `undefined` when there is none. */
const identityOf = (path: string): string | undefined => {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? undefined : `${found.dev} ${found.ino}`
}

/** `path`: of the file that is open, from the root. */
export const watch = (path: string): LostFile => {
  const opened = identityOf(path)
  const lost = new LostDatabase({
    message: `The database file ${path} was deleted, moved or replaced while this system runs, so nothing is written. Put the file back, or start the system again`
  })
  let lookedAt = performance.now()
  let isWarned = false

  const isThere = (): boolean => {
    lookedAt = performance.now()
    try {
      const isSame = identityOf(path) === opened
      // When the file is back and is lost again, that is another warning.
      if (isSame) isWarned = false
      return isSame
    } catch (error) {
      // Nobody knows where the file is, such as when its directory may not be read any more.
      return codeOf(error) !== "ENOTDIR"
    }
  }

  const warn = Effect.suspend(() => {
    if (isWarned) return Effect.void
    isWarned = true
    return Effect.logWarning(`${lost.message}. What is read until then is what the file had`)
  })

  return {
    expect: () => {
      if (!isThere()) throw lost
    },
    warning: (effect) =>
      Effect.suspend(() => {
        const told = Effect.tapError(effect, (error) => (causeOf(error) === undefined ? Effect.void : warn))
        return performance.now() - lookedAt < lookEvery || isThere() ? told : Effect.zipRight(warn, told)
      })
  }
}
