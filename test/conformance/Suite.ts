/**
 * One set of cases, run against every target: the embedded system in process, a served one over a port, and one on PostgreSQL. Each tag has a
 * test file for each target, so that the files run side by side.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import type { TagName } from "../operations/Samples.js"
import * as PostgresServer from "../utils/PostgresServer.js"
import type { Needs } from "./Case.js"
import { casesOf } from "./Cases.js"
import { System, seed } from "./System.js"

const options = { seed, passwordHashing: PasswordHashing.fastForTests }

const inProcess = (options: DinteroEmbedded.Options) =>
  Layer.merge(
    Layer.succeed(System, { baseUrl: "https://api.dintero.com/v1" }),
    Layer.provideMerge(
      DinteroEmbedded.layerHttpClient,
      Layer.suspend(() => DinteroEmbedded.layerEmbedded(options))
    )
  )

/** Each case has a system of its own. */
const register = (tag: TagName, layer: Layer.Layer<Needs, DinteroEmbedded.EmbeddedStartError>): void => {
  for (const [operation, cases] of casesOf(tag)) {
    describe(operation, () => {
      for (const { name, run } of cases) it.live(name, () => Effect.provide(run, Layer.fresh(layer)))
    })
  }
}

/** The folder of each target, and what its test files run. */
export const targets = {
  inProcess: (tag: TagName) => describe("conformance, in process", () => register(tag, inProcess(options))),

  overAPort: (tag: TagName) =>
    describe("conformance, over a port", () =>
      register(
        tag,
        Layer.merge(
          Layer.scopedContext(
            Effect.map(DinteroEmbedded.serve(options), (served) =>
              Context.make(System, { baseUrl: `${served.url}/v1` }).pipe(Context.add(DinteroEmbedded.Embedded, served))
            )
          ),
          NodeHttpClient.layerUndici
        )
      )),

  onPostgres: (tag: TagName) =>
    describe.skipIf(PostgresServer.isSkipped)(`conformance, on PostgreSQL${PostgresServer.note}`, () => {
      const database = Effect.flatMap(PostgresServer.ofFile(), (server) => server.database)
      register(tag, Layer.unwrapEffect(Effect.map(database, (db) => inProcess({ ...options, db }))))
    })
} as const

export type TargetName = keyof typeof targets
