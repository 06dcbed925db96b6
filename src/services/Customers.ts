/**
 * Dintero's Customers API as a service. Its methods are made from the contract, and grouped by the tags of Dintero's documentation.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { customers } from "../contract/Contract.js"
import type { ServiceOf } from "./ServiceOf.js"

/**
 * The methods of the Customers API. An editor shows the documentation of each.
 *
 * @since 0.1.0
 * @category models
 */
export interface CustomersService extends ServiceOf<typeof customers> {}

/**
 * The Customers API: settings, and logins of customers. `Dintero.layer` provides it.
 *
 * @since 0.1.0
 * @category services
 */
export class Customers extends Context.Tag("effect-dintero/Customers")<Customers, CustomersService>() {}
