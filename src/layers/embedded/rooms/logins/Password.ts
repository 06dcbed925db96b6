/**
 * Docs tag `password`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../../contract/Contract.js"
import { Outbox } from "../../controls/outbox/Outbox.js"
import { ApiClients } from "../clients/ApiClients.js"
import * as Audience from "../clients/Audience.js"
import type { Handlers } from "../Handler.js"
import { forbidden } from "../Refusal.js"
import * as CodeMessage from "./CodeMessage.js"
import { CustomerLogins } from "./CustomerLogins.js"
import { CustomerRecords } from "./CustomerRecords.js"
import { ofCustomer } from "./LoginUsers.js"
import * as MfaChannel from "./MfaChannel.js"

/**
 * The URL of an account on the host of the request. A link of a system on this machine must not lead to another host, since the client sends
 * its `mfa_token` there. In process there is no host, and the URL is the service's own.
 */
const accountUrl = (accountId: string, origin: string | undefined): string =>
  origin === undefined ? Audience.ofAccount(accountId) : `${origin}/v1/accounts/${accountId}`

export const make = Effect.gen(function* () {
  const clients = yield* ApiClients
  const customers = yield* CustomerRecords
  const logins = yield* CustomerLogins
  const outbox = yield* Outbox
  const sendCode = CodeMessage.send(outbox)
  const byIdent = (accountId: string, type: string, kind: "email" | "phone_number", ident: string) =>
    Effect.map(
      kind === "email" ? customers.byEmail(accountId, type, ident) : customers.byPhone(accountId, type, ident),
      ofCustomer
    )
  return {
    "customers.password.login": ({ accountId, body, host, principal }) => {
      const email = "email" in body ? body.email : body.ident_type === "email" ? body.ident : undefined
      return logins.login({
        accountId,
        principal,
        audience: Audience.normalised(body.audience, host),
        password: body.password,
        user:
          email !== undefined
            ? byIdent(accountId, body.type, "email", email)
            : "ident" in body
              ? byIdent(accountId, body.type, "phone_number", body.ident)
              : Effect.succeedNone
      })
    },
    "customers.password.mfaLogin": ({ accountId, body, host, origin, principal }) =>
      Effect.gen(function* () {
        const { ident, ident_type, secret, type } = body
        const audience = Audience.normalised(body.audience, host)
        const { account, mfaToken } = yield* logins.begin({
          accountId,
          principal,
          audience,
          password: secret,
          user: byIdent(accountId, type, ident_type, ident)
        })
        const channel = MfaChannel.ofLogin(account.settings)
        const url = accountUrl(accountId, origin())
        return {
          links: [
            { rel: "mfa_challenge", href: `${url}/auth/mfa/challenge` },
            { rel: "mfa_oob", href: `${url}/auth/token` }
          ],
          mfa_token: mfaToken,
          challenge_type: "oob",
          // Left out when the challenge can choose the channel.
          ...(channel === undefined ? {} : { oob_channel: channel })
        }
      }),
    "customers.password.mfaRecovery": ({ accountId, body: { audience, ident, ident_type, type }, host, origin, principal }) =>
      Effect.gen(function* () {
        const { channel, mfaToken, recipient, sent } = yield* logins.recover({
          accountId,
          principal,
          audience: Audience.normalised(audience, host),
          user: byIdent(accountId, type, ident_type, ident),
          channel: ({ settings }) => MfaChannel.ofRecovery(settings) ?? "email",
          isOverTwoChannels: false
        })
        if (Option.isSome(recipient)) {
          yield* sendCode({ accountId, channel, template: "mfa_recovery_code", recipient: recipient.value, code: sent.code })
        }
        return {
          links: [{ rel: "mfa_oob", href: `${accountUrl(accountId, origin())}/auth/token` }],
          oob_code: sent.oobCode,
          mfa_token: mfaToken,
          challenge_type: "oob",
          binding_method: "prompt"
        }
      }),
    "customers.password.requestChange": ({ accountId, body: { email, type, ...body }, host, principal }) =>
      Effect.gen(function* () {
        const audience = Audience.normalised(body.audience, host)
        if (Option.isNone(yield* clients.scopes(accountId, principal.clientId, audience, "password"))) {
          return yield* forbidden("The client has no grant for this audience and grant type")
        }
        const customer = yield* customers.byEmail(accountId, type, email)
        const recipient = Option.flatMap(customer, (customer) => customer.email)
        // The response does not tell whether the customer exists (assumed: change-password-for-nobody).
        if (Option.isNone(recipient)) return
        yield* outbox.send({
          account_id: accountId,
          channel: "email",
          template: "change_password",
          recipient: recipient.value,
          text:
            "Somebody asked to change your password. Dintero's documentation has no operation that takes a code or a link from this " +
            "message, so there is none in it: the shop sets a new password by updating the customer.",
          code: null
        })
      })
  } satisfies Partial<Handlers<typeof operations>>
})
