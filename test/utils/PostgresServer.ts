/**
 * The PostgreSQL of a test file.
 */
import { afterAll, beforeAll } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { available, make, type PostgresServer, reason } from "./Postgres.js"

export * from "./Postgres.js"

/** One for all tests of a file, as an effect of those. To be called outside of them. */
export const ofFile = (): Effect.Effect<PostgresServer> => {
  let made: PostgresServer | undefined
  if (available) {
    const scope = Effect.runSync(Scope.make())
    beforeAll(async () => {
      made = await Effect.runPromise(Scope.extend(make, scope))
    }, 60_000)
    afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)), 60_000)
  }
  return Effect.suspend(() => (made === undefined ? Effect.dieMessage(reason) : Effect.succeed(made)))
}
