/**
 * How a user names a database, and how messages name it.
 */
import * as Redacted from "effect/Redacted"

/** The path of a SQLite file, or the URL of a PostgreSQL database, which may have a password. */
export type Database = string | Redacted.Redacted

/** A SQLite database in memory, which ends with its scope. */
export const memory = ":memory:"

const valueOf = (database: Database): string => (typeof database === "string" ? database : Redacted.value(database))

export const isPostgres = (database: Database): boolean => /^postgres(?:ql)?:\/\//.test(valueOf(database))

/** The name without user, password and parameters. */
export const nameOf = (database: Database): string => {
  const value = valueOf(database)
  if (!isPostgres(value)) return value
  if (!URL.canParse(value)) return "postgres://"
  const { host, pathname, protocol } = new URL(value)
  return `${protocol}//${host}${pathname}`
}

export const urlOf = (database: Database): Redacted.Redacted => Redacted.make(valueOf(database))
