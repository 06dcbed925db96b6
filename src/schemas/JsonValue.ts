/**
 * A value whose shape nobody documents: whatever JSON can hold.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Not looked into. (Its generated values are those of JSON, where `Schema.Unknown` would make what no wire carries.)
 *
 * @since 0.1.0
 * @category schemas
 */
export const JsonValue = Schema.Unknown.annotations({ arbitrary: () => (fc) => fc.jsonValue() })

/**
 * The name of a field that nobody documents. `__proto__` is not generated: as a key it is not a field in JavaScript.
 *
 * @since 0.1.0
 * @category schemas
 */
export const JsonKey = Schema.String.annotations({
  arbitrary: () => (fc) => fc.string().filter((key) => key !== "__proto__")
})
