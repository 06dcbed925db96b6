/**
 * Dintero's Auth API as a service. Its methods are made from the contract.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type { auth } from "../contract/Contract.js"
import type { ServiceOf } from "./ServiceOf.js"

/**
 * The methods of the Auth API. An editor shows the documentation of each.
 *
 * @since 0.1.0
 * @category models
 */
export interface AuthService extends ServiceOf<typeof auth> {}

/**
 * The Auth API: access tokens, the end of sessions, one-time codes and public keys. `Dintero.layer` provides it.
 *
 * @since 0.1.0
 * @category services
 */
export class Auth extends Context.Tag("effect-dintero/Auth")<Auth, AuthService>() {}
