/**
 * The metrics of access tokens. Their names are part of the public API. No tag holds a token, a subject or an account.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"

/**
 * Counts tokens that were acquired, with the tags `grant` (`client_credentials`, `exchange`, `session`, `custom`) and `reason` (`initial`, `early`,
 * `expired`, `unauthorized`, `forced`).
 *
 * @since 0.1.0
 * @category metrics
 */
export const acquired = Metric.counter("dintero_token_acquired", { incremental: true })

/**
 * Counts tokens that were taken over and not requested, with the tag `grant`: from a store, where another process had put them, or from the login with
 * which a session was started.
 *
 * @since 0.1.0
 * @category metrics
 */
export const adopted = Metric.counter("dintero_token_adopted", { incremental: true })

/**
 * Counts acquisitions that failed, with the tags `grant`, `reason` and `error` (the tag of the error, or `Defect`).
 *
 * @since 0.1.0
 * @category metrics
 */
export const failed = Metric.counter("dintero_token_failed", { incremental: true })

/**
 * Counts callers that got a token in its hard window because its renewal had failed or took too long, with the tag `grant`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const staleServed = Metric.counter("dintero_token_stale_served", { incremental: true })

/**
 * Counts callers that got the failure of an earlier acquisition without a new request, with the tag `grant`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const failuresServed = Metric.counter("dintero_token_failures_served", { incremental: true })

/**
 * Counts tokens that the server refused before their expiry, with the tag `grant`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const refused = Metric.counter("dintero_token_refused", { incremental: true })

/**
 * Counts calls that were sent again with another token because the server had refused the first one, with the tag `operation`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const replayed = Metric.counter("dintero_token_replayed", { incremental: true })

/**
 * Counts how often another process was faster, so that the token that it had stored was used instead.
 *
 * @since 0.1.0
 * @category metrics
 */
export const storeConflicts = Metric.counter("dintero_token_store_conflicts", { incremental: true })

/**
 * Counts how often the store of a client's shared token could not be used, with the tag `reason` (of the `TokenStoreError`).
 *
 * @since 0.1.0
 * @category metrics
 */
export const storeFailures = Metric.counter("dintero_token_store_failures", { incremental: true })

/**
 * The number of callers that are waiting for a token, with the tag `grant`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const waiters = Metric.gauge("dintero_token_waiters")

/**
 * When the token that was acquired last expires, in seconds since 1970 on the local clock, with the tag `grant`. All sessions share it.
 *
 * @since 0.1.0
 * @category metrics
 */
export const expiresAt = Metric.gauge("dintero_token_expires_at_seconds")

/**
 * The number of merchants whose tokens are kept by the `Partner` layers of this process.
 *
 * @since 0.1.0
 * @category metrics
 */
export const merchants = Metric.gauge("dintero_token_merchants")

/**
 * How long successful acquisitions took, in milliseconds, with the tag `grant`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const duration = Metric.histogram(
  "dintero_token_duration_millis",
  MetricBoundaries.exponential({ start: 5, factor: 2, count: 12 })
)
