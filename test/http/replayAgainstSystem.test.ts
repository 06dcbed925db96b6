/**
 * Every operation with every fault, against the embedded system in process: how often the request is sent, and how often the system sees it.
 */
import { HttpClient, HttpClientError, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Fiber, Layer, Redacted, TestClock } from "effect"
import { Dintero } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { reasonOf } from "../../src/layers/embedded/rooms/NotEmbedded.js"
import { tell } from "../utils/Claim.js"
import { type OperationCase, operationCases } from "./OperationCases.js"

/** What happens to the first request of an operation, and whether the system sees it. */
interface Fault {
  readonly name: string
  readonly reaches: boolean
  /** The client knows that the system did not act on it. */
  readonly isNotActedOn: boolean
  readonly answer: "fail" | "stall" | "truncate" | number
  readonly code?: string
}

const faults: ReadonlyArray<Fault> = [
  { name: "refused", reaches: false, isNotActedOn: true, answer: "fail", code: "ECONNREFUSED" },
  // A reset looks the same from here whether the bytes had left or not, so it is never taken for "not sent".
  { name: "reset before write", reaches: false, isNotActedOn: false, answer: "fail", code: "ECONNRESET" },
  { name: "reset after write", reaches: true, isNotActedOn: false, answer: "fail", code: "ECONNRESET" },
  { name: "truncated body", reaches: true, isNotActedOn: false, answer: "truncate" },
  { name: "stall before", reaches: false, isNotActedOn: false, answer: "stall" },
  { name: "stall after", reaches: true, isNotActedOn: false, answer: "stall" },
  { name: "429", reaches: false, isNotActedOn: true, answer: 429 },
  ...[500, 502, 503, 504].flatMap(
    (status): ReadonlyArray<Fault> => [
      { name: `${status} before`, reaches: false, isNotActedOn: false, answer: status },
      { name: `${status} after`, reaches: true, isNotActedOn: false, answer: status }
    ]
  ),
  ...[400, 403, 404, 409, 418].map(
    (status): Fault => ({ name: `${status}`, reaches: false, isNotActedOn: false, answer: status })
  )
]

const truncated = () =>
  new Response(
    new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"acc'))
        controller.error(Object.assign(new Error("cut"), { code: "ECONNRESET" }))
      }
    })
  )

const run = (operation: OperationCase, fault: Fault) =>
  Effect.gen(function* () {
    const embedded = yield* DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests })
    const [seed] = DinteroEmbedded.demoSeed.accounts
    let sent = 0
    let reached = 0
    const proxy = HttpClient.make((request, url) => {
      const text = request.body._tag === "Uint8Array" ? new TextDecoder().decode(request.body.body) : ""
      if (!operation.is(request.method, url.pathname, text)) return embedded.httpClient.execute(request)
      const forward = Effect.suspend(() => {
        reached++
        return embedded.httpClient.execute(request)
      })
      if (++sent > 1) return forward
      const cause = Object.assign(new Error(fault.code), { code: fault.code })
      const end =
        fault.answer === "fail"
          ? Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause }))
          : fault.answer === "stall"
            ? Effect.never
            : Effect.sync(() =>
                HttpClientResponse.fromWeb(
                  request,
                  fault.answer === "truncate" ? truncated() : Response.json({}, { status: Number(fault.answer) })
                )
              )
      return fault.reaches
        ? Effect.zipRight(
            Effect.flatMap(forward, ({ text }) => Effect.orDie(text)),
            end
          )
        : end
    })
    const client = Layer.orDie(
      Dintero.layer({
        accountId: seed.account_id,
        clientId: seed.clients[0].client_id,
        clientSecret: Redacted.make(seed.clients[0].client_secret)
      })
    ).pipe(
      Layer.provide(Layer.succeed(HttpClient.HttpClient, proxy)),
      Layer.merge(Layer.succeed(DinteroEmbedded.Embedded, embedded))
    )
    let before = 0
    const end = yield* Effect.gen(function* () {
      const input = yield* operation.input
      before = yield* embedded.passwordHasher.computations
      const fiber = yield* Effect.fork(Effect.either(operation.call(input)))
      // The embedded system hashes in Node's thread pool, which TestClock does not move.
      while (fiber.unsafePoll() === null) {
        yield* Effect.promise(() => new Promise((done) => setImmediate(done)))
        yield* TestClock.adjust("200 millis")
      }
      return yield* Fiber.join(fiber)
    }).pipe(Effect.provide(client))
    const stopped = Either.isLeft(end) ? end.left.request.stopped : undefined
    return { sent, reached, stopped, hashes: (yield* embedded.passwordHasher.computations) - before }
  }).pipe(Effect.scoped, Effect.orDie)

describe("against the embedded system, the class of the operation decides what is sent again", () => {
  // What the system does not carry out it answers with 501 each time, so nothing tells one sending from another.
  for (const operation of operationCases.filter(({ name }) => reasonOf(name) === undefined)) {
    it.effect(`${operation.name} (${operation.replay})`, (context) =>
      Effect.gen(function* () {
        let hashes = 0
        const possible = faults.filter(({ answer }) => operation.hasBody || answer !== "truncate")
        for (const fault of possible) {
          const isRetried = typeof fault.answer !== "number" || fault.answer >= 500 || fault.answer === 429
          const isSentAgain = isRetried && (fault.isNotActedOn || operation.replay !== "never")
          const measured = yield* run(operation, fault)
          hashes += measured.hashes
          assert.strictEqual(measured.sent, isSentAgain ? 2 : 1, fault.name)
          if (isRetried && !isSentAgain) assert.strictEqual(measured.stopped, "not-idempotent", fault.name)
          // A read, or a write of the same thing, may be done twice. What spends a credential may not.
          if (operation.replay === "never") {
            assert.isAtMost(measured.reached, 1, fault.name)
            assert.isAtMost(measured.hashes, 1, fault.name)
          }
        }
        tell(context, { measured: `${possible.length} faults, ${hashes} hashes` })
      })
    )
  }
})
