/**
 * The table of the signing keys.
 */
import { millis, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"

export const signingKeys = Table.make(
  "signing_keys",
  { kid: text, private_key: text, created_at: millis },
  { primaryKey: ["kid"] }
)
