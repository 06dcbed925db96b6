/**
 * The directory of a file store: what its failures are called, and whether it is still the directory that was opened.
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { TokenStoreError } from "../../services/TokenStore.js"

/** The system's own name of the failure, for example ENOSPC. */
export const codeOf = (error: PlatformError): string | undefined => {
  const cause = error.cause
  return typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string" ? cause.code : undefined
}

const advice: Readonly<Record<string, string>> = {
  EACCES: "this process may not use it: make the user of the process its owner",
  EPERM: "this process may not use it: make the user of the process its owner",
  ENOSPC: "the disk is full: make room",
  EDQUOT: "the disk quota is used up: make room",
  EROFS: "the file system is read-only: choose another directory",
  ENOENT: "it does not exist any more: make it again, or restart the program",
  ENOTDIR: "a part of it is a file: choose another directory",
  EEXIST: "it is a file, not a directory: choose another path",
  EMFILE: "this process has too many open files",
  ENFILE: "this machine has too many open files",
  EIO: "the disk reports an error"
}

export const isNotFound = (error: PlatformError): boolean => error._tag === "SystemError" && error.reason === "NotFound"

/** Whether the mode bits give any access to the group or to others. */
export const openToOthers = (mode: number): boolean => (mode & 0o077) !== 0

export interface StoreDirectory {
  readonly root: string
  /** On Windows, mode bits mean nothing and a directory cannot be synced. */
  readonly posix: boolean
  readonly unavailable: (why: string) => TokenStoreError
  readonly failed: (error: PlatformError) => TokenStoreError
  /** Fails unless the path is the directory that was opened, and is closed to others. */
  readonly check: Effect.Effect<void, TokenStoreError>
  /**
   * Whether the directory lacks this file or folder. One that is not found by its path proves nothing, since the directory may have been
   * moved away for a moment. Here the directory is opened first, and the name is looked up in what was opened.
   */
  readonly lacks: (name: string) => Effect.Effect<boolean, TokenStoreError>
  readonly sync: (directory: string) => Effect.Effect<void, PlatformError>
  /** Removes a file. A file that cannot be removed now is removed later. A folder is not removed, since it is not ours. */
  readonly discard: (file: string) => Effect.Effect<void>
}

/** Makes the directory if it does not exist. */
export const make = (directory: string): Effect.Effect<StoreDirectory, TokenStoreError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (directory === "") {
      return yield* new TokenStoreError({
        reason: "unavailable",
        message: "The path of the token store's directory is an empty text: give the path of a directory that nothing else uses."
      })
    }
    const root = path.resolve(directory)
    const posix = path.sep === "/"

    const unavailable = (why: string): TokenStoreError =>
      new TokenStoreError({ reason: "unavailable", message: `The token store ${root}: ${why}.` })

    const failed = (error: PlatformError): TokenStoreError => {
      const code = codeOf(error) ?? (error._tag === "SystemError" ? error.reason : "BadArgument")
      return unavailable(`${advice[code] ?? "the file system refused"} (${code})`)
    }

    const examine = Effect.gen(function* () {
      const info = yield* Effect.mapError(fs.stat(root), failed)
      if (info.type !== "Directory") return yield* unavailable("it is not a directory: choose another path")
      if (posix && openToOthers(info.mode)) {
        return yield* unavailable(`others on this machine may use it: chmod 700 ${root}`)
      }
      return info
    })

    yield* Effect.mapError(fs.makeDirectory(root, { recursive: true, mode: 0o700 }), failed)
    const opened = yield* examine

    const isOpened = ({ dev, ino }: FileSystem.File.Info): boolean =>
      dev === opened.dev && Option.getOrUndefined(ino) === Option.getOrUndefined(opened.ino)

    const replaced = unavailable("it is another directory than when it was opened: put that one back, or restart the program")

    /** Looks the name up in a listing. One listing is of one directory, also while it is moved. */
    const isUnlisted = (name: string): Effect.Effect<boolean, TokenStoreError> =>
      Effect.map(
        Effect.mapError(fs.readDirectory(path.dirname(path.join(root, name))), failed),
        (names) => !names.includes(path.basename(name))
      )

    return {
      root,
      posix,
      unavailable,
      failed,
      check: Effect.flatMap(examine, (info) => (isOpened(info) ? Effect.void : replaced)),
      lacks: (name) =>
        !posix
          ? isUnlisted(name)
          : Effect.gen(function* () {
              const handle = yield* Effect.mapError(fs.open(root, { flag: "r" }), failed)
              if (!isOpened(yield* Effect.mapError(handle.stat, failed))) return yield* replaced
              // On Linux a path can begin at an open directory. Elsewhere all names are listed, which takes longer.
              const inside = `/proc/self/fd/${handle.fd}`
              const same = yield* Effect.option(fs.stat(inside))
              if (Option.isNone(same) || !isOpened(same.value)) return yield* isUnlisted(name)
              const found = yield* Effect.either(fs.stat(`${inside}/${name}`))
              if (Either.isRight(found)) return false
              return isNotFound(found.left) ? true : yield* failed(found.left)
            }).pipe(Effect.scoped),
      sync: (place) =>
        !posix
          ? Effect.void
          : Effect.scoped(Effect.flatMap(fs.open(place, { flag: "r" }), (handle) => handle.sync)).pipe(
              Effect.catchIf(
                // Some file systems cannot sync a directory, and fail with one of these codes.
                (error) => ["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EPERM", "EBADF"].includes(codeOf(error) ?? ""),
                () => Effect.void
              )
            ),
      discard: (file) => Effect.ignore(fs.remove(file, { force: true }))
    }
  })
