/**
 * The table of codes that verify a customer's email or phone number.
 */
import { integer, millis, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofCustomerAs } from "../customers/Tables.js"

export const verificationCodes = Table.make(
  "verification_codes",
  {
    account_id: text,
    owner_id: text,
    field: text,
    // The address that the code was sent to. A code verifies no other one.
    address: text,
    code_hash: text,
    tries_left: integer,
    expires_at: millis
  },
  { primaryKey: ["account_id", "owner_id", "field"], references: ofCustomerAs("owner_id") }
)
