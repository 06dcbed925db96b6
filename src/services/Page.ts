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
 * - `items`: the items of this page, in the order of the service
 * - `total`: the number of items in the whole list, when the query asked for it and the service answered it
 * - `next`: the `starting_after` of the next page; none on the last page (assumed: last-page)
 *
 * @since 0.1.0
 * @category models
 */
export interface Page<out Item> {
  readonly items: ReadonlyArray<Item>
  readonly total: Option.Option<number>
  readonly next: Option.Option<Cursor>
}
