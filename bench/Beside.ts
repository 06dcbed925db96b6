/** A client of ours beside others, against a canned server in a process of its own. What is compared takes turns. */
import { spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { FetchHttpClient } from "@effect/platform"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { Customers, Dintero, type DinteroError } from "effect-dintero"
import { type Figure, median, quantile } from "./Figure.js"

export const accountId = "T12345678"

export type Run = (calls: number, concurrency: number) => Promise<void>

/** The plain way to run a promise-returning call often, a number of them at a time. */
export const loop =
  (call: () => Promise<unknown>): Run =>
  async (count, concurrency) => {
    let left = count
    const worker = async (): Promise<void> => {
      while (left-- > 0) await call()
    }
    await Promise.all(Array.from({ length: concurrency }, worker))
  }

/** Our client. `repeat` is what {@link loop} is for a promise. */
export const ours = (origin: string, transport: typeof FetchHttpClient.layer) => {
  const runtime = ManagedRuntime.make(
    Dintero.layer({ accountId, clientId: "client", clientSecret: Redacted.make("secret"), baseUrl: origin }).pipe(
      Layer.provide(transport)
    )
  )
  return {
    repeat:
      (call: (customers: typeof Customers.Service) => Effect.Effect<unknown, DinteroError>): Run =>
      (count, concurrency) =>
        runtime.runPromise(
          Effect.flatMap(Customers, (customers) => {
            let left = count
            const worker = Effect.whileLoop({ while: () => left-- > 0, body: () => call(customers), step: () => {} })
            return Effect.all(
              Array.from({ length: concurrency }, () => worker),
              { concurrency: "unbounded", discard: true }
            )
          })
        ),
    close: () => runtime.dispose()
  }
}

/** The other side: canned answers, in a process of its own. */
export const startServer = async () => {
  const child = spawn(process.execPath, ["--import", "tsx", fileURLToPath(new URL("./cannedServer.ts", import.meta.url))], {
    stdio: ["ignore", "pipe", "inherit"]
  })
  // Seam: the first thing that it prints is its port.
  const [line] = (await once(child.stdout, "data")) as [Buffer]
  return { origin: `http://127.0.0.1:${line.toString().trim()}`, close: () => void child.kill() }
}

/** A time and CPU time of this process, in µs. The server has a process of its own. */
interface Cost {
  readonly elapsed: number
  readonly cpu: number
}

const costOf = async (run: Run, calls: number, concurrency: number): Promise<Cost> => {
  const cpu = process.cpuUsage()
  const startedAt = performance.now()
  await run(calls, concurrency)
  const elapsed = ((performance.now() - startedAt) / calls) * 1000
  const { system, user } = process.cpuUsage(cpu)
  return { elapsed, cpu: (system + user) / calls }
}

/** Medians over the rounds of the ratio to the first variant in the same round: of the time that passes, and of CPU time. */
export const ratios = async function* (
  subject: string,
  concurrency: number,
  { calls, rounds }: { readonly rounds: number; readonly calls: number },
  variants: ReadonlyArray<readonly [name: string, run: Run]>
): AsyncGenerator<Figure, void, void> {
  const costs = new Map<string, Array<Cost>>(variants.map(([name]) => [name, []]))
  // Long enough that the compiler of V8 is done: a figure is that of a process that runs.
  for (const [, run] of variants) await run(5 * calls, concurrency)
  for (let round = 0; round < rounds; round++) {
    // Another order in each round, so that none always follows the same one.
    const order = [...variants.slice(round % variants.length), ...variants.slice(0, round % variants.length)]
    for (const [name, run] of order) costs.get(name)?.push(await costOf(run, calls, concurrency))
  }
  const [[first] = [""]] = variants
  const base = costs.get(first) ?? []
  for (const [name] of variants) {
    const own = costs.get(name) ?? []
    for (const [what, of] of [
      ["", ({ elapsed }: Cost) => elapsed],
      [": CPU time", ({ cpu }: Cost) => cpu]
    ] as const) {
      const before = base.map(of)
      const ratios = own.map((cost, round) => of(cost) / (before[round] ?? Number.NaN))
      yield {
        name: `${subject}, ${concurrency} at a time: ${name}${what}`,
        value: median(ratios),
        unit: "×",
        note: `${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}; ${median(own.map(of)).toFixed(0)} µs`
      }
    }
  }
}
