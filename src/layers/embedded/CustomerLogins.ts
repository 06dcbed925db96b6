/**
 * Logging a customer in with a password, for the login operation and for the `password` grant.
 */
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../../schemas/AccessToken.js"
import { AccessTokenIssuer } from "./AccessTokenIssuer.js"
import { Accounts } from "./Accounts.js"
import { ApiClients } from "./ApiClients.js"
import type { Principal } from "./Authorization.js"
import { type CustomerRecord, CustomerRecords } from "./CustomerRecords.js"
import { PasswordHasher } from "./PasswordHashing.js"
import { type Refusal, refuse } from "./Refusal.js"
import { StoredTokens } from "./StoredTokens.js"

/** What can stand for a wrong password or code (assumed: U40). */
export type WrongCredentialStatus = 400 | 401 | 403

export interface PasswordLogin {
  readonly accountId: string
  /** The API client that asks. */
  readonly principal: Principal
  readonly audience: string
  readonly password: Redacted.Redacted
  readonly customer: Effect.Effect<Option.Option<CustomerRecord>, SqlError>
}

export interface CustomerLoginsService {
  /**
   * Unknown customers, wrong passwords, customers without one and those of a type that cannot log in end alike: the same
   * refusal after the same work.
   */
  readonly login: (login: PasswordLogin) => Effect.Effect<AccessToken, Refusal<WrongCredentialStatus> | SqlError>
  readonly refused: Effect.Effect<never, Refusal<WrongCredentialStatus>>
}

export class CustomerLogins extends Context.Tag("effect-dintero/embedded/CustomerLogins")<
  CustomerLogins,
  CustomerLoginsService
>() {}

/** Source: API reference, section 5.2. */
const canLogIn = (customer: CustomerRecord): boolean => customer.type === "customer" || customer.type === "company"

const make = (wrongCredentialStatus: WrongCredentialStatus) =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const clients = yield* ApiClients
    const customers = yield* CustomerRecords
    const hasher = yield* PasswordHasher
    const issuer = yield* AccessTokenIssuer
    const tokens = yield* StoredTokens

    const refused = refuse(wrongCredentialStatus, "Login failed: unknown user or wrong credential")

    /** The customer, if it is one that can log in and this is the password. */
    const authenticate = (accountId: string, password: Redacted.Redacted, found: Option.Option<CustomerRecord>) =>
      Effect.gen(function* () {
        const customer = Option.filter(found, canLogIn)
        const hash = Option.flatMap(customer, ({ passwordHash }) => passwordHash)
        const isRight = yield* hasher.verify(password, hash)
        if (!isRight || Option.isNone(customer) || Option.isNone(hash)) return yield* refused
        if (hasher.isWeaker(hash.value)) {
          yield* customers.rehash(accountId, customer.value.id, hash.value, yield* hasher.hash(password))
        }
        return customer.value
      })

    return {
      refused,
      login: ({ accountId, audience, customer: lookup, password, principal }) =>
        Effect.gen(function* () {
          const account = yield* accounts.find(accountId)
          const scopes = yield* clients.scopes(accountId, principal.clientId, audience, "password")
          if (Option.isNone(account) || Option.isNone(scopes)) {
            return yield* refuse(403, "The client has no grant for this audience and grant type")
          }
          const customer = yield* authenticate(accountId, password, yield* lookup)
          const session = {
            accountId,
            clientId: principal.clientId,
            subject: customer.customerId,
            audience,
            scopes: scopes.value
          }
          // With MFA on, a password alone is not enough (API reference, 6.6 and 6.7; the answer to a login is assumed).
          if (account.value.settings.users?.mfa?.enabled === true && !principal.scopes.has("write:accounts:/auth/users/no-mfa")) {
            const mfaToken = yield* tokens.issueMfaToken(session)
            return yield* refuse(403, "Multifactor authentication required", { mfaToken: Redacted.value(mfaToken) })
          }
          return {
            access_token: yield* issuer.issue(session, account.value.accessTokenLifetime),
            token_type: "Bearer" as const,
            expires_in: account.value.accessTokenLifetime,
            // A login counts as a password grant (API reference, 6.5).
            ...(principal.scopes.has("create:accounts:auth:refresh_token")
              ? { refresh_token: yield* tokens.issueRefreshToken(session) }
              : {})
          }
        })
    } satisfies CustomerLoginsService
  })

type Needs = Accounts | ApiClients | CustomerRecords | PasswordHasher | AccessTokenIssuer | StoredTokens

export const layer = (wrongCredentialStatus: WrongCredentialStatus): Layer.Layer<CustomerLogins, never, Needs> =>
  Layer.effect(CustomerLogins, make(wrongCredentialStatus))
