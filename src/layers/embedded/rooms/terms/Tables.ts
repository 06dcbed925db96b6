/**
 * The table of terms and conditions.
 */
import { millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"

export const terms = Table.make(
  "terms",
  {
    account_id: text,
    id: text,
    terms: text,
    created_at: millis,
    created_by: nullable(text),
    updated_at: millis,
    deleted_at: nullable(millis),
    deleted_by: nullable(text),
    position: millis
  },
  { primaryKey: ["account_id", "id"], references: ofAccount, indices: { terms_by_position: ["account_id", "position"] } }
)
