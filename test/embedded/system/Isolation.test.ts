import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, Redacted } from "effect"
import { AccessTokens, Customers, Dintero } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { samples, tell } from "../../utils/Claim.js"

const [demo] = DinteroEmbedded.demoSeed.accounts
const [client] = demo.clients

const instances = samples(1000, 100)

describe("many systems in one process, with the same seed", () => {
  it.scoped(
    `do not see each other's settings, journal and clock, and accept no token of another${instances.note}`,
    (context) =>
      Effect.gen(function* () {
        const systems = yield* Effect.forEach(Array.from({ length: instances.count }), () =>
          Effect.gen(function* () {
            const system = yield* DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests })
            const transport = Layer.succeed(HttpClient.HttpClient, system.httpClient)
            const services = yield* Layer.build(
              Dintero.layer({
                accountId: demo.account_id,
                clientId: client.client_id,
                clientSecret: Redacted.make(client.client_secret)
              }).pipe(Layer.provide(transport))
            )
            return { ...system, transport, services }
          })
        )
        yield* Effect.forEach(
          systems,
          ({ clock, services }, index) =>
            Effect.gen(function* () {
              yield* clock.advance(index * 1_000)
              const customers = yield* Customers
              yield* customers.settings.update({
                attributes: [{ name: `of-${index}`, type: "string", multiple_values: false, private: false }]
              })
            }).pipe(Effect.provide(services)),
          { concurrency: 10 }
        )
        const tally = { settings: 0, journal: 0, clock: 0, tokens: 0 }
        for (const [index, { clock, journal, services }] of systems.entries()) {
          const { attributes } = yield* Effect.provide(
            Effect.flatMap(Customers, (customers) => customers.settings.get()),
            services
          )
          if (attributes?.length !== 1 || attributes[0]?.name !== `of-${index}`) tally.settings++
          // The token, the update and the read.
          if ((yield* journal.list()).length !== 3) tally.journal++
          if ((yield* clock.state).offset_millis !== index * 1_000) tally.clock++
        }
        for (const [index, { services }] of systems.entries()) {
          const other = systems[(index + 1) % systems.length] ?? assert.fail("no other system")
          const token = yield* Effect.provide(
            Effect.flatMap(AccessTokens, (tokens) => tokens.get),
            services
          )
          const end = yield* Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
            Effect.provide(
              Dintero.layerFixedToken({ accountId: demo.account_id, token: token.value }).pipe(Layer.provide(other.transport))
            ),
            Effect.either
          )
          if (Either.isRight(end) || end.left._tag !== "Unauthorized") tally.tokens++
        }
        tell(context, {
          measured: `of ${systems.length}: ${tally.settings} with settings, ${tally.journal} with a journal and ${tally.clock} with a clock of another; ${tally.tokens} foreign tokens accepted`
        })
        assert.deepStrictEqual(tally, { settings: 0, journal: 0, clock: 0, tokens: 0 })
      }),
    240_000
  )
})
