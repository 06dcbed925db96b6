/**
 * What the sessions of customers can do. The service itself is `Sessions`.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { AccessToken } from "../schemas/AccessToken.js"
import type { CallError } from "../schemas/DinteroError.js"
import type { Session } from "./Session.js"
import type { TokenStoreError } from "./TokenStore.js"

/**
 * There is no session with this id. It was never given out, is damaged, belongs to another account or API client, or the session has ended. The error
 * does not say which, so that nobody learns from it whether an id was ever valid. Have the customer log in.
 *
 * @since 0.1.0
 * @category errors
 */
export class SessionNotFound extends Schema.TaggedError<SessionNotFound>("effect-dintero/SessionNotFound")("SessionNotFound", {
  message: Schema.String
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: { readonly message?: string } = {}): SessionNotFound {
    return new SessionNotFound({ message: "There is no session with this id: have the customer log in.", ...given })
  }
}

/**
 * A session was not stored, so it was not started.
 *
 * - `reason`: why, as in {@link TokenStoreError}. With `invalid`, the options of the start cannot be used, and nothing was stored.
 * - `refreshToken`: what became of the refresh token of the login. With `revoked` it was revoked at the server. With `valid` it could not be revoked, or
 *   belongs to the caller (`startFrom`). With `none` there is none.
 *
 * @since 0.1.0
 * @category errors
 */
export class SessionNotStored extends Schema.TaggedError<SessionNotStored>("effect-dintero/SessionNotStored")(
  "SessionNotStored",
  {
    reason: Schema.Literal("unavailable", "unreadable", "foreign", "wrong-key", "invalid"),
    refreshToken: Schema.Literal("revoked", "valid", "none"),
    message: Schema.String
  }
) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(
    given: {
      readonly reason?: SessionNotStored["reason"]
      readonly refreshToken?: SessionNotStored["refreshToken"]
      readonly message?: string
    } = {}
  ): SessionNotStored {
    return new SessionNotStored({
      reason: "unavailable",
      refreshToken: "revoked",
      message: "The session could not be stored: the token store cannot be reached. Its refresh token was revoked.",
      ...given
    })
  }
}

/**
 * - `id`: the id of the session, instead of one that nobody can guess. A session that is stored with this id is replaced. Choose it only if no
 *   user can choose it: who knows the id of a session can resume it. The empty text is no id.
 * - `customerId`: the `customer_id` of the customer: 1 to 255 characters without a space at either end. By default it is read from the access token.
 * - `label`: a text of yours that {@link SessionInfo} shows again, such as the name of a device. At most 200 characters are kept.
 *
 * @since 0.1.0
 * @category models
 */
export interface StartOptions {
  readonly id?: string | Redacted.Redacted | undefined
  readonly customerId?: string | undefined
  readonly label?: string | undefined
}

/**
 * A stored session, as a customer may see it in a list of devices. Nothing in it is a secret.
 *
 * - `handle`: names the session, for `end` and `endAll`. It is a hash of the id, and cannot resume the session
 * - `lastUsedAt`: when the session was last used, to the time `lastUsed` of `Sessions.layer`
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionInfo {
  readonly handle: string
  readonly customerId: string
  readonly label: Option.Option<string>
  readonly startedAt: DateTime.Utc
  readonly lastUsedAt: DateTime.Utc
}

/**
 * Names a session: its id, or anything with its `handle`, such as a {@link SessionInfo} or an open session.
 *
 * @since 0.1.0
 * @category models
 */
export type Which = string | Redacted.Redacted | { readonly handle: string }

/**
 * Starts, opens, lists and ends the sessions of customers.
 *
 * A session is stored until it ends. Every caller that opens it in this process shares its access token and its renewals. It stays in memory for some
 * time after the last caller has closed its scope, so that the next request needs neither the store nor the server.
 *
 * @since 0.1.0
 * @category models
 */
export interface SessionsService {
  /**
   * Starts a session with the answer of a login, a one-time code or the token endpoint. Without a refresh token the session lasts as long as its
   * access token. It gets an id that nobody can guess (256 random bits), which fits into a cookie. Each login is a session of its own.
   *
   * The session is stored before this returns. If that fails, or the caller is interrupted, the new refresh token is revoked.
   *
   * With `id` in the options, it replaces a session that is stored with this id. An entry of another release or program, or with another encryption
   * key, is not replaced, because it can be a valid session.
   */
  readonly start: (login: AccessToken, options?: StartOptions) => Effect.Effect<Session, SessionNotStored, Scope.Scope>
  /** Starts a session with a refresh token. It is not revoked when the session cannot be stored. Otherwise like `start`. */
  readonly startFrom: (
    refreshToken: Redacted.Redacted,
    options?: StartOptions
  ) => Effect.Effect<Session, SessionNotStored, Scope.Scope>
  /**
   * Opens a stored session. It sends no request. It reads the store once, or not at all while the session is in memory.
   *
   * A session in memory that another process may have ended is read again (see `notice` of `Sessions.layer`). If the store fails then, this fails with
   * its error: the session does not end, and is not used for longer than was promised if it has ended elsewhere.
   *
   * Any text may be given. A text that is not the id of a session costs the same work, and ends in the same error, whatever is wrong with it.
   *
   * Errors:
   * - `SessionNotFound`: there is no such session, or it has ended. A session whose end failed in this process is not found either: `end` finishes it.
   * - `TokenStoreError`: the store cannot be used. It says nothing about the session.
   */
  readonly resume: (id: string | Redacted.Redacted) => Effect.Effect<Session, SessionNotFound | TokenStoreError, Scope.Scope>
  /** The sessions of a customer, the newest first. The session that was last used is not always the newest. */
  readonly ofCustomer: (customerId: string) => Effect.Effect<ReadonlyArray<SessionInfo>, TokenStoreError>
  /**
   * Ends a session: here at once, then in the store and at the server. Returns whether there was one. With `customerId`, a session of another customer is
   * not ended, and the result is `false`. So a handle that comes from a browser ends no session of somebody else. A `customerId` that is `undefined` ends
   * no session, because it cannot be compared.
   *
   * When the store or the server cannot be reached it fails, and the session is over in this process nevertheless. Call it again. For a sign-out in a web
   * server, prefer it to `logout` of the session: the next request cannot resume a session whose end has begun.
   */
  readonly end: (which: Which, options?: { readonly customerId: string }) => Effect.Effect<boolean, CallError | TokenStoreError>
  /**
   * Ends all sessions of a customer, except one if you name it, and returns their number. No call of these sessions in this process succeeds after it has
   * returned. When a session could not be ended, the others are ended all the same, and then it fails. Call it again.
   */
  readonly endAll: (
    customerId: string,
    options?: { readonly except?: Which | undefined }
  ) => Effect.Effect<number, CallError | TokenStoreError>
  /** Succeeds if the token store can be read. Use it for the health check of a server. */
  readonly health: Effect.Effect<void, TokenStoreError>
}
