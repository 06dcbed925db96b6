/**
 * The tables of the customers.
 */
import * as Schema from "effect/Schema"
import { Metadata, profileFields } from "../../../../schemas/Customer.js"
import { json, millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"

const { email: _email, phone_number: _phone, ...others } = profileFields

/** The fields of a customer that have no column of their own. */
export const Profile = Schema.Struct(others).annotations({ parseOptions: { onExcessProperty: "preserve" } })

/** For the tables of other rooms: this column has the `id` of a customer. */
export const ofCustomerAs = <const Name extends string>(name: Name) =>
  ({
    customers: [
      ["account_id", "account_id"],
      [name, "id"]
    ]
  }) as const

/** For tables that are searched: a number needs less room than an `id`, and has the order of a list. */
export const ofCustomerAtPosition = {
  customers: [
    ["account_id", "account_id"],
    ["position", "position"]
  ]
} as const

export const customers = Table.make(
  "customers",
  {
    account_id: text,
    id: text,
    customer_id: text,
    type: text,
    email: nullable(text),
    email_lower: nullable(text),
    phone_number: nullable(text),
    password_hash: nullable(text),
    created_at: millis,
    pin_hash: nullable(text),
    profile: json(Profile, "the JSON of a customer's profile"),
    metadata: json(Metadata, "the JSON of a customer's metadata"),
    created_by: nullable(text),
    // Greater than that of each earlier change in the account, so that a list by time has no two changes at one time.
    updated_at: millis,
    deleted_at: nullable(millis),
    deleted_by: nullable(text),
    // Counts up in the order of creation, and never changes.
    position: millis,
    email_verified_at: nullable(millis),
    phone_verified_at: nullable(millis)
  },
  {
    primaryKey: ["account_id", "id"],
    unique: [
      ["account_id", "customer_id"],
      ["account_id", "type", "email_lower"],
      ["account_id", "position"]
    ],
    references: ofAccount,
    indices: {
      // Not unique: the settings can allow customers to share a phone number.
      customers_by_phone: ["account_id", "phone_number", "position"],
      customers_by_email: ["account_id", "email_lower", "position"],
      // With `deleted_at`, those that are not deleted are counted without a look at the table.
      customers_by_type: ["account_id", "type", "position", "deleted_at"],
      customers_by_change: ["account_id", "updated_at"]
    }
  }
)

/** What a search finds: the names, the phone number, the `customer_id` and the email of each customer, in lower case. */
export const customerWords = Table.make(
  "customer_words",
  { account_id: text, word: text, position: millis },
  {
    primaryKey: ["account_id", "word", "position"],
    references: ofCustomerAtPosition,
    indices: { customer_words_by_position: ["account_id", "position", "word"] }
  }
)

/** The attributes whose value is a text, a number or a boolean, or a list of those. */
export const customerAttributes = Table.make(
  "customer_attributes",
  { account_id: text, name: text, value: text, position: millis },
  {
    primaryKey: ["account_id", "name", "value", "position"],
    references: ofCustomerAtPosition,
    indices: { customer_attributes_by_position: ["account_id", "position", "name", "value"] }
  }
)

/**
 * - `position`: that of the customer who was created last
 * - `sequence`: the greatest `customer_id` that is a number. NULL until the first one is wanted.
 * - `changed_at`: the greatest `updated_at` in the account
 */
export const customerCounters = Table.make(
  "customer_counters",
  { account_id: text, position: millis, sequence: nullable(millis), changed_at: millis },
  { primaryKey: ["account_id"], references: ofAccount }
)
