/**
 * Optional fields of structs.
 */
import * as Schema from "effect/Schema"

/** A field that can be left out. Present, it has a value: `undefined` is not one. */
export const optional = <S extends Schema.Schema.All>(schema: S) => Schema.optionalWith(schema, { exact: true })
