/**
 * A process that migrates a database, and prints when it is done. `Migrations.test.ts` kills it.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Tables from "../../../src/layers/embedded/rooms/Tables.js"
import * as Migrations from "../../../src/layers/embedded/storage/Migrations.js"
import * as Sqlite from "../../../src/layers/embedded/storage/Sqlite.js"
import { slowly } from "./TestMigrations.js"

const [, , db = ""] = process.argv

const migrate = Migrations.migrate(db, Tables.all, slowly).pipe(
  Effect.provide(Layer.scoped(SqlClient.SqlClient, Sqlite.make(db)))
)

void Effect.runPromise(migrate).then(() => console.log("done"))
