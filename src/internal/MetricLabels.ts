/**
 * Labels of metrics. It is the one place that uses `MetricLabel`.
 */
import * as MetricLabel from "effect/MetricLabel"

export type Label = MetricLabel.MetricLabel

export const make = (key: string, value: string): Label => MetricLabel.make(key, value)
