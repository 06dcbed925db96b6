/**
 * The token that authorises calls: one for all that share the layer.
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
 * A token and its number. The numbers of one service rise by one with each token, so that a refusal can say which token
 * it means.
 *
 * @since 0.1.0
 * @category models
 */
export interface NumberedToken {
  readonly value: Redacted.Redacted
  readonly generation: number
  /** By the local clock: when it was received, plus `expires_in`. None when nobody said. */
  readonly expiresAt: Option.Option<DateTime.Utc>
}

/**
 * What tokens are told apart by, all of it: two that differ in any field are never mixed. None of it is a secret.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenKey {
  readonly baseUrl: string
  readonly account: string
  /** The API client; empty for a token from elsewhere. */
  readonly client: string
  readonly grant: "client_credentials" | "session" | "custom" | "static"
  /** Whom the token is for: the customer of a session; empty for the client itself. */
  readonly subject: string
  readonly audience: string
}

/**
 * Why a token is asked for: there was none, it is renewed ahead of its expiry, it has expired, the server refused it, or somebody insisted.
 *
 * @since 0.1.0
 * @category models
 */
export type AcquireReason = "initial" | "early" | "expired" | "unauthorized" | "forced"

/**
 * What happens to the tokens of a service.
 *
 * - `Acquired`: there is another token
 * - `Failed`: there is none; nobody asks again before `retryAt`
 * - `Refused`: the server refused the token of that number
 * - `Revoked`: the token is given up for good, or until somebody asks for the next one
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
  | { readonly _tag: "Failed"; readonly reason: AcquireReason; readonly error: string; readonly retryAt: DateTime.Utc }
  | { readonly _tag: "Refused"; readonly generation: number }
  | { readonly _tag: "Revoked" }

/**
 * `E`: what asking for a token can end in.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccessTokensService<E = CallError> {
  readonly key: TokenKey

  /**
   * A token that is good for at least the policy's hard window (of a short-lived one: for half of its life): the current one, or a
   * new one. However many callers wait, one request is made, in a fiber of the layer, so that an interrupted caller takes nothing from
   * the others.
   *
   * While the token endpoint fails, a token that is still valid is given out to its end; without one, the failure is told to all who
   * come until the next try.
   */
  readonly get: Effect.Effect<NumberedToken, E>

  /** The current token, good or not, without asking for one. */
  readonly peek: Effect.Effect<Option.Option<NumberedToken>>

  /** Another token than the current one, whatever that is good for. Joins a request that is under way. */
  readonly forceRefresh: Effect.Effect<NumberedToken, E>

  /**
   * Says that the server refused the token of this number. If it is still the current one it is dropped, and the next `get`
   * fetches another; if it was replaced meanwhile nothing happens. The answer is whether `get` can give another token: not when the one
   * before was refused as well a moment ago.
   */
  readonly invalidate: (generation: number) => Effect.Effect<boolean>

  /**
   * Gives the token up. No caller is given it any more, nor one that was asked for before. Of a client the next `get` asks anew; of a session
   * it is the end, here and at the server.
   *
   * A client's token that is shared is taken out of its store too, so that nobody starts with it. Processes that have it already use it to its
   * end. When the store cannot be told this is a `TransportError`, and the token is given up here all the same.
   */
  readonly revoke: Effect.Effect<void, E>

  /** From now on. */
  readonly events: Stream.Stream<TokenEvent>

  /**
   * How far the server's clock is ahead of the local one, in milliseconds, from the `Date` of its answers and the `iat` of its tokens. None
   * before there was one.
   */
  readonly serverOffset: Effect.Effect<Option.Option<number>>
}

/**
 * @since 0.1.0
 * @category services
 */
export class AccessTokens extends Context.Tag("effect-dintero/AccessTokens")<AccessTokens, AccessTokensService>() {}
