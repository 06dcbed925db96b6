/**
 * Docs tag `authenticate`.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { operations } from "../../../contract/DinteroApi.js"
import { AccessTokenIssuer } from "../AccessTokenIssuer.js"
import { Accounts } from "../Accounts.js"
import { ApiClients } from "../ApiClients.js"
import type { Handlers } from "../ContractServer.js"
import { CustomerLogins } from "../CustomerLogins.js"
import { CustomerRecords } from "../CustomerRecords.js"
import { refuse } from "../Refusal.js"
import { type Session, StoredTokens } from "../StoredTokens.js"

/** One text for all of it: who has no good token learns nothing about others. */
const noSession = refuse(403, "The refresh token is unknown, expired, used up or revoked, or was made for another client")

const noGrant = refuse(403, "The client has no grant for this audience and grant type")

export const make = Effect.gen(function* () {
  const accounts = yield* Accounts
  const clients = yield* ApiClients
  const customers = yield* CustomerRecords
  const issuer = yield* AccessTokenIssuer
  const logins = yield* CustomerLogins
  const tokens = yield* StoredTokens

  const answer = (session: Session) =>
    Effect.gen(function* () {
      const account = yield* accounts.find(session.accountId)
      if (Option.isNone(account)) return yield* noGrant
      return {
        access_token: yield* issuer.issue(session, account.value.accessTokenLifetime),
        token_type: "Bearer" as const,
        expires_in: account.value.accessTokenLifetime
      }
    })

  return {
    "auth.token": ({ path: { oid: accountId }, payload, principal }) =>
      Effect.gen(function* () {
        switch (payload.grant_type) {
          case "client_credentials": {
            const { audience } = payload
            const scopes = yield* clients.scopes(accountId, principal.clientId, audience, "client_credentials")
            if (Option.isNone(scopes)) return yield* noGrant
            return yield* answer({
              accountId,
              clientId: principal.clientId,
              subject: principal.subject,
              audience,
              scopes: scopes.value
            })
          }
          case "password":
            return yield* logins.login({
              accountId,
              principal,
              audience: payload.audience,
              password: payload.password,
              customer: customers.byUsername(accountId, payload.username)
            })
          case "refresh_token": {
            // With the system's rules for refresh tokens as they are by default there is no rotation: it stays good, and no other one is
            // made (assumed; API reference, 6.5). A successor takes the place of a token that was given by the rule of 6.5, so it asks for
            // no scope of its own (assumed).
            const { clientId } = principal
            const refreshed = yield* tokens.refresh({ accountId, clientId, refreshToken: payload.refresh_token })
            if (Option.isNone(refreshed)) return yield* noSession
            const { session, successor } = refreshed.value
            return {
              ...(yield* answer(session)),
              ...(Option.isNone(successor) ? {} : { refresh_token: successor.value })
            }
          }
          // Both spellings (assumed: U1).
          case "mfa_oob":
          case "mfa-oob":
            return yield* logins.complete({
              accountId,
              principal,
              mfaToken: payload.mfa_token,
              oobCode: payload.oob_code,
              code: payload.binding_code
            })
          case "authorization_code":
            // The operations that make such a code are not part of this version, so no code is right.
            return yield* logins.refused
          case "account_user":
          case "account_user_token":
            return yield* refuse(400, "The embedded system has no staff accounts, and so no account_user_token grant")
        }
      }),

    // A token that is unknown, of another account, or of another client is answered as any other, and nothing happens (RFC 7009, 2.2;
    // assumed; API reference, 6.5). Access tokens are good until they expire (assumed).
    "auth.revoke": ({ path: { oid: accountId }, payload, principal: { clientId } }) =>
      tokens.revoke({ accountId, clientId, refreshToken: payload.token })
  } satisfies Partial<Handlers<typeof operations>>
})
