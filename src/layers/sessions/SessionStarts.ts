/**
 * The start of sessions: a login is stored, and is undone when it could not be stored or when nobody gets it.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { CustomerId as CustomerIdSchema } from "../../schemas/CustomerId.js"
import type { AccessTokensService } from "../../services/AccessTokens.js"
import type { AuthService } from "../../services/Auth.js"
import { SessionNotStored, type StartOptions } from "../../services/Sessions.js"
import { type StoredEntry, TokenStoreError, type TokenStoreService, type WriteOptions } from "../../services/TokenStore.js"
import * as BoundedStore from "./BoundedStore.js"
import * as CustomerId from "./CustomerId.js"
import type { CustomerSessions } from "./CustomerSessions.js"
import type { Ending } from "./Ending.js"
import * as KeptSessions from "./KeptSessions.js"
import * as SessionIds from "./SessionIds.js"
import * as SessionRecord from "./SessionRecord.js"
import type { SessionTokens } from "./SessionTokens.js"

export interface Options {
  readonly auth: AuthService
  readonly client: AccessTokensService
  readonly store: TokenStoreService
  readonly index: CustomerSessions
  readonly kept: KeptSessions.KeptSessions
  readonly ending: Pick<Ending, "makeRoom" | "starting">
  /** The time of the server. */
  readonly now: Effect.Effect<number>
  readonly lifeOf: (record: SessionRecord.SessionRecord, now: number) => WriteOptions
}

export interface Login {
  readonly access_token: Redacted.Redacted | null
  readonly refresh_token: Redacted.Redacted | null
  /** Seconds, of the access token. */
  readonly expires_in: number
  /** Whether the refresh token is revoked when the session is not started. */
  readonly isToRevoke: boolean
}

export interface Started {
  readonly id: Redacted.Redacted
  readonly session: SessionTokens
}

export type SessionStarts = (login: Login, options: StartOptions) => Effect.Effect<Started, SessionNotStored, Scope.Scope>

/** A try fails only because another process has written in between. */
const maximumTries = 100

const longestLabel = 200

/** How long a revocation may take. Nobody waits longer for it, and the end of the layer does not either. */
const revocationTime = Duration.seconds(10)

/** The entry that tells other processes is removed at once. Only a killed process leaves it. */
const signalLife: WriteOptions = { timeToLive: Duration.minutes(1) }

const isCustomerId = Schema.is(CustomerIdSchema)

type Reason = Pick<SessionNotStored, "message" | "reason">

/** What is wrong with a start, for its author. */
const problemOf = ({ customerId, id }: StartOptions, record: SessionRecord.SessionRecord): string | undefined => {
  if (id !== undefined && SessionIds.textOf(id) === "") return "`id` is empty. Leave it out, or choose one that nobody can guess."
  if (customerId !== undefined && !isCustomerId(customerId)) {
    return "`customerId` must have 1 to 255 characters, without a space at either end. Leave it out to take it from the access token."
  }
  if (Either.isRight(Either.try(() => SessionRecord.toText(record)))) return undefined
  return "Its tokens have a form that no server gives: an access token has visible ASCII characters and a finite life, and a refresh token is not empty."
}

/** Whole characters, and not a half of one at the end. */
const cut = (label: string): string => (label.length <= longestLabel ? label : Array.from(label).slice(0, longestLabel).join(""))

const becameOf = (refreshToken: SessionNotStored["refreshToken"], isToRevoke: boolean): string => {
  switch (refreshToken) {
    case "revoked":
      return "The refresh token of the login was revoked, so the customer has to log in again."
    case "none":
      return "The login has no refresh token."
    case "valid":
      return isToRevoke
        ? "The refresh token of the login could not be revoked and may be valid: revoke it with `auth.revoke`."
        : "The refresh token was not revoked, so the session can be started with it later."
  }
}

export const make = (options: Options): Effect.Effect<SessionStarts, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { auth, client, ending, index, kept, lifeOf, now, store } = options
    /** They go on when their caller is interrupted. */
    const undoing = new Set<Fiber.RuntimeFiber<unknown>>()
    yield* Effect.addFinalizer(() => Effect.suspend(() => Fiber.awaitAll(undoing)))

    /** The callers of other processes learn of the new session at once, if the store reports removals. Otherwise they learn of it in time. */
    const tellOthers = (handle: string) =>
      store.removals === undefined
        ? Effect.void
        : Effect.suspend(() => {
            const key = SessionIds.replacedKeyOf(handle)
            return Effect.flatMap(
              store.write(key, Redacted.make("replaced"), { expected: Option.none() }, signalLife),
              // If there was an entry, another process is about to remove it.
              Option.match({
                onNone: () => Effect.void,
                onSome: (version) => store.remove(key, { expected: Option.some(version) })
              })
            )
          }).pipe(Effect.ignore)

    /**
     * Replaces the stored session, because the customer has just logged in. It also replaces a damaged session, which nobody can use. It does not
     * replace an entry of another program or release, where the entry may be valid.
     */
    const write = (handle: string, record: SessionRecord.SessionRecord) => {
      const storeKey = SessionIds.storeKeyOf(handle)
      const inPlaceOf = (entry: Option.Option<StoredEntry>, tries: number): Effect.Effect<number, TokenStoreError> =>
        Effect.gen(function* () {
          const written = yield* store.write(
            storeKey,
            SessionRecord.toText(record),
            { expected: Option.map(entry, ({ version }) => version), orUnreadable: Option.isNone(entry) },
            lifeOf(record, record.started_at)
          )
          if (Option.isSome(written)) {
            if (Option.isSome(entry)) yield* tellOthers(handle)
            return written.value
          }
          if (tries === maximumTries) {
            return yield* new TokenStoreError({
              reason: "unavailable",
              message: `Other processes changed this session ${maximumTries} times before it could be stored: make one login at a time.`
            })
          }
          const found = yield* Effect.catchIf(
            store.read(storeKey),
            ({ reason }) => reason === "unreadable",
            () => Effect.succeedNone
          )
          if (Option.isSome(found)) yield* SessionRecord.notForeign(found.value.value)
          return yield* inPlaceOf(found, tries + 1)
        })
      // Mostly there is none. A read is needed only if there is.
      return inPlaceOf(Option.none(), 1)
    }

    /** The answer of the store may have been lost, so the session may be stored all the same. */
    const remove = (handle: string, record: SessionRecord.SessionRecord) =>
      Effect.gen(function* () {
        const found = yield* SessionRecord.read(store, SessionIds.storeKeyOf(handle))
        if (Option.isSome(found)) {
          if (!SessionRecord.isSameButUse(found.value.record, record)) return
          yield* store.remove(SessionIds.storeKeyOf(handle), { expected: Option.some(found.value.version) })
        }
        if (record.customer_id !== null) yield* index.remove(record.customer_id, [{ handle, started_at: record.started_at }])
      }).pipe(BoundedStore.bounded, Effect.ignore)

    const revoke = ({ isToRevoke, refresh_token: token }: Login): Effect.Effect<SessionNotStored["refreshToken"]> => {
      if (token === null) return Effect.succeed("none")
      if (!isToRevoke) return Effect.succeed("valid")
      return auth
        .revoke({ token })
        .pipe(
          Effect.disconnect,
          Effect.timeout(revocationTime),
          Effect.matchCause({ onFailure: () => "valid", onSuccess: () => "revoked" })
        )
    }

    /** The store may be about to write the session. A removal has to come after that. */
    const undo = (login: Login, handle: string, record: SessionRecord.SessionRecord, storing: Fiber.Fiber<unknown, unknown>) =>
      Fiber.interrupt(storing).pipe(
        Effect.disconnect,
        Effect.timeout(BoundedStore.time),
        Effect.ignore,
        Effect.zipRight(remove(handle, record)),
        Effect.zipRight(revoke(login), { concurrent: true })
      )

    /** Goes on when the caller is interrupted. */
    const detached = <A>(effect: Effect.Effect<A>): Effect.Effect<Fiber.Fiber<A>> =>
      Effect.tap(Effect.forkDaemon(Effect.interruptible(effect)), (fiber) =>
        Effect.sync(() => {
          undoing.add(fiber)
          fiber.addObserver(() => undoing.delete(fiber))
        })
      ).pipe(Effect.uninterruptible)

    const notStored = (
      login: Login,
      { message, reason }: Pick<SessionNotStored, "message" | "reason">,
      refreshToken: SessionNotStored["refreshToken"]
    ) =>
      new SessionNotStored({
        reason,
        refreshToken,
        message: `The session was not stored. ${message} ${becameOf(refreshToken, login.isToRevoke)}`
      })

    const customerOf = (login: Login, { customerId }: StartOptions): Effect.Effect<Option.Option<string>> =>
      customerId !== undefined || login.access_token === null
        ? Effect.succeed(Option.fromNullable(customerId))
        : CustomerId.ofToken(client, login.access_token)

    const recordOf = (
      login: Login,
      { label }: StartOptions,
      customer: Option.Option<string>,
      startedAt: number
    ): SessionRecord.SessionRecord => ({
      format: SessionRecord.format,
      refresh_token: login.refresh_token,
      predecessor: null,
      access_token: login.access_token,
      issued_at: login.access_token === null ? 0 : startedAt,
      expires_at: login.access_token === null ? 0 : startedAt + login.expires_in * 1000,
      started_at: startedAt,
      last_used_at: startedAt,
      customer_id: Option.getOrNull(customer),
      label: label === undefined ? null : cut(label)
    })

    return (login, options) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function* () {
          const id = options.id ?? (yield* SessionIds.make)
          const handle = yield* SessionIds.handleOf(client.key, id)
          const record = recordOf(login, options, yield* customerOf(login, options), yield* now)
          const problem = problemOf(options, record)
          if (kept.isClosed() || problem !== undefined) {
            const refreshToken = yield* Effect.flatMap(detached(revoke(login)), (fiber) => restore(Fiber.join(fiber)))
            const reason: Reason = problem === undefined ? KeptSessions.closed : { reason: "invalid", message: problem }
            return yield* notStored(login, reason, refreshToken)
          }
          let session: SessionTokens | undefined
          // In a fiber of its own, which ends before anything is undone.
          const storing = yield* Effect.forkDaemon(
            Effect.interruptible(Effect.zip(index.add(handle, record), write(handle, record)))
          )
          const started = Effect.gen(function* () {
            const [listed, version] = yield* BoundedStore.bounded(Fiber.join(storing))
            session = yield* kept.start(handle, { version, record })
            return { listed, session }
          })
          const exit = yield* ending.starting(handle, started).pipe(
            Effect.tap(({ listed }) =>
              record.customer_id === null ? Effect.void : ending.makeRoom(record.customer_id, handle, listed)
            ),
            restore,
            Effect.exit
          )
          if (Exit.isSuccess(exit)) return { id: Redacted.isRedacted(id) ? id : Redacted.make(id), session: exit.value.session }
          if (session !== undefined) yield* Effect.zipRight(session.close, kept.drop(session))
          const undone = yield* detached(undo(login, handle, record, storing))
          const error = Cause.failureOption(exit.cause)
          // Without an error it was interrupted, and nobody waits any more.
          if (Option.isNone(error)) return yield* Effect.failCause(Cause.interrupt(FiberId.none))
          return yield* notStored(login, error.value, yield* restore(Fiber.join(undone)))
        })
      )
  })
