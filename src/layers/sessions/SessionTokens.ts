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
import * as RefreshPolicy from "../../policies/RefreshPolicy.js"
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
import * as TokenCell from "../http/TokenCell.js"
import { infoOf } from "../http/TokenRequestInfo.js"
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
}

/** Tokens that were received, the stored version that they replace, and the lease under which they were requested. */
interface Unsaved {
  readonly record: SessionRecord.SessionRecord
  readonly expected: number
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

/** The time of the server, which the stored instants of a session use. */
const serverNow = (client: AccessTokensService): Effect.Effect<number> =>
  Effect.zipWith(Clock.currentTimeMillis, client.serverOffset, (now, offset) => now + Option.getOrElse(offset, () => 0))

/**
 * Runs the effect to its end, also when the caller is interrupted: once a refresh token was sent, the answer must be stored. It runs in a
 * fiber of its own, and not in an uninterruptible region, because in such a region the timeouts of a store or a client would not work.
 */
const whole = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.uninterruptible(Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), Fiber.join))

/** An open session: what all its users share. */
export type SessionTokens = Pick<Session, "tokens" | "stillOpen" | "logout">

export const make = (options: Options): Effect.Effect<SessionTokens, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { auth, client, key, lease: leaseTime, policy, store, storeKey } = options
    const expired = (message: string) => new SessionExpired({ request: infoOf(key.account), message, reason: "ended" })
    const loggedOut = expired("The session is over: it was logged out, or was found to have expired.")
    /** Tokens that could not be stored yet. They must not be used before they are stored, and must not be lost. */
    const unsaved = yield* Ref.make(Option.none<Unsaved>())
    /** Refresh tokens of a logout that are not revoked at the server yet. */
    const toRevoke = yield* Ref.make<ReadonlyArray<Redacted.Redacted>>([])

    let isOver = false

    const leaseMillis = Duration.toMillis(leaseTime)
    const time = Duration.min(Duration.times(leaseTime, shareOfLease), longestTime)
    const once = RetryPolicy.none.pipe(RetryPolicy.attemptTimeout(time), RetryPolicy.deadline(time))

    // Suspended, so that a store of the caller's own is called at each read.
    const read = Effect.suspend(() => SessionRecord.read(store, storeKey))
    const monotonic = Effect.clockWith((clock) => Effect.sync(() => Deadlines.now(clock)))

    const recordOf = (
      before: SessionRecord.SessionRecord,
      used: Redacted.Redacted,
      answer: AccessToken
    ): Effect.Effect<SessionRecord.SessionRecord> =>
      Effect.map(serverNow(client), (now) => ({
        ...before,
        refresh_token: answer.refresh_token ?? used,
        predecessor: answer.refresh_token === undefined ? null : used,
        access_token: answer.access_token,
        issued_at: now,
        expires_at: now + answer.expires_in * 1000
      }))

    const overAt = ({ started_at }: SessionRecord.SessionRecord) => started_at + Duration.toMillis(policy.maxSessionAge)

    /** The life of a token, which ends with its session at the latest. */
    const acquired = (record: SessionRecord.SessionRecord, value: Redacted.Redacted, now: number): TokenCell.Acquired => ({
      value,
      life: Math.min(record.expires_at, overAt(record)) - now
    })

    /** The stored access token, unless it is the refused one or has to be renewed already. */
    const usable = ({ record }: SessionRecord.StoredSession, { instead, reason }: TokenCell.Demand) =>
      Effect.map(serverNow(client), (now): Option.Option<TokenCell.Acquired> => {
        const { access_token: value, expires_at, issued_at, refresh_token } = record
        const left = expires_at - now
        if (value === null || left <= 0) return Option.none()
        if (Option.exists(instead, (refused) => Redacted.value(refused) === Redacted.value(value))) return Option.none()
        const found = Option.some(acquired(record, value, now))
        // Without a refresh token, no other token can be requested.
        if (refresh_token === null) return found
        const life = expires_at - issued_at
        // For a renewal ahead of expiry: the present token is in its window already, and a token that another process has stored is not.
        if (reason === "early") return now < RefreshPolicy.windows(policy, issued_at, life).soft ? found : Option.none()
        // Its remaining life must be twice the hard window (or half of a short life). Otherwise it would be renewed again at once.
        return left > Math.min(2 * Duration.toMillis(policy.hard), life / 2) ? found : Option.none()
      })

    /**
     * Stores received tokens in place of the version that they replace. The result is `true` if they are stored now, and `false` if another
     * process has stored something else. The tokens are kept until one of the two is certain.
     */
    const settle = (left: Unsaved): Effect.Effect<boolean, Failure> =>
      Effect.gen(function* () {
        const { expected, lease, record } = left
        const text = SessionRecord.toText(record)
        yield* Ref.set(unsaved, Option.some(left))
        let written = yield* store.write(storeKey, text, { expected: Option.some(expected), fence: lease.fence })
        while (Option.isNone(written)) {
          const other = yield* read
          if (Option.isNone(other)) {
            // The session was logged out during the refresh. No caller may get the new tokens, so they are revoked.
            yield* Ref.set(unsaved, Option.none())
            if (record.refresh_token !== null) yield* Effect.ignore(auth.revoke({ token: record.refresh_token }))
            return yield* loggedOut
          }
          if (other.value.version !== expected) {
            yield* Ref.set(unsaved, Option.none())
            yield* Metric.increment(TokenMetrics.storeConflicts)
            // It is our own write if the answer to that write was lost.
            const { access_token } = other.value.record
            return (
              access_token !== null &&
              record.access_token !== null &&
              Redacted.value(access_token) === Redacted.value(record.access_token)
            )
          }
          // Our lease has ended, but no other process has stored anything. So the received tokens are still the newest. If a refresh token
          // is valid for a single use, they are the only valid ones.
          written = yield* store.write(storeKey, text, { expected: Option.some(expected) })
        }
        yield* Ref.set(unsaved, Option.none())
        return true
      })

    const finish = (
      demand: TokenCell.Demand,
      { record, version }: SessionRecord.StoredSession,
      used: Redacted.Redacted,
      answer: AccessToken,
      { lease }: Held
    ): Effect.Effect<TokenCell.Acquired, Failure> =>
      Effect.gen(function* () {
        const next = yield* recordOf(record, used, answer)
        if (yield* settle({ record: next, expected: version, lease })) {
          return acquired(next, answer.access_token, yield* serverNow(client))
        }
        const other = yield* read
        if (Option.isNone(other)) return yield* loggedOut
        return yield* Effect.flatten(usable(other.value, demand)).pipe(
          Effect.mapError(
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
            if (Option.isNone(now)) return yield* loggedOut
            const { record, version } = now.value
            if (version !== stored.version) {
              const found = yield* usable(now.value, demand)
              if (Option.isSome(found)) return found.value
              const other = record.refresh_token
              if (!isSecond && other !== null && Redacted.value(other) !== Redacted.value(refreshToken)) {
                return yield* refreshWith(demand, now.value, other, held, true)
              }
            }
            // The client's access token may have been refused instead. Then the session may be valid, and sending an old token could end it.
            if (error.reason !== "refused") return yield* error
            // If a refresh token is valid for a single use, the server treats a used one as stolen.
            const { predecessor } = record
            if (predecessor !== null && policy.rotation !== "strict") {
              const again = yield* Effect.either(exchange(predecessor, held))
              if (Either.isRight(again)) return yield* finish(demand, now.value, predecessor, again.right, held)
              // The predecessor was not refused, so it may be valid. The stored session is not changed.
              if (again.left._tag !== "SessionExpired" || again.left.reason !== "refused") return yield* again.left
            }
            // A failure of the store is ignored: the session has ended at the server, and the next refresh finds that out again.
            yield* Effect.ignore(store.remove(storeKey, { expected: Option.some(version) }))
            return yield* error
          })
        }
      })

    /** Refreshes while holding the lease. The session is read again, since it may have changed before the lease was granted. */
    const refresh = (demand: TokenCell.Demand, held: Held): Effect.Effect<TokenCell.Acquired, Failure> =>
      Effect.gen(function* () {
        const stored = yield* read
        if (Option.isNone(stored)) return yield* loggedOut
        const found = yield* usable(stored.value, demand)
        if (Option.isSome(found)) return found.value
        const refreshToken = stored.value.record.refresh_token
        if (refreshToken === null) {
          return yield* expired("The session is over: its access token has expired, and there is no refresh token.")
        }
        return yield* refreshWith(demand, stored.value, refreshToken, held, false)
      })

    const release = ({ lease }: Pick<Held, "lease">) => Effect.ignore(store.release(storeKey, lease))

    /** Refreshes with the lease of the session, or returns none while another process has the lease. */
    const refreshAlone = (demand: TokenCell.Demand): Effect.Effect<Option.Option<TokenCell.Acquired>, Failure> =>
      Effect.gen(function* () {
        const ends = (yield* monotonic) + leaseMillis
        const lease = yield* store.lease(storeKey, leaseTime)
        if (Option.isNone(lease)) return Option.none()
        const held = { lease: lease.value, ends }
        return yield* refresh(demand, held).pipe(
          Effect.asSome,
          // The lease is kept while received tokens are not stored: another process would send the refresh token that was used for them.
          Effect.ensuring(Effect.flatMap(Ref.get(unsaved), (left) => (Option.isSome(left) ? Effect.void : release(held))))
        )
      })

    const waitForOther = (demand: TokenCell.Demand): Effect.Effect<Option.Option<TokenCell.Acquired>, Failure> =>
      Effect.gen(function* () {
        yield* Effect.sleep(Duration.millis(pollMillis))
        const stored = yield* read
        if (Option.isNone(stored)) return yield* loggedOut
        const found = yield* usable(stored.value, demand)
        if (Option.isSome(found)) yield* Metric.increment(TokenMetrics.storeConflicts)
        return found
      })

    const acquire = (demand: TokenCell.Demand): Effect.Effect<TokenCell.Acquired, Failure> =>
      Effect.gen(function* () {
        // The stored instants use the time of the server, which becomes known with the client's own token.
        if (Option.isNone(yield* client.serverOffset)) yield* client.get
        const left = yield* Ref.get(unsaved)
        if (Option.isSome(left)) yield* whole(Effect.zipLeft(settle(left.value), release(left.value)))
        const stored = yield* read
        if (Option.isNone(stored)) return yield* loggedOut
        if ((yield* serverNow(client)) >= overAt(stored.value.record)) {
          return yield* expired("The session is over: it has reached the age that the policy allows.")
        }
        // A forced refresh must give another token than the stored one, also if this process has not read that one yet. Tokens that were
        // stored just now are new to every caller.
        const wanted =
          demand.reason === "forced" && Option.isNone(demand.instead) && Option.isNone(left)
            ? { ...demand, instead: Option.fromNullable(stored.value.record.access_token) }
            : demand
        const found = yield* usable(stored.value, wanted)
        if (Option.isSome(found)) return found.value
        // The client's token is fetched before the lease, so that no process waits for it under the lease.
        yield* client.get
        const until = (yield* monotonic) + 2 * leaseMillis
        while (true) {
          const own = yield* whole(refreshAlone(wanted))
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

    const { forget, ...tokens } = yield* TokenCell.make<Failure>({
      key,
      policy,
      acquire,
      closed: ClientTokens.layerClosed(key.account),
      over: Option.some(loggedOut),
      serverOffset: () => Option.none(),
      isolated: TokenCell.isIsolated(client)
    })

    /** Removes the session, and tries again when a refresh of another process has written in between. */
    const removeStored: Effect.Effect<void, TokenStoreError> = Effect.flatMap(
      read,
      Option.match({
        onNone: () => Effect.void,
        onSome: ({ record, version }) =>
          Effect.gen(function* () {
            const found = [record.refresh_token, record.predecessor].flatMap((token) => (token === null ? [] : [token]))
            yield* Ref.update(toRevoke, (before) => [
              ...before,
              ...found.filter((token) => !before.some((known) => Redacted.value(known) === Redacted.value(token)))
            ])
            if (!(yield* store.remove(storeKey, { expected: Option.some(version) }))) return yield* removeStored
          })
      })
    )

    const logout: Session["logout"] = Effect.gen(function* () {
      isOver = true
      yield* forget
      const left = yield* Ref.getAndSet(unsaved, Option.none())
      if (Option.isSome(left)) {
        const { refresh_token } = left.value.record
        if (refresh_token !== null) yield* Ref.update(toRevoke, (before) => [...before, refresh_token])
      }
      yield* removeStored
      for (const token of yield* Ref.get(toRevoke)) {
        yield* Effect.catchTag(auth.revoke({ token }), "InvalidRequest", (error) => Effect.die(error))
        yield* Ref.update(toRevoke, (left) => left.filter((other) => other !== token))
      }
    })

    return {
      tokens: { ...tokens, serverOffset: client.serverOffset, revoke: logout },
      stillOpen: Effect.suspend(() => (isOver ? Effect.fail(loggedOut) : Effect.void)),
      logout
    }
  })
