import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { Customers, Dintero, RetryPolicy } from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import * as Server from "../utils/ScriptedServer.js"
import { until } from "../utils/Until.js"

const settings = Buffer.from(JSON.stringify({ users: { customer_id_format: "uuid" } }))

const coded =
  (status: number, coding: string | ReadonlyArray<string>, body: Buffer): Server.Answer =>
  (_request, response) => {
    response.setHeader("content-encoding", coding)
    response.writeHead(status, { "content-type": "application/json", "content-length": body.length })
    response.end(body)
  }

/** In as many pieces as it has bytes. */
const trickled =
  (coding: string, body: Buffer): Server.Answer =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-encoding": coding })
    response.socket?.setNoDelay(true)
    const next = (at: number): void => {
      if (at === body.length) response.end()
      else response.write(body.subarray(at, at + 1), () => next(at + 1))
    }
    next(0)
  }

const over = (server: Server.ScriptedServer) =>
  Dintero.layer({
    accountId: "T12345678",
    clientId: "client",
    clientSecret: Redacted.make("secret"),
    baseUrl: server.origin,
    retry: RetryPolicy.default.pipe(RetryPolicy.backoff("1 millis", "2 millis"))
  }).pipe(Layer.provide(UndiciTransport.layer))

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())

const codings = {
  gzip: gzipSync(settings),
  "x-gzip": gzipSync(settings),
  br: brotliCompressSync(settings),
  deflate: deflateSync(settings),
  "deflate without the header of zlib": deflateRawSync(settings),
  GZIP: gzipSync(settings),
  "gzip, br": brotliCompressSync(gzipSync(settings)),
  "deflate, identity,gzip , x-gzip,br": brotliCompressSync(gzipSync(gzipSync(deflateRawSync(settings)))),
  identity: settings,
  ",": settings
}

describe("an answer with a content coding, over UndiciTransport", () => {
  for (const [name, body] of Object.entries(codings)) {
    const coding = name.replace(" without the header of zlib", "")
    it.scopedLive(`${name}: decoded, in one piece and in many`, () =>
      Effect.gen(function* () {
        const server = yield* Server.make({ resource: Server.script(coded(200, coding, body), trickled(coding, body)) })
        const answers = yield* Effect.provide(Effect.all([getSettings, getSettings]), over(server))
        assert.deepStrictEqual(
          answers.map(({ users }) => users?.customer_id_format),
          ["uuid", "uuid"]
        )
        assert.strictEqual(server.resourceRequests(), 2)
      })
    )
  }

  it.scopedLive("codings in several headers", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({ resource: coded(200, ["gzip", "br"], codings["gzip, br"]) })
      const { users } = yield* Effect.provide(getSettings, over(server))
      assert.strictEqual(users?.customer_id_format, "uuid")
    })
  )

  it.scopedLive("a refusal is decoded too", () =>
    Effect.gen(function* () {
      const refusal = gzipSync(JSON.stringify({ error: { code: "FORBIDDEN", message: "not yours" } }))
      const server = yield* Server.make({ resource: coded(403, "gzip", refusal) })
      const error = yield* Effect.flip(Effect.provide(getSettings, over(server)))
      assert.deepInclude(error, { _tag: "Forbidden", message: "not yours" })
    })
  )

  const expected = "the answer of customers.settings.get is not what the contract says: "
  const inOf = (coding: string) => `${expected}expected a whole body in the content coding ${coding}`
  const ofThree = `${expected}expected a body in at most 5 of the content codings gzip, br and deflate`

  for (const [name, coding, body, message] of [
    ["a coding that is not known", "compress", settings, ofThree],
    ["a coding with the name of what every object has", "constructor", settings, ofThree],
    ["one known and one not", "gzip, zstd", gzipSync(settings), ofThree],
    ["a sixth coding", "gzip,gzip,gzip,gzip,gzip,gzip", settings, ofThree],
    ["gzip that is cut off", "gzip", gzipSync(settings).subarray(0, -9), inOf("gzip")],
    ["gzip that is none", "gzip", settings, inOf("gzip")],
    ["br that is none", "br", settings, inOf("br")],
    ["deflate that is none", "deflate", Buffer.alloc(50, 0xff), inOf("deflate")],
    ["gzip around what is no br", "br, gzip", gzipSync(settings), inOf("br")]
  ] as const) {
    it.scopedLive(`${name}: InvalidResponse, and not asked for again`, () =>
      Effect.gen(function* () {
        const server = yield* Server.make({ resource: coded(200, coding, body) })
        const error = yield* Effect.flip(Effect.provide(getSettings, over(server)))
        assert.deepInclude(error, { _tag: "InvalidResponse", message })
        assert.nestedPropertyVal(error, "request.status", 200)
        assert.strictEqual(server.resourceRequests(), 1)
      })
    )
  }

  it.scopedLive("a failure that cannot be decoded keeps what its status means", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({
        resource: Server.script(coded(503, "compress", settings), coded(503, "gzip", settings), Server.goodSettings)
      })
      const { users } = yield* Effect.provide(getSettings, over(server))
      assert.strictEqual(users?.customer_id_format, "uuid")
      assert.strictEqual(server.resourceRequests(), 3)
    })
  )

  const zeros = Buffer.alloc(64 * 1024 * 1024)

  for (const [name, coding, body] of [
    ["gzip", "gzip", gzipSync(zeros)],
    ["br", "br", brotliCompressSync(zeros)],
    ["deflate", "deflate", deflateSync(zeros)],
    ["gzip in gzip", "gzip, gzip", gzipSync(gzipSync(zeros))]
  ] as const) {
    it.scopedLive(`64 MiB in a few bytes of ${name}: stopped at the limit, before the answer has ended`, () =>
      Effect.gen(function* () {
        // The end never comes, so only who decodes what is there can know.
        const server = yield* Server.make({
          resource: (_request, response) => {
            response.writeHead(200, { "content-type": "application/json", "content-encoding": coding })
            response.write(body)
          }
        })
        const error = yield* Effect.flip(Effect.provide(getSettings, over(server)))
        assert.deepInclude(error, { _tag: "InvalidResponse", message: `${expected}expected at most 8388608 bytes` })
        yield* until(() => server.aborted() === 1)
        assert.strictEqual(server.resourceRequests(), 1)
      })
    )
  }

  it.scopedLive("a body that never becomes anything is stopped at the limit too", () =>
    Effect.gen(function* () {
      // A stored block of deflate that is empty and not the last one.
      const nothing = Buffer.alloc(1024 * 1024)
      for (let at = 0; at + 5 <= nothing.length; at += 5) nothing.set([0, 0, 0, 0xff, 0xff], at)
      const server = yield* Server.make({
        resource: (_request, response) => {
          response.writeHead(200, { "content-type": "application/json", "content-encoding": "deflate" })
          const more = (): void => {
            if (!response.destroyed)
              response.write(nothing.subarray(0, nothing.length - (nothing.length % 5)), () => setImmediate(more))
          }
          more()
        }
      })
      const error = yield* Effect.flip(Effect.provide(getSettings, over(server)))
      assert.deepInclude(error, { _tag: "InvalidResponse", message: `${expected}expected at most 16777216 bytes` })
    })
  )

  it.scopedLive("the header without a body: HEAD, 204 and 304", () =>
    Effect.gen(function* () {
      const bare =
        (status: number): Server.Answer =>
        (_request, response) =>
          response.writeHead(status, { "content-encoding": "gzip", "x-mine": "1" }).end()
      const server = yield* Server.make({
        resource: Server.script(
          (_request, response) => response.writeHead(200, { "content-encoding": "gzip", "content-length": 120 }).end(),
          bare(204),
          bare(304),
          bare(200)
        )
      })
      for (const ask of [HttpClient.head, HttpClient.get, HttpClient.get, HttpClient.get]) {
        const response = yield* ask(server.origin)
        assert.strictEqual(response.headers["content-encoding"], "gzip")
        assert.strictEqual(yield* response.text, "")
      }
    }).pipe(Effect.provide(UndiciTransport.layer))
  )

  it.scopedLive("what was decoded has no header of its coding and its length on the wire; what was not has both", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({
        resource: Server.script(coded(200, "gzip", codings.gzip), coded(200, "identity", settings))
      })
      const decoded = yield* HttpClient.get(server.origin)
      assert.notProperty(decoded.headers, "content-encoding")
      assert.notProperty(decoded.headers, "content-length")
      assert.strictEqual(decoded.headers["content-type"], "application/json")
      const plain = yield* HttpClient.get(server.origin)
      assert.strictEqual(plain.headers["content-length"], String(settings.length))
      assert.strictEqual(yield* plain.text, yield* decoded.text)
    }).pipe(Effect.provide(UndiciTransport.layer))
  )

  it.scopedLive("no compression is asked for", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({})
      yield* Effect.provide(getSettings, over(server))
      assert.deepStrictEqual(
        server.seen.map(({ headers }) => headers["accept-encoding"]),
        [undefined, undefined]
      )
    })
  )
})
