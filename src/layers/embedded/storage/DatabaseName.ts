/**
 * What a database is called, by the people who choose it and in what they are told.
 */
import * as Redacted from "effect/Redacted"

/** A path of a SQLite file, or the URL of a PostgreSQL database, in which a password may be. */
export type Database = string | Redacted.Redacted

/** A SQLite database of its own, gone with its scope. */
export const memory = ":memory:"

const valueOf = (database: Database): string => (typeof database === "string" ? database : Redacted.value(database))

export const isPostgres = (database: Database): boolean => /^postgres(?:ql)?:\/\//.test(valueOf(database))

/** Without user, password and parameters. */
export const nameOf = (database: Database): string => {
  const value = valueOf(database)
  if (!isPostgres(value)) return value
  if (!URL.canParse(value)) return "postgres://"
  const { host, pathname, protocol } = new URL(value)
  return `${protocol}//${host}${pathname}`
}

export const urlOf = (database: Database): Redacted.Redacted => Redacted.make(valueOf(database))
