import { FetchHttpClient, HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { tell } from "../../utils/Claim.js"
import { ada, apiOf, audience, tokenOf } from "../Api.js"

describe("the outbox over HTTP", () => {
  it.scopedLive("awaitNext is one request for each message: it does not poll", (context) =>
    Effect.gen(function* () {
      let requests = 0
      const counting = HttpClient.tapRequest((request) =>
        Effect.sync(() => {
          if (request.url.includes("/_embedded/")) requests++
        })
      )
      const system = yield* DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests })
      const http = Effect.map(HttpClient.HttpClient, counting)
      const remote = yield* Effect.provideServiceEffect(DinteroEmbedded.connect(system), HttpClient.HttpClient, http)
      const api = apiOf(system)
      const authorization = yield* tokenOf(api)
      const messages = 20
      const before = requests
      for (let message = 0; message < messages; message++) {
        const waiting = yield* Effect.fork(remote.outbox.awaitNext({ template: "change_password" }))
        // Some messages come while somebody waits, some before.
        if (message % 2 === 0) yield* Effect.sleep("20 millis")
        yield* api("POST", "/customers/change_password", {
          authorization,
          body: { type: "customer", email: ada.email, audience }
        })
        assert.strictEqual((yield* Fiber.join(waiting)).recipient, ada.email)
      }
      tell(context, { measured: `${requests - before} requests for ${messages} messages` })
      assert.strictEqual(requests - before, messages)
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})
