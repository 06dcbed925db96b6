/**
 * The changes of a list, for a program that keeps a copy of it.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type { Checkpoint } from "../schemas/Checkpoint.js"

/**
 * One page of changes.
 *
 * - `items`: what was added, changed or deleted, each as it is now. The list is empty when nothing has changed.
 * - `checkpoint`: where to go on behind these items. Store it together with them, in one transaction.
 *
 * @since 0.1.0
 * @category models
 */
export interface Changes<out Item> {
  readonly items: ReadonlyArray<Item>
  readonly checkpoint: Checkpoint
}

/**
 * From where changes are read. All fields can be left out.
 *
 * - `checkpoint`: the last one that was stored. Reading goes on behind it, and `since` is not used then.
 * - `since`: where to begin without a checkpoint. By default everything is read that the list has.
 * - `overlap`: the longest delay with which the service may show a change, 10 seconds by default. The service may show a change later than others
 *   that have a later time. So the changes of the last 10 seconds are asked for once more by the next call, and what was given before is left out. A
 *   checkpoint has about 60 characters for each change of that time.
 * - `limit`: how many items are asked for at a time, 100 by default
 *
 * @since 0.1.0
 * @category models
 */
export interface ChangesOptions {
  readonly checkpoint?: Checkpoint | undefined
  readonly since?: DateTime.Utc | undefined
  readonly overlap?: Duration.DurationInput | undefined
  readonly limit?: number | undefined
}
