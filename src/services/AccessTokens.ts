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
 * @since 0.1.0
 * @category models
 */
export interface AccessTokensService {
  /**
   * A token that is good for at least the policy's hard window (of a short-lived one: for half of its life): the current one, or a
   * new one. However many callers
   * wait, one request is made, in a fiber of the layer, so that an interrupted caller takes nothing from the others.
   */
  readonly get: Effect.Effect<NumberedToken, CallError>

  /** The current token, good or not, without asking for one. */
  readonly peek: Effect.Effect<Option.Option<NumberedToken>>

  /**
   * Says that the server refused the token of this number. If it is still the current one it is dropped, and the next `get`
   * fetches another; if it was replaced meanwhile nothing happens. The answer is whether `get` can give another token.
   */
  readonly invalidate: (generation: number) => Effect.Effect<boolean>
}

/**
 * @since 0.1.0
 * @category services
 */
export class AccessTokens extends Context.Tag("effect-dintero/AccessTokens")<AccessTokens, AccessTokensService>() {}
