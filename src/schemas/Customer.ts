/**
 * A customer, as it is stored, created and changed.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { CustomerAddress } from "./Address.js"
import { CustomerId, naturalKey } from "./CustomerId.js"
import { entityFields, Timestamp } from "./Entity.js"
import { nullable, optional, secretOf, textBetween, withDefault } from "./Fields.js"
import { JsonKey, JsonValue } from "./JsonValue.js"
import { openEnum } from "./OpenEnum.js"

const text = optional(nullable(Schema.String))

const customerType = openEnum("customer", "company", "contact", "employee", "other")

const Consent_ = Schema.Struct({ consent: optional(Schema.Boolean), updated_at: optional(Timestamp) }).annotations({
  identifier: "Consent"
})

/**
 * A decoded {@link Consent}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Consent extends Schema.Schema.Type<typeof Consent_> {}

/**
 * A {@link Consent} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConsentEncoded extends Schema.Schema.Encoded<typeof Consent_> {}

/**
 * Whether a customer agreed to be told about offers, and when that was last changed.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Consent: Schema.Schema<Consent, ConsentEncoded> = Consent_

const MarketingConsent_ = Schema.Struct(
  { sms: optional(Consent), email: optional(Consent) },
  Schema.Record({ key: JsonKey, value: JsonValue })
).annotations({ identifier: "MarketingConsent" })

/**
 * A decoded {@link MarketingConsent}.
 *
 * @since 0.1.0
 * @category models
 */
export interface MarketingConsent extends Schema.Schema.Type<typeof MarketingConsent_> {}

/**
 * A {@link MarketingConsent} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface MarketingConsentEncoded extends Schema.Schema.Encoded<typeof MarketingConsent_> {}

/**
 * Consents by channel. An account can have consents of its own beside `sms` and `email`; the shape of those is not documented
 * (assumed: custom-consents).
 *
 * @since 0.1.0
 * @category schemas
 */
export const MarketingConsent: Schema.Schema<MarketingConsent, MarketingConsentEncoded> = MarketingConsent_

const Company_ = Schema.Struct({
  organization_number: optional(Schema.String),
  bussiness_name: Schema.String,
  department: optional(Schema.String),
  industry: optional(Schema.String),
  website: optional(Schema.String),
  number_of_employees: optional(Schema.String)
}).annotations({ identifier: "Company" })

/**
 * A decoded {@link Company}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Company extends Schema.Schema.Type<typeof Company_> {}

/**
 * A {@link Company} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CompanyEncoded extends Schema.Schema.Encoded<typeof Company_> {}

/**
 * What only a company has. Only customers of the type `company` or `other` may have it, and a `company` has to. The service spells
 * `bussiness_name` so.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Company: Schema.Schema<Company, CompanyEncoded> = Company_

/**
 * Free keys and values.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Metadata = Schema.Record({ key: JsonKey, value: JsonValue }).annotations({ identifier: "Metadata" })

/**
 * The fields of a customer that a caller edits, beside `type` and `metadata`. `null` clears a field where it is allowed.
 *
 * @since 0.1.0
 * @category schemas
 */
export const profileFields = {
  first_name: text,
  last_name: text,
  email: text,
  phone_number: text,
  attributes: optional(Schema.Record({ key: JsonKey, value: JsonValue })),
  status: text,
  favorite_store: text,
  enrolled_by: optional(Schema.Struct({ type: optional(Schema.String), value: nullable(Schema.String) })),
  marketing_consent: optional(MarketingConsent),
  addresses: optional(Schema.Array(CustomerAddress)),
  term: optional(Schema.Struct({ id: optional(Schema.String), accepted_at: optional(Timestamp) })),
  company: optional(Company),
  gender: text,
  date_of_birth: text,
  contact_for: optional(Schema.Array(Schema.Struct({ customer_id: Schema.String })))
}

/** As a login takes it (assumed: password-length). */
const password = optional(secretOf(textBetween(4, 255)))

const pin = optional(secretOf(Schema.String.pipe(Schema.pattern(/^\d{6}$/))))

// Lists and objects are replaced as a whole. A field that this version does not know has to survive read, change, write.
const parseOptions = { onExcessProperty: "preserve" } as const

const Customer_ = Schema.Struct({
  customer_id: Schema.String,
  type: withDefault(customerType, "customer"),
  ...entityFields,
  ...profileFields,
  metadata: optional(nullable(Metadata))
}).annotations({ identifier: "Customer", title: "Customer", parseOptions })

/**
 * A decoded {@link Customer}.
 *
 * @since 0.1.0
 * @category models
 */
export interface Customer extends Schema.Schema.Type<typeof Customer_> {}

/**
 * A {@link Customer} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerEncoded extends Schema.Schema.Encoded<typeof Customer_> {}

/**
 * A customer of the account: a person, a company, or a person who acts for one.
 *
 * - `customer_id`: the merchant's own key
 * - `phone_number`: E.164, such as `+4740123456`
 * - `date_of_birth`: `1990-09-20`
 * - `attributes`: custom fields, as the settings declare them
 * - `status`: free text. It is the status of the customer's tokens.
 * - `contact_for`: for which customers a `contact` acts
 *
 * A deleted customer is erased: only its ids and the times of its creation and deletion are left. Its `type` is then `customer`, whatever
 * it was.
 *
 * Source: https://docs.dintero.com/api-reference/users/customer-details
 *
 * @since 0.1.0
 * @category schemas
 */
export const Customer: Schema.Schema<Customer, CustomerEncoded> = Customer_

const CustomerCreate_ = Schema.Struct({
  type: customerType,
  customer_id: optional(CustomerId),
  ...profileFields,
  metadata: optional(nullable(Metadata)),
  password,
  pin
}).annotations({ identifier: "CustomerCreate", title: "CustomerCreate", parseOptions })

/**
 * A decoded {@link CustomerCreate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerCreate extends Schema.Schema.Type<typeof CustomerCreate_> {}

/**
 * A {@link CustomerCreate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerCreateEncoded extends Schema.Schema.Encoded<typeof CustomerCreate_> {}

/**
 * A new customer.
 *
 * - `type`: has to be there; a request without it is refused (recorded traffic)
 * - `customer_id`: is made by the service when it is left out, as the settings say
 * - `email`: has to be unique among the customers of the same `type`; upper and lower case are the same
 * - `phone_number`: has to be unique, unless the settings allow otherwise
 * - `password`: 4 to 255 characters. `pin`: 6 digits, for a login with a one-time code alone. Either needs the scope
 *   `write:accounts:/auth/users` beside that of the operation.
 *
 * Source: https://docs.dintero.com/api-reference/users/aid_customers_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerCreate: Schema.Schema<CustomerCreate, CustomerCreateEncoded> = CustomerCreate_

const CustomerUpdate_ = Schema.Struct({
  type: optional(customerType),
  ...profileFields,
  metadata: optional(nullable(Metadata)),
  password,
  pin
}).annotations({ identifier: "CustomerUpdate", title: "CustomerUpdate", parseOptions })

/**
 * A decoded {@link CustomerUpdate}.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerUpdate extends Schema.Schema.Type<typeof CustomerUpdate_> {}

/**
 * A {@link CustomerUpdate} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomerUpdateEncoded extends Schema.Schema.Encoded<typeof CustomerUpdate_> {}

/**
 * The changes of a customer. A field that is left out stays as it is; `null` clears a field where the type allows it. Lists and objects
 * replace the stored ones, except for:
 *
 * - `metadata`: merges by key, and `null` drops a key, or all of them (assumed: metadata-on-update)
 * - `marketing_consent`: merges by channel (assumed: customer-merge)
 *
 * Source: https://docs.dintero.com/api-reference/users/aid_customers_cid_put
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerUpdate: Schema.Schema<CustomerUpdate, CustomerUpdateEncoded> = CustomerUpdate_

const ChangeCustomerId_ = Schema.Struct({ customer_id: naturalKey }).annotations({ identifier: "ChangeCustomerId" })

/**
 * A decoded {@link ChangeCustomerId}.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChangeCustomerId extends Schema.Schema.Type<typeof ChangeCustomerId_> {}

/**
 * A {@link ChangeCustomerId} as it is on the wire.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChangeCustomerIdEncoded extends Schema.Schema.Encoded<typeof ChangeCustomerId_> {}

/**
 * The new `customer_id` of a customer.
 *
 * Source: https://docs.dintero.com/api-reference/users/aid_customers_cid_change_customer_id_post
 *
 * @since 0.1.0
 * @category schemas
 */
export const ChangeCustomerId: Schema.Schema<ChangeCustomerId, ChangeCustomerIdEncoded> = ChangeCustomerId_
