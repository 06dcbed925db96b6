/**
 * One program, run three ways. What changes is a layer; the program does not know.
 *
 * `npx tsx examples/swap-layers.ts` needs no network. With `DINTERO_ACCOUNT_ID`, `DINTERO_CLIENT_ID` and `DINTERO_CLIENT_SECRET`
 * set it runs the third way too. (Those that `effect-dintero serve` prints will do.)
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Config, Console, Effect, Layer, Redacted } from "effect"
import { Customers, Dintero } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"

/** The program: how are the ids of new customers made? */
const program = Effect.gen(function* () {
  const customers = yield* Customers
  const settings = yield* customers.settings.get()
  return settings.users?.customer_id_format ?? "uuid"
})

/** 1. For a unit test: functions of your own, no HTTP at all. A call to any other method would say that it is missing. */
const FunctionsTest = Dintero.layerTest({
  customers: { settings: { get: () => Effect.succeed({ users: { customer_id_format: "sequence" } }) } }
})

/** 2. For an integration test: all of the client's own code, answered in process by a system with this one account. */
const EmbeddedTest = Dintero.layer({
  accountId: "T00000001",
  clientId: "my-client",
  clientSecret: Redacted.make("my-secret")
}).pipe(
  Layer.provide(DinteroEmbedded.layerHttpClient),
  Layer.provide(
    DinteroEmbedded.layerEmbedded({
      seed: {
        accounts: [
          {
            account_id: "T00000001",
            settings: { users: { customer_id_format: "uuid" } },
            clients: [
              {
                client_id: "my-client",
                client_secret: "my-secret",
                grants: [{ type: "client_credentials", scope: ["read:customers"] }]
              }
            ]
          }
        ]
      }
    })
  )
)

/** 3. For production: who calls is in the environment, and the transport is the application's choice. */
const Production = Dintero.layerConfig.pipe(Layer.provide(NodeHttpClient.layerUndici))

const main = Effect.gen(function* () {
  yield* Console.log(`1. Dintero.layerTest:      ${yield* Effect.provide(program, FunctionsTest)}`)
  yield* Console.log(`2. DinteroEmbedded:        ${yield* Effect.provide(program, EmbeddedTest)}`)

  const isConfigured = yield* Effect.isSuccess(Config.nonEmptyString("DINTERO_ACCOUNT_ID"))
  const produced = isConfigured ? yield* Effect.provide(program, Production) : "not run, since DINTERO_ACCOUNT_ID is not set"
  yield* Console.log(`3. Dintero.layerConfig:    ${produced}`)
})

NodeRuntime.runMain(main)
