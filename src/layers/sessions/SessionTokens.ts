/**
 * The access token of a session that several processes may share.
 *
 * A refresh token may be valid for a single use, and a lost successor then ends the session. So a process refreshes only while it holds the
 * lease of the session, reads the session again after it got the lease, and stores the new tokens before any caller gets them. At every
 * moment the store has either the old state or the new one.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type * as RefreshPolicy from "../../policies/RefreshPolicy.js"
import * as RetryPolicy from "../../policies/RetryPolicy.js"
import * as TokenMetrics from "../../policies/TokenMetrics.js"
import type { AccessToken } from "../../schemas/AccessToken.js"
import { type CallError, SessionExpired } from "../../schemas/DinteroError.js"
import type { AccessTokensService, TokenKey } from "../../services/AccessTokens.js"
import type { AuthService } from "../../services/Auth.js"
import * as Grant from "../../services/Grant.js"
import type { Session, SessionError } from "../../services/Session.js"
import { type Lease, TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import * as ClientTokens from "../http/ClientTokens.js"
import * as Deadlines from "../http/Deadlines.js"
import * as SharedTokens from "../http/SharedTokens.js"
import * as StoredTokens from "../http/StoredTokens.js"
import * as TokenCell from "../http/TokenCell.js"
import { infoOf } from "../http/TokenRequestInfo.js"
import * as BoundedStore from "./BoundedStore.js"
import * as CustomerId from "./CustomerId.js"
import * as SessionRecord from "./SessionRecord.js"

type Failure = CallError | SessionError

export interface Options {
  readonly auth: AuthService
  /** The tokens of the API client, which authorise the refresh. */
  readonly client: AccessTokensService
  readonly store: TokenStoreService
  readonly key: TokenKey
  readonly storeKey: string
  readonly policy: RefreshPolicy.RefreshPolicy
  /** How long a refresh may take. When a process is killed during a refresh, the others wait for this time. */
  readonly lease: Duration.Duration
  /** The session as it was just read or written. */
  readonly stored: SessionRecord.StoredSession
  /** How exact the stored time of the last use is. */
  readonly lastUsed: Duration.Duration
  /** A session that was not used for this time disappears from the store. */
  readonly unusedFor: Duration.Duration
  /** Runs in the background after a renewed session was stored. */
  readonly renewed: (record: SessionRecord.SessionRecord) => Effect.Effect<void>
}

/**
 * What a recheck found.
 *
 * - `Same`: the session is there, as it was or with newer tokens
 * - `Gone`: there is no entry
 * - `Replaced`: under the id, which the program chose, another login is stored. `stored` is the new session.
 */
export type Rechecked =
  | { readonly _tag: "Same"; readonly stored: SessionRecord.StoredSession }
  | { readonly _tag: "Gone" }
  | { readonly _tag: "Replaced"; readonly stored: SessionRecord.StoredSession }

/** An open session: what all its users share. */
export interface SessionTokens extends Pick<Session, "tokens" | "stillOpen" | "logout"> {
  /** The session as this process knows it: what it has read or written last. */
  readonly stored: () => SessionRecord.StoredSession
  /** When it was last read from the store or written, in ms on the monotonic clock. */
  readonly seenAt: () => number
  /** Whether another process is known to have changed the session since then. A `recheck` ends that. */
  readonly isOutdated: () => boolean
  /**
   * Reads the store once. Newer tokens of another process are taken over. With `Gone`, the session is over in this process. With `Replaced`, callers
   * that hold it keep it until its access token has to be renewed. A failure of the store changes nothing. Each caller reads for itself.
   */
  readonly recheck: Effect.Effect<Rechecked, TokenStoreError>
  /**
   * Notes that the session is used. At most once in the time `lastUsed` this writes the entry, in a fiber of the session's scope, without a read. It
   * neither waits nor fails (it waits if requests are isolated): a write that fails is tried again later, and one that comes too late makes the session `isOutdated`.
   */
  readonly touch: Effect.Effect<void>
  /** The first part of a logout: the session is over in this process from now on. It reads and writes nothing. */
  readonly close: Effect.Effect<void>
  /**
   * The second part: removes the session from the store, after `close`. Returns `false` if it was not there any more. A session that has replaced it
   * is not removed.
   */
  readonly remove: Effect.Effect<boolean, TokenStoreError>
  /** The last part: revokes the refresh tokens that `remove` has found. After a failure, the next run goes on with those that are left. */
  readonly revoke: Effect.Effect<void, CallError>
}

/** Tokens that were received, the stored session that they replace, and the lease under which they were requested. */
interface Unsaved {
  readonly record: SessionRecord.SessionRecord
  readonly base: SessionRecord.StoredSession
  readonly lease: Lease
}

interface Held {
  readonly lease: Lease
  /** ms on the monotonic clock, not later than the end of the lease in the store. */
  readonly ends: number
}

/** A refresh token may be sent three times under one lease. Each sending gets this share of the lease, so that all end before the lease. */
const shareOfLease = 0.3

/** The longest time for one sending, however long the lease is. */
const longestTime = Duration.seconds(30)

/** ms. How often a lease that another process has is requested again. */
const pollMillis = 50

/** After a use could not be noted, the store is left alone for this time. */
const touchPause = Duration.seconds(30)

/** The longest time for noting a use. Nobody waits for it. */
const longestTouch = Duration.seconds(10)

/** The time of the server, which the stored instants of a session use. */
const serverNow = (client: AccessTokensService): Effect.Effect<number> =>
  Effect.zipWith(Clock.currentTimeMillis, client.serverOffset, (now, offset) => now + Option.getOrElse(offset, () => 0))

/**
 * Runs the effect to its end, also when the caller is interrupted: once a refresh token was sent, the answer must be stored. It runs in a
 * fiber of its own, and not in an uninterruptible region, because in such a region the timeouts of a store or a client would not work.
 */
const whole = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.uninterruptible(Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), Fiber.join))

export const make = (options: Options): Effect.Effect<SessionTokens, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { auth, client, key, lease: leaseTime, policy, store, storeKey } = options
    const scope = yield* Effect.scope
    const isolated = TokenCell.isIsolated(client)
    const expired = (message: string) => new SessionExpired({ request: infoOf(key.account), message, reason: "ended" })
    const loggedOut = expired("The session is over: it was logged out, or was found to have expired.")
    /** Tokens that could not be stored yet. They must not be used before they are stored, and must not be lost. */
    const unsaved = yield* Ref.make(Option.none<Unsaved>())
    /** Refresh tokens of a logout that are not revoked at the server yet. */
    const toRevoke = yield* Ref.make<ReadonlyArray<Redacted.Redacted>>([])
    const monotonic = Effect.clockWith((clock) => Effect.sync(() => Deadlines.now(clock)))

    let known = options.stored
    let seenAt = yield* monotonic
    /** What is told from the end of the session on. */
    let over: SessionExpired | undefined

    const leaseMillis = Duration.toMillis(leaseTime)
    const time = Duration.min(Duration.times(leaseTime, shareOfLease), longestTime)
    const once = RetryPolicy.none.pipe(RetryPolicy.attemptTimeout(time), RetryPolicy.deadline(time))

    /** Ends the session in this process. */
    const endWith = (error: SessionExpired): Effect.Effect<void> =>
      Effect.suspend(() => {
        over ??= error
        return cell.finish(over)
      })

    /** Versions only rise, and an answer of the store may come after a later one. */
    const learn = (stored: SessionRecord.StoredSession, at: number) => {
      if (stored.version > known.version) known = stored
      seenAt = Math.max(seenAt, at)
    }

    const recheck: Effect.Effect<Rechecked, TokenStoreError> = Effect.gen(function* () {
      const at = yield* monotonic
      const found = yield* SessionRecord.read(store, storeKey)
      if (Option.isNone(found)) {
        yield* endWith(loggedOut)
        return { _tag: "Gone" }
      }
      const stored = found.value
      if (!SessionRecord.isSameLogin(stored.record, known.record)) {
        return { _tag: "Replaced", stored }
      }
      learn(stored, at)
      return { _tag: "Same", stored }
    })

    const read: Effect.Effect<SessionRecord.StoredSession, Failure> = Effect.flatMap(recheck, (found) => {
      if (found._tag === "Same") return Effect.succeed(found.stored)
      if (found._tag === "Gone") return Effect.fail(over ?? loggedOut)
      const error = expired("The session is over: a new login has replaced it.")
      return Effect.zipRight(endWith(error), Effect.fail(error))
    })

    /** Writes the session in place of the version `expected`. Returns whether that was still stored. */
    const write = (
      record: SessionRecord.SessionRecord,
      expected: number,
      fence: number | undefined
    ): Effect.Effect<boolean, TokenStoreError> =>
      Effect.gen(function* () {
        const at = yield* monotonic
        const life = SessionRecord.lifeOf(record, yield* serverNow(client), {
          unusedFor: options.unusedFor,
          maxSessionAge: policy.maxSessionAge
        })
        const written = yield* store.write(
          storeKey,
          SessionRecord.toText(record),
          { expected: Option.some(expected), fence },
          life
        )
        if (Option.isNone(written)) return false
        learn({ version: written.value, record }, at)
        return true
      })

    const recordOf = (
      before: SessionRecord.SessionRecord,
      used: Redacted.Redacted,
      answer: AccessToken
    ): Effect.Effect<SessionRecord.SessionRecord> =>
      Effect.zipWith(serverNow(client), CustomerId.ofToken(client, answer.access_token), (now, customer) => ({
        ...before,
        // A session stays the customer's with whom it was started. Without an access token at the start, the first renewal tells who that is.
        customer_id: before.customer_id ?? Option.getOrNull(customer),
        refresh_token: answer.refresh_token ?? used,
        predecessor: answer.refresh_token === undefined ? null : used,
        access_token: answer.access_token,
        issued_at: now,
        expires_at: now + answer.expires_in * 1000,
        // A token is requested only for somebody who uses the session.
        last_used_at: now
      }))

    const overAt = ({ started_at }: SessionRecord.SessionRecord) => started_at + Duration.toMillis(policy.maxSessionAge)

    const withoutRefreshToken = expired(
      "The session is over: its access token cannot be used any more, and there is no refresh token."
    )

    /** Why a session is over by its times alone. Its entry may have disappeared already, so the store is not asked. */
    const overdueAt = (now: number, record: SessionRecord.SessionRecord): SessionExpired | undefined => {
      if (now >= overAt(record)) return expired("The session is over: it has reached the age that the policy allows.")
      return record.refresh_token === null && now >= record.expires_at ? withoutRefreshToken : undefined
    }

    /** No token outlives its session. */
    const limited = (
      record: SessionRecord.SessionRecord,
      { life, ...token }: TokenCell.Acquired,
      now: number
    ): TokenCell.Acquired => ({ ...token, life: Math.min(life, overAt(record) - now) })

    const storedTokens = StoredTokens.make(policy)

    /** The stored access token, unless it is the refused one or has to be renewed already. */
    const usable = ({ record }: SessionRecord.StoredSession, demand: TokenCell.Demand) =>
      Effect.zipWith(Effect.clock, client.serverOffset, (clock, offset): Option.Option<TokenCell.Acquired> => {
        const { access_token: value, expires_at, issued_at, refresh_token } = record
        if (value === null) return Option.none()
        const now = clock.unsafeCurrentTimeMillis() + Option.getOrElse(offset, () => 0)
        return Option.map(
          storedTokens.usable({ value, issued_at, expires_at, isLast: refresh_token === null }, demand, offset, clock),
          (token) => limited(record, token, now)
        ).pipe(Option.filter(({ life }) => life > 0))
      })

    /**
     * Stores received tokens in place of the version that they replace. The result is `true` if they are stored now, and `false` if another
     * process has stored something else. The tokens are kept until one of the two is certain.
     */
    const settle = ({ base, lease, record }: Unsaved): Effect.Effect<boolean, Failure> =>
      Effect.gen(function* () {
        yield* Ref.set(unsaved, Option.some({ base, lease, record }))
        let next = record
        let expected = base.version
        let fence: number | undefined = lease.fence
        while (!(yield* write(next, expected, fence))) {
          const found = yield* recheck
          if (found._tag !== "Same") {
            // The session was logged out or replaced during the refresh. No caller may get the new tokens, so they are revoked, unless the logout
            // of this process does that.
            const left = yield* Ref.getAndSet(unsaved, Option.none())
            if (Option.isSome(left) && record.refresh_token !== null) {
              yield* Effect.ignore(auth.revoke({ token: record.refresh_token }))
            }
            return yield* over ?? loggedOut
          }
          const { stored } = found
          if (stored.version === expected) {
            // Our lease has ended, but no other process has stored anything. So the received tokens are still the newest. If a refresh token
            // is valid for a single use, they are the only valid ones.
            fence = undefined
          } else if (SessionRecord.isSameButUse(stored.record, base.record)) {
            // Somebody has noted a use, and that replaces no token.
            expected = stored.version
            next = { ...record, last_used_at: Math.max(record.last_used_at ?? 0, stored.record.last_used_at ?? 0) }
          } else {
            yield* Ref.set(unsaved, Option.none())
            yield* Metric.increment(TokenMetrics.storeConflicts)
            // It is our own write if the answer to that write was lost.
            return SessionRecord.isSameButUse(stored.record, record)
          }
        }
        yield* Ref.set(unsaved, Option.none())
        const renewed = options.renewed(next)
        yield* isolated ? Effect.ignore(BoundedStore.bounded(renewed)) : Effect.forkIn(renewed, scope)
        return true
      })

    const finish = (
      demand: TokenCell.Demand,
      base: SessionRecord.StoredSession,
      used: Redacted.Redacted,
      answer: AccessToken,
      { lease }: Held
    ): Effect.Effect<TokenCell.Acquired, Failure> =>
      Effect.gen(function* () {
        const record = yield* recordOf(base.record, used, answer)
        if (yield* settle({ record, base, lease })) {
          const now = yield* serverNow(client)
          return limited(record, { value: answer.access_token, life: record.expires_at - now }, now)
        }
        return yield* Effect.flatten(usable(yield* read, demand)).pipe(
          Effect.catchTag(
            "NoSuchElementException",
            () =>
              new TokenStoreError({
                reason: "unavailable",
                message:
                  "Another process keeps changing this session: make sure that all processes run the same release of effect-dintero."
              })
          )
        )
      })

    /** Sends a refresh token, unless the time for it could last longer than the lease. The retry policy of the caller does not apply. */
    const exchange = (refresh_token: Redacted.Redacted, { ends }: Held) =>
      Effect.flatMap(
        monotonic,
        (now): Effect.Effect<AccessToken, Failure> =>
          now + Duration.toMillis(time) > ends
            ? // Another process may be about to send the token.
              new TokenStoreError({
                reason: "unavailable",
                message:
                  "The refresh did not end within the session's lease: try again, and choose a longer lease if this happens often."
              })
            : auth.token(Grant.refreshToken(refresh_token)).pipe(
                (call) => RetryPolicy.with(call, once),
                // It cannot happen: the grant is made here.
                Effect.catchTag("InvalidRequest", Effect.die)
              )
      )

    /** When the answer was lost, the same token is sent once more, unless that could end the session. */
    const exchangeSafely = (refreshToken: Redacted.Redacted, held: Held) =>
      Effect.catchTag(exchange(refreshToken, held), "TransportError", (error) =>
        error.sent === "maybe" && policy.rotation !== "strict" ? exchange(refreshToken, held) : Effect.fail(error)
      )

    /** `isSecond`: this refresh token was found in the store after another one had been refused. */
    const refreshWith = (
      demand: TokenCell.Demand,
      stored: SessionRecord.StoredSession,
      refreshToken: Redacted.Redacted,
      held: Held,
      isSecond: boolean
    ): Effect.Effect<TokenCell.Acquired, Failure> =>
      Effect.matchEffect(exchangeSafely(refreshToken, held), {
        onSuccess: (answer) => finish(demand, stored, refreshToken, answer, held),
        onFailure: (error) => {
          if (error._tag !== "SessionExpired") return Effect.fail(error)
          return Effect.gen(function* () {
            // Before the session counts as ended: another process may have been faster, or the successor may never have become valid.
            const now = yield* read
            const { record, version } = now
            if (version !== stored.version) {
              const found = yield* usable(now, demand)
              if (Option.isSome(found)) return found.value
              const other = record.refresh_token
              if (!isSecond && other !== null && Redacted.value(other) !== Redacted.value(refreshToken)) {
                return yield* refreshWith(demand, now, other, held, true)
              }
            }
            // The client's access token may have been refused instead. Then the session may be valid, and sending an old token could end it.
            if (error.reason !== "refused") return yield* error
            // If a refresh token is valid for a single use, the server treats a used one as stolen.
            const { predecessor } = record
            if (predecessor !== null && policy.rotation !== "strict") {
              const again = yield* Effect.either(exchange(predecessor, held))
              if (Either.isRight(again)) return yield* finish(demand, now, predecessor, again.right, held)
              // The predecessor was not refused, so it may be valid. The stored session is not changed.
              if (again.left._tag !== "SessionExpired" || again.left.reason !== "refused") return yield* again.left
            }
            yield* discard(now, error)
            return yield* error
          })
        }
      })

    /**
     * Removes a session that has ended at the server, unless another process has stored newer tokens. A failure of the store is ignored: the next
     * refresh finds the end again.
     */
    const discard = (ended: SessionRecord.StoredSession, error: SessionExpired): Effect.Effect<void> =>
      Effect.gen(function* () {
        if (yield* store.remove(storeKey, { expected: Option.some(ended.version) })) return yield* endWith(error)
        const now = yield* read
        if (SessionRecord.isSameButUse(now.record, ended.record)) yield* discard(now, error)
      }).pipe(Effect.ignore)

    /** Refreshes while holding the lease. The session is read again, since it may have changed before the lease was granted. */
    const refresh = (
      demand: TokenCell.Demand,
      traced: TokenCell.Traced,
      held: Held
    ): Effect.Effect<TokenCell.Acquired, Failure> =>
      Effect.gen(function* () {
        const stored = yield* read
        const found = yield* usable(stored, demand)
        if (Option.isSome(found)) return found.value
        const refreshToken = stored.record.refresh_token
        if (refreshToken === null) return yield* withoutRefreshToken
        return yield* traced(refreshWith(demand, stored, refreshToken, held, false), ({ value }) => value)
      })

    const release = ({ lease }: Pick<Held, "lease">) => Effect.ignore(store.release(storeKey, lease))

    /** Refreshes with the lease of the session, or returns none while another process has the lease. */
    const refreshAlone = (
      demand: TokenCell.Demand,
      traced: TokenCell.Traced
    ): Effect.Effect<Option.Option<TokenCell.Acquired>, Failure> =>
      Effect.gen(function* () {
        const ends = (yield* monotonic) + leaseMillis
        const lease = yield* store.lease(storeKey, leaseTime)
        if (Option.isNone(lease)) return Option.none()
        const held = { lease: lease.value, ends }
        return yield* refresh(demand, traced, held).pipe(
          Effect.asSome,
          // The lease is kept while received tokens are not stored: another process would send the refresh token that was used for them.
          Effect.ensuring(Effect.flatMap(Ref.get(unsaved), (left) => (Option.isSome(left) ? Effect.void : release(held))))
        )
      })

    const waitForOther = (demand: TokenCell.Demand): Effect.Effect<Option.Option<TokenCell.Acquired>, Failure> =>
      Effect.gen(function* () {
        yield* Effect.sleep(Duration.millis(pollMillis))
        const found = yield* usable(yield* read, demand)
        if (Option.isSome(found)) yield* Metric.increment(TokenMetrics.storeConflicts)
        return found
      })

    const acquire = (demand: TokenCell.Demand, traced: TokenCell.Traced): Effect.Effect<TokenCell.Acquired, Failure> =>
      Effect.gen(function* () {
        const left = yield* Ref.get(unsaved)
        const inMemory = Option.isSome(left) || demand.reason === "forced" ? Effect.succeedNone : usable(known, demand)
        const remembered = yield* inMemory
        if (Option.isSome(remembered)) return remembered.value
        if (Option.isNone(yield* client.serverOffset)) {
          // The stored instants use the time of the server, which becomes known with the client's own token.
          yield* client.get
          const confirmed = yield* inMemory
          if (Option.isSome(confirmed)) return confirmed.value
        }
        const isOwn = Option.isSome(left) && (yield* whole(Effect.zipLeft(settle(left.value), release(left.value))))
        const overdue = overdueAt(yield* serverNow(client), known.record)
        if (overdue !== undefined) return yield* Effect.zipRight(endWith(overdue), overdue)
        const stored = yield* read
        // A forced refresh must give another token than the stored one, also if this process has not read that one yet. Tokens that were
        // stored just now are new to every caller.
        const wanted =
          demand.reason === "forced" && Option.isNone(demand.instead) && Option.isNone(left)
            ? { ...demand, instead: Option.fromNullable(stored.record.access_token) }
            : demand
        const found = yield* usable(stored, wanted)
        if (Option.isSome(found)) return isOwn ? { ...found.value, adopted: false } : found.value
        // The client's token is fetched before the lease, so that no process waits for it under the lease.
        yield* client.get
        const until = (yield* monotonic) + 2 * leaseMillis
        while (true) {
          const own = yield* whole(refreshAlone(wanted, traced))
          if (Option.isSome(own)) return own.value
          // Another process refreshes the session. Its token is used here too.
          const theirs = yield* waitForOther(wanted)
          if (Option.isSome(theirs)) return theirs.value
          if ((yield* monotonic) >= until) {
            return yield* new TokenStoreError({
              reason: "unavailable",
              message: "Another process is refreshing this session and does not finish: try again when its lease has ended."
            })
          }
        }
      })

    // Received tokens that are not stored yet are stored at the end, since the store may work again.
    yield* Effect.addFinalizer(() =>
      Effect.flatMap(
        Ref.get(unsaved),
        Option.match({
          onNone: () => Effect.void,
          onSome: (left) => Effect.ignore(whole(Effect.zipLeft(settle(left), release(left))))
        })
      )
    )

    const cell: TokenCell.TokenCell<Failure> = yield* TokenCell.make<Failure>({
      key,
      policy,
      acquire,
      initial: yield* usable(known, { reason: "initial", instead: Option.none() }),
      closed: ClientTokens.layerClosed(key.account),
      serverOffset: () => Option.none(),
      isElsewhere: (error) =>
        error._tag === "TokenStoreError" || (error._tag === "TransportError" && SharedTokens.isOfStore(error)),
      isolated
    })
    const { finish: _finish, forget: _forget, ...tokens } = cell

    const close = endWith(loggedOut)

    /** What the server has revoked. A later logout finds these tokens in the record again, and has nothing to do. */
    const revoked: Array<Redacted.Redacted> = []

    const willRevoke = (...found: ReadonlyArray<Redacted.Redacted | null>) =>
      Ref.update(toRevoke, (before) => {
        const known = [...before, ...revoked]
        return [
          ...before,
          ...found.flatMap((token) => (token === null || known.some((one) => StoredTokens.isSame(one, token)) ? [] : [token]))
        ]
      })

    let isRemovedHere = false

    /** Removes the session, and tries again when another process has written in between. */
    const removeFrom = ({ record, version }: SessionRecord.StoredSession): Effect.Effect<boolean, TokenStoreError> =>
      Effect.gen(function* () {
        const found = [record.refresh_token, record.predecessor]
        const before = yield* Ref.get(toRevoke)
        // Before the removal: if that is interrupted, nobody knows whether it was made.
        yield* willRevoke(...found)
        const isRemoved = yield* Effect.uninterruptibleMask((restore) =>
          Effect.tap(restore(store.remove(storeKey, { expected: Option.some(version) })), (isRemoved) => {
            if (!isRemoved) return Effect.void
            isRemovedHere = true
            // Another logout of this process may have found the session gone before this answer came, and have dropped them.
            return willRevoke(...found)
          })
        )
        if (isRemoved) return true
        const now = yield* recheck
        if (now._tag === "Same") return yield* removeFrom(now.stored)
        // Its tokens are the business of whoever has removed or replaced it. Logouts of this process do not wait for each other.
        if (!isRemovedHere) {
          yield* Ref.update(toRevoke, (left) => left.filter((token) => before.includes(token) || !found.includes(token)))
        }
        return false
      })

    const remove: SessionTokens["remove"] = Effect.gen(function* () {
      const left = yield* Ref.getAndSet(unsaved, Option.none())
      if (Option.isSome(left)) yield* willRevoke(left.value.record.refresh_token)
      return yield* removeFrom(known)
    })

    const revoke: SessionTokens["revoke"] = Effect.gen(function* () {
      for (const token of yield* Ref.get(toRevoke)) {
        yield* Effect.catchTag(auth.revoke({ token }), "InvalidRequest", (error) => Effect.die(error))
        revoked.push(token)
        yield* Ref.update(toRevoke, (left) => left.filter((other) => other !== token))
      }
    })

    const logout = Effect.zipRight(close, Effect.zipRight(remove, revoke))

    const touchMillis = Math.min(Duration.toMillis(options.lastUsed), Duration.toMillis(options.unusedFor) / 2)
    let isTouching = false
    let touchNotBefore = Number.NEGATIVE_INFINITY
    /** The version that this process could not replace. */
    let outdated = Number.NEGATIVE_INFINITY
    const isOutdated = () => known.version <= outdated

    const noteUse = Effect.gen(function* () {
      const { record, version } = known
      const isWritten = yield* write({ ...record, last_used_at: yield* serverNow(client) }, version, undefined)
      if (!isWritten) outdated = version
    }).pipe(
      Effect.disconnect,
      Effect.timeoutFail({ duration: longestTouch, onTimeout: () => undefined }),
      Effect.catchAllCause(() =>
        Effect.map(monotonic, (now) => {
          touchNotBefore = now + Duration.toMillis(touchPause)
        })
      ),
      Effect.ensuring(
        Effect.sync(() => {
          isTouching = false
        })
      ),
      Effect.interruptible
    )

    const touch: SessionTokens["touch"] = Effect.zipWith(
      Effect.clock,
      client.serverOffset,
      (clock, offset): Effect.Effect<void> => {
        // By a clock that is wrong, the entry could disappear at once.
        if (Option.isNone(offset) || over !== undefined || isTouching || isOutdated()) return Effect.void
        const usedAt = known.record.last_used_at ?? known.record.started_at
        const unused = clock.unsafeCurrentTimeMillis() + offset.value - usedAt
        const at = Deadlines.now(clock)
        if (unused < touchMillis || at < touchNotBefore) return Effect.void
        if (isolated) {
          // No fiber may outlive its request, and the request may be cancelled before it has ended this one.
          touchNotBefore = at + Duration.toMillis(touchPause)
          return noteUse
        }
        isTouching = true
        return Effect.asVoid(Effect.forkIn(noteUse, scope))
      }
    ).pipe(Effect.flatten, Effect.uninterruptible)

    return {
      tokens: { ...tokens, serverOffset: client.serverOffset, revoke: logout },
      stillOpen: Effect.suspend(() => (over === undefined ? Effect.void : Effect.fail(over))),
      logout,
      stored: () => known,
      seenAt: () => seenAt,
      isOutdated,
      recheck,
      touch,
      close,
      remove,
      revoke
    }
  })
