/**
 * Sessions of customers, made from {@link Auth} and kept in a {@link TokenStore}.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as RcMap from "effect/RcMap"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Claims from "../internal/Claims.js"
import * as RefreshPolicy from "../policies/RefreshPolicy.js"
import type { AccessToken } from "../schemas/AccessToken.js"
import { AccessTokens, type TokenKey } from "../services/AccessTokens.js"
import { Auth } from "../services/Auth.js"
import { PendingLogins } from "../services/PendingLogins.js"
import type { Session } from "../services/Session.js"
import {
  type SessionInfo,
  SessionNotFound,
  SessionNotStored,
  type SessionsService,
  type StartOptions,
  type Which
} from "../services/Sessions.js"
import { TokenStore, TokenStoreError } from "../services/TokenStore.js"
import * as CustomerSessions from "./sessions/CustomerSessions.js"
import * as PendingEntries from "./sessions/PendingEntries.js"
import * as SessionIds from "./sessions/SessionIds.js"
import * as SessionRecord from "./sessions/SessionRecord.js"
import * as SessionsForTest from "./sessions/SessionsForTest.js"
import * as SessionTokens from "./sessions/SessionTokens.js"

/**
 * - `refresh`: when access tokens are renewed, how old a session may become, and what the server does with a used refresh token. The
 *   default is `RefreshPolicy.default`.
 * - `lease`: how long one refresh may take. When a process is killed during a refresh, the others wait for this time. Each sending of a
 *   refresh token gets 30 % of it. The default is 15 seconds. It must be finite and at least 100 ms.
 * - `capacity`: how many sessions stay in memory while nobody uses them. Beyond that, the session goes that was not used for the longest time. The
 *   default is 1,000.
 * - `idle`: how long a session stays in memory after its last use. The default is 15 minutes.
 * - `notice`: how soon this process notices that another one has ended a session, with a store that does not report removals: a session that was not
 *   read for this time is read from the store again. The default is 30 seconds.
 * - `lastUsed`: how exact `lastUsedAt` is. A session that is in use is written once in this time. The default is 15 minutes.
 * - `unusedFor`: a session that was not used for this time is over, and disappears from the store. The default is 90 days.
 * - `perCustomer`: how many sessions a customer can have. One more ends the session that was not used for the longest time. The default is 100.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly refresh?: RefreshPolicy.RefreshPolicy | undefined
  readonly lease?: Duration.DurationInput | undefined
  readonly capacity?: number | undefined
  readonly idle?: Duration.DurationInput | undefined
  readonly notice?: Duration.DurationInput | undefined
  readonly lastUsed?: Duration.DurationInput | undefined
  readonly unusedFor?: Duration.DurationInput | undefined
  readonly perCustomer?: number | undefined
}

/** Names an open session. `stored` is what it begins with, and no part of its name. */
class Opening {
  readonly handle: string
  readonly turn: number
  readonly stored: SessionRecord.StoredSession
  constructor({ handle, stored, turn }: Pick<Opening, "handle" | "stored" | "turn">) {
    this.handle = handle
    this.turn = turn
    this.stored = stored
  }
  [Equal.symbol](that: Equal.Equal): boolean {
    return that instanceof Opening && that.handle === this.handle && that.turn === this.turn
  }
  [Hash.symbol](): number {
    return Hash.combine(Hash.string(this.handle))(this.turn)
  }
}

/** A try fails only because another process has written in between. */
const maximumTries = 100

/** Throws for a time that cannot work, since that is a mistake in the program. */
const leaseOf = (input: Duration.DurationInput): Duration.Duration => {
  const lease = Duration.decode(input)
  const millis = Duration.toMillis(lease)
  if (millis >= 100 && Number.isFinite(millis)) return lease
  throw new RangeError(
    `Sessions.lease: ${Duration.format(lease)} cannot be the time for a refresh. Give a finite one of at least 100 ms.`
  )
}

const layer = (options: Options = {}): Layer.Layer<Sessions | PendingLogins, never, Auth | AccessTokens | TokenStore> => {
  const lease = leaseOf(options.lease ?? "15 seconds")
  return Layer.scopedContext(
    Effect.gen(function* () {
      const auth = yield* Auth
      const client = yield* AccessTokens
      const store = yield* TokenStore
      const policy = options.refresh ?? RefreshPolicy.default
      const index = CustomerSessions.make(store, client.key)

      // The open sessions by handle. A program may still hold a session that was replaced or has ended. The turn keeps it apart from the
      // session that later callers get.
      const turns = new Map<string, { turn: number; open: number }>()

      const next = (handle: string) =>
        Effect.sync(() => {
          const current = turns.get(handle)
          if (current !== undefined) current.turn++
        })

      // All users of a session share one entry, so that they share its refreshes.
      const open = yield* RcMap.make({
        lookup: ({ handle, stored }: Opening) => {
          const key: TokenKey = { ...client.key, grant: "session", subject: handle }
          return SessionTokens.make({
            auth,
            client,
            store,
            key,
            storeKey: SessionIds.storeKeyOf(handle),
            policy,
            lease,
            stored,
            lastUsed: Duration.decode(options.lastUsed ?? "15 minutes"),
            unusedFor: Duration.decode(options.unusedFor ?? "90 days")
          })
        }
      })

      const opened = (handle: string, stored: SessionRecord.StoredSession) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            const turn = turns.get(handle) ?? { turn: 0, open: 0 }
            turns.set(handle, turn)
            turn.open++
            return turn
          }),
          (turn) =>
            Effect.sync(() => {
              if (--turn.open === 0) turns.delete(handle)
            })
        ).pipe(Effect.flatMap(({ turn }) => RcMap.get(open, new Opening({ handle, turn, stored }))))

      const sessionOf = (id: string | Redacted.Redacted, handle: string, stored: SessionRecord.StoredSession) =>
        Effect.map(opened(handle, stored), ({ logout, stillOpen, tokens }): Session => {
          const { record } = stored
          const end = logout.pipe(
            Effect.zipRight(record.customer_id === null ? Effect.void : index.remove(record.customer_id, handle)),
            Effect.ensuring(next(handle))
          )
          return {
            id: Redacted.isRedacted(id) ? id : Redacted.make(id),
            handle,
            customerId: Option.fromNullable(record.customer_id),
            label: Option.fromNullable(record.label),
            startedAt: DateTime.unsafeMake(record.started_at),
            tokens: { ...tokens, revoke: end },
            stillOpen,
            logout: end
          }
        })

      const now = Effect.flatMap(Effect.clock, (clock) =>
        Effect.map(client.serverOffset, (offset) => clock.unsafeCurrentTimeMillis() + Option.getOrElse(offset, () => 0))
      )

      type Given = Pick<SessionRecord.SessionRecord, "access_token" | "refresh_token" | "issued_at" | "expires_at">

      const stored = (given: Given, options: StartOptions) =>
        Effect.gen(function* () {
          const id = options.id ?? (yield* SessionIds.make)
          const handle = yield* SessionIds.handleOf(client.key, id)
          const storeKey = SessionIds.storeKeyOf(handle)
          const startedAt = yield* now
          const record: SessionRecord.SessionRecord = {
            ...given,
            format: SessionRecord.format,
            predecessor: null,
            started_at: startedAt,
            last_used_at: startedAt,
            customer_id: options.customerId ?? customerOf(client.key, given.access_token),
            label: options.label ?? null
          }
          const value = SessionRecord.toText(record)
          if (record.customer_id !== null) yield* index.add(record.customer_id, handle)
          // Replaces the stored session, because the customer has just logged in. It also replaces a damaged session, which nobody can use.
          // It does not replace an entry of another program or release, where the entry may be valid.
          const write = (tries: number): Effect.Effect<number, TokenStoreError> =>
            Effect.gen(function* () {
              const entry = yield* Effect.catchIf(
                store.read(storeKey),
                ({ reason }) => reason === "unreadable",
                () => Effect.succeedNone
              )
              if (Option.isSome(entry)) yield* SessionRecord.notForeign(entry.value.value)
              const written = yield* store.write(storeKey, value, {
                expected: Option.map(entry, ({ version }) => version),
                orUnreadable: Option.isNone(entry)
              })
              if (Option.isSome(written)) return written.value
              if (tries > 1) return yield* write(tries - 1)
              return yield* new TokenStoreError({
                reason: "unavailable",
                message: `Other processes changed this session ${maximumTries} times before it could be stored: make one login at a time.`
              })
            })
          const version = yield* write(maximumTries)
          // Callers that hold the session before this one keep it. Later callers get the new one.
          yield* next(handle)
          return yield* sessionOf(id, handle, { version, record })
        })

      const begin = (given: Given, options: StartOptions, revokes: boolean) =>
        Effect.catchTag(stored(given, options), "TokenStoreError", (error) =>
          Effect.gen(function* () {
            const token = given.refresh_token
            const isRevoked = revokes && token !== null && Either.isRight(yield* Effect.either(auth.revoke({ token })))
            return yield* new SessionNotStored({
              reason: error.reason,
              refreshToken: token === null ? "none" : isRevoked ? "revoked" : "valid",
              message: error.message
            })
          })
        )

      const handleOf = (which: Which) =>
        typeof which === "object" && "handle" in which ? Effect.succeed(which.handle) : SessionIds.handleOf(client.key, which)

      const readOf = (handle: string) =>
        SessionIds.isHandle(handle) ? SessionRecord.read(store, SessionIds.storeKeyOf(handle)) : Effect.succeedNone

      const end: SessionsService["end"] = (which, options = {}) =>
        Effect.gen(function* () {
          const handle = yield* handleOf(which)
          const found = yield* readOf(handle)
          if (Option.isNone(found)) return false
          const { record } = found.value
          if (options.customerId !== undefined && record.customer_id !== options.customerId) return false
          // The id is not needed to end a session.
          yield* Effect.flatMap(sessionOf("", handle, found.value), ({ logout }) => logout)
          return true
        }).pipe(Effect.scoped)

      const ofCustomer: SessionsService["ofCustomer"] = (customerId) =>
        Effect.gen(function* () {
          const found: Array<SessionInfo> = []
          for (const handle of yield* index.list(customerId)) {
            const stored = yield* readOf(handle)
            if (Option.isNone(stored)) continue
            const { label, last_used_at, started_at } = stored.value.record
            found.push({
              handle,
              customerId,
              label: Option.fromNullable(label),
              startedAt: DateTime.unsafeMake(started_at),
              lastUsedAt: DateTime.unsafeMake(last_used_at ?? started_at)
            })
          }
          return found.reverse()
        })

      const sessions: SessionsService = {
        start: ({ access_token, expires_in, refresh_token }: AccessToken, options = {}) =>
          Effect.flatMap(now, (now) =>
            begin(
              { access_token, refresh_token: refresh_token ?? null, issued_at: now, expires_at: now + expires_in * 1000 },
              options,
              true
            )
          ),
        startFrom: (refresh_token, options = {}) =>
          begin({ access_token: null, refresh_token, issued_at: 0, expires_at: 0 }, options, false),
        resume: (id) =>
          Effect.gen(function* () {
            const handle = yield* SessionIds.handleOf(client.key, id)
            const stored = yield* readOf(handle)
            if (Option.isNone(stored)) {
              return yield* new SessionNotFound({ message: "There is no session with this id: have the customer log in." })
            }
            return yield* sessionOf(id, handle, stored.value)
          }),
        ofCustomer,
        end,
        endAll: (customerId, { except } = {}) =>
          Effect.gen(function* () {
            const kept = except === undefined ? undefined : yield* handleOf(except)
            const handles = (yield* index.list(customerId)).filter((handle) => handle !== kept)
            const ended = yield* Effect.forEach(handles, (handle) => end({ handle }, { customerId }))
            return ended.filter((wasThere) => wasThere).length
          }),
        health: Effect.asVoid(store.read("health"))
      }
      return Context.make(Sessions, sessions).pipe(Context.add(PendingLogins, PendingEntries.make(store, client.key)))
    })
  )
}

const readClaims = Claims.reader(Schema.Struct({ sub: Schema.NonEmptyString }))

/**
 * The customer that an access token says it is for (assumed: customer-token-claims). None when the subject is the API client itself: then all customers
 * would count as one.
 */
const customerOf = (client: TokenKey, token: Redacted.Redacted | null): string | null =>
  token === null
    ? null
    : Option.match(readClaims(token), { onNone: () => null, onSome: ({ sub }) => (sub === client.client ? null : sub) })

/**
 * What `Sessions.layerTest` takes: any functions of the service.
 *
 * @since 0.1.0
 * @category models
 */
export type TestSessions = { readonly [Name in keyof SessionsService]?: SessionsService[Name] | undefined }

const layerTest = (given: TestSessions = {}): Layer.Layer<Sessions | PendingLogins> =>
  Layer.effectContext(
    Effect.map(SessionsForTest.pendingLogins, (pendingLogins) =>
      Context.make(Sessions, SessionsForTest.make(given)).pipe(Context.add(PendingLogins, pendingLogins))
    )
  )

/**
 * The sessions of customers, as a service.
 *
 * @since 0.1.0
 * @category services
 */
export class Sessions extends Context.Tag("effect-dintero/Sessions")<Sessions, SessionsService>() {
  /**
   * Provides `Sessions` and `PendingLogins` for the API client of the given `Auth` and `AccessTokens`, and keeps them in the `TokenStore`. Use it to make calls as
   * a customer, for as long as the customer's refresh token is valid.
   *
   * Throws a `RangeError` when `lease` is infinite or less than 100 ms.
   *
   * @example
   * ```ts
   * import { Customers, Dintero, Session, Sessions, TokenStores } from "effect-dintero"
   * import { Effect, Layer, Redacted } from "effect"
   *
   * const audience = "https://api.dintero.com/v1/accounts/T12345678"
   *
   * const program = Effect.gen(function*() {
   *   const customers = yield* Customers
   *   const sessions = yield* Sessions
   *   const login = yield* customers.password.login({
   *     type: "customer",
   *     email: "ada@example.com",
   *     password: Redacted.make("correct horse battery staple"),
   *     audience
   *   })
   *   const session = yield* sessions.start(login)
   *   return yield* customers.settings.get().pipe(Session.with(session))
   * }).pipe(Effect.scoped)
   *
   * const DinteroLive = Sessions.layer().pipe(
   *   Layer.provideMerge(Dintero.layerConfig),
   *   Layer.provide(TokenStores.layerMemory)
   * )
   * ```
   *
   * @since 0.1.0
   * @category layers
   */
  static readonly layer = layer

  /**
   * The sessions by functions of your own, for a unit test: any subset. A call to what was not given dies with an error that names it, so that a test
   * cannot pass by accident. `Session.forTest` makes the session that a function gives. It also provides `PendingLogins`, which are kept in memory.
   *
   * For a test of what your program does with real sessions, use {@link layer} over `Dintero.layerTest` or over `DinteroEmbedded.layer`.
   *
   * @example
   * ```ts
   * import { Session, Sessions } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const SessionsTest = Sessions.layerTest({
   *   resume: () => Effect.succeed(Session.forTest({ customerId: "ada" }))
   * })
   * ```
   *
   * @since 0.1.0
   * @category layers
   */
  static readonly layerTest = layerTest
}
