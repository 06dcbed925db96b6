/** What the policy costs a call that succeeds: the whole client over an `HttpClient` that answers at once, without a socket. */
import { HttpClient } from "@effect/platform"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { Bulkhead, CircuitBreaker, Customers, Dintero, RetryPolicy } from "effect-dintero"
import { BufferedResponse } from "../src/internal/BufferedResponse.js"
import * as LeanClient from "../src/internal/LeanClient.js"

const body = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const token = body({ access_token: "token", token_type: "Bearer", expires_in: 3600 })
const settings = body({ users: { customer_id_format: "uuid" } })

// As little as an answer can cost: what is looked for is smaller than the noise of a `Response`.
const instant = LeanClient.make((request, url) =>
  Effect.sync(() => {
    const response = new BufferedResponse(request, 200, { "content-type": "application/json" })
    response.push(url.pathname.endsWith("/auth/token") ? token : settings)
    return response
  })
)

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

const median = (values: ReadonlyArray<number>): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN

/** µs per call over `RetryPolicy.none`, the median over rounds in which the variants take turns. `optIn`: also of what is off by default. */
export const measureOverhead = async ({
  optIn = true,
  rounds = 31
} = {}): Promise<ReadonlyArray<{ readonly name: string; readonly micros: number }>> => {
  const calls = 1000
  const off = subject({ retry: RetryPolicy.none })
  const choices: ReadonlyArray<readonly [string, Partial<Dintero.Options>]> = [
    ["policy on (default) vs off (none)", {}],
    ["opt-in: policy, breaker and bulkhead vs off", { circuitBreaker: CircuitBreaker.make(), bulkhead: Bulkhead.make() }],
    ["opt-in: policy and id headers vs off", { requestId: { header: "x-request-id", attemptHeader: "x-attempt" } }]
  ]
  const variants = choices.slice(0, optIn ? undefined : 1).map(([name, options]) => [name, subject(options)] as const)
  const found = new Map<string, Array<number>>(variants.map(([name]) => [name, []]))
  const time = async (run: (calls: number) => Promise<void>): Promise<number> => {
    const startedAt = performance.now()
    await run(calls)
    return ((performance.now() - startedAt) / calls) * 1000
  }
  for (const { run } of [off, ...variants.map(([, variant]) => variant)]) await run(3000)
  for (let round = 0; round < rounds; round++) {
    for (const [name, { run }] of variants) {
      // Off before and after it, so that a machine that speeds up or slows down favours neither.
      const before = await time(off.run)
      const own = await time(run)
      const after = await time(off.run)
      found.get(name)?.push(own - (before + after) / 2)
    }
  }
  await Promise.all([off, ...variants.map(([, variant]) => variant)].map(({ close }) => close()))
  return variants.map(([name]) => ({ name, micros: median(found.get(name) ?? []) }))
}
