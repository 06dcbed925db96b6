/**
 * The message with the one-time code of a login.
 */
import type * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { OutboxService } from "../../controls/outbox/Outbox.js"
import type { MfaChannel } from "./MfaChannel.js"

export interface CodeMessage {
  readonly accountId: string
  readonly channel: MfaChannel
  readonly template: "mfa_code" | "mfa_recovery_code"
  readonly recipient: string
  readonly code: Redacted.Redacted
}

export const send =
  (outbox: OutboxService) =>
  ({ accountId, code, ...message }: CodeMessage): Effect.Effect<void> =>
    outbox.send({
      account_id: accountId,
      ...message,
      text: `Your code is ${Redacted.value(code)}. It is valid for 10 minutes. Do not share it with anyone.`,
      code: Redacted.value(code)
    })
