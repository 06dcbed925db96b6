/**
 * What a call counts.
 */
import * as MetricLabels from "../../internal/MetricLabels.js"
import type * as RetryBudget from "../../policies/RetryBudget.js"
import * as RetryMetrics from "../../policies/RetryMetrics.js"
import * as TokenMetrics from "../../policies/TokenMetrics.js"
import type { Stopped } from "../../schemas/DinteroError.js"
import type { Any } from "./Call.js"

const reasonLabel = (reason: string): MetricLabels.Label => MetricLabels.make("reason", reason)

export const operationLabel = (name: string): MetricLabels.Label => MetricLabels.make("operation", name)

export const attempt = ({ labels }: Any): void => RetryMetrics.attempts.unsafeUpdate(1, labels)

/** By how the attempt before ended. */
export const retry = ({ history, labels }: Any): void => {
  const before = history[history.length - 1]
  RetryMetrics.retries.unsafeUpdate(1, [...labels, reasonLabel(String(before?.status ?? before?.reason))])
}

export const giveUp = ({ labels }: Any, stopped: Stopped): void =>
  RetryMetrics.giveUps.unsafeUpdate(1, [...labels, reasonLabel(stopped)])

export const budget = ({ labels, operation }: Any, budget: RetryBudget.RetryBudget, now: number): void =>
  RetryMetrics.budgetRemaining.unsafeUpdate(budget.remaining(now), [...labels, operation.label])

export const replay = ({ labels, operation }: Any): void => TokenMetrics.replayed.unsafeUpdate(1, [...labels, operation.label])
