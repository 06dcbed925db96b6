/**
/**
 * A process that migrates a database, and prints when it is done. `Migrations.test.ts` and `PostgresMigrations.test.ts` kill it.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Tables from "../../../src/layers/embedded/rooms/Tables.js"
import * as Database from "../../../src/layers/embedded/storage/Database.js"
import * as DatabaseName from "../../../src/layers/embedded/storage/DatabaseName.js"
import * as Migrations from "../../../src/layers/embedded/storage/Migrations.js"
import { slowly } from "./TestMigrations.js"

const [, , db = ""] = process.argv

const migrate = Effect.flatMap(Database.connect(db), ({ sql }) =>
  Effect.provideService(Migrations.migrate(DatabaseName.nameOf(db), Tables.all, slowly), SqlClient.SqlClient, sql)
)

void Effect.runPromise(Effect.scoped(migrate)).then(() => console.log("done"))
