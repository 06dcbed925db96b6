/**
 * The settings for the customers of an account. They are one object, which is read as a whole and replaced by section.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { openStruct, optional, secret, withDefault } from "./Fields.js"
import { JsonKey, JsonValue } from "./JsonValue.js"
import { openEnum, openMember } from "./OpenEnum.js"

type Encoded<S> = Schema.Schema.Encoded<S>

const optionalFalse = withDefault(Schema.Boolean, false)

const MfaChannel_ = Schema.Struct({
  challenge_type: openEnum("oob"),
  oob_channel: openEnum("sms", "email")
})

/**
 * How a one-time code is sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface MfaChannel extends Schema.Schema.Type<typeof MfaChannel_> {}

const MfaChannel: Schema.Schema<MfaChannel, Encoded<typeof MfaChannel_>> = MfaChannel_

const Sha256 = Schema.Struct({ type: Schema.Literal("SHA256") })

// It is not known whether the service shows the key, so a missing one must not make the settings unreadable (assumed: hmac-secrets).
const HmacSha256 = Schema.Struct({ type: Schema.Literal("HMAC-SHA256"), secret: optional(secret) })

const HmacSha256InRequest = HmacSha256.pipe(
  Schema.filter(({ secret }) => secret !== undefined || { path: ["secret"], message: "is missing" }, {
    jsonSchema: { required: ["type", "secret"] }
  })
)

const OtherAutoToken = Schema.Struct(
  { type: Schema.String.pipe(Schema.filter((type) => type !== "SHA256" && type !== "HMAC-SHA256")) },
  Schema.Record({ key: JsonKey, value: JsonValue })
)

/**
 * A decoded {@link AutoTokenType}.
 *
 * @since 0.1.0
 * @category models
 */
export type AutoTokenType = typeof Sha256.Type | typeof HmacSha256.Type | typeof OtherAutoToken.Type

/**
 * The kind of an automatic token as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export type AutoTokenTypeEncoded = typeof Sha256.Encoded | typeof HmacSha256.Encoded | typeof OtherAutoToken.Encoded

/**
 * How the service makes a token from the phone number or email of a customer. `secret` is the key of `HMAC-SHA256`, which a request needs
 * and an answer may lack. A kind that this version does not know keeps all of its fields.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AutoTokenType: Schema.Schema<AutoTokenType, AutoTokenTypeEncoded> = Schema.Union(
  Sha256,
  HmacSha256,
  openMember(OtherAutoToken)
).annotations({ identifier: "AutoTokenType" })

const verifications = optional(Schema.Struct({ phone_number: optional(openEnum("sms")) }))

// The documentation has fields that are required and have a default. The service refuses a request without such a field (recorded traffic),
// and in an answer a missing one has its default. So answers and requests differ on the wire, and are the same when decoded.
const UsersInAnswer = Schema.Struct({
  customer_id_format: withDefault(openEnum("uuid", "sequence"), "uuid"),
  head: optional(Schema.Struct({ enabled: optionalFalse })),
  phone_number_validation: optional(Schema.Struct({ allow_duplicates: optionalFalse })),
  mfa: optional(Schema.Struct({ enabled: optionalFalse, login: MfaChannel, login_recovery: MfaChannel })),
  verifications
})

const UsersInRequest = Schema.Struct({
  customer_id_format: openEnum("uuid", "sequence"),
  head: optional(Schema.Struct({ enabled: Schema.Boolean })),
  phone_number_validation: optional(Schema.Struct({ allow_duplicates: Schema.Boolean })),
  mfa: optional(Schema.Struct({ enabled: Schema.Boolean, login: MfaChannel, login_recovery: MfaChannel })),
  verifications
})

/**
 * The section `users`: ids, logins with a one-time code, and rules for phone numbers.
 *
 * @since 0.1.0
 * @category models
 */
export interface UsersSettings extends Schema.Schema.Type<typeof UsersInAnswer> {}

const AutoTokenTypeInRequest: Schema.Schema<AutoTokenType, AutoTokenTypeEncoded> = Schema.Union(
  Sha256,
  HmacSha256InRequest,
  openMember(OtherAutoToken)
)

const autoTokensOf = (kind: typeof AutoTokenType) =>
  Schema.Struct({ phone_number: optional(Schema.Array(kind)), email: optional(Schema.Array(kind)) })

const AutoTokens_ = autoTokensOf(AutoTokenType)

/**
 * The section `auto_tokens`: which tokens the service makes from a customer's phone number and email.
 *
 * @since 0.1.0
 * @category models
 */
export interface AutoTokensSettings extends Schema.Schema.Type<typeof AutoTokens_> {}

const AutoTokens: Schema.Schema<AutoTokensSettings, Encoded<typeof AutoTokens_>> = AutoTokens_

const AutoTokensInRequest: typeof AutoTokens = autoTokensOf(AutoTokenTypeInRequest)

const Tokens_ = Schema.Struct({
  event_expiry: optional(Schema.Array(Schema.Struct({ status: Schema.String, time_to_live: Schema.Finite })))
})

/**
 * The section `tokens`: how long the events of a token are kept.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokensSettings extends Schema.Schema.Type<typeof Tokens_> {}

const Tokens: Schema.Schema<TokensSettings, Encoded<typeof Tokens_>> = Tokens_

const Attribute_ = Schema.Struct({
  name: Schema.String,
  type: openEnum("string", "integer", "real", "boolean", "phonenumber", "email", "date", "date-time"),
  multiple_values: optionalFalse,
  private: optionalFalse
})

/**
 * An attribute that the customers of the account can have.
 *
 * @since 0.1.0
 * @category models
 */
export interface AttributeSettings extends Schema.Schema.Type<typeof Attribute_> {}

const Attribute: Schema.Schema<AttributeSettings, Encoded<typeof Attribute_>> = Attribute_

const sectionsWith = <Users>(users: Schema.Schema<UsersSettings, Users>, autoTokens: typeof AutoTokens) =>
  openStruct({
    users: optional(users),
    auto_tokens: optional(autoTokens),
    tokens: optional(Tokens),
    attributes: optional(Schema.Array(Attribute))
  })

const CustomersSettings_ = sectionsWith(UsersInAnswer, AutoTokens).annotations({
  identifier: "CustomersSettings",
  title: "CustomersSettings",
  description: "Settings for the customers of an account"
})

/**
 * Decoded {@link CustomersSettings}.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomersSettings extends Schema.Schema.Type<typeof CustomersSettings_> {}

/**
 * The settings of an answer as they are on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomersSettingsEncoded extends Schema.Schema.Encoded<typeof CustomersSettings_> {}

/**
 * The settings for the customers of an account, as the service answers them.
 *
 * `users.mfa`: when it is `enabled`, a customer logs in with a one-time code that is sent over `login.oob_channel`.
 *
 * Source: https://docs.dintero.com/api-reference/settings/customers-settings
 *
 * @example
 * ```ts
 * import { CustomersSettings } from "effect-dintero"
 * import { Schema } from "effect"
 *
 * // A schema of this package is part of your own like any other.
 * const Backup = Schema.Struct({ taken_at: Schema.DateTimeUtc, settings: CustomersSettings })
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomersSettings: Schema.Schema<CustomersSettings, CustomersSettingsEncoded> = CustomersSettings_

const CustomersSettingsUpdate_ = sectionsWith(UsersInRequest, AutoTokensInRequest).annotations({
  identifier: "CustomersSettingsUpdate",
  title: "CustomersSettingsUpdate",
  description: "Sections of the settings that are to replace the stored ones"
})

/**
 * A decoded {@link CustomersSettingsUpdate}. The settings that were read are one.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomersSettingsUpdate extends Schema.Schema.Type<typeof CustomersSettingsUpdate_> {}

/**
 * The settings of a request as they are on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomersSettingsUpdateEncoded extends Schema.Schema.Encoded<typeof CustomersSettingsUpdate_> {}

/**
 * The settings as a request sends them. A section that is present replaces the stored section, and the other sections stay
 * (assumed: settings-merge).
 *
 * Source: https://docs.dintero.com/api-reference/settings/update-settings
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomersSettingsUpdate: Schema.Schema<CustomersSettingsUpdate, CustomersSettingsUpdateEncoded> =
  CustomersSettingsUpdate_
