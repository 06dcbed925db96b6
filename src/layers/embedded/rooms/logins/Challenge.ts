/**
 * Docs tag `challenge`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { operations } from "../../../../contract/Contract.js"
import { Outbox } from "../../controls/outbox/Outbox.js"
import { Accounts } from "../accounts/Accounts.js"
import type { Handlers } from "../Handler.js"
import { domain, notFound } from "../Refusal.js"
import { CustomerRecords } from "./CustomerRecords.js"
import * as MfaChannel from "./MfaChannel.js"
import { OneTimeCodes } from "./OneTimeCodes.js"

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

export const make = Effect.gen(function* () {
  const accounts = yield* Accounts
  const customers = yield* CustomerRecords
  const codes = yield* OneTimeCodes
  const outbox = yield* Outbox
  return {
    "auth.mfa.challenge": ({ accountId, body, principal }) =>
      Effect.gen(function* () {
        const key = { accountId, clientId: principal.clientId, mfaToken: body.mfa_token }
        const login = yield* codes.find(key)
        // The code of a recovery was sent when it began.
        if (Option.isNone(login) || login.value.isRecovery === true) return yield* noLogin
        const account = yield* accounts.find(accountId)
        const customer = yield* customers.byCustomerId(accountId, login.value.subject)
        if (Option.isNone(account) || Option.isNone(customer)) return yield* noLogin
        // The account's setting comes first, then the caller's choice, and then the documented default (assumed: mfa-channel).
        const channel = MfaChannel.ofLogin(account.value.settings) ?? body.oob_channel ?? "sms"
        const recipient = channel === "sms" ? customer.value.phoneNumber : customer.value.email
        // Checked before a new code is made, so that the previous code stays valid.
        if (Option.isNone(recipient)) return yield* noAddress(channel)
        const sent = yield* codes.issue(key)
        if (Option.isNone(sent)) return yield* noLogin
        const code = Redacted.value(sent.value.code)
        yield* outbox.send({
          account_id: accountId,
          channel,
          template: "mfa_code",
          recipient: recipient.value,
          text: `Your code is ${code}. It is valid for 10 minutes. Do not share it with anyone.`,
          code
        })
        return { challenge_type: "oob", binding_method: "prompt", oob_code: sent.value.oobCode }
      })
  } satisfies Partial<Handlers<typeof operations>>
})
