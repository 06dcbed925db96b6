/**
 * The metrics of sessions. Their names are part of the public API. No tag holds a session's id, a handle or a customer.
 *
 * @since 0.1.0
 */
import * as Metric from "effect/Metric"

/**
 * The number of sessions that this process has in memory: those in use, and those that are kept for the next request.
 *
 * @since 0.1.0
 * @category metrics
 */
export const inMemory = Metric.gauge("dintero_sessions_in_memory")

/**
 * Counts sessions that were resumed, with the tag `from`: `memory` when the store was not read, `store` when it was, and `none` when there was no
 * session.
 *
 * @since 0.1.0
 * @category metrics
 */
export const resumed = Metric.counter("dintero_sessions_resumed", { incremental: true })

/**
 * Counts sessions that were started.
 *
 * @since 0.1.0
 * @category metrics
 */
export const started = Metric.counter("dintero_sessions_started", { incremental: true })

/**
 * Counts sessions that were ended by this process, with `logout`, `end` or `endAll`.
 *
 * @since 0.1.0
 * @category metrics
 */
export const ended = Metric.counter("dintero_sessions_ended", { incremental: true })
