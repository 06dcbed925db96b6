/**
 * From "a one-time code is needed" to a session.
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
import { Auth } from "./Auth.js"

/**
 * What {@link complete} can end in, beside the errors of `askCode`.
 *
 * @since 0.1.0
 * @category errors
 */
export type CompleteError = CallError | InvalidRequest | NotFound | CredentialsRefused

/**
 * - `askCode`: asks a person for the code that was sent. `attempt` counts from 1; after the first the code before was refused.
 * - `channel`: where the code goes, unless the account's settings say so. The server's default when it is left out.
 * - `tries`: how often a person is asked for the code of one message. 3 unless told otherwise, at most 5.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<E, R> {
  readonly askCode: (challenge: ChallengeResponse, attempt: number) => Effect.Effect<Redacted.Redacted, E, R>
  readonly channel?: AuthChallenge["oob_channel"] | undefined
  readonly tries?: number | undefined
}

/** A code is good for so many tries (assumed: one-time-codes). */
const maximumTries = 5

const finish = <E, R>(
  required: MfaRequired | MultiFactorAuthenticationChallenge,
  { askCode, channel, tries = 3 }: Options<E, R>
): Effect.Effect<AccessToken, CompleteError | E, Auth | R> =>
  Effect.gen(function* () {
    if (!(Number.isInteger(tries) && tries >= 1 && tries <= maximumTries)) {
      return yield* Effect.die(new RangeError(`Mfa.complete: tries is ${tries}, and has to be a whole number from 1 to 5.`))
    }
    const auth = yield* Auth
    const mfaToken = "mfaToken" in required ? required.mfaToken : required.mfa_token
    const challenge = yield* auth.mfa.challenge({
      challenge_type: "oob",
      mfa_token: mfaToken,
      ...(channel === undefined ? {} : { oob_channel: channel })
    })
    for (let attempt = 1; ; attempt++) {
      const code = yield* askCode(challenge, attempt)
      // Only what the grant ends in is looked at here: an error of `askCode` with the same tag is the caller's own.
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
          // The code was right and another one is needed, over the server's other channel.
          return yield* finish(error, { askCode, tries })
        case "SessionExpired":
          // A meaning of refresh tokens, and there is none here.
          return yield* new CredentialsRefused(answeredOf(error))
        default:
          return yield* error
      }
    }
  })

/**
 * Asks the server to send a code, a person for the code that arrived, and the server for the session. Takes a `MfaRequired`, or the
 * answer of `customers.password.mfaLogin`. A wrong code is asked for again, of the same message, up to `tries` times. When the server has not looked at
 * the code (a refused access token, a missing scope, the page of a proxy) that is told at once: a person who is asked again would answer in vain.
 *
 * Nothing is kept, so it can be interrupted at any time; then, or when it failed, the next one sends a new code.
 *
 * Errors, beside those of `askCode` and {@link CallError}:
 * - `CredentialsRefused`: the last of the tries was wrong too, or the code was too old
 * - `NotFound`: the login is too old for a code; it has to begin again
 * - `BadRequest`: among others, the user has no address for the channel
 *
 * `tries` that is no whole number from 1 to 5 is a defect.
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
  ): (required: MfaRequired | MultiFactorAuthenticationChallenge) => Effect.Effect<AccessToken, CompleteError | E, Auth | R>
  <E, R>(
    required: MfaRequired | MultiFactorAuthenticationChallenge,
    options: Options<E, R>
  ): Effect.Effect<AccessToken, CompleteError | E, Auth | R>
} = dual(2, finish)
