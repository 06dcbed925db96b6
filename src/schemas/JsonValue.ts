/**
 * Values and fields that are not documented.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

/**
 * Any JSON value. It is passed on without a check. Tests that generate values get JSON values, where `Schema.Unknown` would also generate values that
 * JSON cannot hold. Two values are equivalent when their JSON is the same, where those of `Schema.Unknown` have to be the same object.
 *
 * @since 0.1.0
 * @category schemas
 */
export const JsonValue = Schema.Unknown.annotations({
  arbitrary: () => (fc) => fc.jsonValue(),
  equivalence: () => (a, b) => JSON.stringify(a) === JSON.stringify(b)
})

/**
 * The name of a field that is not documented. Tests do not generate `__proto__`, because in JavaScript it is not an ordinary field.
 *
 * @since 0.1.0
 * @category schemas
 */
export const JsonKey = Schema.String.annotations({
  arbitrary: () => (fc) => fc.string().filter((key) => key !== "__proto__")
})

/**
 * An object whose fields are not documented.
 *
 * @since 0.1.0
 * @category schemas
 */
export const JsonObject = Schema.Record({ key: JsonKey, value: JsonValue })
