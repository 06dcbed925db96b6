/**
 * Every operation (and every grant of the token endpoint) as a caller uses it against the demo seed, and how its request is known
 * on the wire.
 */
import type { HttpMethod } from "@effect/platform"
import { Effect } from "effect"
import type { Auth, Customers, DinteroError } from "effect-dintero"
import type { DinteroEmbedded } from "effect-dintero/embedded"
import { operations } from "../../src/contract/Contract.js"
import type { ReplayClass } from "../../src/contract/Operation.js"
import { call, callOf, calls, inputOf, isRequestOf, sampleOf } from "../operations/Samples.js"

export interface OperationCase {
  readonly name: string
  readonly replay: ReplayClass
  /** An answer to HEAD has no body that could be cut off. */
  readonly hasBody: boolean
  /** Makes the input of the call, with other calls where that is needed. */
  readonly input: Effect.Effect<ReadonlyArray<unknown>, DinteroError, Auth | Customers | DinteroEmbedded.Embedded>
  readonly call: (input: ReadonlyArray<unknown>) => Effect.Effect<unknown, DinteroError, Auth | Customers>
  readonly is: (method: HttpMethod.HttpMethod, path: string, body: string) => boolean
}

/** The client asks for its own token by this grant. */
const own = callOf("auth.token client_credentials")

export const operationCases: ReadonlyArray<OperationCase> = [
  ...calls
    .filter((one) => one !== own)
    .map((one) => ({
      name: one.name,
      replay: sampleOf(one.operation).replay,
      hasBody: operations[one.operation].method !== "HEAD",
      input: one.variant === undefined ? inputOf(one.operation) : Effect.succeed(one.input),
      call: (input: ReadonlyArray<unknown>) => call(one.operation, input),
      is: (method: HttpMethod.HttpMethod, path: string, body: string) => isRequestOf(one, method, path, body)
    })),
  {
    name: `${own.name} (the client's own)`,
    // Its operation's class is `never`; the client's own token costs nothing to ask for twice.
    replay: "idempotent",
    hasBody: true,
    input: Effect.succeed([]),
    call: () => call("customers.settings.get", []),
    is: (method, path, body) => isRequestOf(own, method, path, body)
  }
]
