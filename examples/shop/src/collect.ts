/**
 * The collector as a program of its own: prints what arrives at port 4318, where OTLP over HTTP goes by default.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect } from "effect"
import { collect, describe } from "./Collector.js"
import * as Settings from "./Settings.js"

Effect.gen(function* () {
  const host = yield* Settings.host
  const port = yield* Config.port("PORT").pipe(Config.withDefault(4318))
  const url = yield* collect({ host, port }, (arrived) => Console.log(describe(arrived)))
  yield* Console.log(`Collecting at ${url}`)
  return yield* Effect.never
}).pipe(Effect.scoped, NodeRuntime.runMain)
