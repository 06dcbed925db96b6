/**
 * A schema's two directions, made total: what `Schema` throws is a `Left` too.
 *
 * It throws where it asks a value for its text to find the member of a union: a JSON object can hold a `toString` of its own, and
 * an array can be nested deeper than a stack.
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

/** Names every field that is wrong. */
export const decode = <A, I>(schema: Schema.Schema<A, I>): Direction<A> =>
  total(schema, Schema.decodeUnknownEither(schema, { errors: "all" }))

/** Names every field that is wrong. What is `undefined` is absent. */
export const encode = <A, I>(schema: Schema.Schema<A, I>): Direction<I> =>
  total(schema, Absent.undefinedAsAbsent(schema, Schema.encodeUnknownEither(schema, { errors: "all" })))
