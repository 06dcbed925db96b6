/**
 * The errors of the controls. Each has one sentence in `message`. A control that fails has changed nothing.
 *
 * @since 0.1.0
 */
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"
import { Issue } from "../../../schemas/DinteroError.js"

/**
 * A fault script does not fit its schema. `issues` names every wrong field.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidFaultScript extends Schema.TaggedError<InvalidFaultScript>("effect-dintero/InvalidFaultScript")(
  "InvalidFaultScript",
  { message: Schema.String, issues: Schema.Array(Issue) },
  HttpApiSchema.annotations({ status: 400 })
) {}

/**
 * A snapshot is damaged, or was written by a release with another format. In that case `message` names the release.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidSnapshot extends Schema.TaggedError<InvalidSnapshot>("effect-dintero/InvalidSnapshot")(
  "InvalidSnapshot",
  { message: Schema.String, issues: Schema.Array(Issue) },
  HttpApiSchema.annotations({ status: 400 })
) {}

/**
 * The time is invalid or past. The clock only moves forward, and `reset` is the way back.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidTime extends Schema.TaggedError<InvalidTime>("effect-dintero/InvalidTime")(
  "InvalidTime",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 400 })
) {}

/**
 * The system has no account with this id.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownAccount extends Schema.TaggedError<UnknownAccount>("effect-dintero/UnknownAccount")(
  "UnknownAccount",
  { message: Schema.String, account_id: Schema.String },
  HttpApiSchema.annotations({ status: 404 })
) {}

/**
 * The account has no customer with this `customer_id`.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownCustomer extends Schema.TaggedError<UnknownCustomer>("effect-dintero/UnknownCustomer")(
  "UnknownCustomer",
  { message: Schema.String, account_id: Schema.String, customer_id: Schema.String },
  HttpApiSchema.annotations({ status: 404 })
) {}

/**
 * The id for a fork is not an account id, or an account has it already.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnusableAccountId extends Schema.TaggedError<UnusableAccountId>("effect-dintero/UnusableAccountId")(
  "UnusableAccountId",
  { message: Schema.String, account_id: Schema.String },
  HttpApiSchema.annotations({ status: 409 })
) {}

/**
 * No matching message came in time. `message` names the expected message, and those that did come.
 *
 * @since 0.1.0
 * @category errors
 */
export class NoMessage extends Schema.TaggedError<NoMessage>("effect-dintero/NoMessage")(
  "NoMessage",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 404 })
) {}

/**
 * There were requests for paths or methods that the API does not have.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnhandledRequests extends Schema.TaggedError<UnhandledRequests>("effect-dintero/UnhandledRequests")(
  "UnhandledRequests",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 409 })
) {}
