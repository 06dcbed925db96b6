/**
 * Dintero's Auth API as a service, made from the contract.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { auth } from "../contract/Contract.js"
import type { ServiceOf } from "./ServiceOf.js"

/**
 * @since 0.1.0
 * @category models
 */
export interface AuthService extends ServiceOf<typeof auth> {}

/**
 * @since 0.1.0
 * @category services
 */
export class Auth extends Context.Tag("effect-dintero/Auth")<Auth, AuthService>() {}
