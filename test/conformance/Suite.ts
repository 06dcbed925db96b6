/**
 * One set of cases, run against every target: the embedded system in process, a served one over a port, and one on PostgreSQL. Each tag has a
 * test file for each target, so that the files run side by side.
 */
import { NodeHttpClient } from "@effect/platform-node"
import { afterAll, describe, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Scope } from "effect"
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

/** Each case has the data of a new system. */
const register = (tag: TagName, layer: Layer.Layer<Needs, DinteroEmbedded.EmbeddedStartError>): void => {
  for (const [operation, cases] of casesOf(tag)) {
    describe(operation, () => {
      for (const { name, run } of cases) it.live(name, () => Effect.provide(run, Layer.fresh(layer)))
    })
  }
}

/** As a system is that has just started. */
const anew = Effect.gen(function* () {
  const { accounts, clock, faults, journal, outbox } = yield* DinteroEmbedded.Embedded
  yield* clock.reset
  yield* faults.clear
  yield* accounts.seed(seed, { replace: true })
  yield* outbox.clear()
  yield* journal.clear
})

/** One system for all cases of a file, where a new one takes long: it makes a key and all tables. */
const shared = (
  layer: Layer.Layer<Needs, DinteroEmbedded.EmbeddedStartError>
): Layer.Layer<Needs, DinteroEmbedded.EmbeddedStartError> => {
  const scope = Effect.runSync(Scope.make())
  const memoMap = Effect.runSync(Layer.makeMemoMap)
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)), 60_000)
  return Layer.effectContext(
    Effect.tap(Layer.buildWithMemoMap(layer, memoMap, scope), (context) => Effect.orDie(Effect.provide(anew, context)))
  )
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
      register(tag, shared(Layer.unwrapEffect(Effect.map(database, (db) => inProcess({ ...options, db })))))
    })
} as const

export type TargetName = keyof typeof targets
