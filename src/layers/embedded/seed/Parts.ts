/**
 * The parts of all rooms in a seed.
 */

import * as AccountSeed from "../rooms/accounts/AccountSeed.js"
import * as AccountUserSeed from "../rooms/accountUsers/AccountUserSeed.js"
import * as AuthUserSeed from "../rooms/authUsers/AuthUserSeed.js"
import * as ClientSeed from "../rooms/clients/ClientSeed.js"
import * as CustomerSeed from "../rooms/customers/CustomerSeed.js"
import * as LocationSeed from "../rooms/locations/LocationSeed.js"
import * as RoleSeed from "../rooms/roles/RoleSeed.js"
import * as TagSeed from "../rooms/tags/TagSeed.js"
import * as TermsSeed from "../rooms/terms/TermsSeed.js"

/** The fields of an account. */
export const fields = {
  ...AccountSeed.fields,
  ...ClientSeed.fields,
  ...TagSeed.fields,
  ...TermsSeed.fields,
  ...LocationSeed.fields,
  ...RoleSeed.fields,
  ...AccountUserSeed.fields,
  ...CustomerSeed.fields,
  ...AuthUserSeed.fields
}

/** In the order in which their rows can be written. */
export const make = (onProgress?: (progress: CustomerSeed.SeedProgress) => void, more?: CustomerSeed.Rows) =>
  [
    AccountSeed.part,
    ClientSeed.part,
    TagSeed.part,
    TermsSeed.part,
    LocationSeed.part,
    RoleSeed.part,
    AccountUserSeed.part,
    CustomerSeed.part(onProgress, more),
    AuthUserSeed.part
  ] as const
