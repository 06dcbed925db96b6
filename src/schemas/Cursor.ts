/**
 * Where the next page of a list begins.
 *
 * @since 0.1.0
 */
import type { Brand } from "effect/Brand"
import * as Schema from "effect/Schema"

/**
 * A checked {@link Cursor}.
 *
 * @since 0.1.0
 * @category models
 */
export type Cursor = string & Brand<"Cursor">

/**
 * Where the next page of a list begins. A cursor is valid for the list that gave it and for no other list. It is a text, so it can be stored.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Cursor: Schema.BrandSchema<Cursor, string> = Schema.NonEmptyString.pipe(Schema.brand("Cursor")).annotations({
  identifier: "Cursor",
  description: "the cursor of a page"
})
