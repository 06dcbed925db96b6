/**
 * One page of a list.
 *
 * @since 0.1.0
 */
import type * as Option from "effect/Option"
import type { Cursor } from "../schemas/Cursor.js"

/**
 * - `items`: those of this page, in the order of the service
 * - `total`: how many items there are in all, when the query asked for it and the service said so
 * - `next`: what to give as `starting_after` for the next page; none on the last one (assumed: last-page)
 *
 * @since 0.1.0
 * @category models
 */
export interface Page<out Item> {
  readonly items: ReadonlyArray<Item>
  readonly total: Option.Option<number>
  readonly next: Option.Option<Cursor>
}
