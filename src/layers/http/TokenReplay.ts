/**
 * The first refusal of a token: another token is fetched, and the call is sent once more.
 */
import * as Effect from "effect/Effect"
import type { FailureStatus } from "../../contract/Operation.js"
import type { Answer } from "./Answer.js"
import type { Call, Outcome } from "./Call.js"
import * as CallMetrics from "./CallMetrics.js"
import { refusesToken } from "./Failures.js"

/** `again` makes the next attempt, and `otherwise` does what the answer asks for when no other token can help. */
export const replayOr = <Success, Status extends FailureStatus, Refusal>(
  call: Call<Success, Status, Refusal>,
  answer: Answer,
  again: (call: Call<Success, Status, Refusal>) => Outcome<Success, Status, Refusal>,
  otherwise: () => Outcome<Success, Status, Refusal>
): Outcome<Success, Status, Refusal> => {
  const { operation, token, tokens } = call
  if (answer.status !== 401 || call.replayed || token === undefined || tokens === undefined || !refusesToken(answer, operation)) {
    return otherwise()
  }
  // The token was not accepted, so the request was not acted on and may be sent again with another one. Only this token is
  // given up: if it was replaced meanwhile, the replacement stays.
  return Effect.flatMap(tokens.invalidate(token.generation), (another) => {
    if (!another) return otherwise()
    CallMetrics.replay(call)
    call.waited = 0
    call.attempt++
    call.replayed = true
    return again(call)
  })
}
