/**
 * Many customers that are created at the same time, on PostgreSQL. `Users.test.ts` has the same on SQLite, and `test/cli/postgres.test.ts` with two
 * processes.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as PostgresServer from "../../../utils/PostgresServer.js"
import { object, startRooms, why } from "../Rooms.js"

const server = PostgresServer.ofFile()

const createMany = (settings: Parameters<typeof startRooms>[0], body: (n: number) => object) =>
  Effect.gen(function* () {
    const db = yield* Effect.flatMap(server, ({ database }) => database)
    const { as } = yield* startRooms(settings, { db })
    return yield* Effect.all(
      Array.from({ length: 64 }, (_, n) => as("admin")("POST", "/customers/users", { type: "customer", ...body(n) })),
      { concurrency: "unbounded" }
    )
  })

describe.skipIf(PostgresServer.isSkipped)(`64 new customers at the same time on PostgreSQL${PostgresServer.note}`, () => {
  it.scopedLive("with one email: one is created, and 63 are refused as duplicates", () =>
    Effect.gen(function* () {
      const answers = yield* createMany({}, () => ({ email: "one@example.com" }))
      assert.strictEqual(answers.filter(({ status }) => status === 200).length, 1)
      assert.deepStrictEqual(
        [...new Set(answers.filter(({ status }) => status !== 200).map(why))],
        ["400 email is already in use"]
      )
    })
  )

  it.scopedLive("get 64 numbers in a row", () =>
    Effect.gen(function* () {
      const answers = yield* createMany({ users: { customer_id_format: "sequence" } }, (n) => ({ email: `${n}@example.com` }))
      assert.deepStrictEqual(
        answers.map((answer) => Number(object(answer).customer_id)).sort((a, b) => a - b),
        Array.from({ length: 64 }, (_, n) => n + 1)
      )
    })
  )
})
