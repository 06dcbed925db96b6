/**
 * The ids of an account and of an owner, which are part of a path.
 *
 * Both are branded and have a pattern. So a path segment is never empty, and cannot contain `..`, `/` or `?`.
 *
 * @since 0.1.0
 */
import type { Brand } from "effect/Brand"
import * as Schema from "effect/Schema"

/**
 * A checked {@link AccountId}.
 *
 * @since 0.1.0
 * @category models
 */
export type AccountId = string & Brand<"AccountId">

/**
 * `{aid}`: the id of an account. It is `P` for production or `T` for test, followed by 8 digits.
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
export const AccountId: Schema.BrandSchema<AccountId, string> = Schema.String.pipe(
  Schema.pattern(/^[PT]\d{8}$/),
  Schema.brand("AccountId")
).annotations({
  identifier: "AccountId",
  description: "an account id: P (production) or T (test) and 8 digits, such as T12345678"
})

/**
 * A checked {@link OwnerId}.
 *
 * @since 0.1.0
 * @category models
 */
export type OwnerId = string & Brand<"OwnerId">

/**
 * `{oid}`: the id of an account, or of the partner that owns accounts. It is `P` or `T`, followed by 3 or 8 digits. The text of every
 * {@link AccountId} is valid here too.
 *
 * Source: https://docs.dintero.com/api-reference/authenticate/get-token
 *
 * @since 0.1.0
 * @category schemas
 */
export const OwnerId: Schema.BrandSchema<OwnerId, string> = Schema.String.pipe(
  Schema.pattern(/^[PT](?:\d{3}|\d{8})$/),
  Schema.brand("OwnerId")
).annotations({
  identifier: "OwnerId",
  description: "an account or partner id: P or T and 3 or 8 digits, such as T12345678"
})

/**
 * A checked {@link PartnerId}.
 *
 * @since 0.1.0
 * @category models
 */
export type PartnerId = string & Brand<"PartnerId">

/**
 * `{partner_id}`: the id of a partner's account. It is `P` or `T`, followed by 3 digits and 5 zeros. The text of every `PartnerId` is a valid
 * {@link AccountId} too.
 *
 * Source: https://docs.dintero.com/docs/partners/partners (`^[PT]{1}\d{3}00000$`, length 9)
 *
 * @example
 * ```ts
 * import { PartnerId } from "effect-dintero"
 *
 * const partnerId: PartnerId = PartnerId.make("T11200000")
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const PartnerId: Schema.BrandSchema<PartnerId, string> = Schema.String.pipe(
  Schema.pattern(/^[PT]\d{3}00000$/),
  Schema.brand("PartnerId")
).annotations({
  identifier: "PartnerId",
  description: "the id of a partner's account: P or T, 3 digits and 5 zeros, such as T11200000"
})
