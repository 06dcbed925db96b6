/**
 * One call, from its first sending to its end, and the operation that it is of.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpMethod from "@effect/platform/HttpMethod"
import type * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { FailureStatus } from "../../contract/Operation.js"
import type * as MetricLabels from "../../internal/MetricLabels.js"
import { withoutSecrets } from "../../internal/Secrets.js"
import type * as RetryBudget from "../../policies/RetryBudget.js"
import type * as RetryPolicy from "../../policies/RetryPolicy.js"
import type * as Errors from "../../schemas/DinteroError.js"
import type { AccessTokensService, NumberedToken } from "../../services/AccessTokens.js"
import type { Session } from "../../services/Session.js"
import type { Answer, Reader } from "./Answer.js"
import type * as Authorization from "./Authorization.js"
import type { Budgets } from "./Budgets.js"
import * as Deadlines from "./Deadlines.js"
import type { ErrorOf, OperationInfo, Said } from "./Failures.js"
import * as RequestIds from "./RequestIds.js"
import type { Target } from "./Target.js"

/** An operation, ready to be called: all that does not depend on the input. */
export interface Compiled<Success, Status extends FailureStatus> extends OperationInfo {
  readonly target: Target
  readonly method: HttpMethod.HttpMethod
  /** The template of its path. */
  readonly path: string
  readonly read: Reader
  readonly declares: (status: number) => status is Status
  /** Whether an answer with this status is a success. */
  readonly succeeds: (status: number) => boolean
  readonly decode: (answer: Answer) => Either.Either<Success, () => ReadonlyArray<Errors.Issue>>
  /** Whether a success tells how many items there are in all. */
  readonly isPaged: boolean
  readonly budgets: Budgets
  readonly label: MetricLabels.Label
}

/**
 * A success. `total`: how many items there are in all, when the answer says so. The other headers are left behind: a tracer is told how a
 * span ended, and a server may repeat in a header what it was sent.
 */
export interface Received<Success> {
  readonly value: Success
  readonly total: Option.Option<number>
}

export interface Options<Refusal> {
  readonly authorization: Authorization.Authorization
  /** What 400, 401 and 403 mean on this call, when they mean more than their status. */
  readonly refusal?: (said: Said) => Option.Option<Refusal>
  /** When a second sending of this call costs less than its operation's replay class says. */
  readonly repeatable?: boolean
  /** Instead of the caller's policy. */
  readonly policy?: RetryPolicy.RetryPolicy
  /** Is told of every answer that is no success. */
  readonly onRefused?: (answer: Answer) => void
}

/** What of a call is sent. */
export interface Request {
  readonly url: string
  /** All but `authorization` and the id of the call. */
  readonly headers: { readonly [name: string]: string }
  readonly body: HttpBody.HttpBody
  /** Asked only when something failed. */
  readonly secrets: () => ReadonlyArray<string>
}

/** What is written while it runs belongs to its failures: a success touches none of it. */
export interface Call<Success, Status extends FailureStatus, Refusal> {
  readonly operation: Compiled<Success, Status>
  readonly request: Request
  readonly options: Options<Refusal>
  /** The session that it is made in, if it is. */
  readonly session: Session | undefined
  /** None for a call that shows the client's secret. */
  readonly tokens: AccessTokensService | undefined
  readonly policy: RetryPolicy.RetryPolicy
  readonly repeatable: boolean
  readonly budget: RetryBudget.RetryBudget | undefined
  readonly clock: Clock.Clock
  /** On the clock's monotonic time, as `deadline`. */
  readonly startedAt: number
  readonly deadline: number
  /** Whether a tracer listens. */
  readonly listens: boolean
  readonly labels: ReadonlyArray<MetricLabels.Label>
  /** The number of the attempt under way, from 1. */
  attempt: number
  /** Whether the call was sent once more since its token was refused. */
  replayed: boolean
  /** That of the attempt under way. */
  token: NumberedToken | undefined
  id: string | undefined
  /** How many attempts were sent. */
  sent: number
  /** When the last of them was, on the clock's monotonic time. */
  sentAt: number
  readonly history: Array<Errors.Attempt>
  delays: ReturnType<RetryPolicy.Delay["start"]> | undefined
  /** ms, before the attempt under way. */
  waited: number
  /** In what the attempt before ended. */
  last: Ends<Status, Refusal> | undefined
}

export type Ends<Status extends FailureStatus, Refusal> = ErrorOf[Status] | Errors.CallError | Refusal

export type Outcome<Success, Status extends FailureStatus, Refusal> = Effect.Effect<Received<Success>, Ends<Status, Refusal>>

/** A call, whatever its types are. */
export type Any = Call<unknown, FailureStatus, unknown>

export const secretsOf = ({ request, token }: Pick<Any, "request" | "token">): ReadonlyArray<string> =>
  token === undefined ? request.secrets() : [...request.secrets(), Redacted.value(token.value)]

/** Whether nothing is left of the time for the call. A watch may end an exchange early by twice the precision of clocks. */
export const isOver = ({ clock, deadline }: Pick<Any, "clock" | "deadline">): boolean =>
  Deadlines.now(clock) >= deadline - 3 * Deadlines.precision

/** The call has its id from here on. */
export const identified = <A, E, R>(call: Pick<Any, "id">, then: () => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  call.id === undefined
    ? Effect.flatMap(RequestIds.make, (id) => {
        call.id = id
        return then()
      })
    : then()

/** The server's own id of a request; a server may repeat what it was sent there too. */
const serverId = (answer: Answer | undefined, call: Any): { readonly requestId?: string } => {
  const id = answer?.headers["request-id"] ?? answer?.headers["x-request-id"]
  return id === undefined ? {} : { requestId: withoutSecrets(secretsOf(call))(id) }
}

/** ms to the microsecond: what is finer is noise of a floating-point clock. */
export const toMicros = (millis: number): number => Math.round(Math.max(0, millis) * 1000) / 1000

/** Notes how the attempt under way ended, before its error is made. */
export const note = (call: Any, failed: { readonly answer?: Answer; readonly reason?: string }): void => {
  call.history.push({
    ...(failed.answer === undefined ? {} : { status: failed.answer.status }),
    ...(failed.reason === undefined ? {} : { reason: failed.reason }),
    delay: toMicros(call.waited),
    elapsed: toMicros(Deadlines.now(call.clock) - call.startedAt),
    ...serverId(failed.answer, call)
  })
}

export const instant = (epochMillis: number | undefined): { readonly retryAt?: DateTime.Utc } =>
  Option.match(
    epochMillis === undefined || !Number.isFinite(epochMillis) ? Option.none() : DateTime.make(Math.ceil(epochMillis)),
    {
      onNone: () => ({}),
      onSome: (retryAt) => ({ retryAt })
    }
  )

/** What an error says of a call that has been sent. */
export const infoOf = (call: Any, answer?: Answer): Errors.RequestInfo => ({
  operation: call.operation.name,
  method: call.operation.method,
  path: call.operation.path,
  account: call.operation.target.accountId,
  ...(answer === undefined ? {} : { status: answer.status }),
  ...serverId(answer, call),
  ...(call.id === undefined ? {} : { clientRequestId: call.id }),
  attempts: call.sent,
  history: [...call.history]
})
