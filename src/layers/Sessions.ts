/**
 * Sessions of customers over {@link Auth} and a {@link TokenStore}.
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
 * - `refresh`: when access tokens are renewed, how old a session may become, and what is expected of its refresh token.
 *   `RefreshPolicy.default` unless told otherwise.
 * - `lease`: how long one refresh may take at most. A process that is killed in the middle of one keeps the others waiting for so long.
 *   15 seconds; at least 100 ms, and finite, or the layer throws a `RangeError` when it is made. One sending of a refresh token has 30 % of it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly refresh?: RefreshPolicy.RefreshPolicy | undefined
  readonly lease?: Duration.DurationInput | undefined
}

/** Each try that fails is a write of somebody else's in between. */
const maximumTries = 100

/** A time that cannot work is the programmer's own, found when the layer is made. */
const leaseOf = (input: Duration.DurationInput): Duration.Duration => {
  const lease = Duration.decode(input)
  const millis = Duration.toMillis(lease)
  if (millis >= 100 && Number.isFinite(millis)) return lease
  throw new RangeError(`Sessions.lease: ${Duration.format(lease)} is no time for a refresh. It is at least 100 ms, and finite.`)
}

/**
 * Sessions of the API client whose `Auth` and `AccessTokens` it is given, kept in the `TokenStore`.
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

      // Those that are open. A session that was replaced or has ended may still be held: who comes later gets another, of the next turn.
      const turns = new Map<string, { turn: number; open: number }>()

      const next = (subject: string) =>
        Effect.sync(() => {
          const current = turns.get(subject)
          if (current !== undefined) current.turn++
        })

      // One for all who use it at the same time, so that they share its refreshes.
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
          // In place of what is there: the customer has just shown who they are. Also of what is damaged, for no other use is left of it; not
          // of what this process cannot judge, which may be somebody's session.
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
                message: `Others changed this session ${maximumTries} times before it could be stored: log in once at a time.`
              })
            })
          yield* write(maximumTries)
          // Whoever has the session before this one keeps it to its end; who comes now gets the new one.
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
   * @since 0.1.0
   * @category services
   */
  Sessions
}
