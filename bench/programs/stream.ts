/**
 * `stream.ts ORIGIN all | none`: the peak of the heap while `users.stream` reads all customers of a canned server, or none. Needs --expose-gc.
 * Prints JSON.
 */
import { Effect, Layer, Redacted, Stream } from "effect"
import { Customers, Dintero } from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import { accountId } from "../Beside.js"

export interface Measured {
  readonly customers: number
  /** Bytes that are in use, as looked at after each tenth page, when what is no longer needed has been collected. */
  readonly peak: number
  /** Bytes with what has not been collected yet, as looked at after each page. */
  readonly peakWithGarbage: number
}

const [origin = "", which = ""] = process.argv.slice(2)
let peak = 0
let peakWithGarbage = 0
let pages = 0
let customers = 0

const look = Effect.sync(() => {
  peakWithGarbage = Math.max(peakWithGarbage, process.memoryUsage().heapUsed)
  if (pages++ % 10 !== 0) return
  globalThis.gc?.()
  peak = Math.max(peak, process.memoryUsage().heapUsed)
})

await Effect.runPromise(
  Effect.gen(function* () {
    const { users } = yield* Customers
    // One call in both cases: what a first call loads is no part of a stream.
    yield* users.list({ limit: 100 })
    yield* look
    if (which === "none") return
    yield* Stream.runForEachChunk(users.stream({ limit: 100 }), (chunk) => {
      customers += chunk.length
      return look
    })
  }).pipe(
    Effect.provide(
      Dintero.layer({ accountId, clientId: "client", clientSecret: Redacted.make("secret"), baseUrl: origin }).pipe(
        Layer.provide(UndiciTransport.layer)
      )
    )
  )
)
process.stdout.write(JSON.stringify({ customers, peak, peakWithGarbage } satisfies Measured))
