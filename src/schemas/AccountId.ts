/**
 * The ids that stand in a path: of an account, and of an account or partner.
 *
 * Both are branded and have a pattern, so that a path segment can neither be empty nor leave its place (`..`, `/`, `?`).
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * `{aid}`: the id of one account. `P` for production or `T` for test, then 8 digits.
 *
 * Source: https://docs.dintero.com/api-reference/settings/customers-settings (`^[PT]{1}\d{8}$`, length 9)
 *
 * @example
 * ```ts
 * import { AccountId } from "effect-dintero"
 *
 * const accountId: AccountId = AccountId.make("T12345678")
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const AccountId = Schema.String.pipe(Schema.pattern(/^[PT]\d{8}$/), Schema.brand("AccountId")).annotations({
  identifier: "AccountId",
  description: "an account id: P (production) or T (test) and 8 digits, such as T12345678"
})

/**
 * @since 0.1.0
 * @category models
 */
export type AccountId = typeof AccountId.Type

/**
 * `{oid}`: an account or its owner (partner). `P` or `T`, then 3 or 8 digits. Every {@link AccountId} is one.
 *
 * Source: https://docs.dintero.com/api-reference/authenticate/get-token
 *
 * @since 0.1.0
 * @category schemas
 */
export const OwnerId = Schema.String.pipe(Schema.pattern(/^[PT](?:\d{3}|\d{8})$/), Schema.brand("OwnerId")).annotations({
  identifier: "OwnerId",
  description: "an account or partner id: P or T and 3 or 8 digits, such as T12345678"
})

/**
 * @since 0.1.0
 * @category models
 */
export type OwnerId = typeof OwnerId.Type
