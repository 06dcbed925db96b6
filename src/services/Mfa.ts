/**
 * Logins that need a one-time code.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../schemas/AccessToken.js"
import { answeredOf } from "../schemas/Answered.js"
import type { RecoveryResponse } from "../schemas/AuthRecovery.js"
import {
  type CallError,
  type CodeExpired,
  type InvalidRequest,
  type MfaRequired,
  type NotFound,
  TooManyAttempts
} from "../schemas/DinteroError.js"
import type { AuthChallenge, ChallengeResponse } from "../schemas/MfaChallenge.js"
import type { MultiFactorAuthenticationChallenge } from "../schemas/MfaLogin.js"
import type { MultiFactorAuthenticationRecoveryChallenge } from "../schemas/MfaRecovery.js"
import { Auth } from "./Auth.js"
import * as CodeRefusal from "./CodeRefusal.js"
import * as Grant from "./Grant.js"

/**
 * The ways in which a one-time code is sent.
 *
 * @since 0.1.0
 * @category models
 */
export type Channel = NonNullable<AuthChallenge["oob_channel"]>

/**
 * The errors of one code that a person gave. A refusal that does not say why is `CredentialsRefused`.
 *
 * @since 0.1.0
 * @category errors
 */
export type CodeError = CodeRefusal.CodeError

/**
 * The errors of {@link complete}, besides those of `askCode`.
 *
 * @since 0.1.0
 * @category errors
 */
export type CompleteError = CallError | InvalidRequest | NotFound | CodeExpired | TooManyAttempts

/**
 * What `askCode` gives when the person wants another message in the place of a code. {@link resend} makes one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resend {
  readonly _tag: "Resend"
  readonly channel?: Channel | undefined
}

/**
 * The answer of a person who wants another message, over another channel or, without one, over the same.
 *
 * @example
 * ```ts
 * import { Mfa } from "effect-dintero"
 * import { Effect, Redacted } from "effect"
 *
 * declare const askUser: (question: string) => Effect.Effect<string>
 *
 * const askCode = () =>
 *   Effect.map(askUser("Your code? Press Enter for an email."), (text) =>
 *     text === "" ? Mfa.resend("email") : Redacted.make(text)
 *   )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const resend = (channel?: Channel): Resend => ({ _tag: "Resend", channel })

/**
 * What {@link complete} takes: `MfaRequired` of a login, or the answer of `customers.password.mfaLogin`, `customers.password.mfaRecovery` or
 * `auth.mfa.recovery`.
 *
 * @since 0.1.0
 * @category models
 */
export type Required =
  | MfaRequired
  | MultiFactorAuthenticationChallenge
  | MultiFactorAuthenticationRecoveryChallenge
  | RecoveryResponse

/**
 * The options of {@link complete}.
 *
 * - `askCode`: asks a person for the code that was sent. `attempt` starts with 1 for each message; a higher number means that the code before was
 *   refused. In the place of a code it can give {@link resend}.
 * - `channel`: how the code is sent, unless the account's settings decide. The default is the server's. For the answer of `auth.mfa.recovery` it is
 *   the `oob_channel` with which the recovery began, and the second code is sent over the other channel.
 * - `tries`: how often a person is asked for the code of one message. The default is 3, the maximum is 5.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<E, R> {
  readonly askCode: (challenge: ChallengeResponse, attempt: number) => Effect.Effect<Redacted.Redacted | Resend, E, R>
  readonly channel?: Channel | undefined
  readonly tries?: number | undefined
}

/** The tries that a code allows (assumed: one-time-codes). */
const maximumTries = 5

/**
 * Redeems one code that a person gave. Use it where the person's answer is another request to your program, so that {@link complete} cannot wait for
 * it. Store the `oob_code` of the challenge and the `mfa_token` in between. Both are secrets.
 *
 * The call is never sent again once the server may have seen it.
 *
 * Errors, besides `CallError`:
 * - `CodeRefused`: the server said that the code is wrong. Another code may be right.
 * - `CodeExpired`: the server said that the code is too old. Have another one sent with `auth.mfa.challenge`.
 * - `TooManyAttempts`: the server said that no other code may be tried
 * - `CredentialsRefused`: the code was refused, and the answer does not say why (assumed: code-refusal-words)
 * - `MfaRequired`: the code was right, and another one over another channel is needed. So ends the first code of a recovery.
 * - `InvalidRequest`: an input does not fit its schema; nothing was sent
 *
 * @example
 * ```ts
 * import { Mfa } from "effect-dintero"
 * import { Effect, type Redacted } from "effect"
 *
 * const answer = (stored: { readonly oobCode: Redacted.Redacted; readonly mfaToken: Redacted.Redacted }, code: Redacted.Redacted) =>
 *   Mfa.redeem({ ...stored, code }).pipe(
 *     Effect.asSome,
 *     Effect.catchTags({
 *       CodeRefused: () => Effect.succeedNone,
 *       CredentialsRefused: () => Effect.succeedNone
 *     })
 *   )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const redeem = (given: {
  readonly oobCode: Redacted.Redacted
  readonly mfaToken: Redacted.Redacted
  readonly code: Redacted.Redacted
}): Effect.Effect<AccessToken, CallError | InvalidRequest | MfaRequired | CodeError, Auth> =>
  Effect.flatMap(Auth, (auth) =>
    auth
      .token(Grant.mfaOob({ oobCode: given.oobCode, bindingCode: given.code, mfaToken: given.mfaToken }))
      .pipe(Effect.catchTag("CredentialsRefused", (error) => Effect.fail(CodeRefusal.judge(error))))
  )

const otherChannel: { readonly [Key in Channel]: Channel } = { sms: "email", email: "sms" }

/** A message that was sent, over a channel that is not known when the server has chosen it. */
interface Sent {
  readonly challenge: ChallengeResponse
  readonly channel: Channel | undefined
}

const send = (mfaToken: Redacted.Redacted, channel: Channel | undefined) =>
  Effect.gen(function* () {
    const auth = yield* Auth
    const challenge = yield* auth.mfa.challenge({
      challenge_type: "oob",
      mfa_token: mfaToken,
      ...(channel === undefined ? {} : { oob_channel: channel })
    })
    return { challenge, channel } satisfies Sent
  })

const finish = <E, R>(
  required: Required,
  { askCode, channel, tries = 3 }: Options<E, R>
): Effect.Effect<AccessToken, CompleteError | E, Auth | R> =>
  Effect.gen(function* () {
    if (!(Number.isInteger(tries) && tries >= 1 && tries <= maximumTries)) {
      return yield* Effect.die(new RangeError(`Mfa.complete: tries is ${tries}, but must be a whole number from 1 to 5.`))
    }
    const mfaToken = "mfaToken" in required ? required.mfaToken : required.mfa_token
    // The code of a recovery was sent when it began. That of a customer says with its links where to go on.
    const isSent = "oob_code" in required
    const needsBothChannels = isSent && !("links" in required)
    let sent: Sent = isSent ? { challenge: required, channel } : yield* send(mfaToken, channel)
    for (let attempt = 1; ; attempt++) {
      const answer = yield* askCode(sent.challenge, attempt)
      if (!Redacted.isRedacted(answer)) {
        sent = yield* send(mfaToken, answer.channel ?? sent.channel)
        attempt = 0
        continue
      }
      // Only errors of the grant are handled here. An error of `askCode` with the same tag belongs to the caller.
      const end = yield* Effect.either(redeem({ oobCode: sent.challenge.oob_code, mfaToken, code: answer }))
      if (Either.isRight(end)) return end.right
      const error = end.left
      switch (error._tag) {
        case "CodeRefused":
        case "CredentialsRefused":
          if (attempt < tries) continue
          return yield* new TooManyAttempts({ ...answeredOf(error), reason: "tries" })
        case "MfaRequired": {
          // The code was right, and the server asks for another code over its other channel.
          const other = needsBothChannels && sent.channel !== undefined ? otherChannel[sent.channel] : undefined
          return yield* finish(error, { askCode, tries, channel: other })
        }
        default:
          return yield* error
      }
    }
  })

/**
 * Completes a login that needs a one-time code. It has the server send a code, asks a person for the code with `askCode`, and redeems the code for a
 * session. Use it after a `MfaRequired`, or with the answer of `customers.password.mfaLogin`, `customers.password.mfaRecovery` or `auth.mfa.recovery`.
 *
 * The code of a recovery has already been sent, so a person is asked for it first. The server then sends another code, and the person is asked for
 * that one too. After `customers.password.mfaRecovery` it goes over the channel of logins. After `auth.mfa.recovery` the two codes have to go over
 * different channels: give the `oob_channel` of the recovery as `channel`, and the second code is sent over the other one.
 *
 * After a wrong code the person is asked again for the code of the same message, up to `tries` times. When the server did not check the code
 * (a refused access token, a missing scope, the page of a proxy), the error is returned at once, because another answer of the person could not help.
 *
 * It keeps no state, so it can be interrupted at any time. The next call, also after a failure, sends a new code.
 *
 * Errors, besides those of `askCode` and `CallError`:
 * - `TooManyAttempts`: the code of the last try was refused (`reason` is `tries`), or the server said so (`refused`)
 * - `CodeExpired`: the server said that the code is too old. A refusal that does not say why counts as a wrong code.
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
  <E, R>(options: Options<E, R>): (required: Required) => Effect.Effect<AccessToken, CompleteError | E, Auth | R>
  <E, R>(required: Required, options: Options<E, R>): Effect.Effect<AccessToken, CompleteError | E, Auth | R>
} = dual(2, finish)
