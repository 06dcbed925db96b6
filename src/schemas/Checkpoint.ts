/**
 * How far the changes of a list have been read.
 *
 * @since 0.1.0
 */
import type { Brand } from "effect/Brand"
import * as Schema from "effect/Schema"

/**
 * A text that is used as a {@link Checkpoint}.
 *
 * @since 0.1.0
 * @category models
 */
export type Checkpoint = string & Brand<"Checkpoint">

/**
 * How far the changes of a list have been read. It is a text, so it can be stored, and `Checkpoint.make` makes one of a stored text. Its content can
 * change with the version of this package: only `changes` reads it, and checks that it is whole and of the same list and account.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Checkpoint: Schema.BrandSchema<Checkpoint, string> = Schema.String.pipe(Schema.brand("Checkpoint")).annotations({
  identifier: "Checkpoint",
  description: "how far the changes of a list have been read"
})
