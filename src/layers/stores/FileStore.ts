/**
 * A token store in a directory, for any number of processes of one machine.
 *
 * ## How a change is made
 *
 * Each key has a folder. The state of the key is in a file `<number>.<id>.entry`. The name of one empty file, the head
 * (`<number>.<id>.head`), says which of these files is the present state. The number grows by one with each change, and the id is 128
 * random bits. A change
 * 1. finds the head `N.a.head`, and reads `N.a.entry`;
 * 2. writes the new state to a new file `N+1.b.entry`, and syncs it;
 * 3. renames `N.a.head` to `N+1.b.head`;
 * 4. removes the entries with numbers up to `N`.
 *
 * ## Why no update is lost
 *
 * Only step 3 changes the present state, and a rename is atomic. It is a compare-and-set: the rename fails when `N.a.head` does not exist
 * any more. No name of a head is used twice, so a head that exists has existed since it was read. When several processes have read the
 * same state, exactly one of them can rename the head. The others find no such file, and begin again with the state of the winner.
 *
 * There is no lock, so no lock has to be broken, and nothing depends on a clock, a pause or a process id. A process that stops between
 * steps 2 and 3, for however long, finds its head gone and has changed nothing. (With a lock file, nothing stops a paused process from
 * writing after its lock was broken.)
 *
 * ## Why a kill leaves nothing half done
 *
 * Before step 3 the old state is the present one, and the new file is an entry without a head. After step 3 the new state is the present
 * one, and it is already on the disk. A head moves to a number only from the number below. So an entry without a head can never become
 * the present state once the head has reached its number, and step 4 of a later change removes it. No file is removed because of its age.
 *
 * ## Folders
 *
 * A folder is prepared under another name, with a head of number 0, and is then renamed. If two processes do that, the second rename fails,
 * since the first folder is not empty. So every new folder has a head.
 *
 * A listing during a rename may miss both names of the head or show both. If it misses both, the folder is listed again. If it shows both,
 * the higher number counts.
 *
 * ## Leases
 *
 * A lease and its fence are part of the state, and are changed in the same way. Only the end of a lease needs a clock. It is the machine's
 * time of day, which all processes share. A lease ends at its time. It also ends when its start is further in the future than its own
 * duration: then the clock was set back, and the lease would last too long. If two processes have a lease because of the clock, the writes
 * with the older fence are refused.
 *
 * Versions and fences are at least the time of day in milliseconds, so they grow even after somebody has removed a folder.
 *
 * ## Damage
 *
 * An entry that cannot be read is replaced only if the caller asks for it. If there is one head, the change follows that head like any
 * other. If two heads have the same number, both are removed first, since no process makes a change from them. Without a head, no entry can
 * become the present state. Then the listed entries are removed, each by its name, and the empty folder is prepared anew.
 *
 * ## What is removed
 *
 * The store removes only its own files: files with the names above in the folder of a key, and folders that a killed process was preparing.
 * A directory with other files and without any of a token store is refused. An empty directory gets a marker file. A directory of an
 * earlier release has no marker, and is recognised by the files in the folders of its keys.
 *
 * On a network file system the rename is atomic too, but a listing may be outdated. Then a read may miss the last change, and a change
 * fails as `unavailable` if it does not find the head in time.
 */
import type { PlatformError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type Condition, TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import { checked } from "./Checked.js"
import { decode, type EntryState, encode, maximumBytes, nothing, unreadable } from "./EntryFile.js"

interface Head {
  readonly number: number
  readonly id: string
}

interface Listed {
  readonly isEmpty: boolean
  readonly files: ReadonlyArray<Head & { readonly name: string }>
  /** The heads among the files, the highest number first. */
  readonly heads: ReadonlyArray<Head & { readonly name: string }>
}

interface Loaded {
  /** None when the key has no folder yet. */
  readonly head: Head | undefined
  readonly state: EntryState
  /** Files of the folder that are not needed after the next change. */
  readonly past: ReadonlyArray<string>
}

/** The result of an operation, and the next state. Without `next`, the state stays as it is. */
interface Decision<A> {
  readonly answer: A
  readonly next?: EntryState
}

const named = /^(0|[1-9][0-9]{0,14})\.([0-9a-f]{32})\.(head|entry)$/
const fileName = ({ number, id }: Head, kind: "head" | "entry"): string => `${number}.${id}.${kind}`

/** The names of folders that are being prepared, and of abandoned ones that are being removed. No folder of a key has such a name. */
const preparing = "new-"
const discarding = "old-"
const prepared = /^(new|old)-[0-9a-f]{32}$/
const preparedHead = /^0\.[0-9a-f]{32}\.head$/
const folderOfKey = /^key-[a-z0-9._-]{1,128}(~[0-9a-f]{1,32})?$/

/** The file that marks a directory as a token store, also while it has no entries. */
export const marker = ".effect-dintero-token-store"
const markerText = "This directory is a token store of effect-dintero. Keep nothing else in it.\n"

/** A try fails only because another process has made a change. Even eight busy processes stay far below this. */
const maximumTries = 1000
/** A listing misses the head only while the head is renamed. */
const maximumListings = 100

const randomId = (): string => Encoding.encodeHex(crypto.getRandomValues(new Uint8Array(16)))

/**
 * The name of a key's folder. Some file systems do not distinguish capital letters, so a key is written in small letters. Hexadecimal
 * digits after it say which letters were capitals, one digit for 4 characters.
 */
export const folderOf = (key: string): string => {
  const small = key.toLowerCase()
  if (small === key) return `key-${key}`
  const capitals = [...key].map((character) => (character === character.toLowerCase() ? "0" : "1")).join("")
  const digits = (capitals.match(/.{1,4}/g) ?? []).map((four) => Number.parseInt(four.padEnd(4, "0"), 2).toString(16))
  return `key-${small}~${digits.join("")}`
}

/** The system's own name of the failure, for example ENOSPC. */
const codeOf = (error: PlatformError): string | undefined => {
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

const isNotFound = (error: PlatformError): boolean => error._tag === "SystemError" && error.reason === "NotFound"

/** Whether the mode bits give any access to the group or to others. */
const openToOthers = (mode: number): boolean => (mode & 0o077) !== 0

export const make = (options: {
  readonly directory: string
}): Effect.Effect<TokenStoreService, TokenStoreError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (options.directory === "") {
      return yield* new TokenStoreError({
        reason: "unavailable",
        message: "The path of the token store's directory is an empty text: give the path of a directory that nothing else uses."
      })
    }
    const root = path.resolve(options.directory)
    // On Windows, mode bits mean nothing and a directory cannot be synced.
    const posix = path.sep === "/"

    const unavailable = (why: string): TokenStoreError =>
      new TokenStoreError({ reason: "unavailable", message: `The token store ${root}: ${why}.` })

    const failed = (error: PlatformError): TokenStoreError => {
      const code = codeOf(error) ?? (error._tag === "SystemError" ? error.reason : "BadArgument")
      return unavailable(`${advice[code] ?? "the file system refused"} (${code})`)
    }

    const checkRoot: Effect.Effect<void, TokenStoreError> = Effect.gen(function* () {
      const { mode, type } = yield* Effect.mapError(fs.stat(root), failed)
      if (type !== "Directory") return yield* unavailable("it is not a directory: choose another path")
      if (posix && openToOthers(mode)) {
        return yield* unavailable(`others on this machine may use it: chmod 700 ${root}`)
      }
    })

    const syncDirectory = (directory: string): Effect.Effect<void, TokenStoreError> =>
      !posix
        ? Effect.void
        : Effect.scoped(Effect.flatMap(fs.open(directory, { flag: "r" }), (opened) => opened.sync)).pipe(
            Effect.catchAll((error) =>
              // Some file systems cannot sync a directory, and fail with one of these codes.
              ["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EPERM", "EBADF"].includes(codeOf(error) ?? "")
                ? Effect.void
                : Effect.fail(failed(error))
            )
          )

    /** Removes a file. A file that cannot be removed now is removed by a later change. A folder is not removed, since it is not ours. */
    const discard = (file: string): Effect.Effect<void> => Effect.ignore(fs.remove(file, { force: true }))

    /** Only for a folder that this store has prepared. */
    const discardFolder = (folder: string): Effect.Effect<void> =>
      Effect.ignore(fs.remove(folder, { recursive: true, force: true }))

    const readState = (file: string): Effect.Effect<Option.Option<EntryState>, TokenStoreError> =>
      Effect.gen(function* () {
        const { mode, size } = yield* fs.stat(file)
        if (posix && openToOthers(mode)) {
          return yield* unavailable(`others on this machine may use ${file}: chmod 600 it, and change what is in it`)
        }
        if (size > maximumBytes) return yield* unreadable(file, "is larger than any entry")
        const decoded = decode(file, yield* fs.readFile(file))
        return Either.isRight(decoded) ? Option.some(decoded.right) : yield* decoded.left
      }).pipe(
        Effect.catchIf(
          (error) => error._tag !== "TokenStoreError" && isNotFound(error),
          () => Effect.succeedNone
        ),
        Effect.mapError((error) => (error._tag === "TokenStoreError" ? error : failed(error)))
      )

    const list = (folder: string): Effect.Effect<Listed, TokenStoreError> =>
      fs.readDirectory(folder).pipe(
        Effect.catchIf(isNotFound, () => Effect.succeed<Array<string>>([])),
        Effect.mapError(failed),
        Effect.map((names) => {
          const files = names.flatMap((name) => {
            const [, number, id, kind] = named.exec(name) ?? []
            return number === undefined || id === undefined ? [] : [{ name, kind, number: Number(number), id }]
          })
          const heads = files.filter(({ kind }) => kind === "head").sort((a, b) => b.number - a.number)
          return { isEmpty: names.length === 0, files, heads }
        })
      )

    /** The files that are not needed after the next change. */
    const pastOf = ({ files }: Listed, head: Head): ReadonlyArray<string> =>
      files.filter(({ name, number }) => number <= head.number && name !== fileName(head, "head")).map(({ name }) => name)

    const load = (folder: string): Effect.Effect<Loaded, TokenStoreError> =>
      Effect.gen(function* () {
        yield* checkRoot
        for (let listing = 0; listing < maximumListings; listing++) {
          const listed = yield* list(folder)
          // An empty folder, whose files somebody has removed, counts as missing. A prepared folder can be renamed over it.
          if (listed.isEmpty) return { head: undefined, state: nothing, past: [] }
          const [head, second] = listed.heads
          if (head === undefined) continue
          if (head.number === second?.number) {
            return yield* unreadable(folder, "has two heads of one number: several copies were mixed")
          }
          const past = pastOf(listed, head)
          if (head.number === 0) return { head, state: nothing, past }
          const state = yield* readState(path.join(folder, fileName(head, "entry")))
          // If the entry is missing, another process has made the next change meanwhile, and the next listing has its head.
          if (Option.isSome(state)) return { head, state: state.value, past }
        }
        return yield* unreadable(folder, "lacks the entry of its present state, or the head that names this entry")
      })

    /** Makes the folder of a key, unless another process was faster. It is uninterruptible, so that no prepared folder is left. */
    const prepare = (folder: string): Effect.Effect<void, TokenStoreError> => {
      const fresh = path.join(root, `${preparing}${randomId()}`)
      const head = path.join(fresh, fileName({ number: 0, id: randomId() }, "head"))
      return Effect.gen(function* () {
        yield* fs.makeDirectory(fresh, { mode: 0o700 })
        yield* fs.writeFile(head, new Uint8Array(0), { flag: "wx", mode: 0o600 })
        const renamed = yield* Effect.either(fs.rename(fresh, folder))
        if (Either.isLeft(renamed)) {
          yield* discardFolder(fresh)
          if (!(yield* fs.exists(folder))) return yield* renamed.left
        }
      }).pipe(
        // Another process that starts may have removed the folder while it was being prepared. Then the caller tries again.
        Effect.catchIf(isNotFound, () => Effect.void),
        Effect.mapError(failed),
        Effect.zipRight(syncDirectory(root)),
        Effect.uninterruptible
      )
    }

    /** Makes a change. The result is `false` if another process has changed the state first. */
    const publish = (folder: string, from: Head, past: ReadonlyArray<string>, next: EntryState) => {
      const to: Head = { number: from.number + 1, id: randomId() }
      const entry = path.join(folder, fileName(to, "entry"))
      const head = path.join(folder, fileName(to, "head"))
      const write = Effect.scoped(
        Effect.flatMap(fs.open(entry, { flag: "wx", mode: 0o600 }), (opened) =>
          Effect.zipRight(opened.writeAll(encode(next)), opened.sync)
        )
      ).pipe(Effect.mapError(failed), Effect.zipRight(syncDirectory(folder)))
      // Uninterruptible, so that an interruption does not leave the entry of the state before.
      const commit = Effect.gen(function* () {
        const renamed = yield* Effect.either(fs.rename(path.join(folder, fileName(from, "head")), head))
        if (Either.isLeft(renamed)) {
          // A network file system may repeat a rename whose answer was lost, and then does not find the file that it has renamed itself.
          const made = yield* Effect.option(fs.exists(head))
          if (!Option.contains(made, true)) {
            // If it is unknown whether the head exists, the entry stays, since the head could name it.
            if (Option.isSome(made)) yield* discard(entry)
            if (isNotFound(renamed.left)) return false
            return yield* failed(renamed.left)
          }
        }
        yield* syncDirectory(folder)
        yield* Effect.forEach(past, (name) => discard(path.join(folder, name)), { discard: true })
        return true
      })
      return Effect.uninterruptibleMask((restore) =>
        Effect.zipRight(
          Effect.onError(restore(write), () => discard(entry)),
          commit
        )
      )
    }

    /** Makes one step of replacing a damaged folder. Each call makes one step only, since another process may do the same. */
    const giveUp = (folder: string, damage: TokenStoreError): Effect.Effect<void, TokenStoreError> =>
      Effect.gen(function* () {
        let listed = yield* list(folder)
        // A listing that is made during a rename may miss the head.
        for (let more = 1; more < maximumListings && listed.heads.length === 0; more++) listed = yield* list(folder)
        const [head, second] = listed.heads
        if (head !== undefined && head.number !== second?.number) {
          const now = yield* Clock.currentTimeMillis
          yield* publish(folder, head, pastOf(listed, head), { ...nothing, version: now, fence: now })
          return
        }
        // Entries are removed only after the heads, because with a head one of them could become the present state.
        const useless = head === undefined ? listed.files : listed.heads
        if (useless.length === 0 && !listed.isEmpty) return yield* damage
        yield* Effect.forEach(useless, ({ name }) => discard(path.join(folder, name)), { discard: true })
      })

    const change = <A>(
      key: string,
      { orUnreadable }: Pick<Condition, "orUnreadable">,
      decide: (state: EntryState, now: number) => Decision<A>
    ): Effect.Effect<A, TokenStoreError> =>
      Effect.gen(function* () {
        const folder = path.join(root, folderOf(key))
        for (let tries = 0; tries < maximumTries; tries++) {
          const loaded = yield* Effect.either(load(folder))
          if (Either.isLeft(loaded)) {
            if (orUnreadable !== true || loaded.left.reason !== "unreadable") return yield* loaded.left
            yield* giveUp(folder, loaded.left)
            continue
          }
          const { head, state, past } = loaded.right
          const { answer, next } = decide(state, yield* Clock.currentTimeMillis)
          if (next === undefined) return answer
          if (head === undefined) yield* prepare(folder)
          else if (yield* publish(folder, head, past, next)) return answer
        }
        return yield* unavailable(`others changed ${folder} ${maximumTries} times before this change could be made: try again`)
      })

    const holds = ({ version, value, fence }: EntryState, condition: Condition): boolean =>
      (condition.fence === undefined || condition.fence === fence) &&
      Option.getOrUndefined(condition.expected) === (value === null ? undefined : version)

    const isKind = (kind: FileSystem.File.Type, ...names: ReadonlyArray<string>): Effect.Effect<boolean> =>
      fs.stat(path.join(root, ...names)).pipe(
        Effect.map(({ type }) => type === kind),
        Effect.orElseSucceed(() => false)
      )

    const filesIn = (name: string): Effect.Effect<ReadonlyArray<string>> =>
      Effect.orElseSucceed(fs.readDirectory(path.join(root, name)), () => [])

    /** Whether a process was preparing this folder: then it has the first head of a key or nothing. */
    const wasPrepared = (name: string): Effect.Effect<boolean> =>
      Effect.gen(function* () {
        if (!prepared.test(name) || !(yield* isKind("Directory", name))) return false
        // This store never makes a link.
        if (yield* Effect.isSuccess(fs.readLink(path.join(root, name)))) return false
        const files = yield* filesIn(name)
        return files.length <= 1 && files.every((file) => preparedHead.test(file))
      })

    const holdsKey = (name: string): Effect.Effect<boolean> =>
      folderOfKey.test(name)
        ? Effect.map(filesIn(name), (files) => files.some((file) => named.test(file)))
        : Effect.succeed(false)

    yield* Effect.mapError(fs.makeDirectory(root, { recursive: true, mode: 0o700 }), failed)
    yield* checkRoot
    const names = yield* Effect.mapError(fs.readDirectory(root), failed)
    const left = yield* Effect.filter(names, wasPrepared)
    if (left.length === names.length) {
      // Another process may write the marker at the same time.
      yield* fs.writeFileString(path.join(root, marker), markerText, { flag: "wx", mode: 0o600 }).pipe(
        Effect.catchIf(
          (error) => error._tag === "SystemError" && error.reason === "AlreadyExists",
          () => Effect.void
        ),
        Effect.mapError(failed)
      )
    } else if (!(yield* isKind("File", marker)) && !(yield* Effect.exists(names, holdsKey))) {
      return yield* unavailable(
        "the directory has files that do not belong to a token store: choose an empty directory, or one that does not exist yet"
      )
    }
    // Removes folders that a killed process was preparing. A folder is renamed first, so that a process that is still preparing it finds
    // it gone, and never half empty.
    yield* Effect.forEach(
      left,
      (name) => {
        const away = path.join(root, `${discarding}${randomId()}`)
        return name.startsWith(discarding)
          ? discardFolder(path.join(root, name))
          : Effect.ignore(Effect.zipRight(fs.rename(path.join(root, name), away), discardFolder(away)))
      },
      { discard: true }
    )

    return checked({
      read: (key) =>
        Effect.map(load(path.join(root, folderOf(key))), ({ state: { version, value } }) =>
          value === null ? Option.none() : Option.some({ version, value: Redacted.make(value) })
        ),
      write: (key, value, condition) =>
        change<Option.Option<number>>(key, condition, (state, now) => {
          if (!holds(state, condition)) return { answer: Option.none() }
          const version = Math.max(state.version + 1, now)
          return { answer: Option.some(version), next: { ...state, version, value: Redacted.value(value) } }
        }),
      remove: (key, condition) =>
        change(key, condition, (state) => {
          if (!holds(state, condition)) return { answer: false }
          return state.value === null ? { answer: true } : { answer: true, next: { ...state, value: null } }
        }),
      lease: (key, millis) =>
        change<Option.Option<{ readonly fence: number }>>(key, {}, (state, now) => {
          if (state.lease !== null) {
            const { granted, expires } = state.lease
            if (now < expires && granted - now <= expires - granted) return { answer: Option.none() }
          }
          const fence = Math.max(state.fence + 1, now)
          return { answer: Option.some({ fence }), next: { ...state, fence, lease: { granted: now, expires: now + millis } } }
        }),
      release: (key, { fence }) =>
        change<void>(key, {}, (state) =>
          state.fence === fence && state.lease !== null
            ? { answer: undefined, next: { ...state, lease: null } }
            : { answer: undefined }
        )
    })
  })
