/** What the policy costs a call that succeeds: the whole client over an `HttpClient` that answers at once, without a socket. */
import { HttpClient } from "@effect/platform"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { Bulkhead, CircuitBreaker, Customers, Dintero, RetryPolicy } from "effect-dintero"
import * as BufferedResponses from "../src/internal/BufferedResponse.js"
import * as LeanClient from "../src/internal/LeanClient.js"
import { type Bench, median } from "./Figure.js"
import * as Instant from "./Instant.js"

const instant = Instant.make(BufferedResponses, LeanClient)

const subject = (options: Partial<Dintero.Options>) => {
  const runtime = ManagedRuntime.make(
    Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret"), ...options }).pipe(
      Layer.provide(Layer.succeed(HttpClient.HttpClient, instant))
    )
  )
  return {
    run: (calls: number) =>
      runtime.runPromise(
        Effect.flatMap(Customers, (customers) => {
          let left = calls
          return Effect.whileLoop({ while: () => left-- > 0, body: () => customers.settings.get(), step: () => {} })
        })
      ),
    close: () => runtime.dispose()
  }
}

const variants: ReadonlyArray<readonly [name: string, options: Partial<Dintero.Options>, isOptIn: boolean]> = [
  ["policy on (default) vs off (none)", {}, false],
  ["opt-in: policy, breaker and bulkhead vs off", { circuitBreaker: CircuitBreaker.make(), bulkhead: Bulkhead.make() }, true],
  ["opt-in: policy and id headers vs off", { requestId: { header: "x-request-id", attemptHeader: "x-attempt" } }, true]
]

/** µs of CPU time per call over `RetryPolicy.none`: the median over rounds in which the variants take turns. Reduced: without those that are off by default. */
export const bench: Bench = async function* ({ isReduced }) {
  const [rounds, calls] = isReduced ? [15, 1000] : [31, 1000]
  const off = subject({ retry: RetryPolicy.none })
  const measured = variants
    .filter(([, , isOptIn]) => !isReduced || !isOptIn)
    .map(([name, options]) => {
      const whole: Array<number> = []
      const over: Array<number> = []
      return { name, ...subject(options), whole, over }
    })
  const time = async (run: (calls: number) => Promise<void>): Promise<number> => {
    const startedAt = process.cpuUsage()
    await run(calls)
    const { system, user } = process.cpuUsage(startedAt)
    return (user + system) / calls
  }
  for (const { run } of [off, ...measured]) await run(3000)
  for (let round = 0; round < rounds; round++) {
    for (const { over, run, whole } of measured) {
      // Off before and after it, so that a machine that speeds up or slows down favours neither.
      const before = await time(off.run)
      const own = await time(run)
      const after = await time(off.run)
      whole.push(own)
      over.push(own - (before + after) / 2)
    }
  }
  for (const { name, over, whole } of measured) {
    yield { name, value: median(over), unit: "µs", note: `of ${median(whole).toFixed(1)}` }
  }
  await Promise.all([off, ...measured].map(({ close }) => close()))
}
