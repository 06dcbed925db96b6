/**
 * How a user names a database, and how messages name it.
 */
import * as Redacted from "effect/Redacted"

/** The path of a SQLite file, or the URL of a PostgreSQL database, which may have a password. */
export type Database = string | Redacted.Redacted

/** A SQLite database in memory, which ends with its scope. */
export const memory = ":memory:"

const valueOf = (database: Database): string => (typeof database === "string" ? database : Redacted.value(database))

export const isPostgres = (database: Database): boolean => /^postgres(?:ql)?:\/\//i.test(valueOf(database))

/**
 * The URL of a PostgreSQL database. None for one that the driver would read in another way than it was meant: a special character of a
 * password that is not encoded ends the host, and what stands behind it would be printed as a name.
 */
const parsed = (value: string): URL | undefined => {
  // As `psql` does, the driver takes a user without a host too: `user:password@/database?host=/a/socket`.
  const hostless = value.replace(/^(\w+:\/\/)[^/?#@]*@(?=\/)/, "$1")
  if (!URL.canParse(hostless)) return undefined
  const url = new URL(hostless)
  return url.hash === "" && !`${url.pathname}${url.search}`.includes("@") ? url : undefined
}

/** What {@link nameOf} says of a PostgreSQL database whose URL cannot be read. */
export const unreadable = "postgres://"

/** The name without user, password and parameters. */
export const nameOf = (database: Database): string => {
  const value = valueOf(database)
  if (!isPostgres(value)) return value
  const url = parsed(value)
  return url === undefined ? unreadable : `${url.protocol}//${url.host}${url.pathname}`
}

/** As the driver reads it. */
export const urlOf = (database: Database): Redacted.Redacted => {
  const value = valueOf(database)
  const host = /^\[(.*)\]$/.exec(parsed(value)?.hostname ?? "")?.[1]
  // The driver would look for a host with this name, brackets and all.
  return Redacted.make(host === undefined ? value : `${value}${value.includes("?") ? "&" : "?"}host=${host}`)
}
