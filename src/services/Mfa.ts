/**
 * Logins that need a one-time code.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import { dual } from "effect/Function"
import * as Option from "effect/Option"
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
  TooManyAttempts,
  WrongCode
} from "../schemas/DinteroError.js"
import type { AuthChallenge, ChallengeResponse } from "../schemas/MfaChallenge.js"
import type { MultiFactorAuthenticationChallenge } from "../schemas/MfaLogin.js"
import type { MultiFactorAuthenticationRecoveryChallenge } from "../schemas/MfaRecovery.js"
import { Auth } from "./Auth.js"
import * as CodeRefusal from "./CodeRefusal.js"
import * as Grant from "./Grant.js"
import {
  overMessages,
  PendingLoginOver,
  PendingLogins,
  type PendingLoginsService,
  type StoredLogin,
  TooManyMessages
} from "./PendingLogins.js"
import { TokenStoreError } from "./TokenStore.js"

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
 * What `askCode` gives when the person wants another message in the place of a code. {@link sendAgain} makes one.
 *
 * @since 0.1.0
 * @category models
 */
export interface SendAgain {
  readonly _tag: "SendAgain"
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
 *     text === "" ? Mfa.sendAgain("email") : Redacted.make(text)
 *   )
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const sendAgain = (channel?: Channel): SendAgain => ({ _tag: "SendAgain", channel })

/**
 * What {@link complete} and {@link begin} take: `MfaRequired` of a login, or the answer of `customers.password.mfaLogin`, `customers.password.mfaRecovery` or
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
 *   refused. In the place of a code it can give {@link sendAgain}.
 * - `channel`: how the code is sent, unless the account's settings decide. The default is the server's. For the answer of `auth.mfa.recovery` it is
 *   the `oob_channel` with which the recovery began, and the second code is sent over the other channel.
 * - `tries`: how often a person is asked for the code of one message. The default is 3, the maximum is 5.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<E, R> {
  readonly askCode: (challenge: ChallengeResponse, attempt: number) => Effect.Effect<Redacted.Redacted | SendAgain, E, R>
  readonly channel?: Channel | undefined
  readonly tries?: number | undefined
}

/** The tries that a code allows (assumed: one-time-codes). */
const maximumTries = 5

/**
 * Redeems one code that a person gave. Use it where your program keeps the `oob_code` of the challenge and the `mfa_token`, which are secrets.
 * {@link complete} and {@link confirm} call it.
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

const mfaTokenOf = (required: Required): Redacted.Redacted => ("mfaToken" in required ? required.mfaToken : required.mfa_token)

/** A number of tries that cannot be is a mistake of the program. */
const checkTries = (name: string, tries: number): Effect.Effect<void> =>
  Number.isInteger(tries) && tries >= 1 && tries <= maximumTries
    ? Effect.void
    : Effect.die(new RangeError(`${name}: tries is ${tries}, but must be a whole number from 1 to 5.`))

const finish = <E, R>(
  required: Required,
  { askCode, channel, tries = 3 }: Options<E, R>
): Effect.Effect<AccessToken, CompleteError | E, Auth | R> =>
  Effect.gen(function* () {
    yield* checkTries("Mfa.complete", tries)
    const mfaToken = mfaTokenOf(required)
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

/**
 * A login that waits for a code, for the page that asks for it.
 *
 * - `id`: names the login in the next request. It is a secret of 256 random bits, in 43 characters of `A-Z a-z 0-9 - _`. Put it into a cookie that
 *   scripts cannot read, or into a field of the form.
 * - `channel`: how the code was sent, as far as known: the channel that was asked for, or the one that the answer of the login names. The
 *   settings of the account can decide otherwise (assumed: mfa-channel).
 * - `expiresAt`: when the login is over, on the clock of the server
 * - `triesLeft`: how many codes can be tried for this message
 * - `messagesLeft`: how often {@link resend} can send another one
 *
 * @since 0.1.0
 * @category models
 */
export interface PendingLogin {
  readonly id: Redacted.Redacted
  readonly channel: Option.Option<Channel>
  readonly expiresAt: DateTime.Utc
  readonly triesLeft: number
  readonly messagesLeft: number
}

/**
 * The options of {@link begin}.
 *
 * - `channel`: how the code is sent, unless the account's settings decide. The default is the server's. For the answer of `auth.mfa.recovery` it is the
 *   `oob_channel` with which the recovery began.
 * - `lifetime`: how long after a message its code can be confirmed. The default is 10 minutes. The limit of the server can be shorter
 *   (assumed: mfa-token-life).
 * - `tries`: how many codes can be tried for one message. The default is 3, the maximum is 5.
 *
 * @since 0.1.0
 * @category models
 */
export interface BeginOptions {
  readonly channel?: Channel | undefined
  readonly lifetime?: Duration.DurationInput | undefined
  readonly tries?: number | undefined
}

/**
 * The errors of {@link begin}.
 *
 * @since 0.1.0
 * @category errors
 */
export type BeginError = CallError | InvalidRequest | NotFound | TokenStoreError

/**
 * The errors of {@link resend}.
 *
 * @since 0.1.0
 * @category errors
 */
export type ResendError = BeginError | PendingLoginOver | TooManyMessages

/**
 * The errors of {@link confirm}.
 *
 * @since 0.1.0
 * @category errors
 */
export type ConfirmError = CallError | InvalidRequest | TokenStoreError | WrongCode | CodeExpired | PendingLoginOver | MfaRequired

/** How many messages one login can have, so that a person whose password is known to others does not get any number of them. */
const maximumMessages = 5

const maximumLifetime = Duration.toMillis("1 day")

/** A change fails only because another request has written in between, and each of them uses up a try or a message. */
const maximumChanges = 100

const over = (reason: PendingLoginOver["reason"]) => new PendingLoginOver({ reason, message: overMessages[reason] })

const knownChannel = (text: string | undefined): Channel | null => (text === "sms" || text === "email" ? text : null)

const shown = (id: Redacted.Redacted, login: StoredLogin): PendingLogin => ({
  id,
  channel: Option.fromNullable(login.channel),
  expiresAt: DateTime.unsafeMake(login.expiresAt),
  triesLeft: login.triesLeft,
  messagesLeft: login.messagesLeft
})

/** Changes a login by compare-and-set. A login without tries is over: only its removal may follow. */
const change = <E>(
  pending: PendingLoginsService,
  id: string | Redacted.Redacted,
  next: (login: StoredLogin) => Effect.Effect<StoredLogin, E>
) =>
  Effect.gen(function* () {
    for (let changes = 0; changes < maximumChanges; changes++) {
      const entry = yield* pending.read(id)
      if (Option.isNone(entry)) return yield* over("unknown")
      if (entry.value.login.triesLeft === 0) return yield* over("tries")
      const login = yield* next(entry.value.login)
      const version = yield* pending.replace(id, entry.value.version, login)
      if (Option.isSome(version)) return { login, version: version.value }
    }
    return yield* new TokenStoreError({
      reason: "unavailable",
      message: `Other requests changed this pending login ${maximumChanges} times: try again.`
    })
  })

/** Removes a login, whatever has changed it meanwhile. It fails if another request has removed it, so that only one of them has ended the login. */
const end = (pending: PendingLoginsService, id: string | Redacted.Redacted, version: number) =>
  Effect.gen(function* () {
    for (let known = version, changes = 0; changes < maximumChanges; changes++) {
      if (yield* pending.remove(id, known)) return
      const entry = yield* pending.read(id)
      if (Option.isNone(entry)) return yield* over("unknown")
      known = entry.value.version
    }
    return yield* new TokenStoreError({
      reason: "unavailable",
      message: `Other requests changed this pending login ${maximumChanges} times: have the customer log in again.`
    })
  })

/**
 * Revokes the refresh token of a login that nobody gets. It runs in a fiber of its own, because the timeouts of the call would not work in a region that
 * cannot be interrupted.
 */
const giveUp = ({ refresh_token }: AccessToken) =>
  refresh_token === undefined
    ? Effect.void
    : Effect.flatMap(Auth, (auth) =>
        Effect.flatMap(Effect.forkDaemon(Effect.interruptible(Effect.ignore(auth.revoke({ token: refresh_token })))), Fiber.join)
      )

/**
 * Begins a login over two requests of a web server. It has the server send a code, unless that was done already, and stores the login. The first request
 * checks the password and calls it; the second one calls {@link confirm} with the `id` and the code. In a single running effect, use {@link complete}.
 *
 * It takes what {@link complete} takes. The login is kept in the `TokenStore` of `Sessions.layer`, under a hash of its `id`, until it is confirmed or has
 * expired. What is stored has secrets of the login. Use `TokenStores.layerEncrypted` to protect them from readers of the store. The login belongs to the
 * account and the API client with which it began.
 *
 * Interruption, or a failure of the store, leaves nothing behind but, at most, a code that was sent.
 *
 * Errors, besides `CallError`:
 * - `NotFound`: the login is too old for a code, and has to begin again
 * - `BadRequest`: for example, the user has no address for the channel
 * - `InvalidRequest`: an input does not fit its schema; nothing was sent
 * - `TokenStoreError`: the login could not be stored. The code that was sent is of no use.
 *
 * Gotcha: a `tries` that is not a whole number from 1 to 5, or a `lifetime` that is not between 1 ms and 1 day, is a mistake of the program, and so a
 * defect (`RangeError`).
 *
 * @example
 * ```ts
 * import { Customers, Mfa } from "effect-dintero"
 * import { Effect, Redacted } from "effect"
 *
 * // The first request. The result goes into a cookie of the page that asks for the code.
 * const signIn = (email: string, password: Redacted.Redacted) =>
 *   Effect.gen(function* () {
 *     const customers = yield* Customers
 *     const challenge = yield* customers.password.mfaLogin({
 *       type: "customer",
 *       ident_type: "email",
 *       ident: email,
 *       secret: password,
 *       audience: "https://api.dintero.com/v1/accounts/T12345678"
 *     })
 *     const { expiresAt, id } = yield* Mfa.begin(challenge, { channel: "email" })
 *     return { value: Redacted.value(id), expires: new Date(expiresAt.epochMillis) }
 *   })
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const begin = (
  required: Required,
  { channel, lifetime = "10 minutes", tries = 3 }: BeginOptions = {}
): Effect.Effect<PendingLogin, BeginError, Auth | PendingLogins> =>
  Effect.gen(function* () {
    yield* checkTries("Mfa.begin", tries)
    const millis = Duration.toMillis(lifetime)
    if (!(millis >= 1 && millis <= maximumLifetime)) {
      return yield* Effect.die(new RangeError("Mfa.begin: lifetime must be at least 1 ms and at most 1 day."))
    }
    const pending = yield* PendingLogins
    const mfaToken = mfaTokenOf(required)
    const { challenge } = "oob_code" in required ? { challenge: required } : yield* send(mfaToken, channel)
    const login: StoredLogin = {
      mfaToken,
      oobCode: challenge.oob_code,
      channel: channel ?? knownChannel("oob_channel" in required ? required.oob_channel : undefined),
      tries,
      triesLeft: tries,
      messagesLeft: maximumMessages - 1,
      lifetime: millis,
      expiresAt: (yield* pending.now) + millis
    }
    return shown(yield* pending.add(login), login)
  })

/**
 * Sends another message for a pending login, over another channel or the same. The `id` stays the same. The tries and the `lifetime` start again. The
 * server may refuse the code of the message before.
 *
 * A login has 5 messages at most, the first one included. A message is counted before it is sent, so it counts also when sending fails. With
 * the default of 3 tries nobody can try more than 15 codes for a login. How many logins begin is for your program and the server to limit.
 *
 * After an interruption or an error, the message may have been sent, and its code cannot be confirmed. Call it again.
 *
 * Errors, besides `CallError`:
 * - `PendingLoginOver`: there is no such login, or no other code may be tried
 * - `TooManyMessages`: as many messages were sent as are allowed. The code of the last one can still be confirmed.
 * - `NotFound`: the login is too old for a code at the server, and has to begin again
 * - `BadRequest`: for example, the user has no address for the channel. The code of the message before is still good.
 * - `InvalidRequest`: the channel is neither `sms` nor `email`; nothing was sent
 * - `TokenStoreError`: the store cannot be used
 *
 * @example
 * ```ts
 * import { Mfa } from "effect-dintero"
 * import { Effect } from "effect"
 *
 * const byEmail = (cookie: string) =>
 *   Mfa.resend(cookie, "email").pipe(
 *     Effect.map(({ triesLeft }) => `Another code was sent. You can try it ${triesLeft} times.`),
 *     Effect.catchTags({
 *       PendingLoginOver: () => Effect.succeed("Log in again."),
 *       TooManyMessages: () => Effect.succeed("Use the code that was sent last, or log in again.")
 *     })
 *   )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const resend = (
  id: string | Redacted.Redacted,
  channel?: Channel
): Effect.Effect<PendingLogin, ResendError, Auth | PendingLogins> =>
  Effect.gen(function* () {
    const pending = yield* PendingLogins
    const { login } = yield* change(pending, id, (login) =>
      login.messagesLeft === 0
        ? Effect.fail(new TooManyMessages({ message: `No other code is sent for this login: there were ${maximumMessages}.` }))
        : Effect.succeed({ ...login, messagesLeft: login.messagesLeft - 1 })
    )
    const sent = yield* send(login.mfaToken, channel ?? login.channel ?? undefined)
    const expiresAt = (yield* pending.now) + login.lifetime
    const { login: renewed } = yield* change(pending, id, (login) =>
      Effect.succeed({
        ...login,
        oobCode: sent.challenge.oob_code,
        channel: sent.channel ?? null,
        triesLeft: login.tries,
        expiresAt
      })
    )
    return shown(Redacted.isRedacted(id) ? id : Redacted.make(id), renewed)
  })

/**
 * Completes a pending login with the code that a person gave, and removes it. Start a session with the answer.
 *
 * Any text may be given as `id`. One that is not the id of a pending login costs one read of the store, and ends in `PendingLoginOver` with the reason
 * `unknown`, whatever is wrong with it. Any text may be given as `code`. It is sent as it is, and counts as a try.
 *
 * A try is counted in the store before the code is sent. So requests at the same time cannot try more codes than are allowed, and a try counts also when the
 * request is interrupted, its answer is lost or the server fails. The code is never sent again once the server may have seen it. When the answer to a right
 * code is lost, the server has probably used the code up: send another message, or have the customer log in again.
 *
 * Of two requests with the right code, one gets the access token. When it turns out that the other one was faster, or the login cannot be removed from the
 * store, the refresh token that came is revoked.
 *
 * Errors, besides `CallError`:
 * - `WrongCode`: the code was refused. Ask again; `triesLeft` says how often. A refusal that does not say why counts as a wrong code.
 * - `CodeExpired`: the server said that the code is too old. Have another one sent with {@link resend}.
 * - `PendingLoginOver`: there is no such login (`reason` is `unknown`), or the last try was used (`tries`)
 * - `MfaRequired`: the code was right, and another one is needed. So ends the first code of a recovery. Go on with {@link begin}; after
 *   `auth.mfa.recovery`, with the other channel.
 * - `InvalidRequest`: an input does not fit its schema; nothing was sent
 * - `TokenStoreError`: the store cannot be used. The try may have been counted.
 *
 * @example
 * ```ts
 * import { Mfa, Sessions } from "effect-dintero"
 * import { Effect, type Redacted } from "effect"
 *
 * // The second request. The session's id goes into the next cookie.
 * const enterCode = (cookie: string, code: Redacted.Redacted) =>
 *   Effect.gen(function* () {
 *     const sessions = yield* Sessions
 *     const session = yield* sessions.start(yield* Mfa.confirm(cookie, code))
 *     return { is: "signed in", id: session.id } as const
 *   }).pipe(
 *     Effect.catchTags({
 *       WrongCode: ({ triesLeft }) => Effect.succeed({ is: "wrong code", triesLeft } as const),
 *       CodeExpired: () => Effect.succeed({ is: "expired code" } as const),
 *       PendingLoginOver: () => Effect.succeed({ is: "over" } as const)
 *     }),
 *     Effect.scoped
 *   )
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const confirm = (
  id: string | Redacted.Redacted,
  code: Redacted.Redacted
): Effect.Effect<AccessToken, ConfirmError, Auth | PendingLogins> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const pending = yield* PendingLogins
      const { login, version } = yield* restore(
        change(pending, id, (login) => Effect.succeed({ ...login, triesLeft: login.triesLeft - 1 }))
      )
      const { mfaToken, oobCode, triesLeft } = login
      const answer = yield* restore(Effect.either(redeem({ oobCode, mfaToken, code })))
      const isOver = restore(end(pending, id, version))
      if (Either.isRight(answer)) {
        // Nobody gets the token if another request was faster, the store fails or the caller is interrupted.
        yield* Effect.onError(isOver, () => giveUp(answer.right))
        return answer.right
      }
      const error = answer.left
      switch (error._tag) {
        case "CodeRefused":
        case "CredentialsRefused":
        case "CodeExpired":
        case "TooManyAttempts":
          if (triesLeft === 0 || error._tag === "TooManyAttempts") {
            yield* Effect.ignore(isOver)
            return yield* over("tries")
          }
          return yield* error._tag === "CodeExpired" ? error : new WrongCode({ ...answeredOf(error), triesLeft })
        case "MfaRequired":
          yield* isOver
          return yield* error
        default:
          return yield* error
      }
    })
  )
