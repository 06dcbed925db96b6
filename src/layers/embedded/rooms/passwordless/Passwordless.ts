/**
 * The operations of the documentation's tag `authenticate` about logins without a password, and about handing a customer to another site.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { operations } from "../../../../contract/Contract.js"
import { Outbox } from "../../controls/outbox/Outbox.js"
import { isStorable } from "../../storage/Column.js"
import { Accounts } from "../accounts/Accounts.js"
import { ApiClients } from "../clients/ApiClients.js"
import * as Audience from "../clients/Audience.js"
import { folded } from "../Folded.js"
import type { Handlers } from "../Handler.js"
import { CustomerLogins } from "../logins/CustomerLogins.js"
import { CustomerRecords } from "../logins/CustomerRecords.js"
import { isClient } from "../Principal.js"
import { badRequest, domain, forbidden, notFound, tooManyRequests } from "../Refusal.js"
import * as IdTokens from "./IdTokens.js"
import { LoginCodes } from "./LoginCodes.js"
import * as RedirectUrl from "./RedirectUrl.js"
import { Sendings } from "./Sendings.js"

/** The scopes that allow every connection. */
const everyConnection = ["admin:accounts", "write:accounts", "write:accounts:/auth/passwordless"]

/** (assumed: passwordless-grant) */
const noGrant = forbidden(
  "There is no API client with this client_id and a grant of the type authorization_code for this audience"
)

const noCustomer = forbidden("The access token is not that of a customer who is signed in")

// Both without a code and a message of their own: with those, the answer would say that the code was refused.
/** (assumed: authorize-redirect) */
const noCallback = badRequest("redirect_uri is none of the client's callbacks")

const noUrl = badRequest("redirect_uri is not a URL to which a browser can be sent, or the redirect is too long")

export const make = Effect.gen(function* () {
  const accounts = yield* Accounts
  const clients = yield* ApiClients
  const codes = yield* LoginCodes
  const customers = yield* CustomerRecords
  const idTokens = yield* IdTokens.make
  const logins = yield* CustomerLogins
  const outbox = yield* Outbox
  const sendings = yield* Sendings

  /** The client that is named, if its users can get an access token for the audience by a code. */
  const purposeOf = (accountId: string, name: string, audience: string) =>
    Effect.gen(function* () {
      const client = yield* clients.named(accountId, name)
      if (Option.isNone(client)) return yield* noGrant
      const { callbacks, id: clientId } = client.value
      if (Option.isNone(yield* clients.scopes(accountId, clientId, audience, "authorization_code"))) return yield* noGrant
      return { purpose: { accountId, clientId, audience }, callbacks }
    })

  return {
    "auth.passwordless.send": ({ accountId, body, host, principal: { scopes } }) =>
      Effect.gen(function* () {
        const { client_id, connection, email, login_session_id, type = "customer" } = body
        // Two scopes allow one connection each (assumed: passwordless-connections).
        if (![...everyConnection, `write:accounts:/auth/passwordless-${connection}`].some((scope) => scopes.has(scope))) {
          return yield* forbidden(`The access token has none of the scopes that allow a code by ${connection}`)
        }
        const { purpose } = yield* purposeOf(accountId, client_id, Audience.normalised(body.audience, host))
        if (email === undefined) return yield* domain(400, "email is required")
        const account = yield* accounts.find(accountId)
        const users = Option.getOrUndefined(account)?.settings.users
        if (connection === "sms" && users?.phone_number_validation?.allow_duplicates === true) {
          return yield* domain(400, "A code cannot be sent by sms while customers may share a phone number")
        }
        const wait = yield* sendings.count(accountId, isStorable(email) ? folded(email) : "")
        if (Option.isSome(wait)) return yield* tooManyRequests(wait.value, "A code was sent to this email a short time ago")
        const customer = yield* customers.byEmail(accountId, type, email)
        const recipient = Option.flatMap(customer, (found) => (connection === "sms" ? found.phoneNumber : found.email))
        const code = Redacted.value(
          yield* codes.forEmail({
            ...purpose,
            email,
            owner: Option.map(customer, ({ id }) => id),
            isSent: Option.isSome(recipient),
            session: Option.fromNullable(login_session_id)
          })
        )
        // The response does not tell whether there is such a customer (assumed: passwordless-unknown).
        if (Option.isNone(recipient)) return
        yield* outbox.send({
          account_id: accountId,
          channel: connection,
          template: "passwordless_code",
          recipient: recipient.value,
          text: `Your code is ${code}. It is good for 10 minutes. Give it to nobody who asks you for it.`,
          code
        })
      }),
    "auth.passwordless.code": ({ accountId, body, host }) =>
      Effect.gen(function* () {
        const { purpose } = yield* purposeOf(accountId, body.client_id, Audience.normalised(body.audience, host))
        const user = yield* customers.byAnyId(accountId, body.user_id)
        if (Option.isNone(user)) return yield* notFound("User")
        return { verification_code: yield* codes.forUser({ ...purpose, owner: user.value.id }) }
      }),
    "auth.authorize": ({ accountId, host, principal, query }) =>
      Effect.gen(function* () {
        const { purpose, callbacks } = yield* purposeOf(accountId, query.client_id, Audience.normalised(query.audience, host))
        // As at the token endpoint (assumed: passwordless-client).
        if (principal.clientId !== purpose.clientId) return yield* noGrant
        const redirectUri = query.redirect_uri ?? (callbacks.length === 1 ? callbacks[0] : undefined)
        // Before the code is used up. Compared as texts (RFC 9700, section 2.1).
        if (redirectUri === undefined || !callbacks.includes(redirectUri)) return yield* noCallback
        if (RedirectUrl.withParameters(redirectUri, { state: query.state }) === undefined) return yield* noUrl
        const customer = yield* codes.redeemAlone({ ...purpose, code: query.verification_code })
        if (Option.isNone(customer)) return yield* logins.refused
        const { id } = customer.value
        const claims = ["name", "email"] as const
        const token = yield* idTokens.issue({ accountId, id, redirectUri, claims, custom: {} })
        if (Option.isNone(token)) return yield* logins.refused
        // (assumed: authorize-redirect)
        const location = RedirectUrl.withParameters(redirectUri, { id_token: token.value, state: query.state })
        return location === undefined ? yield* noUrl : Redacted.make(location)
      }),
    "auth.redirect": ({ accountId, body, principal }) =>
      Effect.gen(function* () {
        const { claims = [], custom_claims: custom = {}, redirect_uri: redirectUri } = body
        // A client's own token has no customer (assumed: redirect-without-customer).
        if (isClient(principal)) return yield* noCustomer
        const customer = yield* customers.byCustomerId(accountId, principal.subject)
        if (Option.isNone(customer)) return yield* noCustomer
        const { id } = customer.value
        // The `customer_id` has passed to another customer since the token was issued.
        if (principal.customer !== undefined && principal.customer !== id) return yield* noCustomer
        const token = yield* idTokens.issue({ accountId, id, redirectUri, claims, custom })
        if (Option.isNone(token)) return yield* noCustomer
        const location = RedirectUrl.withParameters(redirectUri, { id_token: token.value })
        return location === undefined ? yield* noUrl : { redirect_uri: Redacted.make(location) }
      })
  } satisfies Partial<Handlers<typeof operations>>
})
