/**
 * The tables of the customers' tokens and of what happened to tokens.
 */
import { Metadata } from "../../../../schemas/Customer.js"
import { json, millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"
import { ofCustomerAs } from "../customers/Tables.js"

const metadata = nullable(json(Metadata, "the JSON of metadata"))

export const customerTokens = Table.make(
  "customer_tokens",
  {
    account_id: text,
    id: text,
    token_id: text,
    // The `id` of the customer.
    owner_id: text,
    type: text,
    value: text,
    // The value as long as the token is good, NULL when it was deleted: so a deleted token makes room for an equal one.
    live: nullable(text),
    // The field of the customer that the service has made the token from.
    source: nullable(text),
    metadata,
    created_at: millis,
    created_by: nullable(text),
    updated_at: millis,
    deleted_at: nullable(millis),
    deleted_by: nullable(text),
    position: millis
  },
  {
    primaryKey: ["account_id", "id"],
    unique: [["account_id", "type", "live"]],
    references: ofCustomerAs("owner_id"),
    indices: {
      customer_tokens_by_owner: ["account_id", "owner_id", "position"],
      customer_tokens_by_value: ["account_id", "live"]
    }
  }
)

/** A type and value that was attached to a customer, or has an event. `updated_at` is NULL as long as it has none. */
export const tokenPairs = Table.make(
  "token_pairs",
  {
    account_id: text,
    id: text,
    type: text,
    value: text,
    position: millis,
    updated_at: nullable(millis),
    deleted_at: nullable(millis)
  },
  {
    primaryKey: ["account_id", "id"],
    unique: [["account_id", "type", "value"]],
    references: ofAccount,
    indices: {
      token_pairs_by_position: ["account_id", "position"],
      token_pairs_by_change: ["account_id", "updated_at"]
    }
  }
)

export const tokenEvents = Table.make(
  "token_events",
  {
    account_id: text,
    pair_id: text,
    position: millis,
    event: text,
    status: nullable(text),
    metadata,
    created_at: millis,
    expires_at: nullable(millis)
  },
  {
    primaryKey: ["account_id", "pair_id", "position"],
    references: {
      token_pairs: [
        ["account_id", "account_id"],
        ["pair_id", "id"]
      ]
    }
  }
)
