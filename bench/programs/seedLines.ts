/**
 * `seedLines.ts PATH COUNT`: starts a system on a file with a seed of COUNT customers in lines, in a process of its own. Needs --expose-gc. Prints
 * JSON.
 */
import { createReadStream, writeFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { Effect } from "effect"
import { DinteroEmbedded, SeedLines } from "effect-dintero/embedded"

export interface Seeded {
  readonly seconds: number
  readonly cpu: number
  /** MB: the most that was live after a collection of garbage. */
  readonly heap: number
  /** How often progress was reported. */
  readonly told: number
}

const [path = "", text = ""] = process.argv.slice(2)
const count = Number(text)

const customer = (i: number) => ({
  customer_id: `customer-${i}`,
  email: `person${i}@example.com`,
  phone_number: `+47${40_000_000 + i}`,
  first_name: `First${i % 100}`,
  last_name: `Last${i}`,
  attributes: { tier: i % 10 === 0 ? "gold" : "blue", number: i },
  metadata: { source: "seed" },
  marketing_consent: { email: { consent: true, updated_at: "2024-01-01T00:00:00.000Z" } },
  tags: i % 10 === 0 ? ["vip"] : [],
  tokens: [{ type: "card", value: `card-${i}` }]
})

const lines = [{ account_id: "T12345678", tags: [{ tag: "vip" }] }, ...Array.from({ length: count }, (_, i) => customer(i))]
writeFileSync(`${path}.ndjson`, lines.map((line) => JSON.stringify(line)).join("\n"))
lines.length = 0

let heap = 0
let told = 0
const sample = (): void => {
  globalThis.gc?.()
  heap = Math.max(heap, process.memoryUsage().heapUsed)
}

const startedAt = performance.now()
const cpu = process.cpuUsage()
await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const seed = yield* SeedLines.read(() => createInterface(createReadStream(`${path}.ndjson`)))
      yield* DinteroEmbedded.make({
        seed,
        db: `${path}.db`,
        onSeeding: () => {
          if (told++ % 25 === 0) sample()
        }
      })
      sample()
    })
  )
)
const { system, user } = process.cpuUsage(cpu)
const seeded: Seeded = {
  seconds: (performance.now() - startedAt) / 1_000,
  cpu: (user + system) / 1_000_000,
  heap: heap / 1024 / 1024,
  told
}
process.stdout.write(JSON.stringify(seeded))
