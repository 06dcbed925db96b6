/**
 * Dintero's Customers API as a service. Its methods are grouped by the tags of Dintero's documentation, and made from the contract.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { customers } from "../contract/Contract.js"
import type { ServiceOf } from "./ServiceOf.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface CustomersService extends ServiceOf<typeof customers> {}

/**
 * @since 0.1.0
 * @category services
 */
export class Customers extends Context.Tag("effect-dintero/Customers")<Customers, CustomersService>() {}
