/**
 * The access token of a session, which several processes may share.
 *
 * A refresh token may be good only once, so its use is a matter of life and death: whoever refreshes holds the lease of the session, has read it
 * again since, and stores what it got before anybody sees it. Whatever happens in between, what is stored is either the old state or the new one.
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
import { answeredOf } from "../../schemas/Answered.js"
import { type CallError, SessionExpired } from "../../schemas/DinteroError.js"
import type { AccessTokensService, TokenKey } from "../../services/AccessTokens.js"
import type { AuthService } from "../../services/Auth.js"
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
  /** Of the API client, whose token authorises the refresh. */
  readonly client: AccessTokensService
  readonly store: TokenStoreService
  readonly key: TokenKey
  readonly storeKey: string
  readonly policy: RefreshPolicy.RefreshPolicy
  /** How long a refresh may take; a process that is killed keeps the others waiting for so long. */
  readonly lease: Duration.Duration
}

/** What was received, in place of which version it belongs, and the lease under which it was asked for. */
interface Unsaved {
  readonly record: SessionRecord.SessionRecord
  readonly expected: number
  readonly lease: Lease
}

interface Held {
  readonly lease: Lease
  /** On the monotonic clock, ms: no later than the lease's own end. */
  readonly ends: number
}

/** Of the lease's time for each sending of a refresh token, of which there may be three: it has ended well before the lease does. */
const shareOfLease = 0.3

/** And at most so long, however long the lease is. */
const longestTime = Duration.seconds(30)

/** ms. How often a lease is asked for that somebody else has. */
const pollMillis = 50

/** The time by which the session's instants are counted. */
const serverNow = (client: AccessTokensService): Effect.Effect<number> =>
  Effect.zipWith(Clock.currentTimeMillis, client.serverOffset, (now, offset) => now + Option.getOrElse(offset, () => 0))

/**
 * From "sent" to "stored" nothing may come between: whoever stops waiting, the spent token's answer is kept. In a fiber that nobody interrupts,
 * and not in an uninterruptible region: in one of these no timeout of a store or a client would end anything.
 */
const whole = <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.uninterruptible(Effect.flatMap(Effect.forkDaemon(Effect.interruptible(effect)), Fiber.join))

export const make = (options: Options, subject: string): Effect.Effect<Session, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { auth, client, key, lease: leaseTime, policy, store, storeKey } = options
    const expired = (message: string) => new SessionExpired({ request: infoOf(key.account), message, reason: "ended" })
    const loggedOut = expired("The session is over: it was logged out, or was found to have expired.")
    /** What was received and could not be stored yet: nobody may use it, and nobody may lose it. */
    const unsaved = yield* Ref.make(Option.none<Unsaved>())
    /** Refresh tokens of a logout that the server has not heard of. */
    const toRevoke = yield* Ref.make<ReadonlyArray<Redacted.Redacted>>([])

    const leaseMillis = Duration.toMillis(leaseTime)
    const time = Duration.min(Duration.times(leaseTime, shareOfLease), longestTime)
    const once = RetryPolicy.none.pipe(RetryPolicy.attemptTimeout(time), RetryPolicy.deadline(time))

    // Anew each time: what a store of somebody else's decides when it is called, is decided then.
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

    /** A token does not outlive its session. */
    const acquired = (record: SessionRecord.SessionRecord, value: Redacted.Redacted, now: number): TokenCell.Acquired => ({
      value,
      life: Math.min(record.expires_at, overAt(record)) - now
    })

    /** The stored access token, if it is another one than the one that was refused, and need not be renewed yet. */
    const usable = ({ record }: SessionRecord.StoredSession, { instead, reason }: TokenCell.Demand) =>
      Effect.map(serverNow(client), (now): Option.Option<TokenCell.Acquired> => {
        const { access_token: value, expires_at, issued_at, refresh_token } = record
        const left = expires_at - now
        if (value === null || left <= 0) return Option.none()
        if (Option.exists(instead, (refused) => Redacted.value(refused) === Redacted.value(value))) return Option.none()
        const found = Option.some(acquired(record, value, now))
        // With no refresh token there is nothing better to be had.
        if (refresh_token === null) return found
        const life = expires_at - issued_at
        // Ahead of time: the one that is to be renewed is in its window, and is no answer; that of somebody who was faster is not.
        if (reason === "early") return now < RefreshPolicy.windows(policy, issued_at, life).soft ? found : Option.none()
        // As long again as the window in which calls wait, or it would be asked for again at once. Of a short life, half.
        return left > Math.min(2 * Duration.toMillis(policy.hard), life / 2) ? found : Option.none()
      })

    /**
     * Stores what was received, in place of the version that it was made from. The answer is whether it is what is stored now; if not, somebody
     * else has written. Until either is certain it is kept.
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
            // Logged out while we asked. What we got is nobody's, and should be good for nobody.
            yield* Ref.set(unsaved, Option.none())
            if (record.refresh_token !== null) yield* Effect.ignore(auth.revoke({ token: record.refresh_token }))
            return yield* loggedOut
          }
          if (other.value.version !== expected) {
            yield* Ref.set(unsaved, Option.none())
            yield* Metric.increment(TokenMetrics.storeConflicts)
            // Our own, when the answer to a write was lost.
            const { access_token } = other.value.record
            return (
              access_token !== null &&
              record.access_token !== null &&
              Redacted.value(access_token) === Redacted.value(record.access_token)
            )
          }
          // We were too slow for our lease, and whoever has it now has stored nothing: what we got is still the newest there is, and with a
          // refresh token that is good once the only thing that is good at all.
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
                message: "Another process changes this session all the time: is it the only one that runs this release?"
              })
          )
        )
      })

    /** Sends a refresh token, unless its time could outlast the lease. No policy of a caller counts. */
    const exchange = (refresh_token: Redacted.Redacted, { ends }: Held) =>
      Effect.flatMap(
        monotonic,
        (now): Effect.Effect<AccessToken, Failure> =>
          now + Duration.toMillis(time) > ends
            ? // Somebody else may be about to send it.
              new TokenStoreError({
                reason: "unavailable",
                message:
                  "The refresh did not come to its end within the session's lease: try again, and choose a longer lease if that happens often."
              })
            : auth.token({ grant_type: "refresh_token", refresh_token }).pipe(
                (call) => RetryPolicy.with(call, once),
                Effect.catchTags({
                  // The grant is made here; and a refresh token is no user's credential.
                  InvalidRequest: (error) => Effect.die(error),
                  CredentialsRefused: (error) => Effect.die(error),
                  MfaRequired: (error) => Effect.fail(new SessionExpired(answeredOf(error)))
                })
              )
      )

    /** After an answer that got lost the same token is sent once more, where that cannot end the session. */
    const exchangeSafely = (refreshToken: Redacted.Redacted, held: Held) =>
      Effect.catchTag(exchange(refreshToken, held), "TransportError", (error) =>
        error.sent === "maybe" && policy.rotation !== "strict" ? exchange(refreshToken, held) : Effect.fail(error)
      )

    /** `isSecond`: there was another refresh token before, in whose place this one was found. */
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
            // Before it is declared dead: somebody may have been faster, or the successor may never have come into use.
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
            // The client's access token may be what is refused: the session may live, and a token of before could end it.
            if (error.reason !== "refused") return yield* error
            // Where a token is good once, to show a used one is what a thief does.
            const { predecessor } = record
            if (predecessor !== null && policy.rotation !== "strict") {
              const again = yield* Effect.either(exchange(predecessor, held))
              if (Either.isRight(again)) return yield* finish(demand, now.value, predecessor, again.right, held)
              // Not refused: it may be good, and is left as it is.
              if (again.left._tag !== "SessionExpired" || again.left.reason !== "refused") return yield* again.left
            }
            // The server has said it. That the store cannot be told makes it no better: the next one is told the same.
            yield* Effect.ignore(store.remove(storeKey, { expected: Option.some(version) }))
            return yield* error
          })
        }
      })

    /** With the lease; what was stored before we had it may be old. */
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

    /** None while somebody else has the lease. */
    const refreshAlone = (demand: TokenCell.Demand): Effect.Effect<Option.Option<TokenCell.Acquired>, Failure> =>
      Effect.gen(function* () {
        const ends = (yield* monotonic) + leaseMillis
        const lease = yield* store.lease(storeKey, leaseTime)
        if (Option.isNone(lease)) return Option.none()
        const held = { lease: lease.value, ends }
        return yield* refresh(demand, held).pipe(
          Effect.asSome,
          // Not while what was received is not stored: whoever came then would use the token that it was received for.
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
        // The server's time, by which the stored instants are counted, comes with the client's own token.
        if (Option.isNone(yield* client.serverOffset)) yield* client.get
        const left = yield* Ref.get(unsaved)
        if (Option.isSome(left)) yield* whole(Effect.zipLeft(settle(left.value), release(left.value)))
        const stored = yield* read
        if (Option.isNone(stored)) return yield* loggedOut
        if ((yield* serverNow(client)) >= overAt(stored.value.record)) {
          return yield* expired("The session is over: it has reached the age that the policy allows.")
        }
        // Whoever insists wants another one than there is, also if it was not read before. What was only now stored nobody has had.
        const wanted =
          demand.reason === "forced" && Option.isNone(demand.instead) && Option.isNone(left)
            ? { ...demand, instead: Option.fromNullable(stored.value.record.access_token) }
            : demand
        const found = yield* usable(stored.value, wanted)
        if (Option.isSome(found)) return found.value
        // Before the lease, which is not for waiting.
        yield* client.get
        const until = (yield* monotonic) + 2 * leaseMillis
        while (true) {
          const own = yield* whole(refreshAlone(wanted))
          if (Option.isSome(own)) return own.value
          // Somebody else refreshes it: theirs will be ours.
          const theirs = yield* waitForOther(wanted)
          if (Option.isSome(theirs)) return theirs.value
          if ((yield* monotonic) >= until) {
            return yield* new TokenStoreError({
              reason: "unavailable",
              message: "Another process holds this session and does not finish: try again when its lease is over."
            })
          }
        }
      })

    // The last chance of what was received; the store that failed may be back.
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
      serverOffset: () => Option.none()
    })

    /** Until nobody has it: a refresh of another process may write in between. */
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
      subject,
      tokens: { ...tokens, serverOffset: client.serverOffset, revoke: logout },
      logout
    }
  })
