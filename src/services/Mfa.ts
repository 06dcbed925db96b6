/**
 * Logins that need a one-time code.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import type * as Redacted from "effect/Redacted"
import type { AccessToken } from "../schemas/AccessToken.js"
import { answeredOf } from "../schemas/Answered.js"
import {
  type CallError,
  CredentialsRefused,
  type InvalidRequest,
  type MfaRequired,
  type NotFound
} from "../schemas/DinteroError.js"
import type { AuthChallenge, ChallengeResponse } from "../schemas/MfaChallenge.js"
import type { MultiFactorAuthenticationChallenge } from "../schemas/MfaLogin.js"
import type { MultiFactorAuthenticationRecoveryChallenge } from "../schemas/MfaRecovery.js"
import { Auth } from "./Auth.js"

/**
 * The errors of {@link complete}, besides those of `askCode`.
 *
 * @since 0.1.0
 * @category errors
 */
export type CompleteError = CallError | InvalidRequest | NotFound | CredentialsRefused

/**
 * The options of {@link complete}.
 *
 * - `askCode`: asks a person for the code that was sent. `attempt` starts with 1; a higher number means that the code before was refused.
 * - `channel`: how the code is sent, unless the account's settings decide. The default is the server's.
 * - `tries`: how often a person is asked for the code of one message. The default is 3, the maximum is 5.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<E, R> {
  readonly askCode: (challenge: ChallengeResponse, attempt: number) => Effect.Effect<Redacted.Redacted, E, R>
  readonly channel?: AuthChallenge["oob_channel"] | undefined
  readonly tries?: number | undefined
}

/** The tries that a code allows (assumed: one-time-codes). */
const maximumTries = 5

const finish = <E, R>(
  required: MfaRequired | MultiFactorAuthenticationChallenge | MultiFactorAuthenticationRecoveryChallenge,
  { askCode, channel, tries = 3 }: Options<E, R>
): Effect.Effect<AccessToken, CompleteError | E, Auth | R> =>
  Effect.gen(function* () {
    if (!(Number.isInteger(tries) && tries >= 1 && tries <= maximumTries)) {
      return yield* Effect.die(new RangeError(`Mfa.complete: tries is ${tries}, but must be a whole number from 1 to 5.`))
    }
    const auth = yield* Auth
    const mfaToken = "mfaToken" in required ? required.mfaToken : required.mfa_token
    const challenge: ChallengeResponse =
      "oob_code" in required
        ? // The code of a recovery was sent when it began.
          required
        : yield* auth.mfa.challenge({
            challenge_type: "oob",
            mfa_token: mfaToken,
            ...(channel === undefined ? {} : { oob_channel: channel })
          })
    for (let attempt = 1; ; attempt++) {
      const code = yield* askCode(challenge, attempt)
      // Only errors of the grant are handled here. An error of `askCode` with the same tag belongs to the caller.
      const end = yield* Effect.either(
        auth.token({ grant_type: "mfa_oob", oob_code: challenge.oob_code, binding_code: code, mfa_token: mfaToken })
      )
      if (Either.isRight(end)) return end.right
      const error = end.left
      switch (error._tag) {
        case "CredentialsRefused":
          if (attempt < tries) continue
          return yield* error
        case "MfaRequired":
          // The code was right, and the server asks for another code over its other channel.
          return yield* finish(error, { askCode, tries })
        case "SessionExpired":
          // This error is about a refresh token, and the grant has none.
          return yield* new CredentialsRefused(answeredOf(error))
        default:
          return yield* error
      }
    }
  })

/**
 * Completes a login that needs a one-time code. It has the server send a code, asks a person for the code with `askCode`, and redeems the code for a
 * session. Use it after a `MfaRequired`, or with the answer of `customers.password.mfaLogin` or `customers.password.mfaRecovery`.
 *
 * The code of a recovery has already been sent, so a person is asked for it first. The server then sends another code over the channel of
 * logins, and the person is asked for that one too.
 *
 * After a wrong code the person is asked again for the code of the same message, up to `tries` times. When the server did not check the code
 * (a refused access token, a missing scope, the page of a proxy), the error is returned at once, because another answer of the person could not help.
 *
 * It keeps no state, so it can be interrupted at any time. The next call, also after a failure, sends a new code.
 *
 * Errors, besides those of `askCode` and `CallError`:
 * - `CredentialsRefused`: the code of the last try was wrong, or the code was too old
 * - `NotFound`: the login is too old for a code, and has to begin again
 * - `BadRequest`: for example, the user has no address for the channel
 * - `InvalidRequest`: an input does not fit its schema
 *
 * Gotcha: a `tries` that is not a whole number from 1 to 5 is a mistake of the program, and so a defect (`RangeError`).
 *
 * @example
 * ```ts
 * import { Customers, Mfa } from "effect-dintero"
 * import { Effect, Redacted } from "effect"
 *
 * declare const askUser: (question: string) => Effect.Effect<string>
 *
 * const session = Effect.gen(function* () {
 *   const customers = yield* Customers
 *   return yield* customers.password.login({
 *     type: "customer",
 *     email: "ada@example.com",
 *     password: Redacted.make("correct horse battery staple"),
 *     audience: "https://api.dintero.com/v1/accounts/T12345678"
 *   })
 * }).pipe(
 *   Effect.catchTag(
 *     "MfaRequired",
 *     Mfa.complete({
 *       askCode: (_, attempt) =>
 *         Effect.map(askUser(attempt === 1 ? "The code that we sent you?" : "That was not it. The code?"), Redacted.make)
 *     })
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const complete: {
  <E, R>(
    options: Options<E, R>
  ): (
    required: MfaRequired | MultiFactorAuthenticationChallenge | MultiFactorAuthenticationRecoveryChallenge
  ) => Effect.Effect<AccessToken, CompleteError | E, Auth | R>
  <E, R>(
    required: MfaRequired | MultiFactorAuthenticationChallenge | MultiFactorAuthenticationRecoveryChallenge,
    options: Options<E, R>
  ): Effect.Effect<AccessToken, CompleteError | E, Auth | R>
} = dual(2, finish)
