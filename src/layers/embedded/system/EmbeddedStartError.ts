/**
 * The errors with which an embedded system fails to start. Each has one sentence in `message`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Issue } from "../../../schemas/DinteroError.js"
import type { InvalidFaultScript } from "../controls/ControlErrors.js"

/**
 * The seed does not fit its schema, or repeats a value that must be unique. `issues` names every wrong field.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidSeed extends Schema.TaggedError<InvalidSeed>("effect-dintero/InvalidSeed")("InvalidSeed", {
  message: Schema.String,
  issues: Schema.Array(Issue)
}) {}

/**
 * The registers do not fit their schema, have something twice, or have a unit of an organization that they do not have. `issues` names every
 * wrong entry.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidRegisters extends Schema.TaggedError<InvalidRegisters>("effect-dintero/InvalidRegisters")(
  "InvalidRegisters",
  { message: Schema.String, issues: Schema.Array(Issue) }
) {}

/**
 * The database cannot be opened, belongs to another program, or has a version that cannot be read.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnusableDatabase extends Schema.TaggedError<UnusableDatabase>("effect-dintero/UnusableDatabase")(
  "UnusableDatabase",
  { message: Schema.String, database: Schema.String }
) {}

/**
 * The system cannot listen on this host and port: the port is in use or not allowed, or the host is not an address of this machine.
 *
 * @since 0.1.0
 * @category errors
 */
export class PortUnavailable extends Schema.TaggedError<PortUnavailable>("effect-dintero/PortUnavailable")("PortUnavailable", {
  message: Schema.String,
  host: Schema.String,
  port: Schema.Number
}) {}

/**
 * The errors of a system in process.
 *
 * @since 0.1.0
 * @category models
 */
export type EmbeddedMakeError = InvalidSeed | InvalidFaultScript | InvalidRegisters | UnusableDatabase

/**
 * @since 0.1.0
 * @category models
 */
export type EmbeddedStartError = EmbeddedMakeError | PortUnavailable
