/**
 * What a control can refuse. Each has one clear sentence in `message`; nothing was changed.
 *
 * @since 0.1.0
 */
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as Schema from "effect/Schema"
import { Issue } from "../../../schemas/DinteroError.js"

/**
 * A fault script does not fit its schema. `issues` names every field that is wrong.
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
 * A snapshot is damaged, or was written by a release with another format; then `message` says which.
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
 * The clock goes forward only; `reset` takes it back.
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
 * The system has no account of that id.
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
 * The account has no customer of that `customer_id`.
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
 * A fork needs an id that an account can have and that none has yet.
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
 * No message came in time that fits. `message` says what was waited for, and what did come.
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
 * Requests came for paths that the API does not have.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnhandledRequests extends Schema.TaggedError<UnhandledRequests>("effect-dintero/UnhandledRequests")(
  "UnhandledRequests",
  { message: Schema.String },
  HttpApiSchema.annotations({ status: 409 })
) {}
