import { HttpBody, HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { UndiciTransport } from "effect-dintero/undici"
import { MockAgent } from "undici"
import * as Server from "../utils/ScriptedServer.js"
import { until } from "../utils/Until.js"
import { testTransport } from "./Transport.js"

testTransport("UndiciTransport", UndiciTransport.layer, [
  HttpBody.stream(Stream.make(new Uint8Array([1]))),
  HttpBody.formData(new FormData()),
  HttpBody.raw(17)
])

const serving = (answer: Server.Answer) => Server.make({ resource: answer })

const untraced = Effect.withTracerEnabled(false)

describe("UndiciTransport", () => {
  it.scopedLive("a call that is interrupted while it waits for a connection is never sent", () =>
    Effect.gen(function* () {
      let answerFirst: (() => void) | undefined
      const good = Server.text(200, "{}")
      const server = yield* serving((request, response, count) => {
        if (count > 1) good(request, response, count)
        else answerFirst = () => good(request, response, count)
      })
      const first = yield* Effect.fork(HttpClient.get(server.origin))
      yield* until(() => answerFirst !== undefined)
      const second = yield* Effect.fork(HttpClient.get(server.origin))
      yield* Effect.sleep("20 millis")
      yield* Fiber.interrupt(second)
      answerFirst?.()
      assert.strictEqual((yield* Fiber.join(first)).status, 200)
      assert.strictEqual((yield* HttpClient.get(server.origin)).status, 200)
      assert.strictEqual(server.seen.length, 2)
    }).pipe(untraced, Effect.provide(UndiciTransport.layerWith({ connections: 1 })))
  )

  it.live("the layer's scope closes its connections, with what is under way on them", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const server = yield* serving(Server.silence)
        const call = yield* Effect.scoped(
          Effect.gen(function* () {
            const client = yield* Layer.build(UndiciTransport.layer)
            const fiber = yield* Effect.forkDaemon(Effect.either(Effect.provide(HttpClient.get(server.origin), client)))
            yield* until(() => server.seen.length === 1)
            return fiber
          })
        )
        const ended = yield* Fiber.join(call)
        assert.strictEqual(ended._tag, "Left")
        yield* until(() => server.aborted() === 1)
      })
    )
  )

  it.scopedLive("make: over a dispatcher of one's own", () =>
    Effect.gen(function* () {
      const mock = new MockAgent()
      mock.disableNetConnect()
      mock.get("https://api.dintero.com").intercept({ path: "/v1/x" }).reply(200, { a: 1 })
      const response = yield* UndiciTransport.make(mock).get("https://api.dintero.com/v1/x")
      assert.deepStrictEqual(yield* response.json, { a: 1 })
      yield* Effect.promise(() => mock.close())
    })
  )
})
