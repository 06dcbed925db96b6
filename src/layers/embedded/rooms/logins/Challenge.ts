/**
 * Docs tag `challenge`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../../contract/Contract.js"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import { Outbox } from "../../controls/outbox/Outbox.js"
import { Accounts } from "../accounts/Accounts.js"
import * as Audience from "../clients/Audience.js"
import type { Handlers } from "../Handler.js"
import { domain, notFound, type Refusal } from "../Refusal.js"
import * as CodeMessage from "./CodeMessage.js"
import { CustomerLogins } from "./CustomerLogins.js"
import { addressOf, type LoginUser, LoginUsers } from "./LoginUsers.js"
import * as MfaChannel from "./MfaChannel.js"
import { OneTimeCodes, type PendingLogin } from "./OneTimeCodes.js"

/** The operation declares a 404, and only the login can be missing (assumed: mfa-unknown-login). */
const noLogin = notFound("Login", "No login waits under this mfa_token: it is unknown, expired or used")

/** (assumed: mfa-no-address) */
const noAddress = (channel: MfaChannel.MfaChannel) =>
  domain(
    400,
    channel === "sms"
      ? "The user has no phone_number, and the code is to be sent by sms"
      : "The user has no email, and the code is to be sent by email"
  )

/** (assumed: auth-user-codes) */
const notAllowed = (channel: MfaChannel.MfaChannel) => domain(400, `The user gets no codes by ${channel}`)

/** (assumed: recovery-channels) */
const sameChannel = (channel: MfaChannel.MfaChannel) =>
  domain(400, `The first code of the recovery was sent by ${channel}, and the second one has to be sent over another channel`)

/** The channel of a code, from what the caller asks for. */
const channelOf = (
  { firstChannel }: PendingLogin,
  { channels }: LoginUser,
  settings: CustomersSettings,
  asked: MfaChannel.MfaChannel | undefined
): Effect.Effect<MfaChannel.MfaChannel, Refusal<400>> => {
  if (firstChannel !== undefined && asked === firstChannel) return sameChannel(firstChannel)
  const channel =
    firstChannel !== undefined
      ? MfaChannel.otherThan(firstChannel)
      : channels === undefined
        ? // The account's setting comes first, then the caller's choice, and then the documented default (assumed: mfa-channel).
          (MfaChannel.ofLogin(settings) ?? asked ?? "sms")
        : (asked ?? channels[0] ?? "sms")
  return channels === undefined || channels.includes(channel) ? Effect.succeed(channel) : notAllowed(channel)
}

export const make = Effect.gen(function* () {
  const accounts = yield* Accounts
  const users = yield* LoginUsers
  const logins = yield* CustomerLogins
  const codes = yield* OneTimeCodes
  const sendCode = CodeMessage.send(yield* Outbox)
  return {
    "auth.mfa.challenge": ({ accountId, body, principal }) =>
      Effect.gen(function* () {
        const key = { accountId, clientId: principal.clientId, mfaToken: body.mfa_token }
        const login = yield* codes.find(key)
        // The code of a recovery was sent when it began.
        if (Option.isNone(login) || login.value.isRecovery === true) return yield* noLogin
        const account = yield* accounts.find(accountId)
        const user = yield* users.ofLogin(login.value)
        if (Option.isNone(account) || Option.isNone(user)) return yield* noLogin
        const channel = yield* channelOf(login.value, user.value, account.value.settings, body.oob_channel)
        const recipient = addressOf(user.value, channel)
        // Checked before a new code is made, so that the previous code stays valid.
        if (Option.isNone(recipient)) return yield* noAddress(channel)
        const sent = yield* codes.issue(key)
        if (Option.isNone(sent)) return yield* noLogin
        const { code } = sent.value
        yield* sendCode({ accountId, channel, template: "mfa_code", recipient: recipient.value, code })
        return { challenge_type: "oob", binding_method: "prompt", oob_code: sent.value.oobCode }
      }),
    "auth.mfa.recovery": ({ accountId, body, host, principal }) =>
      Effect.gen(function* () {
        const { channel, mfaToken, recipient, sent } = yield* logins.recover({
          accountId,
          principal,
          audience: Audience.normalised(body.audience, host),
          user: users.byUsername(accountId, body.username),
          channel: () => body.oob_channel ?? "sms",
          isOverTwoChannels: true
        })
        if (Option.isSome(recipient)) {
          yield* sendCode({ accountId, channel, template: "mfa_recovery_code", recipient: recipient.value, code: sent.code })
        }
        return { challenge_type: "oob", binding_method: "prompt", oob_code: sent.oobCode, mfa_token: mfaToken }
      })
  } satisfies Partial<Handlers<typeof operations>>
})
