/**
 * The access token of a session, which several processes may share.
 *
 * A refresh token may be good only once, so its use is a matter of life and death: whoever refreshes holds the lease of the session, has read it
 * again since, and stores what it got before anybody sees it. Whatever happens in between, what is stored is either the old state or the new one.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
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
import type { Session, SessionError } from "../../services/Session.js"
import { type Lease, TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import * as ClientTokens from "../http/ClientTokens.js"
import * as TokenCell from "../http/TokenCell.js"
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

/** Of the lease's time for each sending of a refresh token, of which there may be two: it has ended well before the lease does. */
const shareOfLease = 0.3

/** ms. How often a lease is asked for that somebody else has. */
const pollMillis = 50

const infoOf = (account: string) => ({
  operation: "auth.token",
  method: "POST",
  path: "/accounts/{oid}/auth/token",
  account,
  attempts: 0,
  history: []
})

/** The time by which the session's instants are counted. */
const serverNow = (client: AccessTokensService): Effect.Effect<number> =>
  Effect.zipWith(Clock.currentTimeMillis, client.serverOffset, (now, offset) => now + Option.getOrElse(offset, () => 0))

export const make = (options: Options, subject: string): Effect.Effect<Session, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { auth, client, key, lease: leaseTime, policy, store, storeKey } = options
    const expired = (message: string) => new SessionExpired({ request: infoOf(key.account), message })
    const loggedOut = expired("The session is over: it was logged out.")
    /** What was received and could not be stored yet: nobody may use it, and nobody may lose it. */
    const unsaved = yield* Ref.make(Option.none<{ readonly record: SessionRecord.SessionRecord; readonly expected: number }>())
    /** Refresh tokens of a logout that the server has not heard of. */
    const toRevoke = yield* Ref.make<ReadonlyArray<Redacted.Redacted>>([])

    const time = Duration.times(leaseTime, shareOfLease)
    const once = RetryPolicy.none.pipe(RetryPolicy.attemptTimeout(time), RetryPolicy.deadline(time))

    const read = SessionRecord.read(store, storeKey)

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
        expires_at: now + answer.expires_in * 1000
      }))

    /** The stored access token, if it is another one than the one that was refused, and good for more than a moment. */
    const usable = ({ record }: SessionRecord.StoredSession, { instead }: TokenCell.Demand) =>
      Effect.map(serverNow(client), (now): Option.Option<TokenCell.Acquired> => {
        const { access_token: value, expires_at } = record
        const life = expires_at - now
        if (value === null || life <= 0) return Option.none()
        if (Option.exists(instead, (refused) => Redacted.value(refused) === Redacted.value(value))) return Option.none()
        // With no refresh token there is nothing better to be had.
        const isLast = record.refresh_token === null
        const { hard } = RefreshPolicy.windows(policy, 0, life)
        return isLast || hard > Duration.toMillis(policy.hard) ? Option.some({ value, life }) : Option.none()
      })

    const tooOld = ({ record }: SessionRecord.StoredSession) =>
      Effect.map(serverNow(client), (now) => now - record.started_at >= Duration.toMillis(policy.maxSessionAge))

    /** Stores it in place of `expected`, or learns who was faster. */
    const save = (
      record: SessionRecord.SessionRecord,
      expected: number,
      fence: number | undefined
    ): Effect.Effect<TokenCell.Acquired, SessionError | CallError> =>
      Effect.gen(function* () {
        yield* Ref.set(unsaved, Option.some({ record, expected }))
        const written = yield* store.write(storeKey, SessionRecord.toText(record), { expected: Option.some(expected), fence })
        yield* Ref.set(unsaved, Option.none())
        if (Option.isSome(written) && record.access_token !== null) {
          return { value: record.access_token, life: record.expires_at - (yield* serverNow(client)) }
        }
        yield* Metric.increment(TokenMetrics.storeConflicts)
        const other = yield* read
        if (Option.isNone(other)) {
          // Logged out while we asked. What we got is nobody's, and should be good for nobody.
          if (record.refresh_token !== null) yield* Effect.ignore(auth.revoke({ token: record.refresh_token }))
          return yield* loggedOut
        }
        const found = yield* usable(other.value, { reason: "initial", instead: Option.none() })
        return yield* Option.match(found, {
          onSome: Effect.succeed,
          onNone: () =>
            new TokenStoreError({
              reason: "unavailable",
              message: "Another process changes this session all the time: is it the only one that runs this release?"
            })
        })
      })

    /** Sends a refresh token. Its own time is over before the lease is; no policy of a caller counts. */
    const exchange = (refresh_token: Redacted.Redacted) =>
      auth.token({ grant_type: "refresh_token", refresh_token }).pipe(
        (call) => RetryPolicy.with(call, once),
        Effect.catchTags({
          // The grant is made here; and a refresh token is no user's credential.
          InvalidRequest: (error) => Effect.die(error),
          CredentialsRefused: (error) => Effect.die(error),
          MfaRequired: (error) => Effect.fail(new SessionExpired({ ...error, message: error.message }))
        })
      )

    /** After an answer that got lost the same token is sent once more, where that cannot end the session. */
    const exchangeSafely = (refreshToken: Redacted.Redacted) =>
      Effect.catchTag(exchange(refreshToken), "TransportError", (error) =>
        error.sent === "maybe" && policy.rotation !== "strict" ? exchange(refreshToken) : Effect.fail(error)
      )

    const refreshWith = (
      stored: SessionRecord.StoredSession,
      refreshToken: Redacted.Redacted,
      { fence }: Lease
    ): Effect.Effect<TokenCell.Acquired, Failure> => {
      const { record, version } = stored
      const finish = (used: Redacted.Redacted, answer: AccessToken) =>
        Effect.flatMap(recordOf(record, used, answer), (next) => save(next, version, fence))
      return Effect.matchEffect(exchangeSafely(refreshToken), {
        onSuccess: (answer) => finish(refreshToken, answer),
        onFailure: (error) => {
          if (error._tag !== "SessionExpired") return Effect.fail(error)
          return Effect.gen(function* () {
            // Before it is declared dead: somebody may have been faster, or the successor may never have come into use.
            const now = yield* read
            if (Option.isNone(now)) return yield* loggedOut
            if (now.value.version !== version) {
              const other = now.value.record.refresh_token
              if (other !== null && Redacted.value(other) !== Redacted.value(refreshToken)) {
                const answer = yield* exchange(other)
                return yield* Effect.flatMap(recordOf(now.value.record, other, answer), (next) =>
                  save(next, now.value.version, fence)
                )
              }
            }
            if (record.predecessor !== null) {
              const predecessor = record.predecessor
              const again = yield* Effect.either(exchange(predecessor))
              if (again._tag === "Right") return yield* finish(predecessor, again.right)
            }
            yield* store.remove(storeKey, { expected: Option.some(version), fence })
            return yield* error
          })
        }
      })
    }

    /** With the lease; what was stored before we had it may be old. */
    const refresh = (demand: TokenCell.Demand, lease: Lease): Effect.Effect<TokenCell.Acquired, Failure> =>
      Effect.gen(function* () {
        const stored = yield* read
        if (Option.isNone(stored)) return yield* loggedOut
        const found = yield* usable(stored.value, demand)
        if (Option.isSome(found)) return found.value
        const refreshToken = stored.value.record.refresh_token
        if (refreshToken === null) {
          return yield* expired("The session is over: its access token has expired, and there is no refresh token.")
        }
        return yield* refreshWith(stored.value, refreshToken, lease)
      })

    const withLease = (demand: TokenCell.Demand, until: number): Effect.Effect<TokenCell.Acquired, Failure> =>
      Effect.flatMap(store.lease(storeKey, leaseTime), (lease) => {
        if (Option.isSome(lease)) {
          return Effect.ensuring(refresh(demand, lease.value), Effect.ignore(store.release(storeKey, lease.value)))
        }
        // Somebody else refreshes it: theirs will be ours.
        return Effect.gen(function* () {
          yield* Effect.interruptible(Effect.sleep(Duration.millis(pollMillis)))
          const stored = yield* read
          if (Option.isNone(stored)) return yield* loggedOut
          const found = yield* usable(stored.value, demand)
          if (Option.isSome(found)) {
            yield* Metric.increment(TokenMetrics.storeConflicts)
            return found.value
          }
          if ((yield* Clock.currentTimeMillis) < until) return yield* withLease(demand, until)
          return yield* new TokenStoreError({
            reason: "unavailable",
            message: "Another process holds this session and does not finish: try again when its lease is over."
          })
        })
      })

    const acquire = (demand: TokenCell.Demand): Effect.Effect<TokenCell.Acquired, Failure> =>
      Effect.gen(function* () {
        // The server's time, by which the stored instants are counted, comes with the client's own token.
        if (Option.isNone(yield* client.serverOffset)) yield* client.get
        const left = yield* Ref.get(unsaved)
        if (Option.isSome(left)) return yield* save(left.value.record, left.value.expected, undefined)
        const stored = yield* read
        if (Option.isNone(stored)) return yield* loggedOut
        if (yield* tooOld(stored.value))
          return yield* expired("The session is over: it has reached the age that the policy allows.")
        // Whoever insists wants another one than there is, also if it was not read before.
        const wanted =
          demand.reason === "forced" && Option.isNone(demand.instead)
            ? { ...demand, instead: Option.fromNullable(stored.value.record.access_token) }
            : demand
        const found = yield* usable(stored.value, wanted)
        if (Option.isSome(found)) return found.value
        const now = yield* Clock.currentTimeMillis
        return yield* withLease(wanted, now + 2 * Duration.toMillis(leaseTime))
        // From "sent" to "stored" nothing may come between: whoever stops waiting, the spent token's answer is kept.
      }).pipe(Effect.uninterruptible)

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
