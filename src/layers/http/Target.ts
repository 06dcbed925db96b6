/**
 * What all calls of one layer have in common.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as RetryPolicy from "../../policies/RetryPolicy.js"
import type { AccountUserGrant, MfaOobGrant } from "../../schemas/AuthToken.js"
import type { AccessTokensService } from "../../services/AccessTokens.js"
import type * as Guards from "./Guards.js"
import type * as RequestIds from "./RequestIds.js"
import type { ServerClock } from "./ServerClock.js"

/** The account of a merchant, as a partner acts on it. */
export interface Merchant {
  readonly target: Target
  readonly tokens: AccessTokensService
  /** Authorises `client_credentials` on the account, in the place of the client's secret. */
  readonly exchange: AccessTokensService
}

export interface Target {
  readonly client: HttpClient.HttpClient
  /** With no slash at its end. */
  readonly baseUrl: string
  readonly accountId: string
  /** What a call on an account sends that leaves its `audience` out. */
  readonly audienceOf: (accountId: string) => string
  readonly retry: RetryPolicy.RetryPolicy
  /** None when the layer has no breaker, bulkhead or hedge. */
  readonly guards: Guards.Guards | undefined
  /** None when no header carries the id of a call. */
  readonly requestId: RequestIds.Names | undefined
  readonly serverClock: ServerClock
  /** Whether operations that need no token send one. */
  readonly authorizesLookups: boolean
  /** How two grants are spelt. Without one the grant keeps the spelling that the caller gave it. */
  readonly grantSpellings: {
    readonly mfaOob?: MfaOobGrant["grant_type"] | undefined
    readonly accountUser?: AccountUserGrant["grant_type"] | undefined
  }
  /** Whether no call may wait for what another call has started. */
  readonly isolatesRequests: boolean
  /** The operations that were compiled for the layer, by name. */
  readonly compiled: Map<string, object>
  /** None when the layer is not a partner's. */
  readonly merchant: ((accountId: string) => Merchant) | undefined
}
