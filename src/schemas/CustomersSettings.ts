/**
 * The settings of an account's customers: one object, read and replaced by section.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { JsonKey, JsonValue } from "./JsonValue.js"
import { openEnum, openMember } from "./OpenEnum.js"
import { optional } from "./Optional.js"

/** When it is left out it is false. */
const optionalFalse = Schema.optionalWith(Schema.Boolean, { exact: true, default: () => false })

const MfaChannel = Schema.Struct({
  challenge_type: openEnum("oob"),
  oob_channel: openEnum("sms", "email")
})

/**
 * How a token is made by the server from a customer's phone number or email. `HMAC-SHA256` is keyed with `secret`.
 * A kind that this version does not know keeps all of its fields.
 *
 * @since 0.1.0
 * @category schemas
 */
export const AutoTokenType = Schema.Union(
  Schema.Struct({ type: Schema.Literal("SHA256") }),
  Schema.Struct({ type: Schema.Literal("HMAC-SHA256"), secret: Schema.Redacted(Schema.String) }),
  openMember(
    Schema.Struct(
      { type: Schema.String.pipe(Schema.filter((type) => type !== "SHA256" && type !== "HMAC-SHA256")) },
      Schema.Record({ key: JsonKey, value: JsonValue })
    )
  )
).annotations({ identifier: "AutoTokenType" })

const verifications = optional(Schema.Struct({ phone_number: optional(openEnum("sms")) }))

/**
 * The documentation has fields that are required and have a default. A request without one is refused (recorded traffic); in an answer a
 * missing one has its default.
 */
const UsersInAnswer = Schema.Struct({
  customer_id_format: Schema.optionalWith(openEnum("uuid", "sequence"), { exact: true, default: () => "uuid" as const }),
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

const sections = {
  auto_tokens: optional(
    Schema.Struct({
      phone_number: optional(Schema.Array(AutoTokenType)),
      email: optional(Schema.Array(AutoTokenType))
    })
  ),
  tokens: optional(
    Schema.Struct({
      event_expiry: optional(
        Schema.Array(
          Schema.Struct({
            status: Schema.String,
            time_to_live: Schema.JsonNumber
          })
        )
      )
    })
  ),
  attributes: optional(
    Schema.Array(
      Schema.Struct({
        name: Schema.String,
        type: openEnum("string", "integer", "real", "boolean", "phonenumber", "email", "date", "date-time"),
        multiple_values: optionalFalse,
        private: optionalFalse
      })
    )
  )
}

// A field that Dintero adds later must survive read, change, write; a stripped one would be a lost write.
const parseOptions = { onExcessProperty: "preserve" } as const

/**
 * The settings of an account's customers.
 *
 * `users.mfa`: with `enabled`, a customer logs in with a one-time code that arrives over `login.oob_channel`.
 *
 * Source: https://docs.dintero.com/api-reference/settings/customers-settings
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomersSettings = Schema.Struct({ users: optional(UsersInAnswer), ...sections }).annotations({
  identifier: "CustomersSettings",
  title: "CustomersSettings",
  description: "Settings for the customers of an account",
  parseOptions
})

/**
 * The same as a request: the sections that are present replace the stored ones, the others stay (assumed: settings-merge).
 *
 * Source: https://docs.dintero.com/api-reference/settings/update-settings
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomersSettingsUpdate = Schema.Struct({ users: optional(UsersInRequest), ...sections }).annotations({
  identifier: "CustomersSettingsUpdate",
  title: "CustomersSettingsUpdate",
  description: "Sections of the settings that are to replace the stored ones",
  parseOptions
})

/**
 * @since 0.1.0
 * @category models
 */
export type CustomersSettings = typeof CustomersSettings.Type
