/**
 * One set of cases, run against every layer: the embedded system in process, a served one over a port, and one on PostgreSQL.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import * as PostgresServer from "../utils/PostgresServer.js"
import * as Cases from "./Cases.js"
import { System, seed } from "./System.js"

const options = { seed, passwordHashing: PasswordHashing.fastForTests }

const database = Effect.flatMap(PostgresServer.ofFile(), (server) => server.database)

/** Each case has a system of its own. */
const targets = {
  "in process": Layer.merge(
    Layer.succeed(System, { baseUrl: "https://api.dintero.com/v1" }),
    Layer.provide(
      DinteroEmbedded.layerHttpClient,
      Layer.suspend(() => DinteroEmbedded.layerEmbedded(options))
    )
  ),
  "over a port": Layer.merge(
    Layer.scoped(
      System,
      Effect.map(DinteroEmbedded.serve(options), ({ url }) => ({ baseUrl: `${url}/v1` }))
    ),
    NodeHttpClient.layerUndici
  ),
  "on PostgreSQL": Layer.merge(
    Layer.succeed(System, { baseUrl: "https://api.dintero.com/v1" }),
    Layer.provide(
      DinteroEmbedded.layerHttpClient,
      Layer.unwrapEffect(Effect.map(database, (db) => DinteroEmbedded.layerEmbedded({ ...options, db })))
    )
  )
}

for (const [target, layer] of Object.entries(targets)) {
  const note = target === "on PostgreSQL" ? PostgresServer.note : ""
  describe.skipIf(note !== "")(`conformance, ${target}${note}`, () => {
    for (const name of Cases.names) {
      describe(name, () => {
        it("has cases", () => assert.isNotEmpty(Cases.casesOf(name)))
        for (const { name: title, run } of Cases.casesOf(name)) {
          it.live(title, () => Effect.provide(run, Layer.fresh(layer)))
        }
      })
    }
  })
}
