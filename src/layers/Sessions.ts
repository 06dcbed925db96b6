/**
 * Sessions of customers, made from {@link Auth} and kept in a {@link TokenStore}.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as MetricLabels from "../internal/MetricLabels.js"
import * as RefreshPolicy from "../policies/RefreshPolicy.js"
import * as SessionMetrics from "../policies/SessionMetrics.js"
import type { AccessToken } from "../schemas/AccessToken.js"
import { AccessTokens } from "../services/AccessTokens.js"
import { Auth } from "../services/Auth.js"
import { PendingLogins } from "../services/PendingLogins.js"
import type { Session } from "../services/Session.js"
import { SessionNotFound, type SessionsService, type StartOptions } from "../services/Sessions.js"
import { TokenStore } from "../services/TokenStore.js"
import * as TokenCell from "./http/TokenCell.js"
import * as BoundedStore from "./sessions/BoundedStore.js"
import * as CustomerSessions from "./sessions/CustomerSessions.js"
import * as Ending from "./sessions/Ending.js"
import * as KeptSessions from "./sessions/KeptSessions.js"
import * as PendingEntries from "./sessions/PendingEntries.js"
import * as SessionIds from "./sessions/SessionIds.js"
import * as SessionRecord from "./sessions/SessionRecord.js"
import * as SessionSpans from "./sessions/SessionSpans.js"
import * as SessionStarts from "./sessions/SessionStarts.js"
import * as SessionsForTest from "./sessions/SessionsForTest.js"
import * as SessionTokens from "./sessions/SessionTokens.js"
import * as Sweeping from "./sessions/Sweeping.js"

/**
 * - `refresh`: when access tokens are renewed, how old a session may become, and what the server does with a used refresh token. The
 *   default is `RefreshPolicy.default`.
 * - `lease`: how long one refresh may take. When a process is killed during a refresh, the others wait for this time. Each sending of a
 *   refresh token gets 30 % of it. The default is 15 seconds. It must be at least 100 ms and at most 365 days.
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

/** The same for every id, so that nobody learns whether one was ever valid. */
const notFound = new SessionNotFound({ message: "There is no session with this id: have the customer log in." })

const labels = {
  memory: [MetricLabels.make("from", "memory")],
  store: [MetricLabels.make("from", "store")],
  none: [MetricLabels.make("from", "none")]
}

/** Throws for a time that cannot work, since that is a mistake in the program. */
const leaseOf = (input: Duration.DurationInput): Duration.Duration => {
  const lease = Duration.decode(input)
  const millis = Duration.toMillis(lease)
  if (millis >= 100 && millis <= Duration.toMillis("365 days")) return lease
  throw new RangeError(
    `Sessions.lease: ${Duration.format(lease)} cannot be the time for a refresh. Give one of at least 100 ms and at most 365 days.`
  )
}

/** A time may be infinite: then what it limits is not limited. */
const timeOf = (
  name: string,
  input: Duration.DurationInput | undefined,
  byDefault: Duration.DurationInput
): Duration.Duration => {
  const time = Duration.decode(input ?? byDefault)
  if (Duration.toMillis(time) > 0) return time
  throw new RangeError(
    `Sessions.${name}: ${Duration.format(time)} is no time. Give a positive one, such as "${String(byDefault)}".`
  )
}

const countOf = (name: string, count: number | undefined, byDefault: number): number => {
  if (count === undefined) return byDefault
  if (Number.isSafeInteger(count) && count >= 1) return count
  throw new RangeError(
    `Sessions.${name}: ${count} is no number of sessions. Give a whole number of at least 1, such as ${byDefault}.`
  )
}

const layer = (options: Options = {}): Layer.Layer<Sessions | PendingLogins, never, Auth | AccessTokens | TokenStore> => {
  const lease = leaseOf(options.lease ?? "15 seconds")
  const capacity = countOf("capacity", options.capacity, 1_000)
  const idle = timeOf("idle", options.idle, "15 minutes")
  const notice = timeOf("notice", options.notice, "30 seconds")
  const lastUsed = timeOf("lastUsed", options.lastUsed, "15 minutes")
  const unusedFor = timeOf("unusedFor", options.unusedFor, "90 days")
  const perCustomer = countOf("perCustomer", options.perCustomer, 100)
  const policy = options.refresh ?? RefreshPolicy.default
  const limits = { unusedFor, maxSessionAge: policy.maxSessionAge }
  return Layer.scopedContext(
    Effect.gen(function* () {
      const auth = yield* Auth
      const client = yield* AccessTokens
      // A store of the program may hang or die at any call. No caller may wait for ever then, and the end of the layer may not either.
      const store = BoundedStore.make(yield* TokenStore)
      const now = Effect.zipWith(
        Clock.currentTimeMillis,
        client.serverOffset,
        (now, offset) => now + Option.getOrElse(offset, () => 0)
      )
      const lifeOf = (record: SessionRecord.SessionRecord, now: number) => SessionRecord.lifeOf(record, now, limits)
      const index = CustomerSessions.make({ store, client: client.key, limits, now })

      const isolated = TokenCell.isIsolated(client)

      // All users of a session share its tokens, so that they share its refreshes.
      const kept = yield* KeptSessions.make({
        read: (handle) => SessionRecord.read(store, SessionIds.storeKeyOf(handle)),
        open: (handle, stored) =>
          SessionTokens.make({
            auth,
            client,
            store,
            key: { ...client.key, grant: "session", subject: handle },
            storeKey: SessionIds.storeKeyOf(handle),
            policy,
            lease,
            stored,
            lastUsed,
            unusedFor,
            renewed: (record) => Effect.ignore(index.add(handle, record))
          }).pipe(Effect.tap((session) => ending.opened(handle, session))),
        isEnding: (handle) => ending.isEnding(handle),
        isStillEnding: (handle) => ending.isStillEnding(handle),
        removals: store.removals,
        capacity,
        idle,
        notice,
        isolated
      })

      const ending = Ending.make({
        store,
        client: client.key,
        index,
        now,
        lifeOf,
        perCustomer,
        open: (handle) =>
          Effect.map(
            kept.resumeToEnd(handle),
            Option.map(({ session }) => session)
          ),
        ending: (session, remove) => Effect.zipLeft(remove, kept.drop(session))
      })

      const sessionOf = (id: string | Redacted.Redacted, session: SessionTokens.SessionTokens): Session => {
        const { record } = session.stored()
        const handle = session.tokens.key.subject
        const logout = SessionSpans.traced("session.end", (annotate) =>
          Effect.zipRight(annotate({ "dintero.session.handle": handle }), ending.logout(handle, session))
        )
        return {
          id: Redacted.isRedacted(id) ? id : Redacted.make(id),
          handle,
          customerId: Option.fromNullable(record.customer_id),
          label: Option.fromNullable(record.label),
          startedAt: DateTime.unsafeMake(record.started_at),
          tokens: { ...session.tokens, revoke: logout },
          stillOpen: session.stillOpen,
          logout
        }
      }

      // A runtime that binds I/O to a request lets nothing run beside the requests.
      const used = isolated ? Effect.void : yield* Sweeping.make(store)
      if (!isolated) yield* Effect.forkScoped(ending.finishing)

      const begin = yield* SessionStarts.make({ auth, client, store, index, kept, ending, now, lifeOf })

      const start = (login: SessionStarts.Login, options: StartOptions) =>
        SessionSpans.traced("session.start", (annotate) =>
          Effect.gen(function* () {
            const { id, session } = yield* begin(login, options)
            yield* used
            yield* annotate({ "dintero.session.handle": session.tokens.key.subject })
            SessionMetrics.started.unsafeUpdate(1, [])
            return sessionOf(id, session)
          })
        )

      const sessions: SessionsService = {
        start: ({ access_token, expires_in, refresh_token }: AccessToken, options = {}) =>
          start({ access_token, expires_in, refresh_token: refresh_token ?? null, isToRevoke: true }, options),
        startFrom: (refresh_token, options = {}) =>
          start({ access_token: null, expires_in: 0, refresh_token, isToRevoke: false }, options),
        resume: (id) =>
          SessionSpans.traced("session.resume", (annotate) =>
            Effect.gen(function* () {
              const handle = yield* SessionIds.handleOf(client.key, id)
              yield* annotate({ "dintero.session.handle": handle })
              const found = yield* kept.resume(handle)
              const from = Option.match(found, { onNone: () => "none" as const, onSome: ({ from }) => from })
              yield* annotate({ "dintero.session.from": from })
              SessionMetrics.resumed.unsafeUpdate(1, labels[from])
              if (Option.isNone(found)) return yield* notFound
              yield* used
              yield* found.value.session.touch
              return sessionOf(id, found.value.session)
            })
          ),
        ofCustomer: ending.ofCustomer,
        end: (which, options) =>
          SessionSpans.traced("session.end", (annotate) =>
            Effect.flatMap(SessionIds.handleOfWhich(client.key, which), (handle) =>
              Effect.zipRight(
                // A text that was given in the place of a handle can be a secret.
                SessionIds.isHandle(handle) ? annotate({ "dintero.session.handle": handle }) : Effect.void,
                ending.end({ handle }, options)
              )
            )
          ),
        endAll: ending.endAll,
        health: Effect.asVoid(Effect.suspend(() => store.read("health")))
      }
      return Context.make(Sessions, sessions).pipe(Context.add(PendingLogins, PendingEntries.make(store, client)))
    })
  )
}

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
   * Throws a `RangeError` when `lease` is less than 100 ms or more than 365 days, when another time is not positive, and when `capacity` or `perCustomer` is no
   * whole number of at least 1. Times other than `lease` may be infinite.
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
