/**
 * Authenticates the caller of a request, and checks what the caller may do.
 *
 * Source: https://docs.dintero.com/api-reference/authenticate/get-token and https://docs.dintero.com/docs/loyalty/clients
 */
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Assumed } from "../rooms/Assumed.js"
import { Accounts } from "../rooms/accounts/Accounts.js"
import { AccountUserRecords } from "../rooms/accountUsers/AccountUserRecords.js"
import { ApiClients } from "../rooms/clients/ApiClients.js"
import * as Audience from "../rooms/clients/Audience.js"
import { ForeignTokens } from "../rooms/identity/ForeignTokens.js"
import type { Principal } from "../rooms/Principal.js"
import { forbidden, type Refusal, unauthorized } from "../rooms/Refusal.js"
import { AccessTokenIssuer } from "../rooms/sessions/AccessTokenIssuer.js"
import * as AtOnce from "../system/AtOnce.js"

/** The content of the `Authorization` header. */
export type Credential =
  | { readonly _tag: "Basic"; readonly name: string; readonly secret: Redacted.Redacted }
  | { readonly _tag: "Bearer"; readonly token: Redacted.Redacted }

/**
 * Who asks for a token, and by which credential:
 *
 * - `secret`: an API client with its secret
 * - `accessToken`: a client or customer with an access token of this system
 * - `exchangeToken`: the client of a partner, with an exchange token for this account
 * - `idToken`: an account user, with an ID token that the keys of the account's issuer verify
 */
export interface Grantee {
  readonly by: "secret" | "accessToken" | "exchangeToken" | "idToken"
  readonly principal: Principal
}

export interface AuthorizationService {
  /** 401 when the header is missing or malformed. The scheme may be in any case (assumed: scheme-case). */
  readonly credential: (header: string | undefined) => Exit.Exit<Credential, Refusal<401>>
  /** Whether an operation for which the documentation has no token can be called without one (assumed: look-up-token). */
  readonly allowsNoToken: boolean
  /** 401 unless the credential is a valid token of this system. `now`: the time, if the result may be there before the effect is run. */
  readonly token: (credential: Credential, now?: number) => Effect.Effect<Principal, Refusal<401> | SqlError>
  /** The 401 for a token that counts as expired because of a fault rule. */
  readonly expired: Effect.Effect<never, Refusal<401>>
  /**
   * 401 unless the credential is one of those that the token endpoint takes. 403 for a valid ID token of somebody who is no user of the
   * account. `now` as for `token`.
   */
  readonly grantee: (
    accountId: string,
    credential: Credential,
    now?: number
  ) => Effect.Effect<Grantee, Refusal<401 | 403> | SqlError>
  /**
   * 403 if only scopes that begin with `user:` allow the call, and the customer in the path is not the customer of the token
   * (assumed: own-customer).
   */
  readonly allowCustomer: (
    principal: Principal,
    accountId: string,
    scopes: ReadonlyArray<string>,
    customerId: unknown
  ) => Effect.Effect<void, Refusal<403> | SqlError>
  /** 403 unless the token is for this account and has at least one of the scopes. */
  readonly allow: (principal: Principal, accountId: string, scopes: ReadonlyArray<string>) => Effect.Effect<void, Refusal<403>>
}

export class Authorization extends Context.Tag("effect-dintero/embedded/Authorization")<Authorization, AuthorizationService>() {}

const missing = unauthorized("There is no Authorization header")

const unreadable = unauthorized("The Authorization header is neither Basic nor Bearer, or it is malformed")

const basic = (encoded: string): Exit.Exit<Credential, Refusal<401>> => {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded)) return unreadable
  const text = Buffer.from(encoded, "base64").toString("utf8")
  const colon = text.indexOf(":")
  return colon < 1
    ? unreadable
    : Exit.succeed({ _tag: "Basic", name: text.slice(0, colon), secret: Redacted.make(text.slice(colon + 1)) })
}

const credential: AuthorizationService["credential"] = (header) => {
  if (header === undefined) return missing
  const match = /^(basic|bearer) +(\S+) *$/i.exec(header)
  if (match === null) return unreadable
  const [, scheme = "", value = ""] = match
  return scheme.toLowerCase() === "basic" ? basic(value) : Exit.succeed({ _tag: "Bearer", token: Redacted.make(value) })
}

const anotherCustomer = forbidden("The access token reaches its own customer alone, and this is another one")

const expiredAt = (seconds: number) => unauthorized(`The access token expired at ${new Date(seconds * 1000).toISOString()}`)

const expired = unauthorized("A fault rule lets the access token count as expired")

export const make = Effect.gen(function* () {
  const issuer = yield* AccessTokenIssuer
  const clients = yield* ApiClients
  const accounts = yield* Accounts
  const accountUsers = yield* AccountUserRecords
  const foreignTokens = yield* ForeignTokens
  const { lookUpToken } = yield* Assumed

  /** The account user of an ID token. */
  const accountUser = (accountId: string, token: Redacted.Redacted) =>
    Effect.gen(function* () {
      const account = yield* accounts.find(accountId)
      const keys = Option.flatMap(account, ({ jwks }) => jwks)
      if (Option.isNone(keys)) {
        return yield* unauthorized(
          "The token is none of this system, or its signature or its claims are wrong. The account has no jwks, so it takes no ID token"
        )
      }
      const email = yield* foreignTokens.emailIn(keys.value, Redacted.value(token))
      if (Either.isLeft(email)) {
        return yield* unauthorized(
          `The token is none of this system. As an ID token of the account's issuer it is refused: ${email.left}`
        )
      }
      const user = yield* accountUsers.byEmail(accountId, email.right)
      if (Option.isNone(user))
        return yield* forbidden("The account has no user with the email of the ID token and the authentication_type external")
      const { id, scopes } = user.value
      const audience = Audience.ofAccount(accountId)
      return {
        by: "idToken" as const,
        principal: { clientId: id, subject: id, audience, scopes: new Set(scopes), isAccountUser: true as const }
      }
    })

  return {
    credential,
    allowsNoToken: lookUpToken === "optional",
    expired,
    token: (credential, now) =>
      credential._tag === "Basic"
        ? unauthorized("This operation takes an access token: Authorization: Bearer <token>")
        : AtOnce.flatMap(issuer.verify(Redacted.value(credential.token), now), (verification) => {
            switch (verification._tag) {
              case "Invalid":
                return unauthorized("The access token is none of this system, or its signature or its claims are wrong")
              case "Exchange":
                return unauthorized(
                  "An exchange token authorises the grant client_credentials on the merchant's account, and nothing else"
                )
              case "Expired":
                return expiredAt(verification.at)
              case "Valid":
                return Effect.succeed(verification.principal)
            }
          }),
    grantee: (accountId, credential, now) =>
      credential._tag === "Basic"
        ? AtOnce.flatMap(
            clients.authenticate(accountId, credential.name, credential.secret, now),
            (found): Effect.Effect<Grantee, Refusal<401>> =>
              Option.isNone(found)
                ? unauthorized(`Account ${accountId} has no API client with this id and secret`)
                : Effect.succeed({
                    by: "secret",
                    principal: {
                      clientId: found.value,
                      subject: found.value,
                      audience: Audience.ofAccount(accountId),
                      scopes: new Set<string>()
                    }
                  })
          )
        : AtOnce.flatMap(
            issuer.verify(Redacted.value(credential.token), now),
            (verification): Effect.Effect<Grantee, Refusal<401 | 403> | SqlError> => {
              switch (verification._tag) {
                case "Invalid":
                  return accountUser(accountId, credential.token)
                case "Exchange":
                  return Effect.succeed({
                    by: "exchangeToken",
                    principal: { ...verification.principal, partner: verification.partner }
                  })
                case "Expired":
                  return expiredAt(verification.at)
                case "Valid":
                  return Effect.succeed({ by: "accessToken", principal: verification.principal })
              }
            }
          ),
    allowCustomer: (principal, accountId, scopes, customerId) => {
      const sufficient = scopes.filter((scope) => principal.scopes.has(scope))
      const reachesOthers = scopes.length === 0 || sufficient.some((scope) => !scope.startsWith("user:"))
      if (reachesOthers) return Effect.void
      if (customerId !== principal.subject) return anotherCustomer
      return Effect.flatMap(issuer.isPassedOn(accountId, principal), (isPassedOn) => (isPassedOn ? anotherCustomer : Effect.void))
    },
    allow: (principal, accountId, scopes) => {
      const account = Audience.accountOf(principal.audience)
      if (account !== accountId) return forbidden(`The access token is for ${account ?? "no account"}, and not for ${accountId}`)
      return scopes.length === 0 || scopes.some((scope) => principal.scopes.has(scope))
        ? Effect.void
        : forbidden(`The access token has none of the scopes that allow this: ${scopes.join(", ")}`)
    }
  } satisfies AuthorizationService
})
