/**
 * One page of a list.
 *
 * @since 0.1.0
 */
import type * as Option from "effect/Option"
import type { Cursor } from "../schemas/Cursor.js"

/**
 * One page of a list.
 *
 * - `items`: the items of this page, in the order of the service. A list with a `since_datetime` leaves out the items that the page before had.
 * - `total`: the number of items in the whole list, when the query asked for it and the service answered it
 * - `next`: the `starting_after` of the next page; none on the last page (assumed: last-page). A list with a `since_datetime` always has it: kept as a
 *   text, it asks later for what has changed since.
 * - `isLast`: whether there is no next page now (assumed: last-page)
 *
 * @since 0.1.0
 * @category models
 */
export interface Page<out Item> {
  readonly items: ReadonlyArray<Item>
  readonly total: Option.Option<number>
  readonly next: Option.Option<Cursor>
  readonly isLast: boolean
}
