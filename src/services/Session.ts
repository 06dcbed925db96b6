/**
 * Calls in the name of a customer.
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
 * The errors of a session's token, besides `CallError`: the session is over, or its store could not be read or written.
 *
 * @since 0.1.0
 * @category errors
 */
export type SessionError = SessionExpired | TokenStoreError

/**
 * The session of a customer who is logged in.
 *
 * - `subject`: the app's own name for the customer. The session is stored under it.
 * - `tokens`: the access token of the customer, which renews itself
 * - `logout`: ends the session in this process at once, then in the store and at the server. The token of a refresh that is running is not used any
 *   more. When the server or the store cannot be reached, `logout` fails, and the session is over in this process nevertheless. A second `logout`
 *   tries again.
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
 * The session in whose name calls are made. None by default: then calls are made in the name of the API client.
 *
 * @since 0.1.0
 * @category references
 */
export class Current extends Context.Reference<Current>()("effect-dintero/Session/Current", {
  defaultValue: (): Option.Option<Session> => Option.none()
}) {}

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
