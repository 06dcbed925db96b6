/**
 * One attempt of a call: its request goes out, through the guards of the layer if it has them, and an answer comes in or none.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { BulkheadFull } from "../../policies/Bulkhead.js"
import type { CircuitOpen } from "../../policies/CircuitBreaker.js"
import type { Answer, NoAnswer, UnreadableAnswer } from "./Answer.js"
import type { Any } from "./Call.js"
import * as CallMetrics from "./CallMetrics.js"
import * as Deadlines from "./Deadlines.js"
import { Attempt, exchange } from "./Exchange.js"
import * as Guards from "./Guards.js"
import * as Spans from "./Spans.js"

/** Why an attempt ended without an answer that can be read. */
export type Failure = NoAnswer | UnreadableAnswer | CircuitOpen | BulkheadFull

/** One sending, whose time begins now, or when its transport writes it. */
const sendingOf = ({ clock, deadline, operation, policy }: Any, startedAt: number): Attempt =>
  new Attempt(
    clock,
    startedAt,
    {
      attemptTimeout: Duration.toMillis(policy.attemptTimeout),
      connectionTimeout: Duration.toMillis(policy.connectionTimeout),
      deadline
    },
    operation.target.isolatesRequests
  )

const idHeaders = ({ attempt, id, operation }: Any): { readonly [name: string]: string } => {
  const { requestId } = operation.target
  if (requestId === undefined) return {}
  return {
    ...(requestId.header === undefined || id === undefined ? {} : { [requestId.header.toLowerCase()]: id }),
    ...(requestId.attemptHeader === undefined ? {} : { [requestId.attemptHeader.toLowerCase()]: String(attempt) })
  }
}

const send = (call: Any, authorization: string | undefined, sending: Attempt) => {
  const { operation, request } = call
  const { body, url } = request
  const headers: Record<string, string> = { ...request.headers, ...idHeaders(call) }
  if (authorization !== undefined) headers.authorization = authorization
  if (body._tag === "Empty" || body._tag === "FormData") {
    delete headers["content-type"]
    delete headers["content-length"]
  } else {
    const { contentLength, contentType } = body
    if (contentType) headers["content-type"] = contentType
    if (contentLength) headers["content-length"] = String(contentLength)
  }
  return exchange(operation.target.client, { method: operation.method, url, headers, body }, sending, operation.read)
}

/** Counts an attempt when it is sent, not when it is let through. */
const begin = (call: Any): void => {
  call.sent++
  call.sentAt = Deadlines.now(call.clock)
  CallMetrics.attempt(call)
}

/** Sends with this text in the header, and gives what came of it to `received`, `failed` or `cut`. */
export const make = <A, E>(
  call: Any,
  authorization: string | undefined,
  then: {
    readonly received: (answer: Answer) => Effect.Effect<A, E>
    readonly failed: (failure: Failure) => Effect.Effect<A, E>
    /** The deadline came first. `begun`: whether the request may have left. */
    readonly cut: (begun: boolean) => Effect.Effect<A, E>
  }
): Effect.Effect<A, E> => {
  const { guards, isolatesRequests } = call.operation.target
  if (guards === undefined) {
    begin(call)
    const sending = sendingOf(call, call.sentAt)
    return Effect.matchEffect(Spans.ofAttempt(call, send(call, authorization, sending)), {
      onSuccess: (answer) => {
        call.sentAt = sending.startedAt
        return then.received(answer)
      },
      onFailure: then.failed
    })
  }
  const copies: Array<Attempt> = []
  const sending = Guards.guarded(
    guards,
    call.operation,
    Effect.suspend(() => {
      // A second copy of a hedged attempt belongs to the same attempt.
      if (copies.length === 0) begin(call)
      const copy = sendingOf(call, Deadlines.now(call.clock))
      copies.push(copy)
      return send(call, authorization, copy)
    })
  )
  return Effect.matchEffect(Spans.ofAttempt(call, Deadlines.within(sending, call.clock, call.deadline, isolatesRequests)), {
    onSuccess: (answer) =>
      answer === undefined ? then.cut(copies.filter((copy) => copy.end()).length > 0) : then.received(answer),
    onFailure: then.failed
  })
}
