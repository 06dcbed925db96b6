/**
 * The spans of a call and of its attempts. Spans cost more than the rest of a call, so they are made only when someone reads them.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import * as FiberLocals from "../../internal/FiberLocals.js"
import type { Answer } from "./Answer.js"
import type { Any } from "./Call.js"
import { toMicros } from "./Call.js"
import type { AttemptAttributes, Spans } from "./SpanAttributes.js"

const nativeTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

export const tracerListens = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  FiberLocals.isTracerEnabled(fiber) && fiber.currentTracer !== undefined && fiber.currentTracer !== nativeTracer

export const ofCall = <A, E>({ listens, operation }: Any, effect: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  listens
    ? Effect.withSpan(effect, operation.name, {
        kind: "client",
        captureStackTrace: false,
        attributes: {
          "dintero.account": operation.target.accountId,
          "http.request.method": operation.method,
          "url.template": operation.path
        } satisfies Spans["OPERATION"]
      })
    : effect

const attributesOf = <E extends { readonly _tag: string }>(
  exit: Exit.Exit<Answer | undefined, E>
): Pick<AttemptAttributes, "error.type" | "http.response.status_code"> => {
  if (Exit.isSuccess(exit)) {
    return exit.value === undefined ? { "error.type": "timeout" } : { "http.response.status_code": exit.value.status }
  }
  return Option.match(Cause.failureOption(exit.cause), {
    onNone: () => ({}),
    onSome: (error) => ({ "error.type": "reason" in error && typeof error.reason === "string" ? error.reason : error._tag })
  })
}

export const ofAttempt = <A extends Answer | undefined, E extends { readonly _tag: string }>(
  call: Any,
  sending: Effect.Effect<A, E>
): Effect.Effect<A, E> =>
  call.listens
    ? Effect.suspend(() => {
        let answer: A | undefined
        return sending.pipe(
          Effect.onExit((exit) => Effect.annotateCurrentSpan({ ...attributesOf(exit) })),
          // A tracer is told how a span ended: an answer's text has tokens in it.
          Effect.flatMap((received) =>
            Effect.sync(() => {
              answer = received
            })
          ),
          Effect.withSpan(`${call.operation.name} attempt`, {
            captureStackTrace: false,
            attributes: {
              "dintero.attempt": call.attempt,
              "dintero.retry.delay_ms": toMicros(call.waited),
              // A call that is traced has one.
              "dintero.client_request_id": call.id ?? ""
            } satisfies Spans["OPERATION attempt"]
          }),
          // Seam: it was set when the span ended well.
          Effect.map(() => answer as A)
        )
      })
    : sending
