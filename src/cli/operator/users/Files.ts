/**
 * Files of an import and of an export. Each way in which a file can fail has its own sentence.
 */
import * as Fs from "node:fs/promises"
import { dirname } from "node:path"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import { CommandFailed } from "../../CommandFailed.js"

const codeOf = (error: unknown): unknown => (Predicate.hasProperty(error, "code") ? error.code : undefined)

const reason = (error: unknown): string => {
  switch (codeOf(error)) {
    case "ENOENT":
      return "there is no such file or folder"
    case "ENOTDIR":
      return "a part of its path is not a folder"
    case "EISDIR":
      return "it is a folder"
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "this user may not read or write it"
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full. Free some space, and run the same command again"
    case "EFBIG":
      return "it would be too large for this disk"
    default:
      return error instanceof Error ? error.message : String(error)
  }
}

export const refuse = (path: string, why: string, exitCode: 1 | 2 = 1): CommandFailed =>
  new CommandFailed({ message: `${path} cannot be used: ${why}.`, exitCode })

export const tried = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, CommandFailed> =>
  Effect.tryPromise({ try: run, catch: (error) => refuse(path, reason(error)) })

/** `undefined` when there is no such file. A folder, a pipe or a device is refused. */
export const sizeOf = (path: string): Effect.Effect<number | undefined, CommandFailed> =>
  Effect.gen(function* () {
    const found = yield* tried(path, () =>
      Fs.stat(path).catch((error: unknown) => (codeOf(error) === "ENOENT" ? undefined : Promise.reject(error)))
    )
    if (found?.isDirectory() === true) return yield* refuse(path, "it is a folder", 2)
    if (found?.isFile() === false) return yield* refuse(path, "it is not a regular file, and could not be read again", 2)
    return found?.size
  })

export interface Appender {
  /** Returns when the text is on the disk. */
  readonly append: (text: string) => Effect.Effect<void, CommandFailed>
}

/** The end of a name reaches the disk only with its folder. */
const syncFolder = async (path: string): Promise<void> => {
  // Windows cannot open a folder, and does not need it.
  if (process.platform === "win32") return
  const folder = await Fs.open(dirname(path), "r")
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/**
 * Opens a file to add to it. What it has after `length` bytes is cut off, when that is given. Only this user may read it, since it holds
 * personal data.
 */
export const appender = (path: string, length?: number): Effect.Effect<Appender, CommandFailed, Scope.Scope> =>
  Effect.acquireRelease(
    tried(path, async () => {
      const file = await Fs.open(path, "a", 0o600)
      if (length !== undefined) await file.truncate(length)
      await syncFolder(path)
      return file
    }),
    (file) => Effect.promise(() => file.close())
  ).pipe(
    Effect.map((file) => ({
      // A write is not interrupted in the middle of a line.
      append: (text) =>
        Effect.uninterruptible(
          tried(path, async () => {
            await file.appendFile(text)
            await file.datasync()
          })
        )
    }))
  )

/** A reader sees the old file or the whole new one. */
export const replace = (path: string, text: string): Effect.Effect<void, CommandFailed> =>
  tried(path, async () => {
    const other = `${path}.${process.pid}.tmp`
    const file = await Fs.open(other, "w", 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await Fs.rename(other, path)
    await syncFolder(path)
  })

/** Gives a finished file its name. */
export const rename = (from: string, to: string): Effect.Effect<void, CommandFailed> =>
  tried(to, async () => {
    await Fs.rename(from, to)
    await syncFolder(to)
  })

export const remove = (path: string): Effect.Effect<void, CommandFailed> => tried(path, () => Fs.rm(path, { force: true }))

const isAlive = (pid: number): boolean => {
  if (pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === "EPERM"
  }
}

/** Two runs that share a journal would undo each other's work. The lock of a run that was killed is taken over. */
export const lock = (path: string): Effect.Effect<void, CommandFailed, Scope.Scope> => {
  const take = tried(path, () =>
    Fs.writeFile(path, `${process.pid}\n`, { flag: "wx", mode: 0o600 }).then(
      () => true,
      (error: unknown) => (codeOf(error) === "EEXIST" ? false : Promise.reject(error))
    )
  )
  return Effect.acquireRelease(
    Effect.gen(function* () {
      if (yield* take) return
      const owner = Number(yield* tried(path, () => Fs.readFile(path, "utf8").catch(() => "")))
      if (Number.isInteger(owner) && owner > 0 && isAlive(owner)) {
        return yield* new CommandFailed({
          message: `The process ${owner} is at work on this. Wait for its end. If it is another program, remove ${path}.`,
          exitCode: 2
        })
      }
      yield* remove(path)
      if (!(yield* take)) return yield* refuse(path, "another process has just taken it", 2)
    }),
    () => Effect.ignore(remove(path))
  )
}
