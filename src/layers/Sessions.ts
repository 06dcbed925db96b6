/**
 * Sessions of customers, made from {@link Auth} and kept in a {@link TokenStore}.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as RcMap from "effect/RcMap"
import type * as Redacted from "effect/Redacted"
import * as RefreshPolicy from "../policies/RefreshPolicy.js"
import type { AccessToken } from "../schemas/AccessToken.js"
import { AccessTokens, type TokenKey } from "../services/AccessTokens.js"
import { Auth } from "../services/Auth.js"
import { Sessions, type SessionsService } from "../services/Sessions.js"
import { TokenStore, TokenStoreError } from "../services/TokenStore.js"
import * as SessionRecord from "./sessions/SessionRecord.js"
import * as SessionTokens from "./sessions/SessionTokens.js"
import { entryKeyOf } from "./stores/EntryKey.js"

/**
 * - `refresh`: when access tokens are renewed, how old a session may become, and what the server does with a used refresh token. The
 *   default is `RefreshPolicy.default`.
 * - `lease`: how long one refresh may take. When a process is killed during a refresh, the others wait for this time. Each sending of a
 *   refresh token gets 30 % of it. The default is 15 seconds. It must be finite and at least 100 ms.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly refresh?: RefreshPolicy.RefreshPolicy | undefined
  readonly lease?: Duration.DurationInput | undefined
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

/**
 * Provides `Sessions` for the API client of the given `Auth` and `AccessTokens`, and keeps them in the `TokenStore`. Use it to make calls as
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
 *   const sessions = yield* Sessions.Sessions
 *   const login = yield* customers.password.login({
 *     type: "customer",
 *     email: "ada@example.com",
 *     password: Redacted.make("correct horse battery staple"),
 *     audience
 *   })
 *   const session = yield* sessions.start("ada", login)
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
export const layer = (options: Options = {}): Layer.Layer<Sessions, never, Auth | AccessTokens | TokenStore> => {
  const lease = leaseOf(options.lease ?? "15 seconds")
  return Layer.scoped(
    Sessions,
    Effect.gen(function* () {
      const auth = yield* Auth
      const client = yield* AccessTokens
      const store = yield* TokenStore
      const policy = options.refresh ?? RefreshPolicy.default

      const keyOf = (subject: string): TokenKey => ({ ...client.key, grant: "session", subject })

      // The open sessions by subject. A program may still hold a session that was replaced or has ended. The turn keeps it apart from the
      // session that later callers get.
      const turns = new Map<string, { turn: number; open: number }>()

      const next = (subject: string) =>
        Effect.sync(() => {
          const current = turns.get(subject)
          if (current !== undefined) current.turn++
        })

      // All users of a session share one entry, so that they share its refreshes.
      const open = yield* RcMap.make({
        lookup: ({ subject }: { readonly subject: string; readonly turn: number }) =>
          Effect.gen(function* () {
            const key = keyOf(subject)
            const storeKey = yield* entryKeyOf("session", key)
            const session = yield* SessionTokens.make({ auth, client, store, key, storeKey, policy, lease }, subject)
            const logout = Effect.ensuring(session.logout, next(subject))
            return { ...session, logout, tokens: { ...session.tokens, revoke: logout } }
          })
      })

      const opened = (subject: string) =>
        Effect.acquireRelease(
          Effect.sync(() => {
            const turn = turns.get(subject) ?? { turn: 0, open: 0 }
            turns.set(subject, turn)
            turn.open++
            return turn
          }),
          (turn) =>
            Effect.sync(() => {
              if (--turn.open === 0) turns.delete(subject)
            })
        ).pipe(Effect.flatMap(({ turn }) => RcMap.get(open, Data.struct({ subject, turn }))))

      const now = Effect.flatMap(Effect.clock, (clock) =>
        Effect.map(client.serverOffset, (offset) => clock.unsafeCurrentTimeMillis() + Option.getOrElse(offset, () => 0))
      )

      const begin = (subject: string, record: Omit<SessionRecord.SessionRecord, "format" | "started_at" | "predecessor">) =>
        Effect.gen(function* () {
          const storeKey = yield* entryKeyOf("session", keyOf(subject))
          const full = { ...record, format: SessionRecord.format, predecessor: null, started_at: yield* now } as const
          const value = SessionRecord.toText(full)
          // Replaces the stored session, because the customer has just logged in. It also replaces a damaged session, which nobody can use.
          // It does not replace an entry of another program or release, where the entry may be valid.
          const write = (tries: number): Effect.Effect<void, TokenStoreError> =>
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
              if (Option.isSome(written)) return
              if (tries > 1) return yield* write(tries - 1)
              return yield* new TokenStoreError({
                reason: "unavailable",
                message: `Other processes changed this session ${maximumTries} times before it could be stored: make one login at a time.`
              })
            })
          yield* write(maximumTries)
          // Callers that hold the session before this one keep it. Later callers get the new one.
          yield* next(subject)
          return yield* opened(subject)
        })

      return {
        start: (subject: string, { access_token, expires_in, refresh_token }: AccessToken) =>
          Effect.flatMap(now, (now) =>
            begin(subject, {
              access_token,
              refresh_token: refresh_token ?? null,
              issued_at: now,
              expires_at: now + expires_in * 1000
            })
          ),
        startFrom: (subject: string, refresh_token: Redacted.Redacted) =>
          begin(subject, { access_token: null, refresh_token, issued_at: 0, expires_at: 0 }),
        resume: (subject) =>
          Effect.gen(function* () {
            const storeKey = yield* entryKeyOf("session", keyOf(subject))
            const stored = yield* SessionRecord.read(store, storeKey)
            return Option.isNone(stored) ? Option.none() : Option.some(yield* opened(subject))
          })
      } satisfies SessionsService
    })
  )
}

export {
  /**
   * The service that starts and resumes sessions of customers.
   *
   * @since 0.1.0
   * @category services
   */
  Sessions
}
