/**
 * The values that were added last, up to a number and a total size. The oldest are dropped first. The newest is always kept.
 */

export interface Recent<A> {
  readonly add: (value: A) => void
  /** In the order in which they were added. */
  readonly all: () => ReadonlyArray<A>
  /** Drops the others. */
  readonly retain: (fits: (value: A) => boolean) => void
}

export interface Bounds<A> {
  readonly most: number
  readonly mostSize: number
  readonly sizeOf: (value: A) => number
  /** Called for each value that is dropped. */
  readonly onDropped?: (value: A) => void
}

export const make = <A extends object>({ most, mostSize, onDropped, sizeOf }: Bounds<A>): Recent<A> => {
  /** The places before `first` are empty. They are removed from time to time, since that moves all others. */
  let values: Array<A | undefined> = []
  let first = 0
  let size = 0

  const drop = (value: A) => {
    size -= sizeOf(value)
    onDropped?.(value)
  }

  const dropOldest = () => {
    const oldest = values[first]
    values[first] = undefined
    first++
    if (oldest !== undefined) drop(oldest)
    if (first >= most) {
      values = values.slice(first)
      first = 0
    }
  }

  const all = () => values.filter((value) => value !== undefined)

  return {
    add: (value) => {
      values.push(value)
      size += sizeOf(value)
      while (values.length - first > 1 && (values.length - first > most || size > mostSize)) dropOldest()
    },
    all,
    retain: (fits) => {
      const before = all()
      values = before.filter(fits)
      first = 0
      for (const value of before) if (!fits(value)) drop(value)
    }
  }
}
