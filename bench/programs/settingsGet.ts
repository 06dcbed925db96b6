/**
 * `settingsGet.ts DIST ROUNDS`: the CPU time of `settings.get` in process, without a socket. Prints µs per call of each round as JSON.
 *
 * DIST is a build of this package, of any commit. It is measured in a process of its own, so that two builds do not share what V8 has learnt.
 */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { HttpClient } from "@effect/platform"
import { Effect, Layer, Redacted } from "effect"
import * as Instant from "../Instant.js"

const [dist = "", rounds = ""] = process.argv.slice(2)
const load = (path: string): Promise<unknown> => import(pathToFileURL(join(dist, path)).href)

// Seam: what this program uses is the same in all builds.
const { Customers, Dintero } = (await load("index.js")) as typeof import("effect-dintero")
const instant = Instant.make(
  (await load("internal/BufferedResponse.js")) as typeof import("../../src/internal/BufferedResponse.js"),
  (await load("internal/LeanClient.js")) as typeof import("../../src/internal/LeanClient.js")
)

const calls = 2_000

await Effect.runPromise(
  Effect.gen(function* () {
    const customers = yield* Customers
    const round = Effect.suspend(() => {
      let left = calls
      const startedAt = process.cpuUsage()
      return Effect.map(
        Effect.whileLoop({ while: () => left-- > 0, body: () => customers.settings.get(), step: () => {} }),
        () => {
          const { system, user } = process.cpuUsage(startedAt)
          return (user + system) / calls
        }
      )
    })
    yield* Effect.replicateEffect(round, 5)
    const times = yield* Effect.replicateEffect(round, Number(rounds))
    process.stdout.write(JSON.stringify(times))
  }).pipe(
    Effect.provide(
      Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret") }).pipe(
        Layer.provide(Layer.succeed(HttpClient.HttpClient, instant))
      )
    )
  )
)
