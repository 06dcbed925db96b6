/**
 * The kinds of columns. SQLite and PostgreSQL store them alike.
 */
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"

/** `S` decodes a value that the database returns. */
export interface Column<S extends Schema.Schema.AnyNoContext = Schema.Schema.AnyNoContext> {
  readonly type: "TEXT" | "INTEGER" | "BIGINT"
  readonly isNullable: boolean
  readonly schema: S
  /** Whether a value that the database returns is the decoded one, without a look at the schema. False says nothing. */
  readonly isDecoded: (value: unknown) => boolean
  readonly encode: (value: Schema.Schema.Type<S>) => unknown
  /** The kind of value that the column needs, in words. `undefined` for a value that it can hold. */
  readonly unexpected: (value: unknown) => string | undefined
  /** The value in a copy of the row for another account. Without it, the copy has the same value. Only for columns of text. */
  readonly copied?: (value: string, from: string, to: string) => string
}

/** No database stores a NUL character or half a surrogate pair in a text, so a text with one is not looked up. */
export const isStorable = (text: string): boolean => !/[\0\p{Cs}]/u.test(text)

/** The last instant that a `Date` can hold. */
export const maximumMillis = 8.64e15

/** SQLite returns a number, and the PostgreSQL driver returns a BIGINT as text. */
export const Millis = Schema.Union(Schema.Number, Schema.NumberFromString)

const same = (value: unknown): unknown => value

export const text: Column<typeof Schema.String> = {
  type: "TEXT",
  isNullable: false,
  schema: Schema.String,
  isDecoded: (value) => typeof value === "string",
  encode: same,
  unexpected: (value) =>
    typeof value !== "string"
      ? "a string"
      : isStorable(value)
        ? undefined
        : "a string without NUL characters and half surrogate pairs"
}

/** An integer of 32 bits. */
export const integer: Column<typeof Schema.Number> = {
  type: "INTEGER",
  isNullable: false,
  schema: Schema.Number,
  isDecoded: (value) => typeof value === "number",
  encode: same,
  unexpected: (value) => (typeof value === "number" && (value | 0) === value ? undefined : "an integer of 32 bits")
}

/** A time in milliseconds since 1970. */
export const millis: Column<typeof Millis> = {
  type: "BIGINT",
  isNullable: false,
  schema: Millis,
  isDecoded: (value) => typeof value === "number",
  encode: same,
  unexpected: (value) =>
    Number.isInteger(value) && Math.abs(Number(value)) <= maximumMillis ? undefined : "a time in milliseconds since 1970"
}

/** A value, stored as JSON text. `expected` describes it in words. */
export const json = <A, I>(schema: Schema.Schema<A, I>, expected: string): Column<Schema.Schema<A, string>> => {
  const stored = Schema.parseJson(schema)
  const decode = Schema.decodeUnknownEither(stored)
  return {
    type: "TEXT",
    isNullable: false,
    schema: stored,
    isDecoded: () => false,
    encode: Schema.encodeSync(stored),
    unexpected: (value) => text.unexpected(value) ?? (Either.isRight(decode(value)) ? undefined : expected)
  }
}

/** The column, for the values alone that the schema allows. `expected` describes them in words. */
export const restricted = <S extends Schema.Schema.AnyNoContext>(
  column: Column<S>,
  allowed: Schema.Schema<Schema.Schema.Type<S>, Schema.Schema.Type<S>>,
  expected: string
): Column<S> => {
  const isAllowed = Schema.is(allowed)
  return { ...column, unexpected: (value) => column.unexpected(value) ?? (isAllowed(value) ? undefined : expected) }
}

export const nullable = <A, I>(column: Column<Schema.Schema<A, I>>): Column<Schema.Schema<A | null, I | null>> => ({
  type: column.type,
  isNullable: true,
  schema: Schema.NullOr(column.schema),
  isDecoded: (value) => value === null || column.isDecoded(value),
  encode: (value) => (value === null ? null : column.encode(value)),
  unexpected: (value) => {
    const expected = value === null ? undefined : column.unexpected(value)
    return expected === undefined ? undefined : `${expected} or null`
  }
})
