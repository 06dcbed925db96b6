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
 * A folder is prepared under another name, with a head of number 0 and an empty file `0.<id>.live`, and is then renamed. If two processes
 * do that, the second rename fails, since the first folder is not empty. So every new folder has a head.
 *
 * A listing during a rename may miss both names of the head or show both. If it misses both, the folder is listed again. If it shows both,
 * the higher number counts.
 *
 * ## How a folder disappears
 *
 * A folder without a value and without a lease is not needed. Its last change renames the head `N.a.head` to `N+1.b.gone`. This is a
 * compare-and-set like any other. From then on the folder has no head and never gets one, so it is dead: no change can be made in it, and
 * its key has no entry. Anybody who finds a dead folder may clear it, in this order:
 * 1. remove the listed entries, each by its name;
 * 2. remove the file `.live`;
 * 3. remove the file `.gone`;
 * 4. remove the folder, which the system refuses unless the folder is empty.
 *
 * A process that has read the head before may be paused anywhere meanwhile. Its rename fails, since the head is gone for ever. If it makes
 * its new entry in a folder that is being cleared, the folder stays with that entry. Then the folder has neither a head nor `.live`, so
 * it is still seen to be dead, and the next process that comes by clears it. This is what `.live` is for: without a head, it distinguishes
 * a dead folder from one that has lost its head. The file is never renamed, so a listing without it proves that it was removed.
 * If the path already leads to a new folder, the entry has no head there either. No step names a file that can be of another
 * folder, and no step but 4 names the folder.
 *
 * A folder of an earlier release has no `.live`. Without a head it is listed again a hundred times before it counts as dead.
 *
 * The folder does not remember the last version and fence, so it stays until the clock has passed both of them. Until then a removal is
 * a state without a value, and a later sweep removes the folder. The same is done in a folder with files that are not of this store.
 *
 * ## Time to live
 *
 * A state may say when its value ends. From then on every operation takes the value for removed, by the machine's time of day. A sweep
 * removes the folder with the change that is described above, so a process that writes at the same time either comes first, and the
 * folder stays, or finds no head, and makes a new folder.
 *
 * ## When the directory is moved
 *
 * A folder that is not found proves nothing if the directory was moved away or unmounted. Before a change or a read, the directory has to
 * be the one that was opened. Before "no entry" is answered because of a missing folder, the directory is opened and the folder is
 * looked up in it. See `StoreDirectory`.
 *
 * ## Leases
 *
 * A lease and its fence are part of the state, and are changed in the same way. Only the end of a lease needs a clock. It is the machine's
 * time of day, which all processes share. A lease ends at its time. It also ends when its start is further in the future than its own
 * duration: then the clock was set back, and the lease would last too long. If two processes have a lease because of the clock, the writes
 * with the older fence are refused.
 *
 * Versions and fences are at least the time of day in milliseconds, so they grow even after a folder was removed. When the clock is set
 * back, a process still counts on from the highest number that it has removed.
 *
 * ## Damage
 *
 * An entry that cannot be read is replaced only if the caller asks for it. If there is one head, the change follows that head like any
 * other. If two heads have the same number, both are removed first, since no process makes a change from them. Without a head, no entry can
 * become the present state. Then the listed files are removed, each by its name, and the empty folder is prepared anew.
 *
 * ## What is removed
 *
 * The store removes only its own files: files with the names above in the folder of a key, folders of keys that are empty, and folders that
 * a killed process was preparing. A directory with other files and without any of a token store is refused. An empty directory gets a
 * marker file. A directory of an earlier release has no marker, and is recognised by the files in the folders of its keys.
 *
 * An earlier release may use the same directory. It takes a folder that is being cleared for a damaged one, until it is cleared.
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
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Condition, TokenStoreError, TokenStoreService } from "../../services/TokenStore.js"
import { checked } from "./Checked.js"
import { RemoveEmptyFolder } from "./EmptyFolder.js"
import { decode, type EntryState, encode, endOf, isLeased, maximumBytes, nothing, stateAt, unreadable } from "./EntryFile.js"
import {
  discarding,
  fileName,
  folderOf,
  keyOf,
  marker,
  type NamedFile,
  type Numbered,
  namedFile,
  prepared,
  preparedFile,
  preparing,
  randomId,
  signals
} from "./FileNames.js"
import * as FileRemovals from "./FileRemovals.js"
import * as StoreDirectory from "./StoreDirectory.js"
import { isNotFound, openToOthers } from "./StoreDirectory.js"

interface Listed {
  readonly isMissing: boolean
  readonly files: ReadonlyArray<NamedFile>
  /** The heads among the files, the highest number first. */
  readonly heads: ReadonlyArray<NamedFile>
  /** Whether there are files that no store has made. */
  readonly hasOthers: boolean
}

interface Loaded {
  /** None when the key has no folder, or a dead one. */
  readonly head: Numbered | undefined
  readonly state: EntryState
  readonly listed: Listed
}

/** The result of an operation, and the next state. Without `next`, the state stays as it is. */
interface Decision<A> {
  readonly answer: A
  readonly next?: EntryState
  /** The version that the change removes, for those who subscribed to removals. */
  readonly removes?: number
}

const markerText = "This directory is a token store of effect-dintero. Keep nothing else in it.\n"

/** A try fails only because another process has made a change. Even eight busy processes stay far below this. */
const maximumTries = 1000
/** A listing misses the head only while the head is renamed. */
const maximumListings = 100
/** How far a version may be ahead of the clock for a removal to wait, in milliseconds. */
const shortlyAhead = 5
const maximumWaits = 20

const has = ({ files }: Listed, kind: NamedFile["kind"]): boolean => files.some((file) => file.kind === kind)

export const make = (options: {
  readonly directory: string
}): Effect.Effect<TokenStoreService, TokenStoreError, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const removeEmptyFolder = yield* RemoveEmptyFolder
    const directory = yield* StoreDirectory.make(options.directory)
    const { root, posix, unavailable, failed, discard } = directory
    const removals = yield* FileRemovals.make(directory)
    /** The highest version or fence in the folders that this process has removed. */
    let highest = 0

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
        Effect.map((names) => ({ names, isMissing: false })),
        Effect.catchIf(isNotFound, () => Effect.succeed({ names: [], isMissing: true })),
        Effect.mapError(failed),
        Effect.map(({ names, isMissing }) => {
          const files = names.flatMap((name) => namedFile(name) ?? [])
          const heads = files.filter(({ kind }) => kind === "head").sort((a, b) => b.number - a.number)
          return { isMissing, files, heads, hasOthers: files.length < names.length }
        })
      )

    /** The files that are not needed after the next change. */
    const pastOf = ({ files }: Listed, head: Numbered): ReadonlyArray<NamedFile> =>
      files.filter(({ kind, name, number }) => kind !== "live" && number <= head.number && name !== fileName(head, "head"))

    const load = (folder: string): Effect.Effect<Loaded, TokenStoreError> =>
      Effect.gen(function* () {
        yield* directory.check
        let listed = yield* list(folder)
        for (let listing = 1; listing < maximumListings; listing++) {
          // An empty folder, whose files somebody has removed, counts as missing. A prepared folder can be renamed over it.
          const isEmpty = listed.files.length === 0 && !listed.hasOthers
          if (isEmpty || has(listed, "gone")) return { head: undefined, state: nothing, listed }
          const [head, second] = listed.heads
          if (head !== undefined) {
            if (head.number === second?.number) {
              return yield* unreadable(folder, "has two heads of one number: several copies were mixed")
            }
            if (head.number === 0) return { head, state: nothing, listed }
            const state = yield* readState(path.join(folder, fileName(head, "entry")))
            // If the entry is missing, another process has made the next change meanwhile, and the next listing has its head.
            if (Option.isSome(state)) {
              return { head, state: state.value, listed }
            }
          }
          listed = yield* list(folder)
        }
        const [head] = listed.heads
        if (head === undefined && !has(listed, "live")) return { head: undefined, state: nothing, listed }
        if (head !== undefined && !(yield* directory.lacks(path.join(path.basename(folder), fileName(head, "entry"))))) {
          return yield* unavailable("it was moved, or others changed it all the time, while it was read: try again")
        }
        return yield* unreadable(folder, "lacks the entry of its present state, or the head that names this entry")
      })

    /** Whether there is certainly no entry, after a folder was found missing or dead. */
    const isCertain = ({ head, listed }: Loaded, folder: string): Effect.Effect<boolean, TokenStoreError> =>
      head === undefined && listed.isMissing ? directory.lacks(path.basename(folder)) : Effect.succeed(true)

    /** Makes the folder of a key, unless another process was faster. It is uninterruptible, so that no prepared folder is left. */
    const prepare = (folder: string): Effect.Effect<void, TokenStoreError> => {
      const fresh = path.join(root, `${preparing}${randomId()}`)
      const first = (kind: "head" | "live") =>
        fs.writeFile(path.join(fresh, fileName({ number: 0, id: randomId() }, kind)), new Uint8Array(0), {
          flag: "wx",
          mode: 0o600
        })
      return Effect.gen(function* () {
        yield* fs.makeDirectory(fresh, { mode: 0o700 })
        yield* first("live")
        yield* first("head")
        const renamed = yield* Effect.either(fs.rename(fresh, folder))
        if (Either.isLeft(renamed)) {
          yield* discardFolder(fresh)
          // The folder of another process may be gone again by now.
          const wasThere = ["ENOTEMPTY", "EEXIST"].includes(StoreDirectory.codeOf(renamed.left) ?? "")
          if (!wasThere && !(yield* fs.exists(folder))) return yield* renamed.left
        }
      }).pipe(
        // Another process may have removed the folder while it was being prepared. Then the caller tries again.
        Effect.catchIf(isNotFound, () => Effect.void),
        Effect.zipRight(directory.sync(root)),
        Effect.mapError(failed),
        Effect.uninterruptible
      )
    }

    /**
     * Renames the head, after `before` has made it safe. The result is `false` if another process has changed the state first, or has
     * removed the folder.
     */
    const moveHead = (
      folder: string,
      from: Numbered,
      to: NamedFile,
      before: Effect.Effect<void, PlatformError>,
      undo: Effect.Effect<void>,
      after: Effect.Effect<void>
    ): Effect.Effect<boolean, TokenStoreError> => {
      const target = path.join(folder, to.name)
      // Uninterruptible, so that an interruption does not leave the entry of the state before.
      const commit = Effect.gen(function* () {
        const renamed = yield* Effect.either(fs.rename(path.join(folder, fileName(from, "head")), target))
        if (Either.isLeft(renamed)) {
          // A network file system may repeat a rename whose answer was lost, and then does not find the file that it has renamed itself.
          const made = yield* Effect.option(fs.exists(target))
          if (!Option.contains(made, true)) {
            // If it is unknown whether the head exists, the entry stays, since the head could name it.
            if (Option.isSome(made)) yield* undo
            if (isNotFound(renamed.left)) return false
            return yield* failed(renamed.left)
          }
        }
        // The folder of a change that was made can already be gone, after later changes. The directory has to be there.
        yield* Effect.catchAll(directory.sync(folder), (error) =>
          isNotFound(error) ? directory.check : Effect.fail(failed(error))
        )
        yield* after
        return true
      })
      return Effect.uninterruptibleMask((restore) =>
        Effect.matchEffect(
          Effect.onError(restore(before), () => undo),
          {
            onFailure: (error) => (isNotFound(error) ? Effect.succeed(false) : Effect.fail(failed(error))),
            onSuccess: () => commit
          }
        )
      )
    }

    /** Makes a change. */
    const publish = (
      folder: string,
      { head, listed }: { readonly head: Numbered; readonly listed: Listed },
      next: EntryState
    ) => {
      const to: Numbered = { number: head.number + 1, id: randomId() }
      const entry = path.join(folder, fileName(to, "entry"))
      return moveHead(
        folder,
        head,
        { ...to, kind: "head", name: fileName(to, "head") },
        Effect.scoped(
          Effect.flatMap(fs.open(entry, { flag: "wx", mode: 0o600 }), (opened) =>
            Effect.zipRight(opened.writeAll(encode(next)), opened.sync)
          )
        ).pipe(Effect.zipRight(directory.sync(folder))),
        discard(entry),
        Effect.forEach(pastOf(listed, head), ({ name }) => discard(path.join(folder, name)), { discard: true })
      )
    }

    /** Clears a dead folder. See above for the order. */
    const clear = (folder: string, { files }: Listed): Effect.Effect<void> =>
      Effect.forEach(
        (["head", "entry", "live", "gone"] as const).flatMap((kind) => files.filter((file) => file.kind === kind)),
        ({ name }) => discard(path.join(folder, name)),
        { discard: true }
      ).pipe(Effect.zipRight(removeEmptyFolder(folder)))

    /** Makes the last change of a folder. */
    const retire = (folder: string, { head, listed }: { readonly head: Numbered; readonly listed: Listed }, last: number) => {
      const to: Numbered = { number: head.number + 1, id: randomId() }
      const gone: NamedFile = { ...to, kind: "gone", name: fileName(to, "gone") }
      return moveHead(
        folder,
        head,
        gone,
        // If the disk fails, it has to fail before the change.
        directory.sync(folder),
        Effect.void,
        Effect.suspend(() => {
          highest = Math.max(highest, last)
          return clear(folder, { ...listed, files: [...listed.files, gone] })
        })
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
          yield* publish(folder, { head, listed }, { ...nothing, version: now, fence: now })
          return
        }
        // Entries are removed only after the heads, because with a head one of them could become the present state.
        const useless = head === undefined ? listed.files : listed.heads
        if (useless.length === 0 && listed.hasOthers) return yield* damage
        yield* Effect.forEach(useless, ({ name }) => discard(path.join(folder, name)), { discard: true })
      })

    const change = <A>(
      key: string,
      { orUnreadable }: Pick<Condition, "orUnreadable">,
      decide: (state: EntryState, now: number) => Decision<A>
    ): Effect.Effect<A, TokenStoreError> =>
      Effect.gen(function* () {
        const folder = path.join(root, folderOf(key))
        let waits = 0
        for (let tries = 0; tries < maximumTries; tries++) {
          const attempt = yield* Effect.either(load(folder))
          if (Either.isLeft(attempt)) {
            if (orUnreadable !== true || attempt.left.reason !== "unreadable") return yield* attempt.left
            // A damaged entry has no version that anybody could know.
            yield* removals.telling(path.basename(folder), 0, Effect.as(giveUp(folder, attempt.left), true))
            continue
          }
          const loaded = attempt.right
          const { head, listed } = loaded
          const now = yield* Clock.currentTimeMillis
          const { answer, next, removes } = decide(stateAt(loaded.state, now), now)
          const isVacant = next !== undefined && next.value === null && !isLeased(next, now)
          if (next === undefined || (head === undefined && isVacant)) {
            if (yield* isCertain(loaded, folder)) return answer
            continue
          }
          if (head === undefined) {
            yield* clear(folder, listed)
            if (listed.hasOthers)
              return yield* unavailable(`${folder} has files that do not belong to a token store: remove them`)
            yield* prepare(folder)
            continue
          }
          const last = Math.max(next.version, next.fence)
          const ahead = last - now
          if (isVacant && ahead >= 0 && ahead < shortlyAhead && waits++ < maximumWaits) {
            // The clock of the machine has to pass, also in a test that sets another.
            yield* Effect.withClock(Effect.sleep("1 millis"), Clock.make())
            continue
          }
          const made =
            isVacant && ahead < 0 && !listed.hasOthers
              ? retire(folder, { head, listed }, last)
              : // The state that is already stored needs no change.
                next === loaded.state
                ? Effect.succeed(true)
                : publish(folder, { head, listed }, next)
          if (yield* removes === undefined ? made : removals.telling(path.basename(folder), removes, made)) return answer
        }
        return yield* unavailable(`others changed ${folder} ${maximumTries} times before this change could be made: try again`)
      })

    const holds = ({ version, value, fence }: EntryState, condition: Condition): boolean =>
      (condition.fence === undefined || condition.fence === fence) &&
      Option.getOrUndefined(condition.expected) === (value === null ? undefined : version)

    /** A number that no version or fence of this key had. A state without both may follow a folder that was removed. */
    const after = (last: number, now: number): number => Math.max((last === 0 ? highest : last) + 1, now)

    const read = (key: string): Effect.Effect<EntryState, TokenStoreError> =>
      Effect.gen(function* () {
        const folder = path.join(root, folderOf(key))
        for (let tries = 0; tries < maximumTries; tries++) {
          const loaded = yield* load(folder)
          if (yield* isCertain(loaded, folder)) return stateAt(loaded.state, yield* Clock.currentTimeMillis)
        }
        return yield* unavailable(`others changed ${folder} ${maximumTries} times while it was read: try again`)
      })

    const hasEntry: FileRemovals.HasEntry = (key, version) =>
      Effect.map(read(key), (state) => state.value !== null && state.version === version)

    const isKind = (kind: FileSystem.File.Type, ...names: ReadonlyArray<string>): Effect.Effect<boolean> =>
      fs.stat(path.join(root, ...names)).pipe(
        Effect.map(({ type }) => type === kind),
        Effect.orElseSucceed(() => false)
      )

    const filesIn = (name: string): Effect.Effect<ReadonlyArray<string>> =>
      Effect.orElseSucceed(fs.readDirectory(path.join(root, name)), () => [])

    /** Whether a process was preparing this folder: then it has the first files of a key or nothing. */
    const wasPrepared = (name: string): Effect.Effect<boolean> =>
      Effect.gen(function* () {
        if (!prepared.test(name) || !(yield* isKind("Directory", name))) return false
        // This store never makes a link.
        if (yield* Effect.isSuccess(fs.readLink(path.join(root, name)))) return false
        const files = yield* filesIn(name)
        return files.length <= 2 && files.every((file) => preparedFile.test(file))
      })

    const holdsKey = (name: string): Effect.Effect<boolean> =>
      keyOf(name) === undefined
        ? Effect.succeed(false)
        : Effect.map(filesIn(name), (files) => files.some((file) => namedFile(file) !== undefined))

    /**
     * Removes a folder that a killed process was preparing. It is renamed first, so that a process that is still preparing it finds it gone,
     * and never half empty.
     */
    const removePrepared = (name: string): Effect.Effect<void> => {
      const away = path.join(root, `${discarding}${randomId()}`)
      return name.startsWith(discarding)
        ? discardFolder(path.join(root, name))
        : Effect.ignore(Effect.zipRight(fs.rename(path.join(root, name), away), discardFolder(away)))
    }

    const names = (yield* Effect.mapError(fs.readDirectory(root), failed)).filter((name) => name !== signals)
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
    yield* Effect.forEach(left, removePrepared, { discard: true })

    /** Whether the folder had a value whose time was over, and this call has removed it. */
    const sweepFolder = (name: string, key: string): Effect.Effect<boolean, TokenStoreError> =>
      Effect.gen(function* () {
        const { head, listed, state } = yield* load(path.join(root, name))
        if (head === undefined) {
          yield* clear(path.join(root, name), listed)
          return false
        }
        const now = yield* Clock.currentTimeMillis
        if (stateAt(state, now).value !== null) return false
        return yield* change(key, {}, (found, at) =>
          found.value !== null || isLeased(found, at)
            ? { answer: false }
            : // Only the version that was seen to be over counts as removed by this sweep.
              { answer: state.value !== null && found.version === state.version, next: found }
        )
        // Damage, and what is not ours, is for the caller of the key.
      }).pipe(
        Effect.catchIf(
          ({ reason }) => reason !== "unavailable",
          () => Effect.succeed(false)
        )
      )

    /** The last name that a sweep has examined. */
    let swept = ""

    const sweep = (limit: number) =>
      Effect.gen(function* () {
        yield* directory.check
        yield* removals.settle(hasEntry)
        const all = (yield* Effect.mapError(fs.readDirectory(root), failed))
          .filter((name) => prepared.test(name) || keyOf(name) !== undefined)
          .sort()
        const next = [...all.filter((name) => name > swept), ...all.filter((name) => name <= swept)].slice(0, Math.max(0, limit))
        let removed = 0
        for (const name of next) {
          const key = keyOf(name)
          if (key !== undefined) removed += (yield* sweepFolder(name, key)) ? 1 : 0
          else if (yield* wasPrepared(name)) yield* removePrepared(name)
          swept = name
        }
        return { examined: next.length, removed }
      })

    return checked({
      read: (key) =>
        Effect.map(read(key), ({ version, value }) =>
          value === null ? Option.none() : Option.some({ version, value: Redacted.make(value) })
        ),
      write: (key, value, condition, options) =>
        change<Option.Option<number>>(key, condition, (state, now) => {
          if (!holds(state, condition)) return { answer: Option.none() }
          const version = after(state.version, now)
          const at = endOf(options?.timeToLive, now)
          const { fence, lease } = state
          return {
            answer: Option.some(version),
            next: {
              version,
              value: Redacted.value(value),
              fence,
              lease,
              ...(at === undefined ? {} : { expires: { version, at } })
            }
          }
        }),
      remove: (key, condition) =>
        change(key, condition, (state, now) => {
          if (!holds(state, condition)) return { answer: false }
          if (state.value !== null) return { answer: true, next: { ...state, value: null }, removes: state.version }
          return isLeased(state, now) ? { answer: true } : { answer: true, next: state }
        }),
      lease: (key, millis) =>
        change<Option.Option<{ readonly fence: number }>>(key, {}, (state, now) => {
          if (isLeased(state, now)) return { answer: Option.none() }
          const fence = after(state.fence, now)
          return { answer: Option.some({ fence }), next: { ...state, fence, lease: { granted: now, expires: now + millis } } }
        }),
      release: (key, { fence }) =>
        change<void>(key, {}, (state) =>
          state.fence === fence && state.lease !== null
            ? { answer: undefined, next: { ...state, lease: null } }
            : { answer: undefined }
        ),
      removals: removals.subscribe(hasEntry),
      sweep
    })
  })
