/**
 * The metrics of requests and retries. Their names are part of the public API. Read them with `Metric.value` or through the metrics
 * exporter of your program. Tags that `Effect.tagMetrics` sets around a call are kept.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"

/**
 * Counts requests, first and repeated ones.
 *
 * @since 0.1.0
 * @category metrics
 */
export const attempts = Metric.counter("dintero_client_attempts", { incremental: true })

/**
 * Counts repeated requests. The tag `reason` is the status (`503`) or the reason of the `TransportError` (`reset`) of the request before.
 *
 * @since 0.1.0
 * @category metrics
 */
export const retries = Metric.counter("dintero_client_retries", { incremental: true })

/**
 * Counts calls that failed although their error can be retried. The tag `reason` is the error's `request.stopped`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const giveUps = Metric.counter("dintero_client_give_ups", { incremental: true })

/**
 * The number of retries that the budget has left, with the tag `operation`. It is set when a call fails.
 *
 * @since 0.1.0
 * @category metrics
 */
export const budgetRemaining = Metric.gauge("dintero_client_budget_remaining")
