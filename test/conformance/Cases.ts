/**
 * The cases of all tags. A tag without cases does not compile.
 */
import type { tags } from "../../src/contract/Contract.js"
import { entriesOf, type TagName } from "../operations/Samples.js"
import type { Case, CasesOf } from "./Case.js"
import { accountUsers } from "./cases/accountUsers.js"
import { addresses } from "./cases/addresses.js"
import { authenticate } from "./cases/authenticate.js"
import { authUsers } from "./cases/authUsers.js"
import { challenge } from "./cases/challenge.js"
import { clients } from "./cases/clients.js"
import { communication } from "./cases/communication.js"
import { company } from "./cases/company.js"
import { grants } from "./cases/grants.js"
import { keys } from "./cases/keys.js"
import { locations } from "./cases/locations.js"
import { organizations } from "./cases/organizations.js"
import { password } from "./cases/password.js"
import { roles } from "./cases/roles.js"
import { settings } from "./cases/settings.js"
import { tags as customerTags } from "./cases/tags.js"
import { terms } from "./cases/terms.js"
import { tokens } from "./cases/tokens.js"
import { users } from "./cases/users.js"
import { fromContract } from "./FromContract.js"

const byTag: { readonly [Tag in keyof typeof tags]: CasesOf<(typeof tags)[Tag]> } = {
  accountUsers,
  addresses,
  authenticate,
  authUsers,
  challenge,
  clients,
  communication,
  company,
  grants,
  keys,
  locations,
  organizations,
  password,
  roles,
  settings,
  tags: customerTags,
  terms,
  tokens,
  users
}

/** The cases of each operation of a tag: those that every operation has, and its own. */
export const casesOf = (tag: TagName): ReadonlyArray<readonly [operation: string, cases: ReadonlyArray<Case>]> => {
  // Seam: in a list of all cases none has the type of its tag.
  const own = byTag[tag] as Readonly<Record<string, ReadonlyArray<Case>>>
  return entriesOf(tag).map(({ key, name }) => [name, [...fromContract(name), ...(own[key] ?? [])]])
}
