/**
 * Whether an answer says that a value which has to be unique is in use. The service's words for it are not known (assumed: duplicate-answer), so
 * the words that several systems use are looked for in its code and its texts. What has none of them is not taken for a duplicate.
 */
import * as Option from "effect/Option"
import type { UniqueField } from "../../schemas/DinteroError.js"
import { plain } from "../../schemas/Words.js"

/** What an answer says, and what it names besides. */
export interface Words {
  readonly said: ReadonlyArray<string>
  readonly named: ReadonlyArray<string>
}

export interface Duplicate {
  readonly field?: UniqueField
}

const saysSo =
  /\bduplicate|\balready (been )?(exists?|in use|used|taken|registered|assigned)\b|\b(must|has to|should) be unique\b|\bnot unique\b|\bunique (constraint|violation)\b|\b(id|e ?mail|address|phone|number|token|user ?name)( is)? (exists|taken|in use)\b/

const fields: { readonly [Field in UniqueField]: RegExp } = {
  client_id: /\bclient ?id\b/,
  customer_id: /\bcustomer ?id\b/,
  email: /\be ?mail\b/,
  phone_number: /\bphone\b|\bphonenumber\b/,
  location_id: /\blocation ?id\b/,
  token_id: /\btoken ?id\b/,
  token: /\btoken\b(?! ?id\b)/,
  username: /\buser ?name\b/
}

// Seam: `Object.keys` does not tell which keys it gives.
const names = Object.keys(fields) as ReadonlyArray<UniqueField>

/** The field is only known when the answer names one of them, and no other. */
export const read = ({ named, said }: Words): Option.Option<Duplicate> => {
  if (!saysSo.test(plain(said))) return Option.none()
  const text = plain([...said, ...named])
  const [field, ...others] = names.filter((name) => fields[name].test(text))
  return Option.some(field === undefined || others.length > 0 ? {} : { field })
}
