/**
 * Tells the processes that share a file store which keys are removed.
 *
 * ## How a removal is told
 *
 * The signals are files in a directory of their own, which the first subscriber makes. Without that directory nobody listens, and nothing
 * is written. A remover
 * 1. makes `<id>.<version>.begun.<folder>`;
 * 2. removes the entry of this version;
 * 3. renames the file to `<id>.<version>.done.<folder>`, and removes it.
 *
 * Subscribers watch the directory. The name alone says which key was removed, so it does not matter that the file is gone when they hear
 * of it, or that the key has an entry again.
 *
 * ## Why none is missed
 *
 * A remover that is killed after step 2 leaves its file, and each subscriber looks for such files every second. If the key has no entry of
 * that version any more, the subscriber makes step 3. So does a sweep. A remover that only was slow finds its file gone, and makes step 3
 * with a new file, since the first signal may have come too early.
 *
 * The directory is watched only once a first signal has arrived. When it is replaced or cannot be watched, the stream fails.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Path from "@effect/platform/Path"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Mailbox from "effect/Mailbox"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type { TokenStoreError } from "../../services/TokenStore.js"
import { keyOf, randomId, signals } from "./FileNames.js"
import { isNotFound, type StoreDirectory } from "./StoreDirectory.js"

interface Signal {
  readonly id: string
  readonly version: number
  readonly kind: string
  readonly folder: string
}

const signal = /^([0-9a-f]{32})\.(0|[1-9][0-9]{0,15})\.(begun|done)\.(key-.+)$/
const nameOf = ({ id, version, kind, folder }: Signal): string => `${id}.${version}.${kind}.${folder}`
const signalOf = (name: string): Signal | undefined => {
  const [, id, version, kind, folder] = signal.exec(name) ?? []
  return id === undefined || kind === undefined || folder === undefined
    ? undefined
    : { id, version: Number(version), kind, folder }
}

/** The first signals may be written before the watcher listens. */
const maximumProbes = 200
/** A name is reported once, although its file comes and goes. */
const rememberedIds = 1000

export interface FileRemovals {
  /** Makes a change that removes the entry of this version from the folder, and tells the subscribers unless the change was not made. */
  readonly telling: (
    folder: string,
    version: number,
    change: Effect.Effect<boolean, TokenStoreError>
  ) => Effect.Effect<boolean, TokenStoreError>
  /** Makes up for the signals of killed removers. `hasEntry` says whether the key has the entry of this version. */
  readonly settle: (hasEntry: HasEntry) => Effect.Effect<void, TokenStoreError>
  readonly subscribe: (hasEntry: HasEntry) => Effect.Effect<Stream.Stream<string, TokenStoreError>, TokenStoreError, Scope.Scope>
}

export type HasEntry = (key: string, version: number) => Effect.Effect<boolean, TokenStoreError>

export const make = (store: StoreDirectory): Effect.Effect<FileRemovals, never, FileSystem.FileSystem | Path.Path> =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    const directory = path.join(store.root, signals)
    const fileOf = (one: Signal): string => path.join(directory, nameOf(one))
    const touch = (one: Signal) => fs.writeFile(fileOf(one), new Uint8Array(0), { flag: "wx", mode: 0o600 })

    const tell = (begun: Signal): Effect.Effect<void> => {
      const done = { ...begun, kind: "done" }
      const again = { ...done, id: randomId() }
      return fs.rename(fileOf(begun), fileOf(done)).pipe(
        Effect.as(done),
        Effect.orElse(() => Effect.as(touch(again), again)),
        Effect.flatMap((told) => store.discard(fileOf(told))),
        Effect.ignore
      )
    }

    const present: Effect.Effect<ReadonlyArray<Signal>, TokenStoreError> = fs.readDirectory(directory).pipe(
      Effect.map((names) => names.flatMap((name) => signalOf(name) ?? [])),
      Effect.catchIf(isNotFound, () => Effect.succeed([])),
      Effect.mapError(store.failed)
    )

    const settleOne = (one: Signal, hasEntry: HasEntry): Effect.Effect<void, TokenStoreError> => {
      const key = keyOf(one.folder)
      if (one.kind === "done" || key === undefined) return store.discard(fileOf(one))
      return Effect.flatMap(
        // An entry that cannot be read is not the one that the signal names, or nobody can use it.
        Effect.catchIf(
          hasEntry(key, one.version),
          ({ reason }) => reason !== "unavailable",
          () => Effect.succeed(false)
        ),
        (has) =>
          has
            ? Effect.void
            : Effect.uninterruptible(
                Effect.ignore(
                  Effect.zipRight(
                    fs.rename(fileOf(one), fileOf({ ...one, kind: "done" })),
                    store.discard(fileOf({ ...one, kind: "done" }))
                  )
                )
              )
      )
    }

    const subscribe = (hasEntry: HasEntry) =>
      Effect.gen(function* () {
        yield* store.check
        yield* fs.makeDirectory(directory, { mode: 0o700 }).pipe(
          Effect.catchIf(
            (error) => error._tag === "SystemError" && error.reason === "AlreadyExists",
            () => Effect.void
          ),
          Effect.mapError(store.failed)
        )
        const { dev, ino } = yield* Effect.mapError(fs.stat(directory), store.failed)
        const removed = yield* Effect.acquireRelease(Mailbox.make<string, TokenStoreError>(), (mailbox) => mailbox.shutdown)
        const listening = yield* Deferred.make<void, TokenStoreError>()
        const probe = `probe.${randomId()}`
        const told = new Set<string>()

        const hear = (name: string): void => {
          if (name === probe) Deferred.unsafeDone(listening, Exit.void)
          const one = signalOf(name)
          const key = one === undefined || one.kind !== "done" ? undefined : keyOf(one.folder)
          if (one === undefined || key === undefined || told.has(one.id)) return
          told.add(one.id)
          for (const oldest of told) {
            if (told.size <= rememberedIds) break
            told.delete(oldest)
          }
          removed.unsafeOffer(key)
        }

        const end = (error: TokenStoreError) => Effect.zipRight(Deferred.fail(listening, error), removed.fail(error))

        yield* Stream.runForEach(fs.watch(directory), (event) => Effect.sync(() => hear(path.basename(event.path)))).pipe(
          Effect.mapError(store.failed),
          // Node.js throws when the system has no watcher left.
          Effect.catchAllDefect(() => Effect.fail(store.unavailable("the system cannot watch the directory"))),
          Effect.zipRight(Effect.fail(store.unavailable("the system has stopped to watch the directory"))),
          Effect.catchAll(end),
          Effect.forkScoped
        )

        const probing = Effect.gen(function* () {
          const file = path.join(directory, probe)
          for (let probes = 0; probes < maximumProbes; probes++) {
            yield* Effect.ensuring(fs.writeFile(file, new Uint8Array(0), { mode: 0o600 }), store.discard(file))
            if (Option.isSome(yield* Effect.timeoutOption(Deferred.await(listening), "50 millis"))) return
          }
          return yield* store.unavailable("the system reports no changes of the directory")
        })
        yield* probing.pipe(
          Effect.mapError((error) => (error._tag === "TokenStoreError" ? error : store.failed(error))),
          // Also in a test that sets the clock, the system takes its time.
          Effect.withClock(Clock.make())
        )

        const guard = (before: ReadonlyArray<Signal>): Effect.Effect<never, TokenStoreError> =>
          Effect.gen(function* () {
            yield* Effect.sleep("1 second")
            yield* store.check
            const now = yield* Effect.mapError(fs.stat(directory), store.failed)
            if (now.dev !== dev || Option.getOrUndefined(now.ino) !== Option.getOrUndefined(ino)) {
              return yield* store.unavailable("the directory of its signals was replaced")
            }
            const left = yield* present
            const seen = new Set(before.map(nameOf))
            yield* Effect.forEach(
              left.filter((one) => seen.has(nameOf(one))),
              (one) => settleOne(one, hasEntry),
              { discard: true }
            )
            return yield* guard(left)
          })
        yield* guard([]).pipe(Effect.catchAll(end), Effect.forkScoped)
        return Mailbox.toStream(removed)
      })

    return {
      telling: (folder, version, change) =>
        Effect.suspend(() => {
          const begun: Signal = { id: randomId(), version, kind: "begun", folder }
          return Effect.uninterruptibleMask((restore) =>
            touch(begun).pipe(
              Effect.catchIf(isNotFound, () => Effect.void),
              Effect.mapError(store.failed),
              Effect.zipRight(
                // After a failure it is unknown whether the entry was removed. One report too many does no harm.
                Effect.onExit(restore(change), (exit) =>
                  Exit.isSuccess(exit) && !exit.value ? store.discard(fileOf(begun)) : tell(begun)
                )
              )
            )
          )
        }),
      settle: (hasEntry) =>
        Effect.flatMap(present, (left) => Effect.forEach(left, (one) => settleOne(one, hasEntry), { discard: true })),
      subscribe
    }
  })
