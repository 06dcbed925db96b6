/**
 * The access token that authorises calls. All calls over one layer share it.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type * as Stream from "effect/Stream"
import type { CallError } from "../schemas/DinteroError.js"

/**
 * A token and its number (`generation`). Each new token of a service has the next number, so a refusal can name the token that was refused.
 *
 * @since 0.1.0
 * @category models
 */
export interface NumberedToken {
  readonly value: Redacted.Redacted
  readonly generation: number
  /** By the local clock: the time of the answer plus `expires_in`. None when the expiry is not known. */
  readonly expiresAt: Option.Option<DateTime.Utc>
}

/**
 * The identity of a token. Two tokens whose keys differ in any field are never mixed. No field is a secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenKey {
  readonly baseUrl: string
  readonly account: string
  /** The API client. It is empty for a token that was given to the layer. */
  readonly client: string
  /** `exchange`: the token of a partner for the account of a merchant. */
  readonly grant: "client_credentials" | "session" | "custom" | "static" | "exchange"
  /** The customer of a session. It is empty for a token of the client itself. */
  readonly subject: string
  readonly audience: string
}

/**
 * The reason for a request for a token.
 *
 * - `initial`: there was no token
 * - `early`: the token is renewed ahead of its expiry
 * - `expired`: the token has expired
 * - `unauthorized`: the server refused the token
 * - `forced`: a caller used `forceRefresh`
 *
 * @since 0.1.0
 * @category models
 */
export type AcquireReason = "initial" | "early" | "expired" | "unauthorized" | "forced"

/**
 * An event in the life of a service's tokens.
 *
 * - `Acquired`: a new token was requested
 * - `Adopted`: a token was taken over that was not requested, such as one that another process has stored
 * - `Failed`: the request for a token failed, and the next request is not sent before `retryAt`
 * - `Refused`: the server refused the token of that number
 * - `Revoked`: the token is not used any more. The end of a session is final; a client gets another token when it asks for one.
 *
 * @since 0.1.0
 * @category models
 */
export type TokenEvent =
  | {
      readonly _tag: "Acquired"
      readonly generation: number
      readonly reason: AcquireReason
      readonly expiresAt: Option.Option<DateTime.Utc>
    }
  | { readonly _tag: "Adopted"; readonly generation: number; readonly expiresAt: Option.Option<DateTime.Utc> }
  | { readonly _tag: "Failed"; readonly reason: AcquireReason; readonly error: string; readonly retryAt: DateTime.Utc }
  | { readonly _tag: "Refused"; readonly generation: number }
  | { readonly _tag: "Revoked" }

/**
 * Access tokens for calls. The methods of `Auth` and `Customers` use it themselves. A program needs it to send the token elsewhere, to renew it, or
 * to watch it.
 *
 * `E` is the type of the errors that a request for a token can have.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccessTokensService<E = CallError> {
  readonly key: TokenKey

  /**
   * Gets a token that is valid for at least the policy's hard window. For a short-lived token that is half of its life. The current token is used
   * where possible.
   *
   * One request is sent, however many callers wait for it. It runs in a fiber of the layer, so the interruption of one caller does not affect the
   * others.
   *
   * While the token endpoint fails, the current token is used until it expires. Without a valid token, every caller gets the failure until the
   * next request is due.
   */
  readonly get: Effect.Effect<NumberedToken, E>

  /** The current token, valid or not. Sends no request. */
  readonly peek: Effect.Effect<Option.Option<NumberedToken>>

  /** Gets a new token, even if the current one is valid. A request that is already running is used. */
  readonly forceRefresh: Effect.Effect<NumberedToken, E>

  /**
   * Reports that the server refused the token of this number. If it is the current token, it is dropped, and the next `get` fetches another. If it
   * was replaced in the meantime, nothing happens.
   *
   * Returns whether `get` can give another token. It cannot when the token before was refused a moment ago too.
   */
  readonly invalidate: (generation: number) => Effect.Effect<boolean>

  /**
   * Stops using the token. No caller gets it any more, and the answer of a request that is running is not used either. A client gets a new token
   * with the next `get`. A session ends, here and at the server.
   *
   * A shared token of a client is removed from its store too, so that no process starts with it. Processes that have it already use it until it
   * expires. When the store cannot be changed, the error is a `TransportError`, and this process stops using the token nevertheless.
   */
  readonly revoke: Effect.Effect<void, E>

  /** The events from now on. */
  readonly events: Stream.Stream<TokenEvent>

  /**
   * How many milliseconds the server's clock is ahead of the local clock, computed from the `Date` of its answers and the `iat` of its tokens. None
   * before the first of them.
   */
  readonly serverOffset: Effect.Effect<Option.Option<number>>
}

/**
 * The access tokens of the API client, as a service.
 *
 * @since 0.1.0
 * @category services
 */
export class AccessTokens extends Context.Tag("effect-dintero/AccessTokens")<AccessTokens, AccessTokensService>() {}
