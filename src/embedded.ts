/**
 * `effect-dintero/embedded`: Dintero's Customers and Auth APIs without Dintero, in process or on a port.
 *
 * @since 0.1.0
 */

/**
 * Starts a system: `layer` in process, `serve` on a port.
 *
 * @since 0.1.0
 */
export * as DinteroEmbedded from "./layers/embedded/DinteroEmbedded.js"

/**
 * What password hashes cost.
 *
 * @since 0.1.0
 */
export * as PasswordHashing from "./layers/embedded/PasswordHashing.js"

/**
 * What a system starts with.
 *
 * @since 0.1.0
 */
export * as Seed from "./layers/embedded/Seed.js"
