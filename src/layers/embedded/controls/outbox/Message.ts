/**
 * A message that the embedded system would have sent by SMS or e-mail.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { optional } from "../../../../schemas/Fields.js"

/**
 * - `id`: the number of the message in its system, from 1
 * - `at`: when it was sent, by the system's clock
 * - `template`: the kind of message: `mfa_code`, `mfa_recovery_code`, `verification_code`, `passwordless_code` or `change_password`
 * - `code`: the one-time code in the message, if it has one
 *
 * @since 0.1.0
 * @category schemas
 */
export const Message = Schema.Struct({
  id: Schema.Int,
  at: Schema.DateTimeUtc,
  account_id: Schema.String,
  channel: Schema.Literal("sms", "email"),
  template: Schema.Literal("mfa_code", "mfa_recovery_code", "verification_code", "passwordless_code", "change_password"),
  recipient: Schema.String,
  text: Schema.String,
  code: Schema.NullOr(Schema.String)
}).annotations({ identifier: "Message" })

/**
 * @since 0.1.0
 * @category models
 */
export type Message = typeof Message.Type

/**
 * Selects messages: those with the same value in every field that is given.
 *
 * @since 0.1.0
 * @category schemas
 */
export const MessageMatch = Schema.Struct({
  account_id: optional(Schema.String),
  channel: optional(Message.fields.channel),
  template: optional(Message.fields.template),
  recipient: optional(Schema.String)
}).annotations({ identifier: "MessageMatch" })

/**
 * @since 0.1.0
 * @category models
 */
export type MessageMatch = typeof MessageMatch.Type

/**
 * @since 0.1.0
 * @category predicates
 */
export const matches =
  (match: MessageMatch) =>
  (message: Message): boolean =>
    (match.account_id === undefined || match.account_id === message.account_id) &&
    (match.channel === undefined || match.channel === message.channel) &&
    (match.template === undefined || match.template === message.template) &&
    (match.recipient === undefined || match.recipient === message.recipient)
