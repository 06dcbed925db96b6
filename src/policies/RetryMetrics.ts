/**
 * What the client counts. The names are part of the public surface; read them with `Metric.value`, or by whatever exports the metrics
 * of the program. Tags set by `Effect.tagMetrics` around a call are kept.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"

/**
 * Requests, the first ones and the repeated ones.
 *
 * @since 0.1.0
 * @category metrics
 */
export const attempts = Metric.counter("dintero_client_attempts", { incremental: true })

/**
 * Repeated requests, tagged with `reason`: the status (`503`) or the reason of the `TransportError` (`reset`) that they repeat.
 *
 * @since 0.1.0
 * @category metrics
 */
export const retries = Metric.counter("dintero_client_retries", { incremental: true })

/**
 * Calls that failed though their failure can be tried again, tagged with `reason`: the error's `request.stopped`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const giveUps = Metric.counter("dintero_client_give_ups", { incremental: true })

/**
 * How many retries the budget has left, tagged with `operation`. Set when a call fails.
 *
 * @since 0.1.0
 * @category metrics
 */
export const budgetRemaining = Metric.gauge("dintero_client_budget_remaining")
