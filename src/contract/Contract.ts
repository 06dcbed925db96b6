/**
 * Every operation of the two APIs, by its name.
 *
 * @since 0.1.0
 */
import { accountUsers } from "./auth/accountUsers.js"
import { authenticate } from "./auth/authenticate.js"
import { authUsers } from "./auth/authUsers.js"
import { challenge } from "./auth/challenge.js"
import { clients } from "./auth/clients.js"
import { grants } from "./auth/grants.js"
import { keys } from "./auth/keys.js"
import { roles } from "./auth/roles.js"
import { addresses } from "./customers/addresses.js"
import { communication } from "./customers/communication.js"
import { company } from "./customers/company.js"
import { locations } from "./customers/locations.js"
import { organizations } from "./customers/organizations.js"
import { password } from "./customers/password.js"
import { settings } from "./customers/settings.js"
import { tags as customerTags } from "./customers/tags.js"
import { terms } from "./customers/terms.js"
import { tokens } from "./customers/tokens.js"
import { users } from "./customers/users.js"
import * as Operation from "./Operation.js"

/**
 * The operations, grouped by the tags of Dintero's documentation.
 *
 * @since 0.1.0
 * @category contract
 */
export const tags = {
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

/**
 * The operations of the Customers API, with a group for each tag of Dintero's documentation.
 *
 * @since 0.1.0
 * @category contract
 */
export const customers = {
  addresses,
  communication,
  company,
  locations,
  organizations,
  password,
  settings,
  tags: customerTags,
  terms,
  tokens,
  users
}

/**
 * The operations of the Auth API.
 *
 * @since 0.1.0
 * @category contract
 */
export const auth = { ...authenticate, ...keys, mfa: challenge, clients, grants, users: authUsers, roles, accountUsers }

/**
 * The operations of both APIs.
 *
 * @since 0.1.0
 * @category contract
 */
export const contract = { auth, customers }

/**
 * The dotted name of an operation, such as `customers.settings.get`.
 *
 * @since 0.1.0
 * @category models
 */
export type OperationName = Operation.NameOf<typeof contract>

/**
 * The type of {@link operations}.
 *
 * @since 0.1.0
 * @category models
 */
export type Operations = { readonly [Name in OperationName]: Operation.At<typeof contract, Name> }

/**
 * The operations of both APIs, by their dotted names.
 *
 * @since 0.1.0
 * @category contract
 */
// Seam: `flatten` and the type walk the same tree.
export const operations = Object.fromEntries(Operation.flatten(contract)) as Operations
