/**
 * A process that brings a database up to date. For `Migrations.test.ts` and `PostgresMigrations.test.ts`, which kill it.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Database from "../../../src/layers/embedded/storage/Database.js"
import * as DatabaseName from "../../../src/layers/embedded/storage/DatabaseName.js"
import * as Migrations from "../../../src/layers/embedded/storage/Migrations.js"
import { slowly } from "./TestMigrations.js"

const [, , db = ""] = process.argv

const migrate = Effect.flatMap(Database.connect(db), ({ sql }) =>
  Effect.provideService(Migrations.migrate(DatabaseName.nameOf(db), slowly), SqlClient.SqlClient, sql)
)

void Effect.runPromise(Effect.scoped(migrate)).then(() => console.log("done"))
