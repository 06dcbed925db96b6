/**
 * The parts from which the schemas of this folder are built. They are the only place that says how an optional field, a default, a secret and
 * an open struct are written in this version of Effect.
 */
import * as Schema from "effect/Schema"

/** A field that may be absent. `undefined` as its value is refused. */
export const optional = <S extends Schema.Schema.All>(schema: S) => Schema.optionalWith(schema, { exact: true })

/** A field that may be absent on the wire. The decoded value always has it. */
export const withDefault = <A, I, R>(schema: Schema.Schema<A, I, R>, value: NoInfer<A>) =>
  Schema.optionalWith(schema, { exact: true, default: () => value })

/** A secret text. It is not shown when the value is printed, logged or turned into JSON. */
export const secret = Schema.Redacted(Schema.String)

/** A struct that keeps the fields it does not know: a field that Dintero adds later has to survive a read, a change and a write. */
export const openStruct = <Fields extends Schema.Struct.Fields>(fields: Fields) =>
  Schema.Struct(fields).annotations({ parseOptions: { onExcessProperty: "preserve" } })

/** The characters that an `Authorization` header may have: visible ASCII. A token of these cannot add a header of its own. */
export const headerSafe = /^[\x21-\x7e]+$/

/** A token that can be sent in an `Authorization` header. */
export const bearerToken = Schema.Redacted(
  Schema.String.pipe(Schema.pattern(headerSafe, { description: "a token of visible ASCII characters" }))
)

/** A scope in a request, as RFC 6749, 3.3 has it. A text with a space would be several scopes in a token. */
export const scopeToken = Schema.String.pipe(
  Schema.pattern(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/, {
    description: "a scope: 1 to 255 visible ASCII characters without quotation marks and backslashes"
  })
)

/** A field that `null` clears. */
export const nullable = <A, I>(schema: Schema.Schema<A, I>) => Schema.NullOr(schema)

/**
 * A text with at least `min` and at most `max` characters. They are counted as JSON Schema counts them. The length of a JavaScript string is the
 * number of its UTF-16 units.
 */
export const textBetween = (min: number, max: number, description = `a text of ${min} to ${max} characters`) =>
  Schema.String.pipe(
    Schema.filter(
      (text) => {
        const { length } = Array.from(text)
        return length >= min && length <= max
      },
      {
        description,
        jsonSchema: { minLength: min, maxLength: max },
        arbitrary: () => (fc) => fc.string({ minLength: min, maxLength: max })
      }
    )
  )

/** A secret with a form. */
export const secretOf = <I>(schema: Schema.Schema<string, I>) => Schema.Redacted(schema)

const dateTime = { jsonSchema: { type: "string", format: "date-time" } }

/** A point in time, in RFC 3339. A validator refuses a text that is none. */
export const time = Schema.DateTimeUtc.annotations(dateTime)

/** The same in a query, of which a validator checks the decoded values. JSON Schema has no instants. */
export const timeInQuery = Schema.compose(time, Schema.DateTimeUtcFromSelf.annotations(dateTime))
