/**
 * Logs a customer or an auth user in: with a password, for the login operations and the `password` grant, and with the one-time code that can
 * follow.
 */
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../../../../schemas/AccessToken.js"
import { Assumed } from "../Assumed.js"
import { type Account, Accounts } from "../accounts/Accounts.js"
import { ApiClients } from "../clients/ApiClients.js"
import type { Principal } from "../Principal.js"
import { domain, forbidden, mfaRequired, type Refusal } from "../Refusal.js"
import { AccessTokenIssuer } from "../sessions/AccessTokenIssuer.js"
import { StoredTokens, type TokenContent } from "../sessions/StoredTokens.js"
import type { HashColumn } from "./CustomerRecords.js"
import { type Attempt, countedAs, FailedLogins } from "./FailedLogins.js"
import { addressOf, type LoginUser, LoginUsers } from "./LoginUsers.js"
import type { MfaChannel } from "./MfaChannel.js"
import { OneTimeCodes, type SentCode } from "./OneTimeCodes.js"
import { PasswordHasher } from "./PasswordHashing.js"

/**
 * The status for a wrong password or code (assumed: wrong-credential-answer).
 *
 * @since 0.1.0
 * @category models
 */
export type WrongCredentialStatus = 400 | 401 | 403

export interface PasswordLogin {
  readonly accountId: string
  /** The API client that sends the request. */
  readonly principal: Principal
  readonly audience: string
  readonly password: Redacted.Redacted
  readonly user: Effect.Effect<Option.Option<LoginUser>, SqlError>
}

/**
 * - `channel`: of the first code
 * - `isOverTwoChannels`: whether the second code has to go over another channel than the first
 */
export interface Recovery extends Omit<PasswordLogin, "password"> {
  readonly channel: (account: Account) => MfaChannel
  readonly isOverTwoChannels: boolean
}

/** `recipient`: `None` when nobody has the user name, or the user gets no codes over the channel. */
export interface RecoveryBegun {
  readonly mfaToken: Redacted.Redacted
  readonly sent: SentCode
  readonly channel: MfaChannel
  readonly recipient: Option.Option<string>
}

export interface Begun {
  readonly account: Account
  readonly mfaToken: Redacted.Redacted
}

/** The second step of a login: the code that was sent. */
export interface CodeLogin {
  readonly accountId: string
  /** The API client that sends the request. */
  readonly principal: Principal
  readonly mfaToken: Redacted.Redacted
  readonly oobCode: Redacted.Redacted
  readonly code: Redacted.Redacted
}

export interface CustomerLoginsService {
  /**
   * An unknown user, a wrong password, a customer without a password, a customer of a type that cannot log in, and a user who has to wait all get
   * the same refusal after the same work.
   */
  readonly login: (login: PasswordLogin) => Effect.Effect<AccessToken, Refusal<WrongCredentialStatus> | SqlError>
  /**
   * The same checks, and a PIN is as good as the password (assumed: pin-at-login). Returns an `mfa_token` instead of an access token, whether
   * or not MFA is enabled (assumed: mfa-login-always).
   */
  readonly begin: (login: PasswordLogin) => Effect.Effect<Begun, Refusal<WrongCredentialStatus> | SqlError>
  /** Makes the first code of a recovery. Without a recipient the work is the same, and the code leads to no user (assumed: recovery-unknown). */
  readonly recover: (recovery: Recovery) => Effect.Effect<RecoveryBegun, Refusal<403> | SqlError>
  /** Completes a login with its code. A code that is wrong, used, expired, unknown or too early is refused like a wrong password. */
  readonly complete: (login: CodeLogin) => Effect.Effect<AccessToken, Refusal<WrongCredentialStatus> | SqlError>
  readonly refused: Effect.Effect<never, Refusal<WrongCredentialStatus>>
}

export class CustomerLogins extends Context.Tag("effect-dintero/embedded/CustomerLogins")<
  CustomerLogins,
  CustomerLoginsService
>() {}

/** The form of a PIN (https://docs.dintero.com/api-reference/users/aid_customers_post). A password can have it too. */
const looksLikePin = (secret: Redacted.Redacted): boolean => /^\d{6}$/.test(Redacted.value(secret))

/** Where a PIN is as good as the password. */
const hashesOf = ({ password }: PasswordLogin): ReadonlyArray<HashColumn> =>
  looksLikePin(password) ? ["password_hash", "pin_hash"] : ["password_hash"]

export const make = (wrongCredentialStatus: WrongCredentialStatus) =>
  Effect.gen(function* () {
    const { pinAtLogin } = yield* Assumed
    const accounts = yield* Accounts
    const clients = yield* ApiClients
    const users = yield* LoginUsers
    const hasher = yield* PasswordHasher
    const issuer = yield* AccessTokenIssuer
    const tokens = yield* StoredTokens
    const codes = yield* OneTimeCodes
    const failures = yield* FailedLogins

    const refused = domain(wrongCredentialStatus, "Login failed: unknown user or wrong credential")

    /** The user, if the secret is right, with the attempt, which still counts as failed. */
    const authenticate = (
      accountId: string,
      secret: Redacted.Redacted,
      hashes: ReadonlyArray<HashColumn>,
      user: Option.Option<LoginUser>
    ) =>
      Effect.gen(function* () {
        const attempt = yield* failures.count(accountId, Option.map(user, countedAs))
        // An attempt during a delay is handled like one for an unknown user.
        const judged = Option.filter(user, () => attempt.isJudged)
        for (const of of hashes) {
          const hash = Option.flatMap(judged, ({ passwordHash, pinHash }) => (of === "pin_hash" ? pinHash : passwordHash))
          const isRight = yield* hasher.verify(secret, hash)
          if (!isRight || Option.isNone(judged) || Option.isNone(hash)) continue
          if (hasher.isWeaker(hash.value)) {
            yield* users.rehash(accountId, judged.value, of, hash.value, yield* hasher.hash(secret))
          }
          return { attempt, user: judged.value }
        }
        return yield* refused
      })

    /** The account, and the scopes that this API client gets for this audience. */
    const allowed = (accountId: string, clientId: string, audience: string) =>
      Effect.gen(function* () {
        const account = yield* accounts.find(accountId)
        const scopes = yield* clients.scopes(accountId, clientId, audience, "password")
        if (Option.isNone(account) || Option.isNone(scopes)) {
          return yield* forbidden("The client has no grant for this audience and grant type")
        }
        return { account: account.value, scopes: scopes.value }
      })

    /** Checks the grant and the password. The number of hashes of a refusal depends on nothing but `hashes`. */
    const identify = (
      { accountId, audience, password, principal: { clientId }, user: lookup }: PasswordLogin,
      hashes: ReadonlyArray<HashColumn>
    ) =>
      Effect.gen(function* () {
        const { account, scopes } = yield* allowed(accountId, clientId, audience)
        const { attempt, user } = yield* authenticate(accountId, password, hashes, yield* lookup)
        const { authUser, subject } = user
        return { account, attempt, user, content: { accountId, clientId, subject, authUser, audience, scopes } }
      })

    /** The password was right, and a code follows. That is not a failure, but it does not reset the count either, since that would allow more guesses of codes. */
    const beginCode = (attempt: Attempt, content: TokenContent) => Effect.zipRight(attempt.forgive, codes.begin(content))

    const tokensOf = (content: TokenContent, lifetime: number, principal: Principal) =>
      Effect.gen(function* () {
        return {
          access_token: yield* issuer.issue(content, lifetime),
          token_type: "Bearer" as const,
          expires_in: lifetime,
          // The scope is that of the token that authorises this request. A login and its second step count as a password
          // grant (assumed: login-is-password-grant).
          ...(principal.scopes.has("create:accounts:auth:refresh_token")
            ? { refresh_token: yield* tokens.issueRefreshToken(content) }
            : {})
        }
      })

    return {
      refused,
      login: (login) =>
        Effect.gen(function* () {
          const { account, attempt, content, user } = yield* identify(
            login,
            pinAtLogin === "accepted" ? hashesOf(login) : ["password_hash"]
          )
          // The second factor of an auth user, or that of the account's customers (assumed: auth-user-codes).
          const isCustomers = Option.isSome(user.customer) && account.settings.users?.mfa?.enabled === true
          // With MFA on, a password alone is not enough (assumed: mfa-at-login).
          if ((isCustomers || user.channels !== undefined) && !login.principal.scopes.has("write:accounts:/auth/users/no-mfa")) {
            const mfaToken = yield* beginCode(attempt, content)
            return yield* mfaRequired(Redacted.value(mfaToken))
          }
          yield* attempt.succeed
          return yield* tokensOf(content, account.accessTokenLifetime, login.principal)
        }),
      begin: (login) =>
        Effect.flatMap(identify(login, hashesOf(login)), ({ account, attempt, content }) =>
          Effect.map(beginCode(attempt, content), (mfaToken) => ({ account, mfaToken }))
        ),
      recover: ({ accountId, audience, channel: channelOf, isOverTwoChannels, principal: { clientId }, user: lookup }) =>
        Effect.gen(function* () {
          const { account } = yield* allowed(accountId, clientId, audience)
          const channel = channelOf(account)
          const user = Option.filter(yield* lookup, ({ channels }) => channels?.includes(channel) ?? true)
          const recipient = Option.flatMap(user, (user) => addressOf(user, channel))
          // Nobody has a code that was not sent. One that is guessed must not lead to a user either.
          const reached = Option.filter(user, () => Option.isSome(recipient))
          const mfaToken = yield* codes.begin({
            accountId,
            clientId,
            subject: Option.match(reached, { onNone: () => "", onSome: ({ subject }) => subject }),
            authUser: Option.getOrUndefined(reached)?.authUser,
            audience,
            isRecovery: true,
            firstChannel: isOverTwoChannels ? channel : undefined
          })
          const sent = yield* Effect.flatMap(codes.issue({ accountId, clientId, mfaToken }), (sent) =>
            Option.isSome(sent) ? Effect.succeed(sent.value) : Effect.dieMessage("A login that has just begun waits for its code")
          )
          return { mfaToken, sent, channel, recipient }
        }),
      // Not in one transaction: a refusal would roll the used attempt back.
      complete: ({ accountId, code, mfaToken, oobCode, principal }) =>
        Effect.gen(function* () {
          const key = { accountId, clientId: principal.clientId, mfaToken, oobCode }
          const login = yield* codes.check({ ...key, code })
          if (Option.isNone(login)) return yield* refused
          // The current grants count, not those at the beginning of the login (assumed: login-is-password-grant).
          const { account, scopes } = yield* allowed(accountId, principal.clientId, login.value.audience)
          if (!(yield* codes.end(key))) return yield* refused
          if (login.value.isRecovery === true) {
            // Another code follows.
            const next = yield* codes.begin({ ...login.value, isRecovery: false })
            return yield* mfaRequired(Redacted.value(next))
          }
          return yield* tokensOf({ ...login.value, scopes }, account.accessTokenLifetime, principal)
        })
    } satisfies CustomerLoginsService
  })
