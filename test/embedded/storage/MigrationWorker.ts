/**
 * A process that brings a database up to date, and says when it is done. For `Migrations.test.ts`, which kills it.
 */
import * as Effect from "effect/Effect"
import * as Migrations from "../../../src/layers/embedded/storage/Migrations.js"
import * as Sqlite from "../../../src/layers/embedded/storage/Sqlite.js"
import { slowly } from "./TestMigrations.js"

const [, , db = ""] = process.argv

void Effect.runPromise(Migrations.migrate(db, slowly).pipe(Effect.provide(Sqlite.layer(db)))).then(() => console.log("done"))
