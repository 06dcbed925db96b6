/**
 * What a seed says of an account itself.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { AccountId, PartnerId } from "../../../../schemas/AccountId.js"
import { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import { optional } from "../../../../schemas/Fields.js"
import { closed } from "../../../../schemas/OpenEnum.js"
import * as Table from "../../storage/Table.js"
import type { SeedPart } from "../SeedPart.js"
import { AccessTokenLifetime } from "./AccessTokenLifetime.js"
import { initialSettings } from "./Accounts.js"
import { IssuerKeys } from "./IssuerKeys.js"
import * as Tables from "./Tables.js"

/**
 * The room's fields of an account.
 *
 * - `access_token_lifetime`: in seconds, 14400 by default, as recorded traffic shows
 * - `partner`: the account of the partner whose merchant this is. The partner's clients can get tokens for it with `auth.exchangeToken`.
 * - `jwks`: the keys of the issuer who signs in the account's external users. Their ID tokens authorise the grant `account_user_token`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const fields = {
  account_id: AccountId,
  access_token_lifetime: Schema.optionalWith(AccessTokenLifetime, { exact: true, default: () => 14_400 }),
  settings: optional(closed(CustomersSettings)),
  partner: optional(PartnerId),
  jwks: optional(IssuerKeys)
}

const Account = Schema.Struct(fields)

/** @internal */
export const part: SeedPart<typeof Account.Type, SqlClient.SqlClient> = {
  inconsistencies: () => [],
  prepare: () =>
    Effect.map(
      SqlClient.SqlClient,
      (sql) =>
        ({ access_token_lifetime, account_id, jwks, partner, settings }, created_at) =>
          Table.insert(sql, Tables.accounts, {
            account_id,
            access_token_lifetime,
            settings: initialSettings(settings),
            created_at,
            partner: partner ?? null,
            jwks: jwks ?? null
          })
    )
}
