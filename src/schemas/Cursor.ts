/**
 * Where the next page of a list begins.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Where the next page of a list begins. It belongs to the list that gave it. It can be stored as a text.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Cursor = Schema.NonEmptyString.pipe(Schema.brand("Cursor")).annotations({
  identifier: "Cursor",
  description: "the cursor of a page"
})

/**
 * @since 0.1.0
 * @category models
 */
export type Cursor = typeof Cursor.Type
