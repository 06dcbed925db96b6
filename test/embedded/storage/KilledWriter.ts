/**
 * A process that writes until `Database.test.ts` kills it. It prints the number of each acknowledged write.
 */
import * as Effect from "effect/Effect"
import { start, tokenOf } from "../Api.js"

const write = Effect.gen(function* () {
  const { api } = yield* start({ db: process.argv[2] })
  const authorization = yield* tokenOf(api)
  for (let n = 1; ; n++) {
    const body = { attributes: [{ name: String(n), type: "string" }] }
    const { status } = yield* api("PUT", "/customers/settings", { authorization, body })
    if (status === 200) process.stdout.write(`${n}\n`)
  }
})

void Effect.runPromise(Effect.scoped(write))
