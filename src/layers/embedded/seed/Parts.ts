/**
 * The parts of all rooms in a seed.
 */
import * as AccountSeed from "../rooms/accounts/AccountSeed.js"
import * as ClientSeed from "../rooms/clients/ClientSeed.js"
import * as CustomerSeed from "../rooms/customers/CustomerSeed.js"

/** The fields of an account. */
export const fields = { ...AccountSeed.fields, ...ClientSeed.fields, ...CustomerSeed.fields }

/** In the order in which their rows can be written. */
export const make = (onProgress?: (progress: CustomerSeed.SeedProgress) => void) =>
  [AccountSeed.part, ClientSeed.part, CustomerSeed.part(onProgress)] as const
