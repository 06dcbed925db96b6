/**
 * What all calls of one layer have in common.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as RetryPolicy from "../../policies/RetryPolicy.js"
import type * as Guards from "./Guards.js"
import type * as RequestIds from "./RequestIds.js"
import type { ServerClock } from "./ServerClock.js"

export interface Target {
  readonly client: HttpClient.HttpClient
  /** With no slash at its end. */
  readonly baseUrl: string
  readonly accountId: string
  readonly retry: RetryPolicy.RetryPolicy
  /** None when the layer has no breaker, bulkhead or hedge. */
  readonly guards: Guards.Guards | undefined
  /** None when no header carries the id of a call. */
  readonly requestId: RequestIds.Names | undefined
  readonly serverClock: ServerClock
  /** Whether operations that need no token send one. */
  readonly authorizesLookups: boolean
}
