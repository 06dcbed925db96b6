/**
 * What is counted of tokens. The names are part of the public surface; no label holds a token, a subject or an account.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"

/**
 * Tokens that were acquired, tagged with `grant` (`client_credentials`, `session`, `custom`) and `reason` (`initial`, `early`, `expired`,
 * `unauthorized`, `forced`).
 *
 * @since 0.1.0
 * @category metrics
 */
export const acquired = Metric.counter("dintero_token_acquired", { incremental: true })

/**
 * Acquisitions that failed, tagged with `grant`, `reason` and `error`: the tag of the error, or `Defect`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const failed = Metric.counter("dintero_token_failed", { incremental: true })

/**
 * Callers that were given a token inside its hard window, since its renewal had failed or took too long, tagged with `grant`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const staleServed = Metric.counter("dintero_token_stale_served", { incremental: true })

/**
 * Callers that were told a failure of before, without a request, tagged with `grant`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const failuresServed = Metric.counter("dintero_token_failures_served", { incremental: true })

/**
 * Tokens that the server refused although they should have been good, tagged with `grant`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const refused = Metric.counter("dintero_token_refused", { incremental: true })

/**
 * Calls that were sent once more with another token, because the server refused the one before, tagged with `operation`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const replayed = Metric.counter("dintero_token_replayed", { incremental: true })

/**
 * Times when another process was faster, and the token of a session or of a client that it had stored was taken over.
 *
 * @since 0.1.0
 * @category metrics
 */
export const storeConflicts = Metric.counter("dintero_token_store_conflicts", { incremental: true })

/**
 * Times when the store of a client's shared token could not be used, tagged with `reason`: that of the `TokenStoreError`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const storeFailures = Metric.counter("dintero_token_store_failures", { incremental: true })

/**
 * Callers that wait for a token now, tagged with `grant`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const waiters = Metric.gauge("dintero_token_waiters")

/**
 * When the token that came last expires, in seconds since 1970 by the local clock, tagged with `grant`. Of many sessions it is that of the last.
 *
 * @since 0.1.0
 * @category metrics
 */
export const expiresAt = Metric.gauge("dintero_token_expires_at_seconds")

/**
 * How long an acquisition that succeeded took, in milliseconds, tagged with `grant`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const duration = Metric.histogram(
  "dintero_token_duration_millis",
  MetricBoundaries.exponential({ start: 5, factor: 2, count: 12 })
)
