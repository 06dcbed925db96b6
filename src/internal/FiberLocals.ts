/**
 * What a fiber carries beside its context. It is the one place that uses `FiberRef`.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import { constTrue } from "effect/Function"
import { globalValue } from "effect/GlobalValue"
import type * as MetricLabels from "./MetricLabels.js"
import type { Sending } from "./Sending.js"

type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/**
 * Who wants to know when a request is written; nobody, unless it was set. It is not on the client, so that it arrives through whatever an
 * application has put around its client.
 */
export const currentSending: FiberRef.FiberRef<Sending | undefined> = globalValue(Symbol.for("effect-dintero/Sending"), () =>
  FiberRef.unsafeMake<Sending | undefined>(undefined)
)

export const sendingOf = (fiber: AnyFiber): Sending | undefined => fiber.getFiberRef(currentSending)

/** The labels that `Effect.tagMetrics` has set. */
export const metricLabels = (fiber: AnyFiber): ReadonlyArray<MetricLabels.Label> =>
  fiber.getFiberRef(FiberRef.currentMetricLabels)

export const isTracerEnabled = (fiber: AnyFiber): boolean => fiber.getFiberRef(FiberRef.currentTracerEnabled)

/** Whether an `HttpClient` makes a span of its own for this request. */
export const tracesRequest = (fiber: AnyFiber, request: HttpClientRequest.HttpClientRequest): boolean =>
  isTracerEnabled(fiber) && !fiber.getFiberRef(HttpClient.currentTracerDisabledWhen)(request)

/** The surroundings of one exchange: without spans and trace headers of the transport's own, and with `sending` to be told of its progress. */
export const forExchange = (fiber: AnyFiber, sending: Sending): FiberRefs.FiberRefs => {
  const fiberId = fiber.id()
  return FiberRefs.updateManyAs(fiber.getFiberRefs(), {
    entries: [
      [HttpClient.currentTracerPropagation, [[fiberId, false]]],
      [HttpClient.currentTracerDisabledWhen, [[fiberId, constTrue]]],
      [currentSending, [[fiberId, sending]]]
    ]
  })
}
