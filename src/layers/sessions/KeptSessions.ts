/**
 * The sessions that a process has in memory: those that are in use, and those that were used a moment ago.
 *
 * A session is read from the store once, by a fiber of the layer, for all callers that wait for it. What it needs lives in a scope of its own below
 * the layer's, so that the scope of a request neither ends its fibers nor its renewals. A session that nobody uses is given up after some time, or
 * when there are too many of them.
 *
 * Another process may end a session that is in memory here. A store that reports removals tells. Otherwise a session that was not read for some time
 * is read again when somebody resumes it.
 *
 * When requests are isolated, each caller reads for itself, and nothing runs in the background: sessions are given up when others are used, and removals are not
 * reported.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Forks from "../../internal/Forks.js"
import * as SessionMetrics from "../../policies/SessionMetrics.js"
import { TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import * as Deadlines from "../http/Deadlines.js"
import * as BoundedStore from "./BoundedStore.js"
import * as SessionIds from "./SessionIds.js"
import type * as SessionRecord from "./SessionRecord.js"
import type * as SessionTokens from "./SessionTokens.js"

export interface Options {
  readonly read: (handle: string) => Effect.Effect<Option.Option<SessionRecord.StoredSession>, TokenStoreError>
  readonly open: (
    handle: string,
    stored: SessionRecord.StoredSession
  ) => Effect.Effect<SessionTokens.SessionTokens, never, Scope.Scope>
  /** Subscribes to the keys of entries that are removed, if the store can. */
  readonly removals: TokenStoreService["removals"]
  /** Whether this process has begun to end the session, so that nobody may resume it, in memory or stored. */
  readonly isEnding: (handle: string) => boolean
  /** The same, after a look into the store. */
  readonly isStillEnding: (handle: string) => Effect.Effect<boolean>
  /** How many are kept that nobody uses. */
  readonly capacity: number
  /** How long one is kept that nobody uses. */
  readonly idle: Duration.Duration
  /** A session that was not read for this time is read again, unless the store reports removals. */
  readonly notice: Duration.Duration
  /** Whether no caller may wait for what another one has started. */
  readonly isolated: boolean
}

export type From = "memory" | "store"

export interface Resumed {
  readonly session: SessionTokens.SessionTokens
  /** Whether the store was read for it. */
  readonly from: From
}

export interface KeptSessions {
  /** Opens a session for the scope of the caller. Returns none if there is no such session, or if it was ended in this process. */
  readonly resume: (handle: string) => Effect.Effect<Option.Option<Resumed>, TokenStoreError, Scope.Scope>
  /** The same, for a caller that ends the session: it also returns one whose end has begun. */
  readonly resumeToEnd: (handle: string) => Effect.Effect<Option.Option<Resumed>, TokenStoreError, Scope.Scope>
  /**
   * Opens a session that was just stored, for the scope of the caller. Callers that hold another session with this handle keep it, and later callers
   * get this one.
   */
  readonly start: (
    handle: string,
    stored: SessionRecord.StoredSession
  ) => Effect.Effect<SessionTokens.SessionTokens, TokenStoreError, Scope.Scope>
  /** Whether the layer is closed, so that nothing can be opened any more. */
  readonly isClosed: () => boolean
  /** Gives up a session that has left the store. */
  readonly drop: (session: SessionTokens.SessionTokens) => Effect.Effect<void>
}

/** A session in memory, or one that is being read. */
interface Slot {
  readonly handle: string
  /** How many callers hold it or wait for it. */
  users: number
  /** ms on the monotonic clock. */
  unusedSince: number
  session: SessionTokens.SessionTokens | undefined
  scope: Scope.CloseableScope | undefined
  /** The one read that is running for all who wait. */
  reading: Reading | undefined
  /** The subscription under which it was read: its removal since then would have been reported. */
  under: object | undefined
  /** It may be over in the store, so it is read again before anybody gets it. */
  isDoubtful: boolean
  /** Nobody finds it any more. */
  isOut: boolean
}

/** `moved`: this slot is out, and another look at the handle shows what is there now. */
type Found = "here" | "gone" | "moved"

interface Reading {
  readonly done: Deferred.Deferred<Found, TokenStoreError>
  /** A removal was reported while it was running, so it may have read too early. */
  isLate: boolean
  fiber: Fiber.RuntimeFiber<Found, TokenStoreError> | undefined
}

/** After a subscription has failed, the next one is tried after this time. Until then the rule for stores without reports applies. */
const pause = Duration.seconds(5)

/** ms. Timers cannot be longer. */
const longestSleep = 2 ** 31 - 1

export const closed = new TokenStoreError({
  reason: "unavailable",
  message: "The layer of the sessions is closed: use its sessions only while the layer is in use."
})

export const make = (options: Options): Effect.Effect<KeptSessions, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { capacity, isEnding, isStillEnding, isolated, open, removals } = options
    const idle = Duration.toMillis(options.idle)
    const notice = Duration.toMillis(options.notice)
    const layer = yield* Effect.scope
    const context = yield* Effect.context<never>()
    const fiberRefs = yield* Effect.getFiberRefs
    const clock = yield* Effect.clock
    // The sessions end after what uses them, so their scope is made first. They end together, since the end of one may wait for the store.
    const all = yield* Scope.fork(layer, ExecutionStrategy.parallel)
    const slots = new Map<string, Slot>()
    /**
     * Those that nobody uses. The one that was used last is the last one. When requests are isolated, also those in use: a request that the runtime
     * cancels would never give its session back.
     */
    const unused = new Set<Slot>()
    const someUnused = yield* Effect.makeLatch(false)
    const running = new Set<Fiber.RuntimeFiber<unknown, unknown>>()
    let subscription: object | undefined
    let isClosed = false

    const run = <A, E>(
      effect: Effect.Effect<A, E>,
      surroundings: Context.Context<never>,
      refs: Forks.Refs
    ): Fiber.RuntimeFiber<A, E> => {
      const fiber = Forks.runFork(effect, surroundings, refs)
      running.add(fiber)
      fiber.addObserver(() => running.delete(fiber))
      return fiber
    }

    /** Nobody has to wait until a renewal that is running has ended. */
    const close = ({ scope }: Slot): void => {
      if (scope !== undefined && !isClosed) run(Effect.uninterruptible(Scope.close(scope, Exit.void)), context, fiberRefs)
    }

    /** Callers that hold it keep it. */
    const takeOut = (slot: Slot): void => {
      if (slot.isOut) return
      slot.isOut = true
      unused.delete(slot)
      if (slots.get(slot.handle) === slot) slots.delete(slot.handle)
      if (slot.users === 0) close(slot)
    }

    const evict = (): void => {
      const now = Deadlines.now(clock)
      for (const slot of unused) {
        if (unused.size <= capacity && now - slot.unusedSince < idle - Deadlines.precision) return
        takeOut(slot)
      }
    }

    const keep = (slot: Slot): void => {
      slot.unusedSince = Deadlines.now(clock)
      unused.add(slot)
    }

    const use = (slot: Slot): void => {
      slot.users++
      unused.delete(slot)
      if (isolated) keep(slot)
    }

    const release = (slot: Slot): Effect.Effect<void> =>
      Effect.sync(() => {
        if (--slot.users > 0 || isClosed) return
        if (slot.isOut) return close(slot)
        if (slot.session === undefined) {
          // Nobody waits any more.
          takeOut(slot)
          slot.reading?.fiber?.unsafeInterruptAsFork(FiberId.none)
          return
        }
        unused.delete(slot)
        keep(slot)
        someUnused.unsafeOpen()
        evict()
      })

    const emptySlot = (handle: string): Slot => ({
      handle,
      users: 0,
      unusedSince: 0,
      session: undefined,
      scope: undefined,
      reading: undefined,
      under: undefined,
      isDoubtful: false,
      isOut: false
    })

    const openIn = (slot: Slot, stored: SessionRecord.StoredSession): Effect.Effect<SessionTokens.SessionTokens> =>
      Effect.uninterruptible(
        Effect.gen(function* () {
          const scope = yield* Scope.fork(all, ExecutionStrategy.sequential)
          yield* Scope.addFinalizer(
            scope,
            Effect.sync(() => SessionMetrics.inMemory.unsafeModify(-1, []))
          )
          SessionMetrics.inMemory.unsafeModify(1, [])
          slot.scope = scope
          slot.session = yield* Scope.extend(open(slot.handle, stored), scope)
          if (slot.isOut && slot.users === 0) close(slot)
          return slot.session
        })
      )

    /** Reads the store once, and again only when a removal was reported meanwhile. */
    const look = (slot: Slot, reading: Pick<Reading, "isLate">): Effect.Effect<Found, TokenStoreError> =>
      Effect.gen(function* () {
        reading.isLate = false
        const under = subscription
        const { session } = slot
        if (session === undefined) {
          const stored = yield* BoundedStore.bounded(options.read(slot.handle))
          // Another session was started under this handle meanwhile.
          if (slot.isOut) return "moved"
          if (reading.isLate) return yield* look(slot, reading)
          if (Option.isNone(stored)) return "gone"
          // An isolated caller may have opened it meanwhile.
          if (slot.session === undefined) yield* openIn(slot, stored.value)
        } else {
          // One that has ended here is no news.
          if (Either.isLeft(yield* Effect.either(session.stillOpen))) return "moved"
          const { _tag } = yield* BoundedStore.bounded(session.recheck)
          if (_tag === "Replaced") return "moved"
          if (reading.isLate) return yield* look(slot, reading)
          if (_tag === "Gone") return "gone"
        }
        slot.under = under
        slot.isDoubtful = false
        return "here"
      })

    /** Synchronous, so that no two callers start one, and so that nobody comes between its end and what follows from it. */
    const startReading = (slot: Slot, surroundings: Context.Context<never>, refs: Forks.Refs): Reading => {
      const reading: Reading = { done: Deferred.unsafeMake(FiberId.none), isLate: false, fiber: undefined }
      slot.reading = reading
      const fiber = run(look(slot, reading), surroundings, refs)
      reading.fiber = fiber
      fiber.addObserver((exit) => {
        slot.reading = undefined
        // A session that could not be read the first time is nothing to keep.
        if (slot.session === undefined || (Exit.isSuccess(exit) && exit.value !== "here")) takeOut(slot)
        // Only the end of the layer interrupts it while somebody waits.
        Deferred.unsafeDone(reading.done, Exit.isInterrupted(exit) ? Exit.fail(closed) : exit)
      })
      return reading
    }

    const isDue = ({ isDoubtful, under }: Slot, session: SessionTokens.SessionTokens, now: number): boolean =>
      isDoubtful ||
      session.isOutdated() ||
      ((subscription === undefined || under !== subscription) && now - session.seenAt() >= notice)

    const ready = (slot: Slot): Effect.Effect<readonly [Found, From], TokenStoreError> =>
      Effect.withFiberRuntime((caller) => {
        const { session } = slot
        // For a caller that ends it.
        if (session !== undefined && isEnding(slot.handle)) return Effect.succeed(["here", "memory"])
        const clock = Context.get(caller.currentDefaultServices, Clock.Clock)
        if (session !== undefined && !isDue(slot, session, Deadlines.now(clock))) {
          return Effect.match(session.stillOpen, {
            onSuccess: () => ["here", "memory"],
            onFailure: () => {
              takeOut(slot)
              return ["moved", "memory"]
            }
          })
        }
        if (isolated) {
          return Effect.map(look(slot, { isLate: false }), (found) => {
            if (found !== "here") takeOut(slot)
            return [found, "store"]
          })
        }
        const { done } = slot.reading ?? startReading(slot, caller.currentContext, caller.getFiberRefs())
        return Effect.map(Deferred.await(done), (found) => [found, "store"])
      })

    const held = (slot: Slot) => Effect.addFinalizer(() => release(slot))

    const resume = (handle: string, toEnd: boolean): Effect.Effect<Option.Option<Resumed>, TokenStoreError, Scope.Scope> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.suspend(() => {
          if (isClosed) return Effect.fail(closed)
          if (!toEnd && isEnding(handle)) {
            return Effect.flatMap(restore(isStillEnding(handle)), (isStill) =>
              isStill ? Effect.succeedNone : resume(handle, toEnd)
            )
          }
          evict()
          const slot = slots.get(handle) ?? emptySlot(handle)
          slots.set(handle, slot)
          use(slot)
          return restore(ready(slot)).pipe(
            Effect.onError(() => release(slot)),
            Effect.flatMap(([found, from]) => {
              const { session } = slot
              return found === "here" && session !== undefined
                ? Effect.as(held(slot), Option.some({ session, from }))
                : Effect.zipRight(release(slot), found === "moved" ? restore(resume(handle, toEnd)) : Effect.succeedNone)
            })
          )
        })
      )

    const start: KeptSessions["start"] = (handle, stored) =>
      Effect.uninterruptible(
        Effect.gen(function* () {
          if (isClosed) return yield* closed
          const slot = emptySlot(handle)
          use(slot)
          yield* held(slot)
          const session = yield* openIn(slot, stored)
          const before = slots.get(handle)
          if (before !== undefined) takeOut(before)
          slots.set(handle, slot)
          return session
        })
      )

    const drop: KeptSessions["drop"] = (session) =>
      Effect.sync(() => {
        const slot = slots.get(session.tokens.key.subject)
        // Unless another session was started under its handle.
        if (slot?.session === session) takeOut(slot)
      })

    const reported = (key: string): void => {
      const slot = Option.getOrUndefined(Option.map(SessionIds.handleInKey(key), (handle) => slots.get(handle)))
      if (slot === undefined || isEnding(slot.handle)) return
      slot.isDoubtful = true
      if (slot.reading !== undefined) slot.reading.isLate = true
      else startReading(slot, context, fiberRefs)
    }

    if (removals !== undefined && !isolated) {
      const subscribed = Effect.flatMap(removals, (keys) => {
        subscription = {}
        return Stream.runForEach(keys, (key) => Effect.sync(() => reported(key)))
      }).pipe(
        Effect.scoped,
        Effect.catchAllCause(() => Effect.void),
        Effect.zipRight(
          Effect.sync(() => {
            if (subscription === undefined) return
            subscription = undefined
            for (const slot of slots.values()) slot.isDoubtful = true
          })
        )
      )
      // In the background: a store that is down must not keep the program from starting.
      yield* Effect.forkScoped(Effect.forever(Effect.zipRight(subscribed, Effect.sleep(pause))))
    }

    const giveUpIdle = Effect.gen(function* () {
      yield* someUnused.await
      const [first] = unused
      if (first === undefined) return someUnused.unsafeClose()
      const left = Math.ceil(first.unusedSince + idle - Deadlines.now(clock))
      yield* Effect.sleep(Duration.millis(Math.max(1, Math.min(left, longestSleep))))
      evict()
    })
    if (!isolated) yield* Effect.forkScoped(Effect.forever(giveUpIdle))

    yield* Effect.addFinalizer(() =>
      Effect.suspend(() => {
        isClosed = true
        slots.clear()
        unused.clear()
        return Fiber.interruptAll(running)
      })
    )

    return {
      resume: (handle) => resume(handle, false),
      resumeToEnd: (handle) => resume(handle, true),
      start,
      isClosed: () => isClosed,
      drop
    }
  })
