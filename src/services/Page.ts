/**
 * One page of a list.
 *
 * @since 0.1.0
 */
import type * as Option from "effect/Option"
import type { Cursor } from "../schemas/Cursor.js"

/**
 * - `items`: those of this page, in the order of the service. A list with a `since_datetime` leaves out what the page before had already.
 * - `total`: how many items there are in all, when the query asked for it and the service said so
 * - `next`: what to give as `starting_after` for the next page; none on the last one. In a list with a `since_datetime` it is always there: kept
 *   as a text, it asks later for what has changed since.
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
