/**
 * Errors that say in one sentence why a database cannot be used.
 */
import * as Predicate from "effect/Predicate"
import { UnusableDatabase } from "../system/EmbeddedStartError.js"

/** The code of an error of a driver or of Node. Empty when it has none. */
export const codeOf = (error: unknown): string => (Predicate.hasProperty(error, "code") ? String(error.code) : "")

const isConnecting = (error: unknown): boolean => Predicate.hasProperty(error, "syscall") && error.syscall === "connect"

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Of the PostgreSQL driver, for errors without a code. */
const sentences: { readonly [message: string]: string | undefined } = {
  "The server does not support SSL connections": "the server does not encrypt connections",
  "SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string": "the server asks for a password",
  "timeout exceeded when trying to connect": "the server does not answer in time",
  "Connection timed out": "the server does not answer in time"
}

const noAnswer = "nothing answers at its address"

/** The reason of an error, as a part of a sentence. */
export const reasonOf = (error: unknown): string => {
  const code = codeOf(error)
  // SQLite has about thirty codes of this kind, one for each operation on a file.
  if (code.startsWith("SQLITE_IOERR")) return "its file cannot be read or written, as on a disk that is full or damaged"
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
    case "SQLITE_FULL":
      return "its disk is full"
    case "EISDIR":
      return "it is a directory"
    case "ENOENT":
      return isConnecting(error) ? noAnswer : "its directory does not exist"
    case "ENOTDIR":
      return "a part of its path is not a directory"
    case "EACCES":
    case "EPERM":
      return "this process may not read and write it"
    case "EROFS":
      return "the file system is read-only"
    case "SQLITE_NOTADB":
      return "it is not a SQLite database"
    case "SQLITE_CORRUPT":
      return "it is damaged"
    case "SQLITE_BUSY":
      return "another process has locked it"
    case "SQLITE_READONLY":
      return "it is read-only"
    case "ECONNREFUSED":
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return noAnswer
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "its host is not known"
    case "28P01":
    case "28000":
      return "the server refuses the user or the password"
    case "3D000":
      return "the server has no database of this name"
    case "42501":
      return "the user has no right to make tables in it"
    case "3F000":
      return "it has no schema of this name"
    case "53300":
      return "the server takes no more connections"
    case "55P03":
      return "another process has locked it"
    case "57P03":
      return "the server is starting or stopping"
    default:
      return sentences[messageOf(error)] ?? messageOf(error)
  }
}

/** The message names the database and the reason. */
export const unusable = (database: string, why: string): UnusableDatabase =>
  new UnusableDatabase({ database, message: `The database ${database} cannot be used: ${why}.` })

/** The same, with the reason from an error of the driver or the file system. */
export const unusableBecause = (database: string, error: unknown): UnusableDatabase => unusable(database, reasonOf(error))
