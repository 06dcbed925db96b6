/**
 * What a database answers, and what it can be asked.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** A time in milliseconds: a number of SQLite, and the text that the PostgreSQL driver makes of a BIGINT. */
export const Millis = Schema.Union(Schema.Number, Schema.NumberFromString)

/** A list of scopes, stored as JSON. */
export const Scopes = Schema.parseJson(Schema.Array(Schema.String))

export const encodeScopes = (scopes: ReadonlyArray<string>): string => JSON.stringify(scopes)

/** Rows that do not fit are our own mistake, or a change from outside: a defect. */
export const decodeRows = <A, I>(schema: Schema.Schema<A, I>) => {
  const decode = Schema.decodeUnknown(Schema.Array(schema))
  return <E, R>(rows: Effect.Effect<ReadonlyArray<unknown>, E, R>): Effect.Effect<ReadonlyArray<A>, E, R> =>
    Effect.flatMap(rows, (found) => Effect.orDie(decode(found)))
}

/** No database keeps a NUL or half a surrogate pair in a text, so there is no use in looking for one. */
export const isStorable = (text: string): boolean => !/[\0\p{Cs}]/u.test(text)
