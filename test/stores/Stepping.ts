/**
 * A file store that can be stopped before each call of the file system, as if its process were paused or killed there.
 */
import { FileSystem } from "@effect/platform"
import { NodeContext } from "@effect/platform-node"
import { Context, Deferred, Effect, type Exit, Fiber } from "effect"
import { type TokenStoreError, type TokenStoreService, TokenStores } from "effect-dintero"
import { RemoveEmptyFolder } from "../../src/layers/stores/EmptyFolder.js"

export interface Stepping {
  readonly store: TokenStoreService
  /** How many calls were made since the store was opened. */
  readonly calls: () => number
  /** Runs it, stops before that call, and returns how to go on. If it has fewer calls, it ends first. */
  readonly until: <A, E>(
    call: number,
    effect: Effect.Effect<A, E>
  ) => Effect.Effect<{
    readonly stopped: boolean
    readonly goOn: Effect.Effect<Exit.Exit<A, E>>
    /** Lets it make the call that it has stopped before, and none after that. */
    readonly makeOneCall: Effect.Effect<void>
  }>
}

/** Nothing is synced, since no test switches the machine off. */
export const stepping = (directory: string): Effect.Effect<Stepping, TokenStoreError> =>
  Effect.gen(function* () {
    const real = yield* FileSystem.FileSystem
    const rmdir = yield* RemoveEmptyFolder
    let calls = 0
    let stop:
      | { readonly at: number; readonly reached: Deferred.Deferred<boolean>; readonly go: Deferred.Deferred<void> }
      | undefined
    const step = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.suspend(() => {
        calls++
        if (stop === undefined || calls !== stop.at) return effect
        return Effect.zipRight(Deferred.succeed(stop.reached, true), Effect.zipRight(Deferred.await(stop.go), effect))
      })
    const fs = FileSystem.FileSystem.of({
      ...real,
      stat: (...args) => step(real.stat(...args)),
      exists: (...args) => step(real.exists(...args)),
      readDirectory: (...args) => step(real.readDirectory(...args)),
      readFile: (...args) => step(real.readFile(...args)),
      writeFile: (...args) => step(real.writeFile(...args)),
      makeDirectory: (...args) => step(real.makeDirectory(...args)),
      rename: (...args) => step(real.rename(...args)),
      remove: (...args) => step(real.remove(...args)),
      open: (...args) =>
        step(real.open(...args)).pipe(
          // A copy that keeps the file's own methods, which live in its class.
          Effect.map((file) =>
            Object.create(file, {
              writeAll: { value: (bytes: Uint8Array) => step(file.writeAll(bytes)) },
              sync: { value: Effect.void }
            })
          )
        )
    })
    const store = yield* TokenStores.file({ directory }).pipe(
      Effect.provide(
        Context.make(FileSystem.FileSystem, fs).pipe(Context.add(RemoveEmptyFolder, (path: string) => step(rmdir(path))))
      )
    )
    calls = 0
    return {
      store,
      calls: () => calls,
      until: <A, E>(call: number, effect: Effect.Effect<A, E>) =>
        Effect.gen(function* () {
          const reached = yield* Deferred.make<boolean>()
          const go = yield* Deferred.make<void>()
          stop = { at: calls + call, reached, go }
          const fiber = yield* Effect.forkDaemon(Effect.ensuring(effect, Deferred.succeed(reached, false)))
          const stopped = yield* Deferred.await(reached)
          const makeOneCall = Effect.gen(function* () {
            const again = yield* Deferred.make<boolean>()
            stop = { at: calls + 1, reached: again, go: yield* Deferred.make<void>() }
            yield* Deferred.succeed(go, undefined)
            yield* Effect.raceFirst(Deferred.await(again), Fiber.await(fiber))
          })
          return { stopped, makeOneCall, goOn: Effect.zipRight(Deferred.succeed(go, undefined), Fiber.await(fiber)) }
        })
    }
  }).pipe(Effect.provide(NodeContext.layer))
