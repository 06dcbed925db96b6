/**
 * The databases on which a test file runs the same tests.
 */
import { describe } from "@effect/vitest"
import { Effect, type Redacted } from "effect"
import * as PostgresServer from "../utils/PostgresServer.js"

/** Runs the tests on SQLite in memory and on PostgreSQL. `database` is a new one each time. */
export const onEach = (title: string, tests: (database: Effect.Effect<string | Redacted.Redacted>) => void): void => {
  describe(`${title}, on SQLite`, () => tests(Effect.succeed(":memory:")))
  describe.skipIf(PostgresServer.isSkipped)(`${title}, on PostgreSQL${PostgresServer.note}`, () => {
    const server = PostgresServer.ofFile()
    tests(Effect.flatMap(server, ({ database }) => database))
  })
}
