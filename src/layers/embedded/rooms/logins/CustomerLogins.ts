/**
 * Logging a customer in: with a password, for the login operations and for the `password` grant, and with the one-time code that
 * follows.
 */
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../../../../schemas/AccessToken.js"
import { type Account, Accounts } from "../accounts/Accounts.js"
import { ApiClients } from "../clients/ApiClients.js"
import type { Principal } from "../Principal.js"
import { domain, forbidden, mfaRequired, type Refusal } from "../Refusal.js"
import { AccessTokenIssuer } from "../sessions/AccessTokenIssuer.js"
import { type Session, StoredTokens } from "../sessions/StoredTokens.js"
import { type CustomerRecord, CustomerRecords } from "./CustomerRecords.js"
import { type Attempt, FailedLogins } from "./FailedLogins.js"
import { OneTimeCodes, type SentCode } from "./OneTimeCodes.js"
import { PasswordHasher } from "./PasswordHashing.js"

/** What can stand for a wrong password or code (assumed: wrong-credential-answer). */
export type WrongCredentialStatus = 400 | 401 | 403

export interface PasswordLogin {
  readonly accountId: string
  /** The API client that asks. */
  readonly principal: Principal
  readonly audience: string
  readonly password: Redacted.Redacted
  readonly customer: Effect.Effect<Option.Option<CustomerRecord>, SqlError>
}

export interface Begun {
  readonly account: Account
  readonly mfaToken: Redacted.Redacted
}

/** What the user gives after the password. */
export interface CodeLogin {
  readonly accountId: string
  /** The API client that asks. */
  readonly principal: Principal
  readonly mfaToken: Redacted.Redacted
  readonly oobCode: Redacted.Redacted
  readonly code: Redacted.Redacted
}

export interface CustomerLoginsService {
  /**
   * Unknown customers, wrong passwords, customers without one, those of a type that cannot log in and those who have to wait end alike:
   * the same refusal after the same work.
   */
  readonly login: (login: PasswordLogin) => Effect.Effect<AccessToken, Refusal<WrongCredentialStatus> | SqlError>
  /** The same checks; answers an `mfa_token` instead of a session, whether or not MFA is enabled (assumed: mfa-login-always). */
  readonly begin: (login: PasswordLogin) => Effect.Effect<Begun, Refusal<WrongCredentialStatus> | SqlError>
  /** Sends the first code of a recovery. Somebody who is no customer gets the same answer, and no message. */
  readonly recover: (recovery: Omit<PasswordLogin, "password">) => Effect.Effect<
    {
      readonly account: Account
      readonly mfaToken: Redacted.Redacted
      readonly sent: SentCode
      readonly customer: Option.Option<CustomerRecord>
    },
    Refusal<403> | SqlError
  >
  /** By the code that was sent. One that is wrong, used, old, unknown or too early ends as a wrong password does. */
  readonly complete: (login: CodeLogin) => Effect.Effect<AccessToken, Refusal<WrongCredentialStatus> | SqlError>
  readonly refused: Effect.Effect<never, Refusal<WrongCredentialStatus>>
}

export class CustomerLogins extends Context.Tag("effect-dintero/embedded/CustomerLogins")<
  CustomerLogins,
  CustomerLoginsService
>() {}

/** Source: https://docs.dintero.com/api-reference/password/login-with-emailpassword */
const canLogIn = (customer: CustomerRecord): boolean => customer.type === "customer" || customer.type === "company"

export const make = (wrongCredentialStatus: WrongCredentialStatus) =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const clients = yield* ApiClients
    const customers = yield* CustomerRecords
    const hasher = yield* PasswordHasher
    const issuer = yield* AccessTokenIssuer
    const tokens = yield* StoredTokens
    const codes = yield* OneTimeCodes
    const failures = yield* FailedLogins

    const refused = domain(wrongCredentialStatus, "Login failed: unknown user or wrong credential")

    /** The customer, if it is one that can log in now and this is the password; and how that is counted, which is still open. */
    const authenticate = (accountId: string, password: Redacted.Redacted, found: Option.Option<CustomerRecord>) =>
      Effect.gen(function* () {
        const customer = Option.filter(found, canLogIn)
        const attempt = yield* failures.count(
          accountId,
          Option.map(customer, ({ customerId }) => customerId)
        )
        // Too early, it is the attempt of one who is not there.
        const hash = attempt.isJudged ? Option.flatMap(customer, ({ passwordHash }) => passwordHash) : Option.none()
        const isRight = yield* hasher.verify(password, hash)
        if (!isRight || Option.isNone(customer) || Option.isNone(hash)) return yield* refused
        if (hasher.isWeaker(hash.value)) {
          yield* customers.rehash(accountId, customer.value.id, hash.value, yield* hasher.hash(password))
        }
        return { attempt, customerId: customer.value.customerId }
      })

    /** What a login of this API client for this audience may come to. */
    const allowed = (accountId: string, clientId: string, audience: string) =>
      Effect.gen(function* () {
        const account = yield* accounts.find(accountId)
        const scopes = yield* clients.scopes(accountId, clientId, audience, "password")
        if (Option.isNone(account) || Option.isNone(scopes)) {
          return yield* forbidden("The client has no grant for this audience and grant type")
        }
        return { account: account.value, scopes: scopes.value }
      })

    /** Who logs in, and as what, after exactly one hash. */
    const identify = ({ accountId, audience, customer: lookup, password, principal: { clientId } }: PasswordLogin) =>
      Effect.gen(function* () {
        const { account, scopes } = yield* allowed(accountId, clientId, audience)
        const { attempt, customerId } = yield* authenticate(accountId, password, yield* lookup)
        return { account, attempt, session: { accountId, clientId, subject: customerId, audience, scopes } }
      })

    /** The password was right and a code is to follow: no failure, and no login either, so it does not make room for guesses of codes. */
    const beginCode = (attempt: Attempt, session: Session) => Effect.zipRight(attempt.forgive, codes.begin(session))

    const answer = (session: Session, lifetime: number, principal: Principal) =>
      Effect.gen(function* () {
        return {
          access_token: yield* issuer.issue(session, lifetime),
          token_type: "Bearer" as const,
          expires_in: lifetime,
          // By the token that asks for this answer. A login counts as a password grant, and so does its second
          // half (assumed: login-is-password-grant).
          ...(principal.scopes.has("create:accounts:auth:refresh_token")
            ? { refresh_token: yield* tokens.issueRefreshToken(session) }
            : {})
        }
      })

    return {
      refused,
      login: (login) =>
        Effect.gen(function* () {
          const { account, attempt, session } = yield* identify(login)
          const { scopes } = login.principal
          // With MFA on, a password alone is not enough (assumed: mfa-at-login).
          if (account.settings.users?.mfa?.enabled === true && !scopes.has("write:accounts:/auth/users/no-mfa")) {
            const mfaToken = yield* beginCode(attempt, session)
            return yield* mfaRequired(Redacted.value(mfaToken))
          }
          yield* attempt.succeed
          return yield* answer(session, account.accessTokenLifetime, login.principal)
        }),
      begin: (login) =>
        Effect.flatMap(identify(login), ({ account, attempt, session }) =>
          Effect.map(beginCode(attempt, session), (mfaToken) => ({ account, mfaToken }))
        ),
      recover: ({ accountId, audience, customer: lookup, principal: { clientId } }) =>
        Effect.gen(function* () {
          const { account } = yield* allowed(accountId, clientId, audience)
          const customer = Option.filter(yield* lookup, canLogIn)
          const subject = Option.match(customer, { onNone: () => "", onSome: ({ customerId }) => customerId })
          const mfaToken = yield* codes.begin({ accountId, clientId, subject, audience, isRecovery: true })
          const sent = yield* Effect.flatMap(codes.issue({ accountId, clientId, mfaToken }), (sent) =>
            Option.isSome(sent) ? Effect.succeed(sent.value) : Effect.dieMessage("A login that has just begun waits for its code")
          )
          return { account, mfaToken, sent, customer }
        }),
      // Not one transaction: what is refused would give its try back.
      complete: ({ accountId, code, mfaToken, oobCode, principal }) =>
        Effect.gen(function* () {
          const key = { accountId, clientId: principal.clientId, mfaToken, oobCode }
          const login = yield* codes.check({ ...key, code })
          if (Option.isNone(login)) return yield* refused
          // The grants of now count, not those of when the login began (assumed: login-is-password-grant).
          const { account, scopes } = yield* allowed(accountId, principal.clientId, login.value.audience)
          if (!(yield* codes.end(key))) return yield* refused
          if (login.value.isRecovery === true) {
            // Another code follows, over the channel of logins.
            const { subject } = login.value
            const next = yield* codes.begin({ accountId, clientId: principal.clientId, subject, audience: login.value.audience })
            return yield* mfaRequired(Redacted.value(next))
          }
          return yield* answer({ ...login.value, scopes }, account.accessTokenLifetime, principal)
        })
    } satisfies CustomerLoginsService
  })
