/**
 * `effect-dintero/embedded`: Dintero's Customers and Auth APIs without Dintero, in process or on a port.
 *
 * @since 0.1.0
 */

/**
 * What a person sees of an account.
 *
 * @since 0.1.0
 */
export * as AccountOverview from "./layers/embedded/controls/accounts/AccountOverview.js"
/**
 * Everything that is stored of an account, as data.
 *
 * @since 0.1.0
 */
export * as Snapshot from "./layers/embedded/controls/accounts/Snapshot.js"

/**
 * What a control can refuse.
 *
 * @since 0.1.0
 */
export * as ControlErrors from "./layers/embedded/controls/ControlErrors.js"

/**
 * How a test moves, reads and disturbs a system.
 *
 * @since 0.1.0
 */
export * as Controls from "./layers/embedded/controls/Controls.js"
/**
 * What the clock of a system shows.
 *
 * @since 0.1.0
 */
export * as ClockState from "./layers/embedded/controls/clock/ClockState.js"
/**
 * What goes wrong on purpose, as data.
 *
 * @since 0.1.0
 */
export * as FaultScript from "./layers/embedded/controls/faults/FaultScript.js"
/**
 * What is kept of a request.
 *
 * @since 0.1.0
 */
export * as JournalEntry from "./layers/embedded/controls/journal/JournalEntry.js"
/**
 * What the system would have sent.
 *
 * @since 0.1.0
 */
export * as Message from "./layers/embedded/controls/outbox/Message.js"

/**
 * Starts a system: `layer` in process, `serve` on a port.
 *
 * @since 0.1.0
 */
export * as DinteroEmbedded from "./layers/embedded/DinteroEmbedded.js"
/**
 * How often somebody may guess a customer's password or one-time code.
 *
 * @since 0.1.0
 */
export * as GuessingRules from "./layers/embedded/rooms/logins/GuessingRules.js"
/**
 * What password hashes cost.
 *
 * @since 0.1.0
 */
export * as PasswordHashing from "./layers/embedded/rooms/logins/PasswordHashing.js"
/**
 * What a refresh makes of a refresh token, and how long one is good.
 *
 * @since 0.1.0
 */
export * as RefreshTokenRules from "./layers/embedded/rooms/sessions/RefreshTokenRules.js"
/**
 * What a system starts with.
 *
 * @since 0.1.0
 */
export * as Seed from "./layers/embedded/seed/Seed.js"
/**
 * Where the ids, secrets and salts of a system come from.
 *
 * @since 0.1.0
 */
export * as Entropy from "./layers/embedded/system/Entropy.js"
