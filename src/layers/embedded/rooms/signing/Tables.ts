/**
 * The table of the signing keys.
 */
import { millis, nullable, text } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"

export const signingKeys = Table.make(
  "signing_keys",
  {
    kid: text,
    private_key: text,
    created_at: millis,
    // From then on the key verifies nothing. NULL for the key of new tokens.
    retired_at: nullable(millis)
  },
  { primaryKey: ["kid"] }
)
