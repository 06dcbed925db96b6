/**
 * The issuer of the ID tokens of an account's external users.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional } from "../../../../schemas/Fields.js"
import { JsonObject } from "../../../../schemas/JsonValue.js"

/**
 * An address that the embedded system may call.
 *
 * @internal
 */
export const WebAddress = Schema.String.pipe(
  Schema.filter((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), {
    description: "an http or https URL"
  })
)

const checks = {
  issuer: optional(Schema.String),
  audience: optional(Schema.String)
}

/**
 * The public keys that verify the ID tokens of an account's external users: the `uri` of a JSON Web Key Set, or the `keys` themselves. With
 * `issuer` and `audience` the claims `iss` and `aud` are checked too.
 *
 * Source: https://docs.dintero.com/management-auth-api/account-users/aid_accounts_aid_mgmnt_users_post (`jwks.uri`); RFC 7517
 *
 * @since 0.1.0
 * @category schemas
 */
export const IssuerKeys = Schema.Union(
  Schema.Struct({ uri: WebAddress, ...checks }),
  Schema.Struct({ keys: Schema.NonEmptyArray(JsonObject), ...checks })
).annotations({ identifier: "IssuerKeys", description: "an object with the `uri` of a key set, or with its `keys`" })

/**
 * Decoded {@link IssuerKeys}.
 *
 * @since 0.1.0
 * @category models
 */
export type IssuerKeys = typeof IssuerKeys.Type
