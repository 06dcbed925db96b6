import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { Customers, Dintero, RetryPolicy } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { UndiciTransport } from "effect-dintero/undici"
import { tell } from "../../utils/Claim.js"

const [demo] = DinteroEmbedded.demoSeed.accounts
const [client] = demo.clients

describe("a served system", () => {
  it.scopedLive(
    "sees 1 token request of 1,000 concurrent first calls, and answers all of them",
    (context) =>
      Effect.gen(function* () {
        const { url } = yield* DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests })
        let sent = 0
        const counting = HttpClient.tapRequest((request) =>
          Effect.sync(() => {
            if (request.url.endsWith("/auth/token")) sent++
          })
        )
        const counted = Layer.effect(HttpClient.HttpClient, Effect.map(HttpClient.HttpClient, counting)).pipe(
          Layer.provide(UndiciTransport.layer)
        )
        const dintero = Dintero.layer({
          accountId: demo.account_id,
          clientId: client.client_id,
          clientSecret: Redacted.make(client.client_secret),
          baseUrl: url,
          // A busy machine answers 1,000 calls slowly or breaks connections. All of them wait for the one token request, which comes first.
          retry: RetryPolicy.default.pipe(
            RetryPolicy.withoutBudget,
            RetryPolicy.attempts(20),
            RetryPolicy.deadline("4 minutes"),
            RetryPolicy.connectionTimeout("1 minute"),
            RetryPolicy.attemptTimeout("1 minute")
          )
        }).pipe(Layer.provide(counted))
        const answers = yield* Effect.flatMap(Customers, (customers) =>
          Effect.replicateEffect(customers.settings.get(), 1000, { concurrency: "unbounded" })
        ).pipe(Effect.provide(dintero))
        tell(context, { measured: `${sent} token request, ${answers.length} answers` })
        assert.deepStrictEqual([sent, answers.length], [1, 1000])
      }),
    300_000
  )
})
