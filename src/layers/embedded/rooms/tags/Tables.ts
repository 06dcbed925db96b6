/**
 * The tables of tags and of which customers have them.
 */
import { Metadata } from "../../../../schemas/Customer.js"
import { json, millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"
import { ofCustomerAtPosition } from "../customers/Tables.js"

export const customerTags = Table.make(
  "customer_tags",
  {
    account_id: text,
    id: text,
    tag: text,
    metadata: nullable(json(Metadata, "the JSON of metadata")),
    created_at: millis,
    created_by: nullable(text),
    position: millis
  },
  { primaryKey: ["account_id", "id"], references: ofAccount, indices: { customer_tags_by_position: ["account_id", "position"] } }
)

export const taggedCustomers = Table.make(
  "tagged_customers",
  { account_id: text, tag_id: text, position: millis },
  {
    primaryKey: ["account_id", "tag_id", "position"],
    references: {
      customer_tags: [
        ["account_id", "account_id"],
        ["tag_id", "id"]
      ],
      ...ofCustomerAtPosition
    },
    indices: { tagged_customers_by_position: ["account_id", "position", "tag_id"] }
  }
)
