/**
 * Calls on the account of a merchant.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
import type { ForeignAccount } from "../schemas/DinteroError.js"

/**
 * The id of the account that calls are made on. None by default: then it is the account of the layer.
 *
 * @since 0.1.0
 * @category references
 */
export class Current extends Context.Reference<Current>()("effect-dintero/Account/Current", {
  defaultValue: (): Option.Option<string> => Option.none()
}) {}

const act = <A, E, R>(effect: Effect.Effect<A, E, R>, id: string): Effect.Effect<A, E | ForeignAccount, R> =>
  // Seam: the types of the calls inside do not name the error of an account that cannot be used. The type here names it.
  Effect.provideService(effect as Effect.Effect<A, E | ForeignAccount, R>, Current, Option.some(id))

export {
  /**
   * Runs an effect whose calls act on the account of a merchant. The layer has to be `Partner.layer`, and it gets the tokens for the merchant. All
   * methods of `Auth`, `Customers` and `DinteroHttpClient` obey it. Of two of them around a call, the inner one counts.
   *
   * A stream obeys the `Account.with` around the effect that runs it.
   *
   * It can be combined with `Session.with` and `RetryPolicy.with`, in any order. The session has to be one of the merchant's account, which
   * `Sessions.layer` over `Partner.layerAccount` opens.
   *
   * Errors, besides those of the effect:
   * - `ForeignAccount`: nothing was sent. `reason` is `not-partner` when the layer is not a partner's, and the account is not the layer's own.
   *
   * When the partner may not act on the account, the calls end in the error of the exchange, such as `Forbidden`. Its `request.operation` is
   * `auth.exchangeToken`.
   *
   * @example
   * ```ts
   * import { Account, Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const settingsOf = (merchant: string) =>
   *   Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
   *     Account.with(merchant),
   *     Effect.catchTag("ForeignAccount", ({ message }) => Effect.logWarning(message))
   *   )
   * ```
   *
   * @since 0.1.0
   * @category combinators
   */
  withAccount as with
}

const withAccount: {
  (id: string): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | ForeignAccount, R>
  <A, E, R>(effect: Effect.Effect<A, E, R>, id: string): Effect.Effect<A, E | ForeignAccount, R>
} = dual(2, act)
