/**
 * The customers who are logged in.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { AccessToken } from "../schemas/AccessToken.js"
import type { Session } from "./Session.js"
import type { TokenStoreError } from "./TokenStore.js"

/**
 * A session lives as long as one of the scopes that it was opened in; all who open it under the same `subject` share it. What is stored stays,
 * until a logout or until the server says that it is over.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionsService {
  /**
   * A new session, from what a login, a one-time code or the token endpoint has answered. It is stored before this answers, in place of one
   * that the subject has had. Not in place of what another release or program wrote, or what was encrypted with another key: that may be a
   * session, and is told. Without a refresh token it lasts as long as its access token.
   *
   * `subject`: how the app calls the customer, such as its `customer_id`. It is kept as a hash.
   */
  readonly start: (subject: string, login: AccessToken) => Effect.Effect<Session, TokenStoreError, Scope.Scope>
  /** The same, from a refresh token alone. */
  readonly startFrom: (subject: string, refreshToken: Redacted.Redacted) => Effect.Effect<Session, TokenStoreError, Scope.Scope>
  /** The session that is stored; none when there is none. */
  readonly resume: (subject: string) => Effect.Effect<Option.Option<Session>, TokenStoreError, Scope.Scope>
}

/**
 * @since 0.1.0
 * @category services
 */
export class Sessions extends Context.Tag("effect-dintero/Sessions")<Sessions, SessionsService>() {}
