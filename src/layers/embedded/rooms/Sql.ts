/**
 * What the rooms ask of a database alike.
 */

import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Millis } from "../storage/Column.js"
import { codeOf } from "../storage/Unusable.js"

const decodeCounts = Schema.decodeUnknown(Schema.Array(Schema.Struct({ count: Millis })))

/** The `count` of a statement's only row. */
export const countOf = <E, R>(rows: Effect.Effect<ReadonlyArray<unknown>, E, R>): Effect.Effect<number, E, R> =>
  Effect.flatMap(rows, (found) => Effect.map(Effect.orDie(decodeCounts(found)), ([row]) => row?.count ?? 0))

/** Whether a column has the text in it. No character of the text has a meaning, unlike in LIKE. */
export const holds = (sql: SqlClient, column: string, text: string): Fragment =>
  sql.onDialectOrElse({
    pg: () => sql`strpos(${sql(column)}, ${text}) > 0`,
    orElse: () => sql`instr(${sql(column)}, ${text}) > 0`
  })

/** An index of PostgreSQL holds texts of at most 2704 bytes, after they are compressed. SQLite has no such limit. */
export const isTooLong = (error: SqlError): boolean => codeOf(error.cause) === "54000"
