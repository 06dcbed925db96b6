/**
 * `effect-dintero/embedded`: Dintero's Customers and Auth APIs as an embedded system, in process or on a port.
 *
 * @since 0.1.0
 */

/**
 * Accounts and customers, as the inspector page shows them.
 *
 * @since 0.1.0
 */
export * as AccountOverview from "./layers/embedded/controls/accounts/AccountOverview.js"
/**
 * All data of an account, as a value.
 *
 * @since 0.1.0
 */
export * as Snapshot from "./layers/embedded/controls/accounts/Snapshot.js"

/**
 * The errors of the controls.
 *
 * @since 0.1.0
 */
export * as ControlErrors from "./layers/embedded/controls/ControlErrors.js"

/**
 * Controls a system: its clock, outbox, faults, journal and accounts.
 *
 * @since 0.1.0
 */
export * as Controls from "./layers/embedded/controls/Controls.js"
/**
 * The state of a system's clock.
 *
 * @since 0.1.0
 */
export * as ClockState from "./layers/embedded/controls/clock/ClockState.js"
/**
 * Faults as data.
 *
 * @since 0.1.0
 */
export * as FaultScript from "./layers/embedded/controls/faults/FaultScript.js"
/**
 * A request in the journal.
 *
 * @since 0.1.0
 */
export * as JournalEntry from "./layers/embedded/controls/journal/JournalEntry.js"
/**
 * A message that the system would have sent.
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
 * The options of a system that say how it behaves where it is not known what the service does, as plain data.
 *
 * @since 0.1.0
 */
export * as EmbeddedConfig from "./layers/embedded/EmbeddedConfig.js"
/**
 * What a system does where it is not known what the service does.
 *
 * @since 0.1.0
 */
export * as Assumed from "./layers/embedded/rooms/Assumed.js"
/**
 * How long the old secret of an API client works after a rotation.
 *
 * @since 0.1.0
 */
export * as ClientRules from "./layers/embedded/rooms/clients/ClientRules.js"
/**
 * Limits for guessing a customer's password or one-time code.
 *
 * @since 0.1.0
 */
export * as GuessingRules from "./layers/embedded/rooms/logins/GuessingRules.js"
/**
 * The cost of password hashes.
 *
 * @since 0.1.0
 */
export * as PasswordHashing from "./layers/embedded/rooms/logins/PasswordHashing.js"
/**
 * The organizations and postal places that the look-ups find.
 *
 * @since 0.1.0
 */
export * as Registers from "./layers/embedded/rooms/lookups/Registers.js"
/**
 * Limits for sending login codes.
 *
 * @since 0.1.0
 */
export * as PasswordlessRules from "./layers/embedded/rooms/passwordless/PasswordlessRules.js"
/**
 * The rotation and the lifetime of refresh tokens.
 *
 * @since 0.1.0
 */
export * as RefreshTokenRules from "./layers/embedded/rooms/sessions/RefreshTokenRules.js"
/**
 * The data that a system starts with.
 *
 * @since 0.1.0
 */
export * as Seed from "./layers/embedded/seed/Seed.js"
/**
 * The data that a system starts with, line by line.
 *
 * @since 0.1.0
 */
export * as SeedLines from "./layers/embedded/seed/SeedLines.js"
/**
 * How long a served system waits for its clients.
 *
 * @since 0.1.0
 */
export * as TimeLimits from "./layers/embedded/serving/TimeLimits.js"
/**
 * The source of a system's ids, secrets and salts.
 *
 * @since 0.1.0
 */
export * as Entropy from "./layers/embedded/system/Entropy.js"
