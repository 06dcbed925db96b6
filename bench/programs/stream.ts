/**
 * `stream.ts ORIGIN all | none`: the peak of the heap while `users.stream` reads all customers of a canned server, or none. Prints JSON.
 *
 * The heap is looked at after each page. What is no longer needed and not yet collected counts too.
 */
import { Effect, Layer, Redacted, Stream } from "effect"
import { Customers, Dintero } from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import { accountId } from "../Beside.js"

export interface Measured {
  readonly customers: number
  /** Bytes. */
  readonly peak: number
}

const [origin = "", which = ""] = process.argv.slice(2)
let peak = 0
let customers = 0

const look = Effect.sync(() => {
  peak = Math.max(peak, process.memoryUsage().heapUsed)
})

await Effect.runPromise(
  Effect.gen(function* () {
    const { users } = yield* Customers
    globalThis.gc?.()
    yield* look
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
process.stdout.write(JSON.stringify({ customers, peak } satisfies Measured))
