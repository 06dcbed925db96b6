/**
 * The sessions of customers.
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
 * Opens the sessions of customers.
 *
 * A session is open until all scopes in which it was opened are closed. Callers that open the same `subject` share one session. The stored session
 * stays after that, until a logout or until the server ends it.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionsService {
  /**
   * Starts a session with the answer of a login, a one-time code or the token endpoint. Without a refresh token the session lasts as long as its
   * access token.
   *
   * The session is stored first, and replaces a session that is stored for the subject. An entry of another release or program, or with another
   * encryption key, is not replaced, because it can be a valid session: then the error is a `TokenStoreError`.
   *
   * `subject` is the app's own name for the customer, such as the `customer_id`. It is stored as a hash.
   */
  readonly start: (subject: string, login: AccessToken) => Effect.Effect<Session, TokenStoreError, Scope.Scope>
  /** Starts a session with a refresh token. Otherwise like `start`. */
  readonly startFrom: (subject: string, refreshToken: Redacted.Redacted) => Effect.Effect<Session, TokenStoreError, Scope.Scope>
  /** Opens the stored session of a subject, if there is one. */
  readonly resume: (subject: string) => Effect.Effect<Option.Option<Session>, TokenStoreError, Scope.Scope>
}

/**
 * The sessions of customers, as a service. `Sessions.layer` provides it.
 *
 * @since 0.1.0
 * @category services
 */
export class Sessions extends Context.Tag("effect-dintero/Sessions")<Sessions, SessionsService>() {}
