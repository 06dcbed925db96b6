/**
 * `decode` and `encode` of a schema that never throw: an exception of `Schema` becomes a `Left` too.
 *
 * `Schema` may throw when it converts a value to text to find the member of a union. A JSON object can have a `toString` of its own, and
 * an array can be nested more deeply than the stack allows.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Absent from "./Absent.js"

type Direction<A> = (input: unknown) => Either.Either<A, ParseResult.ParseError>

const total =
  <A>(schema: Schema.Schema.All, direction: Direction<A>): Direction<A> =>
  (input) => {
    try {
      return direction(input)
    } catch {
      return Either.left(ParseResult.parseError(new ParseResult.Type(schema.ast, input)))
    }
  }

/** Decodes, or fails with every wrong field. */
export const decode = <A, I>(schema: Schema.Schema<A, I>): Direction<A> =>
  total(schema, Schema.decodeUnknownEither(schema, { errors: "all" }))

/** Encodes, or fails with every wrong field. A field that is `undefined` is absent. */
export const encode = <A, I>(schema: Schema.Schema<A, I>): Direction<I> =>
  total(schema, Absent.undefinedAsAbsent(schema, Schema.encodeUnknownEither(schema, { errors: "all" })))

/**
 * The same, for an input that may leave out a field although the schema needs it. `value` gives the field. If the schema does not need it, it is not
 * filled in.
 */
export const encodeFilling = <A, I>(
  schema: Schema.Schema<A, I>,
  field: string
): ((input: unknown, value: () => unknown) => Either.Either<I, ParseResult.ParseError>) => {
  const encoding = encode(schema)
  if (!Absent.isNeeded(schema, field)) return encoding
  return (input, value) => total(schema, (given) => encoding(Absent.filled(given, field, value)))(input)
}
