/**
 * Why an embedded system did not start. Each has one clear sentence in `message`.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Issue } from "../../../schemas/DinteroError.js"
import type { InvalidFaultScript } from "../controls/ControlErrors.js"

/**
 * The seed does not fit its schema, or repeats what has to be unique. `issues` names every field that is wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidSeed extends Schema.TaggedError<InvalidSeed>("effect-dintero/InvalidSeed")("InvalidSeed", {
  message: Schema.String,
  issues: Schema.Array(Issue)
}) {}

/**
 * The database cannot be opened, is not one of this system, or is of another version.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnusableDatabase extends Schema.TaggedError<UnusableDatabase>("effect-dintero/UnusableDatabase")(
  "UnusableDatabase",
  { message: Schema.String, database: Schema.String }
) {}

/**
 * Nothing can be served on this host and port: the port is taken, not allowed, or not one of this machine.
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
 * Of a system in process.
 *
 * @since 0.1.0
 * @category models
 */
export type EmbeddedMakeError = InvalidSeed | InvalidFaultScript | UnusableDatabase

/**
 * @since 0.1.0
 * @category models
 */
export type EmbeddedStartError = EmbeddedMakeError | PortUnavailable
