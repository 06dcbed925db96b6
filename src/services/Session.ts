/**
 * Calls in the name of a customer.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { CallError, SessionExpired } from "../schemas/DinteroError.js"
import type { AccessTokensService, NumberedToken } from "./AccessTokens.js"
import type { TokenStoreError } from "./TokenStore.js"

/**
 * The errors of a session's token, besides `CallError`: the session is over, or its store could not be read or written.
 *
 * @since 0.1.0
 * @category errors
 */
export type SessionError = SessionExpired | TokenStoreError

/**
 * The session of a customer who is logged in.
 *
 * - `id`: opens the session again, in any process. Put it into a cookie. Who has it can act as the customer.
 * - `handle`: names the session without a secret, for lists and logs
 * - `customerId`: the `customer_id` of the customer, from the start of the session or from its access token (assumed: customer-token-claims)
 * - `label`: the text that was given at the start
 * - `tokens`: the access token of the customer, which renews itself
 * - `stillOpen`: fails if the session is known in this process to be over. It reads no store and sends no request.
 * - `logout`: ends the session in this process at once, then in the store and at the server. The token of a refresh that is running is not used any
 *   more. When the server or the store cannot be reached, `logout` fails, and the session is over in this process nevertheless. A second `logout`
 *   tries again. A later request cannot resume the session for it, so it calls `sessions.end` with the id.
 *
 * @since 0.1.0
 * @category models
 */
export interface Session {
  readonly id: Redacted.Redacted
  readonly handle: string
  readonly customerId: Option.Option<string>
  readonly label: Option.Option<string>
  readonly startedAt: DateTime.Utc
  readonly tokens: AccessTokensService<CallError | SessionError>
  readonly stillOpen: Effect.Effect<void, SessionExpired>
  readonly logout: Effect.Effect<void, CallError | TokenStoreError>
}

/**
 * The session in whose name calls are made. None by default: then calls are made in the name of the API client.
 *
 * @since 0.1.0
 * @category references
 */
export class Current extends Context.Reference<Current>()("effect-dintero/Session/Current", {
  defaultValue: (): Option.Option<Session> => Option.none()
}) {}

/**
 * A session for a test, which needs neither a server nor a store. Its token does not expire, it stays open, and its `logout` does nothing. Any field may
 * be given, for example a `logout` that fails.
 *
 * Give it to `Session.with`, or let `Sessions.layerTest` give it. In calls over `Dintero.layerTest` its token is sent nowhere. Over a real client it is
 * sent, and the server refuses it unless you give a `token` of the server.
 *
 * @example
 * ```ts
 * import { Customers, Dintero, Session } from "effect-dintero"
 * import { Effect } from "effect"
 *
 * const DinteroTest = Dintero.layerTest({ customers: { settings: { get: () => Effect.succeed({}) } } })
 *
 * const test = Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
 *   Session.with(Session.forTest({ customerId: "ada" })),
 *   Effect.provide(DinteroTest)
 * )
 * ```
 *
 * @since 0.1.0
 * @category testing
 */
export const forTest = (
  given: Partial<Omit<Session, "customerId" | "label">> & {
    readonly customerId?: string | undefined
    readonly label?: string | undefined
    /** The access token. The default is a text that no server knows. */
    readonly token?: Redacted.Redacted | undefined
  } = {}
): Session => {
  const { customerId, handle = "0".repeat(64), label, token = Redacted.make("access-token-of-a-test"), ...rest } = given
  const current: NumberedToken = { value: token, generation: 1, expiresAt: Option.none() }
  return {
    id: Redacted.make("session-of-a-test"),
    handle,
    customerId: Option.fromNullable(customerId),
    label: Option.fromNullable(label),
    startedAt: DateTime.unsafeMake(0),
    tokens: {
      key: { baseUrl: "", account: "", client: "test", grant: "session", subject: handle, audience: "" },
      get: Effect.succeed(current),
      peek: Effect.succeedSome(current),
      forceRefresh: Effect.succeed(current),
      invalidate: () => Effect.succeed(false),
      revoke: Effect.void,
      events: Stream.empty,
      serverOffset: Effect.succeedNone
    },
    stillOpen: Effect.void,
    logout: Effect.void,
    ...rest
  }
}

const act = <A, E, R>(effect: Effect.Effect<A, E, R>, session: Session): Effect.Effect<A, E | SessionError, R> =>
  // Seam: the calls inside get their token from the session, and their types do not name its errors. The type here names them.
  Effect.provideService(effect as Effect.Effect<A, E | SessionError, R>, Current, Option.some(session))

export {
  /**
   * Runs an effect in the name of a customer: calls to the Customers API and `auth.redirect` send the customer's token instead of the client's.
   * Logins and the rest of the Auth API always send the client's token, because they are for API clients only.
   *
   * Errors, besides those of the effect:
   * - `SessionExpired`: the session is over, and the customer has to log in again. With the `reason` `unauthorized` the session may still be valid.
   * - `TokenStoreError`: the session's store could not be read or written
   *
   * @example
   * ```ts
   * import { Customers, Session } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const settingsOf = (session: Session.Session) =>
   *   Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
   *     Session.with(session),
   *     Effect.catchTag("SessionExpired", () => Effect.succeed("log in again" as const))
   *   )
   * ```
   *
   * @since 0.1.0
   * @category combinators
   */
  withSession as with
}

const withSession: {
  (session: Session): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | SessionError, R>
  <A, E, R>(effect: Effect.Effect<A, E, R>, session: Session): Effect.Effect<A, E | SessionError, R>
} = dual(2, act)
