/**
 * How a policy refuses an option that cannot work.
 */

/** Throws a `RangeError` that names the field, what is wrong with it, and what to give instead. */
export const refuseOption =
  (policy: string) =>
  (field: string, found: string, fix: string): never => {
    throw new RangeError(`${policy}.${field}: ${found}. ${fix}`)
  }
