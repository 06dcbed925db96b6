/**
 * A handler carries out an operation and knows nothing of HTTP. The entry of the operation in the contract gives the types of its input,
 * its result and its failures.
 */
import type { SqlError } from "@effect/sql/SqlError"
import type * as Effect from "effect/Effect"
import type { BodyName, FailureStatus, Operation, RefusalKind } from "../../../contract/Operation.js"
import type { Principal } from "./Principal.js"
import type { Refusal } from "./Refusal.js"

/**
 * The input of a handler, decoded and authorised: the principal's token is for this account and has one of the operation's scopes.
 *
 * - `parameters`: the parameters of the path, without the account
 * - `host`: the `Host` header of the request, which an audience may name
 * - `origin`: that of the server to which the request was sent. `undefined` in process
 * - `now`: the time of the request, if the handler may do its work before its effect is run. Then it takes no longer to read than the clock
 */
export interface HandlerRequest<Parameters, Query, Body> {
  readonly accountId: string
  readonly parameters: Parameters
  readonly query: Query
  readonly body: Body
  readonly principal: Principal
  readonly host: string | undefined
  readonly origin: () => string | undefined
  readonly now: number | undefined
}

/** A page of a list. `total`: the number of all items that match, when the query asks for it. */
export interface Listed<Item> {
  readonly items: ReadonlyArray<Item>
  readonly total?: number
}

/** It can only fail with the statuses that the contract declares. */
export type Handler<Op> =
  Op extends Operation<
    infer Parameters,
    infer Query,
    infer Body,
    infer Success,
    infer Status extends FailureStatus,
    RefusalKind | undefined,
    BodyName,
    infer Pages
  >
    ? (
        request: HandlerRequest<Parameters, Query, Body>
      ) => Effect.Effect<
        Pages extends true ? (Success extends ReadonlyArray<infer Item> ? Listed<Item> : never) : Success,
        Refusal<Status> | SqlError
      >
    : never

/** One handler for each operation. */
export type Handlers<Operations> = {
  readonly [Name in keyof Operations]: Handler<Operations[Name]>
}
