/**
 * Acting as a customer.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import type { CallError, SessionExpired } from "../schemas/DinteroError.js"
import type { AccessTokensService } from "./AccessTokens.js"
import type { TokenStoreError } from "./TokenStore.js"

/**
 * What a session's token can end in beside what any call can end in: the server, or the policy, says that the session is over, or its store
 * could not be read or written.
 *
 * @since 0.1.0
 * @category errors
 */
export type SessionError = SessionExpired | TokenStoreError

/**
 * A customer who is logged in.
 *
 * - `subject`: the name under which the app knows it, and under which it is stored
 * - `tokens`: its access token, which renews itself
 * - `logout`: ends it: here at once, in the store, and at the server. A refresh that is under way gives nobody a token any more. When the
 *   server or the store cannot be reached the error is told, and the session is over here all the same; a second `logout` tries again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Session {
  readonly subject: string
  readonly tokens: AccessTokensService<CallError | SessionError>
  readonly logout: Effect.Effect<void, CallError | TokenStoreError>
}

/**
 * In whose name calls are made: nobody's but the API client's own, unless told otherwise.
 *
 * @since 0.1.0
 * @category references
 */
export class Current extends Context.Reference<Current>()("effect-dintero/Session/Current", {
  defaultValue: (): Option.Option<Session> => Option.none()
}) {}

const act = <A, E, R>(effect: Effect.Effect<A, E, R>, session: Session): Effect.Effect<A, E | SessionError, R> =>
  // Seam: the calls inside take their token from the session, whose errors their own types do not name. Here they are named.
  Effect.provideService(effect as Effect.Effect<A, E | SessionError, R>, Current, Option.some(session))

export {
  /**
   * Runs an effect as the customer of a session: calls to the Customers API are authorised with the customer's token instead of the client's.
   * Logins and the Auth API stay the client's: they are for API clients alone.
   *
   * Errors, beside those of the effect:
   * - `SessionExpired`: the session is over, and the customer has to log in again; or may be, when its `reason` is `unauthorized`
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
