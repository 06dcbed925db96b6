/**
 * The retry budgets of one operation.
 */
import * as Duration from "effect/Duration"
import * as RetryBudget from "../../policies/RetryBudget.js"

/** Finds the budget of a policy. The calls that may be repeated and those that may not (of `auth.token`) do not share one. */
export type Budgets = (options: RetryBudget.Options, repeatable: boolean) => RetryBudget.RetryBudget

export const make = (): Budgets => {
  /** By what the budget is, since a policy may be made anew for each call. */
  const budgets = new Map<string, RetryBudget.RetryBudget>()
  const known = new WeakMap<RetryBudget.Options, readonly [RetryBudget.RetryBudget, RetryBudget.RetryBudget]>()
  return (options, repeatable) => {
    let pair = known.get(options)
    if (pair === undefined) {
      const find = (kind: string): RetryBudget.RetryBudget => {
        const key = `${kind} ${options.ratio} ${Duration.toMillis(options.window)} ${options.floor}`
        const found = budgets.get(key) ?? RetryBudget.unsafeMake(options)
        budgets.set(key, found)
        return found
      }
      pair = [find("once"), find("again")]
      known.set(options, pair)
    }
    return pair[repeatable ? 1 : 0]
  }
}
