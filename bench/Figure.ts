/** What a bench gives: named figures, as data. It judges none of them. What is asked of a figure stands in a proof. */

export interface Figure {
  readonly name: string
  /** Without a value it was not measured, and `note` says why. */
  readonly value: number | null
  /** `µs`, `ms`, `KiB`, `×` for a ratio; empty for a count. */
  readonly unit: string
  /** What else a reader wants to know: the values behind a ratio, the other quantiles. */
  readonly note?: string
}

export interface Options {
  /** Fewer rounds, for CI. */
  readonly isReduced: boolean
}

/** Gives its figures as they are measured. */
export type Bench = (options: Options) => AsyncIterable<Figure>

export const quantile = (values: ReadonlyArray<number>, q: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN

export const median = (values: ReadonlyArray<number>): number => quantile(values, 0.5)

const digits = (value: number): number => (Number.isInteger(value) ? 0 : Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0)

export const show = ({ note, unit, value }: Figure): string => {
  if (value === null) return `not measured: ${note}`
  const shown = `${value.toFixed(digits(value))}${unit === "" ? "" : ` ${unit}`}`
  return note === undefined ? shown : `${shown} (${note})`
}
