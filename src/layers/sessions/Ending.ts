/**
 * Lists and ends the sessions of customers.
 *
 * An end has three parts, in this order: the session is over in this process, it is removed from the store, its refresh tokens are revoked at the
 * server. A session whose end has begun stays known here until all parts are done, so that a second call can finish it.
 */
import * as Array from "effect/Array"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as SessionMetrics from "../../policies/SessionMetrics.js"
import type { CallError } from "../../schemas/DinteroError.js"
import type { TokenKey } from "../../services/AccessTokens.js"
import type { SessionInfo, SessionsService, Which } from "../../services/Sessions.js"
import type { TokenStoreError, TokenStoreService, WriteOptions } from "../../services/TokenStore.js"
import * as BoundedStore from "./BoundedStore.js"
import type { CustomerSessions, Named } from "./CustomerSessions.js"
import * as SessionIds from "./SessionIds.js"
import * as SessionRecord from "./SessionRecord.js"
import type { SessionTokens } from "./SessionTokens.js"

export interface Options {
  readonly store: TokenStoreService
  readonly client: TokenKey
  readonly index: CustomerSessions
  /** The time of the server. */
  readonly now: Effect.Effect<number>
  /** How long a session stays in the store when it is written at this time. */
  readonly lifeOf: (record: SessionRecord.SessionRecord, now: number) => WriteOptions
  readonly perCustomer: number
  /** Opens a session for the scope of the caller, from memory or from the store. A session whose end has begun is opened too. */
  readonly open: (handle: string) => Effect.Effect<Option.Option<SessionTokens>, TokenStoreError, Scope.Scope>
  /** Runs what removes a session from the store. Until it has succeeded, nobody else reads this session from the store. */
  readonly ending: <A, E>(session: SessionTokens, remove: Effect.Effect<A, E>) => Effect.Effect<A, E>
}

export interface Ending extends Pick<SessionsService, "end" | "endAll" | "ofCustomer"> {
  /** Makes a session known that is open in this process, until the scope closes. */
  readonly opened: (handle: string, session: SessionTokens) => Effect.Effect<void, never, Scope.Scope>
  /** Runs the start of a session. If the session is ended before it is open here, it is over when it is opened. */
  readonly starting: <A, E, R>(handle: string, start: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Whether this process has begun to end the session, and does not know that it has left the store. Then nobody may resume it. */
  readonly isEnding: (handle: string) => boolean
  /**
   * The same, after a look into the store. Another process may have removed the session, or may have started another one under an id that the program
   * chose. When the store fails, nothing new is known.
   */
  readonly isStillEnding: (handle: string) => Effect.Effect<boolean>
  /**
   * Runs for ever. When a store has not taken out a session that was ended, it tries again every 30 seconds, and revokes its tokens then. A revocation
   * is tried once, so that a server that refuses it is not asked for ever.
   */
  readonly finishing: Effect.Effect<never>
  /** Ends this session, and none that has replaced it. */
  readonly logout: (handle: string, session: SessionTokens) => Effect.Effect<void, CallError | TokenStoreError>
  /**
   * After a start: ends the sessions of the customer that are too many. `listed` has the new one. A failure is ignored, since the new session is
   * good.
   */
  readonly makeRoom: (customerId: string, handle: string, listed: ReadonlyArray<Named>) => Effect.Effect<void>
}

/** A session that is open in this process, or whose end is not done. */
interface Known {
  readonly handle: string
  readonly session: SessionTokens
  isOpen: boolean
  /** The next part of its end. With `first` its end has not begun, and with `none` it is done. */
  next: "first" | "store" | "server" | "none"
}

/** How many sessions are read or ended at the same time. */
const concurrency = 8

/** How many ends are remembered that were not done when the last user of the session had gone. */
const maximumLeft = 1000

/** The pause after which a session is removed that the store has not taken out when it was ended. */
const pause = Duration.seconds(30)

/** How long a login waits until room is made for it. */
const longestWait = Duration.seconds(10)

/**
 * ms. A handle is listed before its session is stored. After this time, a session that is not stored is not on its way any more. It is long,
 * because the processes may know the time of the server with differing errors.
 */
const longestStart = 10 * 60_000

const isUnfinished = ({ next }: Known): boolean => next === "store" || next === "server"

const recordOf = ({ session }: Pick<Known, "session">): SessionRecord.SessionRecord => session.stored().record

const usedAt = ({ last_used_at, started_at }: SessionRecord.SessionRecord): number => last_used_at ?? started_at

export const make = (options: Options): Ending => {
  const { client, index, lifeOf, now, open, perCustomer, store } = options
  const known = new Map<string, Set<Known>>()
  const unused = new Set<Known>()
  /** Open when a session may still be in the store although it was ended. */
  const someLeft = Effect.unsafeMakeLatch(false)
  /**
   * The starts that are running, by the handles of their sessions. `endedVersion`: a session that was stored with this version, or before, was removed
   * meanwhile. Under a chosen id the removed session can be the one that the login replaces, and then the new one goes on.
   */
  const starts = new Map<string, { count: number; endedVersion: number }>()

  const knownAs = (handle: string): ReadonlyArray<Known> => [...(known.get(handle) ?? [])]

  const know = (handle: string, session: SessionTokens): Known => {
    const found = knownAs(handle).find((one) => one.session === session)
    if (found !== undefined) return found
    const one: Known = { handle, session, isOpen: false, next: "first" }
    known.set(handle, new Set([...knownAs(handle), one]))
    return one
  }

  const forget = (one: Known): void => {
    unused.delete(one)
    const all = known.get(one.handle)
    all?.delete(one)
    if (all?.size === 0) known.delete(one.handle)
  }

  /** Forgets a session that nobody uses, unless its end is not done. */
  const tidy = (one: Known): void => {
    if (one.isOpen) return
    if (isUnfinished(one)) unused.add(one)
    else forget(one)
    for (const first of unused) {
      if (unused.size <= maximumLeft) return
      forget(first)
    }
  }

  const opened: Ending["opened"] = (handle, session) =>
    Effect.asVoid(
      Effect.acquireRelease(
        Effect.suspend(() => {
          const one = know(handle, session)
          one.isOpen = true
          const running = starts.get(handle)
          if (running === undefined || session.stored().version > running.endedVersion) return Effect.succeed(one)
          one.next = "none"
          return Effect.as(session.close, one)
        }),
        (one) =>
          Effect.sync(() => {
            one.isOpen = false
            tidy(one)
          })
      )
    )

  const starting: Ending["starting"] = (handle, start) =>
    Effect.acquireUseRelease(
      Effect.sync(() => {
        const running = starts.get(handle) ?? { count: 0, endedVersion: Number.NEGATIVE_INFINITY }
        running.count++
        starts.set(handle, running)
        return running
      }),
      () => start,
      (running) =>
        Effect.sync(() => {
          if (--running.count === 0) starts.delete(handle)
        })
    )

  /** The first part of an end. Nothing is waited for. */
  const close = (one: Known): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (one.next === "first") one.next = "store"
      tidy(one)
      return one.session.close
    })

  /** The second part. Returns whether the session was stored. */
  const removeFromStore = (one: Known): Effect.Effect<boolean, TokenStoreError> =>
    Effect.suspend(() =>
      one.next === "store"
        ? Effect.tap(
            Effect.onError(options.ending(one.session, BoundedStore.bounded(one.session.remove)), () => someLeft.open),
            (wasStored) =>
              Effect.sync(() => {
                one.next = "server"
                if (!wasStored) return
                SessionMetrics.ended.unsafeUpdate(1, [])
                const running = starts.get(one.handle)
                if (running !== undefined) running.endedVersion = Math.max(running.endedVersion, one.session.stored().version)
              })
          )
        : Effect.succeed(false)
    )

  /** The last part. */
  const revoke = (one: Known): Effect.Effect<void, CallError> =>
    Effect.tap(one.session.revoke, () =>
      Effect.sync(() => {
        if (one.next === "server") one.next = "none"
        tidy(one)
      })
    )

  /** A handle without a session is dropped when it is found, so a failure does not matter. */
  const unlist = (customerId: string | null, gone: ReadonlyArray<Named>): Effect.Effect<void> =>
    customerId === null ? Effect.void : Effect.ignore(BoundedStore.bounded(index.remove(customerId, gone)))

  const list = (customerId: string) => BoundedStore.bounded(index.list(customerId))

  const namedOf = (one: Known): Named => ({ handle: one.handle, started_at: recordOf(one).started_at })

  const handleOf = (which: Which) => SessionIds.handleOfWhich(client, which)

  const logout: Ending["logout"] = (handle, session) =>
    Effect.gen(function* () {
      const one = know(handle, session)
      yield* close(one)
      if (yield* removeFromStore(one)) yield* unlist(recordOf(one).customer_id, [namedOf(one)])
      yield* revoke(one)
    })

  /**
   * Ends the session with this handle here and in the store. Callers may still hold earlier sessions with the same handle, which a login has replaced.
   * These are over too.
   */
  const removeOne = (handle: string, isMeant: (one: Known) => boolean) =>
    Effect.gen(function* () {
      const before = knownAs(handle).filter(isMeant)
      const isBegun = before.some(isUnfinished)
      yield* Effect.forEach(before, close, { discard: true })
      const found = Option.map(yield* open(handle), (session) => know(handle, session))
      const all = new Set([...Option.toArray(Option.filter(found, isMeant)), ...before])
      const removed: Array<Known> = []
      for (const one of all) {
        yield* close(one)
        if (yield* removeFromStore(one)) removed.push(one)
      }
      return { all: [...all], removed, isFound: isBegun || removed.length > 0 }
    }).pipe(Effect.scoped)

  const end: Ending["end"] = (which, only) =>
    Effect.gen(function* () {
      const handle = yield* handleOf(which)
      if (!SessionIds.isHandle(handle)) return false
      const isMeant = (one: Known) => only === undefined || recordOf(one).customer_id === only.customerId
      const { all, isFound, removed } = yield* removeOne(handle, isMeant)
      for (const one of removed) yield* unlist(recordOf(one).customer_id, [namedOf(one)])
      yield* Effect.forEach(all, revoke, { discard: true })
      return isFound
    })

  /** Nobody can use a damaged session, so nothing else is left of it to end. */
  const removeOneOrDamaged = (handle: string, isMeant: (one: Known) => boolean) =>
    Effect.catchIf(
      removeOne(handle, isMeant),
      ({ reason }) => reason === "unreadable",
      () =>
        Effect.as(BoundedStore.bounded(SessionRecord.removeDamaged(store, SessionIds.storeKeyOf(handle))), {
          all: [],
          removed: [],
          isFound: false
        })
    )

  const endAll: Ending["endAll"] = (customerId, { except } = {}) =>
    Effect.gen(function* () {
      const kept = except === undefined ? undefined : yield* handleOf(except)
      const isMeant = (one: Known) => one.handle !== kept && recordOf(one).customer_id === customerId
      const here = [...known.values()].flatMap((all) => [...all].filter(isMeant))
      const begun = new Set(here.filter(isUnfinished).map(({ handle }) => handle))
      yield* Effect.forEach(here, close, { discard: true })
      const listed = yield* Effect.either(list(customerId))
      const handles = new Set([...here, ...Either.getOrElse(listed, () => [])].map(({ handle }) => handle))
      const results = yield* Effect.forEach(
        [...handles].filter((handle) => handle !== kept),
        (handle) => Effect.either(Effect.map(removeOneOrDamaged(handle, isMeant), (result) => ({ handle, ...result }))),
        { concurrency }
      )
      const [failures, done] = Array.separate(results)
      yield* unlist(
        customerId,
        done.flatMap(({ removed }) => removed.map(namedOf))
      )
      const revoked = yield* Effect.forEach(
        done.flatMap(({ all }) => all),
        (one) => Effect.either(revoke(one)),
        { concurrency }
      )
      const [error] = [...Either.match(listed, { onLeft: Array.of, onRight: () => [] }), ...failures, ...Array.getLefts(revoked)]
      if (error !== undefined) return yield* error
      return done.filter(({ handle, removed }) => removed.length > 0 || begun.has(handle)).length
    })

  /** A session of the customer that is stored. Nobody can use a damaged one. */
  const storedAs = (customerId: string, named: Named) =>
    Effect.map(
      Effect.catchIf(
        BoundedStore.bounded(SessionRecord.read(store, SessionIds.storeKeyOf(named.handle))),
        ({ reason }) => reason === "unreadable",
        () => Effect.succeed(Option.none<SessionRecord.StoredSession>())
      ),
      (found) =>
        Option.isSome(found) && found.value.record.customer_id === customerId
          ? Either.right({ handle: named.handle, record: found.value.record })
          : Either.left(named)
    )

  /** Handles without a session are dropped. */
  const storedOf = (customerId: string, listed: ReadonlyArray<Named>) =>
    Effect.gen(function* () {
      const at = yield* now
      const found = yield* Effect.forEach(listed, (named) => storedAs(customerId, named), { concurrency })
      const [missing, sessions] = Array.separate(found)
      yield* unlist(
        customerId,
        missing.filter(({ started_at }) => at - started_at > longestStart)
      )
      // A store may ignore that the time of a session is over.
      return sessions.filter(({ record }) => {
        const { timeToLive } = lifeOf(record, usedAt(record))
        return timeToLive === undefined || usedAt(record) + Duration.toMillis(timeToLive) > at
      })
    })

  const ofCustomer: Ending["ofCustomer"] = (customerId) =>
    Effect.gen(function* () {
      const sessions = yield* storedOf(customerId, yield* list(customerId))
      return sessions
        .reverse()
        .sort((one, other) => other.record.started_at - one.record.started_at)
        .map(
          ({ handle, record }): SessionInfo => ({
            handle,
            customerId,
            label: Option.fromNullable(record.label),
            startedAt: DateTime.unsafeMake(record.started_at),
            lastUsedAt: DateTime.unsafeMake(usedAt(record))
          })
        )
    })

  const isEnding = (handle: string): boolean => knownAs(handle).at(-1)?.next === "store"

  const makeRoom: Ending["makeRoom"] = (customerId, handle, listed) =>
    listed.length <= perCustomer
      ? Effect.void
      : Effect.gen(function* () {
          const others = yield* storedOf(
            customerId,
            listed.filter((named) => named.handle !== handle)
          )
          const tooMany = others
            .sort((one, other) => usedAt(one.record) - usedAt(other.record))
            .slice(0, Math.max(0, others.length + 1 - perCustomer))
          yield* Effect.forEach(tooMany, (one) => Effect.ignore(end(one, { customerId })), { concurrency, discard: true })
        }).pipe(Effect.disconnect, Effect.timeout(longestWait), Effect.ignore)

  return {
    opened,
    starting,
    isEnding,
    isStillEnding: (handle) =>
      Effect.suspend(() => {
        const one = knownAs(handle).at(-1)
        if (one?.next !== "store") return Effect.succeed(false)
        return Effect.map(Effect.either(BoundedStore.bounded(one.session.recheck)), (found) => {
          if (one.next === "store" && Either.isRight(found) && found.right._tag !== "Same") one.next = "server"
          return isEnding(handle)
        })
      }),
    finishing: Effect.forever(
      // Nothing wakes up while there is nothing to do.
      someLeft.await.pipe(
        Effect.zipRight(Effect.sleep(pause)),
        Effect.zipRight(someLeft.close),
        Effect.zipRight(
          Effect.suspend(() =>
            Effect.forEach(
              [...known.values()].flatMap((all) => [...all].filter(({ next }) => next === "store")),
              (one) => Effect.ignore(logout(one.handle, one.session)),
              { concurrency, discard: true }
            )
          )
        )
      )
    ),
    logout,
    end,
    endAll,
    ofCustomer,
    makeRoom
  }
}
