/**
 * Every operation of the two APIs, by its name.
 *
 * @since 0.1.0
 */
import { authenticate } from "./auth/authenticate.js"
import { challenge } from "./auth/challenge.js"
import { keys } from "./auth/keys.js"
import { password } from "./customers/password.js"
import { settings } from "./customers/settings.js"
import * as Operation from "./Operation.js"

/**
 * The operations by the tags of Dintero's documentation.
 *
 * @since 0.1.0
 * @category contract
 */
export const tags = { authenticate, challenge, keys, password, settings }

/**
 * The Customers API: a group for each tag of Dintero's documentation.
 *
 * @since 0.1.0
 * @category contract
 */
export const customers = { settings, password }

/**
 * The Auth API.
 *
 * @since 0.1.0
 * @category contract
 */
export const auth = { ...authenticate, ...keys, mfa: challenge }

/**
 * @since 0.1.0
 * @category contract
 */
export const contract = { auth, customers }

/**
 * @since 0.1.0
 * @category models
 */
export type OperationName = Operation.NameOf<typeof contract>

/**
 * The operations of the contract, by dotted name.
 *
 * @since 0.1.0
 * @category models
 */
export type Operations = { readonly [Name in OperationName]: Operation.At<typeof contract, Name> }

/**
 * @since 0.1.0
 * @category contract
 */
// Seam: `flatten` walks the same tree as the types do.
export const operations = Object.fromEntries(Operation.flatten(contract)) as unknown as Operations
