/**
 * What the queries of lists have in common.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"
import { Cursor } from "../../schemas/Cursor.js"
import * as Fields from "../../schemas/Fields.js"

export const text = Fields.optional(Schema.String)

/** `true` or `false`. */
export const flag = Fields.optional(Schema.BooleanFromString)

/** At most 4 of them are taken. */
export const upToFour = Fields.optional(Schema.Array(Schema.String).pipe(Schema.maxItems(4)))

/** A point in time, in RFC 3339. JSON Schema has no instants, so the schema says how the text of one looks. */
export const time = Fields.optional(
  Schema.compose(Fields.time, Schema.DateTimeUtcFromSelf.annotations({ jsonSchema: { type: "string", format: "date-time" } }))
)

/**
 * How a list is read in pages: `limit` is 1 to 100, 10 by default, and `starting_after` is the `next` of the page before.
 *
 * Source: https://docs.dintero.com/api-reference/terms/terms-collection
 *
 * @since 0.1.0
 * @category schemas
 */
export const paging = {
  limit: Fields.optional(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 100))),
  starting_after: Fields.optional(Cursor)
}
