/**
 * The token of a partner for one of its merchants.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { AccountId } from "./AccountId.js"

const ExchangeToken_ = Schema.Struct({ account_id: AccountId }).annotations({ identifier: "ExchangeToken" })

/**
 * A decoded {@link ExchangeToken}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExchangeToken extends Schema.Schema.Type<typeof ExchangeToken_> {}

/**
 * A {@link ExchangeToken} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ExchangeTokenEncoded extends Schema.Schema.Encoded<typeof ExchangeToken_> {}

/**
 * The account of the merchant. The token that comes back authorises one grant, `client_credentials` on that account. `Partner` does the two steps.
 *
 * Source: https://docs.dintero.com/docs/partners/partners-merchant-api-access
 *
 * @since 0.1.0
 * @category schemas
 */
export const ExchangeToken: Schema.Schema<ExchangeToken, ExchangeTokenEncoded> = ExchangeToken_
