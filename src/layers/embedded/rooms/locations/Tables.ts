/**
 * The table of sales locations.
 */
import { SalesLocationInput } from "../../../../schemas/SalesLocation.js"
import { json, millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { ofAccount } from "../accounts/Tables.js"

export const locations = Table.make(
  "locations",
  {
    account_id: text,
    id: text,
    location_id: text,
    fields: json(SalesLocationInput, "the JSON of a location's fields"),
    created_at: millis,
    created_by: nullable(text),
    updated_at: millis,
    position: millis
  },
  {
    primaryKey: ["account_id", "id"],
    unique: [["account_id", "location_id"]],
    references: ofAccount,
    indices: { locations_by_position: ["account_id", "position"] }
  }
)

/** What a search compares with the beginning of, and the values of the filters: `field` is empty for a search. */
export const locationWords = Table.make(
  "location_words",
  { account_id: text, field: text, word: text, id: text },
  {
    primaryKey: ["account_id", "field", "word", "id"],
    references: {
      locations: [
        ["account_id", "account_id"],
        ["id", "id"]
      ]
    },
    indices: { location_words_by_id: ["account_id", "id"] }
  }
)
