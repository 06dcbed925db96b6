/**
 * A process that serves a system on a database that it shares, and prints where. For `Postgres.test.ts`.
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { DinteroEmbedded, PasswordHashing } from "../../../src/embedded.js"
import { seedOf } from "../Api.js"

const [, , db = ""] = process.argv

const serve = Effect.gen(function* () {
  const { adminToken, url } = yield* DinteroEmbedded.serve({
    db,
    seed: seedOf({ customers: [{ customer_id: "c", email: "c@example.com", phone_number: "+4791111111", password: "1234" }] }),
    passwordHashing: PasswordHashing.fastForTests,
    refreshTokens: { rotation: "strict" },
    guessing: { failures: 3, delay: "1 minute" }
  })
  process.stdout.write(`${JSON.stringify({ url, adminToken: Redacted.value(adminToken) })}\n`)
  yield* Effect.never
})

void Effect.runPromise(Effect.scoped(serve))
