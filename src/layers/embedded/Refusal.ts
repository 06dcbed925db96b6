/**
 * How a handler says no.
 */
import * as Effect from "effect/Effect"
import type { FailureStatus } from "../../contract/Operation.js"
import type { Issue } from "../../schemas/DinteroError.js"

/** `mfaToken` turns a 403 into `mfa_required`. `hangsUp` ends the connection after the answer. */
export interface Refusal<Status extends FailureStatus = FailureStatus> {
  readonly _tag: "Refusal"
  readonly status: Status
  readonly message: string
  readonly errors?: ReadonlyArray<Issue>
  readonly mfaToken?: string
  readonly hangsUp?: true
}

export const refuse = <const Status extends FailureStatus>(
  status: Status,
  message: string,
  extra: Pick<Refusal, "errors" | "mfaToken" | "hangsUp"> = {}
): Effect.Effect<never, Refusal<Status>> => Effect.fail({ _tag: "Refusal", status, message, ...extra })
