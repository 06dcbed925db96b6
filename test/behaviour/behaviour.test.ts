import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { describe, layer } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Schema } from "effect"
import { Dintero } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, Seed } from "effect-dintero/embedded"
import * as Child from "../cli/Child.js"
import { behaviours, Subject } from "./Behaviours.js"

const passwordHashing = PasswordHashing.fastForTests
const client = Option.getOrThrow(Option.fromNullable(Seed.firstClient(DinteroEmbedded.demoSeed)))

const clientOf = (baseUrl?: string) =>
  Dintero.layer({
    accountId: client.accountId,
    clientId: client.clientId,
    clientSecret: Redacted.make(client.clientSecret),
    ...(baseUrl === undefined ? {} : { baseUrl })
  })

const inProcess = clientOf().pipe(
  Layer.provideMerge(DinteroEmbedded.layerHttpClient),
  Layer.provideMerge(
    Layer.effect(
      Subject,
      Effect.map(DinteroEmbedded.Embedded, (controls) => ({ controls, baseUrl: "http://in.process/v1" }))
    )
  ),
  Layer.provideMerge(DinteroEmbedded.layerEmbedded({ passwordHashing }))
)

/** By HTTP alone. */
const remote = ({ adminToken, url }: { readonly url: string; readonly adminToken: Redacted.Redacted }) =>
  Layer.merge(
    clientOf(`${url}/v1`),
    Layer.effect(
      Subject,
      Effect.map(DinteroEmbedded.connect({ url, adminToken }), (controls) => ({ controls, baseUrl: `${url}/v1` }))
    )
  ).pipe(Layer.provideMerge(NodeHttpClient.layerUndici))

const served = Layer.unwrapScoped(Effect.map(DinteroEmbedded.serve({ passwordHashing }), remote))

const Printed = Schema.parseJson(Schema.Struct({ url: Schema.String, admin_token: Schema.Redacted(Schema.String) }))

const started = Layer.unwrapScoped(
  Effect.gen(function* () {
    const child = yield* Child.start(Child.cli, ["serve", "--json", "--log", "none"])
    const { admin_token, url } = yield* Effect.flatMap(Child.firstLine(child), Schema.decode(Printed))
    return remote({ url, adminToken: admin_token })
  })
)

const ways = {
  "in process": Layer.orDie(inProcess),
  "on a port": Layer.orDie(served),
  "started by the command": Layer.orDie(started)
}

for (const [way, system] of Object.entries(ways)) {
  describe(way, () => {
    layer(system, { excludeTestServices: true, timeout: 30_000 })((it) => {
      for (const { name, run } of behaviours) it.scoped(name, () => run)
    })
  })
}
