import { FetchHttpClient, HttpBody, HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, Layer, Stream, Tracer } from "effect"
import { UndiciTransport } from "effect-dintero/undici"
import { MockAgent } from "undici"
import { faultTable, shortfalls, toldOf } from "../faults/FaultTable.js"
import { tell } from "../utils/Claim.js"
import * as Server from "../utils/ScriptedServer.js"
import { until } from "../utils/Until.js"

describe("faults over UndiciTransport", () => {
  for (const row of faultTable) {
    it.live(
      `${row.name} → ${row.ends.join(", ")}`,
      (context) =>
        Effect.map(row.run(UndiciTransport.layer), (measured) => {
          tell(context, toldOf(row, measured))
          assert.deepStrictEqual(shortfalls(row, measured), [])
        }),
      60_000
    )
  }
})

const serving = (answer: Server.Answer) => Server.make({ resource: answer })

const untraced = Effect.withTracerEnabled(false)

describe("UndiciTransport", () => {
  it.scopedLive("status, headers, cookies and every form of the body", () =>
    Effect.gen(function* () {
      const server = yield* serving(
        Server.text(201, '\ufeff{"a":"é"}', "application/json", {
          "set-cookie": ["a=1; Path=/", "b=2"],
          "X-Two": ["one", "two"]
        })
      )
      const response = yield* HttpClient.get(`${server.origin}/x`)
      assert.strictEqual(response.status, 201)
      assert.strictEqual(response.headers["content-type"], "application/json")
      assert.strictEqual(response.headers["x-two"], "one, two")
      assert.deepStrictEqual(Object.keys(response.cookies.cookies), ["a", "b"])
      assert.strictEqual(yield* response.text, '{"a":"é"}')
      assert.strictEqual(yield* response.text, '{"a":"é"}')
      assert.deepStrictEqual(yield* response.json, { a: "é" })
      assert.strictEqual((yield* response.arrayBuffer).byteLength, 13)
      const chunks = yield* Stream.runCollect(response.stream)
      assert.strictEqual(Buffer.concat(Chunk.toReadonlyArray(chunks)).length, 13)
      assert.include(JSON.stringify(response), '"status":201')
    }).pipe(Effect.provide(UndiciTransport.layer))
  )

  it.scopedLive("a form, url parameters, an empty body, JSON that is none", () =>
    Effect.gen(function* () {
      const server = yield* serving(
        Server.script(
          Server.text(200, "a=1&b=%C3%A9", "application/x-www-form-urlencoded"),
          Server.text(200, "", "application/json"),
          Server.text(200, "{nope", "application/json"),
          (_request, response) => response.writeHead(204).end()
        )
      )
      const get = HttpClient.get(`${server.origin}/x`)
      const form = yield* get
      assert.strictEqual((yield* form.formData).get("b"), "é")
      assert.deepStrictEqual(
        [...(yield* form.urlParamsBody)],
        [
          ["a", "1"],
          ["b", "é"]
        ]
      )
      assert.strictEqual(yield* (yield* get).json, null)
      assert.deepInclude(yield* Effect.flip(Effect.asVoid((yield* get).json)), { _tag: "ResponseError", reason: "Decode" })
      const none = yield* get
      assert.strictEqual(none.status, 204)
      assert.strictEqual(yield* none.text, "")
      assert.strictEqual(yield* Stream.runCount(none.stream), 0)
    }).pipe(Effect.provide(UndiciTransport.layer))
  )

  it.scopedLive(
    "sends method, path, query, headers and body as the stock clients do; the fragment and nothing else stays here",
    () =>
      Effect.gen(function* () {
        const server = yield* serving(Server.text(200, "{}"))
        const request = HttpClientRequest.put(`${server.origin}/a%2Fb?x=1#f`).pipe(
          HttpClientRequest.setUrlParam("y", "å&b"),
          HttpClientRequest.setHeader("x-mine", "1"),
          HttpClientRequest.setBody(HttpBody.text('{"é":1}', "application/json"))
        )
        yield* HttpClient.execute(request).pipe(untraced, Effect.provide(UndiciTransport.layer))
        yield* HttpClient.execute(request).pipe(untraced, Effect.provide(FetchHttpClient.layer))
        const [own, stock] = server.seen
        assert.strictEqual(own?.line, "PUT /a%2Fb?x=1&y=%C3%A5%26b")
        assert.strictEqual(own?.line, stock?.line)
        assert.strictEqual(own?.body, '{"é":1}')
        assert.strictEqual(own?.headers["content-type"], "application/json")
        assert.strictEqual(own?.headers["content-length"], "8")
        assert.strictEqual(own?.headers["x-mine"], "1")
      })
  )

  it.scopedLive("raw bodies; a stream, a form or nonsense is refused before anything is sent", () =>
    Effect.gen(function* () {
      const server = yield* serving(Server.text(200, "{}"))
      const post = (body: HttpBody.HttpBody) =>
        HttpClient.execute(HttpClientRequest.setBody(HttpClientRequest.post(server.origin), body))
      yield* post(HttpBody.raw("text"))
      yield* post(HttpBody.uint8Array(new Uint8Array([104, 105])))
      assert.deepStrictEqual(
        server.seen.map(({ body }) => body),
        ["text", "hi"]
      )
      for (const body of [
        HttpBody.stream(Stream.make(new Uint8Array([1]))),
        HttpBody.formData(new FormData()),
        HttpBody.raw(17)
      ]) {
        assert.deepInclude(yield* Effect.flip(post(body)), { _tag: "RequestError", reason: "Encode" })
      }
      assert.deepInclude(yield* Effect.flip(HttpClient.get("nowhere")), { _tag: "RequestError", reason: "InvalidUrl" })
      assert.deepInclude(yield* Effect.flip(HttpClient.get("ftp://127.0.0.1/")), { _tag: "RequestError", reason: "Encode" })
      assert.deepInclude(yield* Effect.flip(HttpClient.get(server.origin, { headers: { "x-evil": "a\r\nb: c" } })), {
        _tag: "RequestError",
        reason: "Encode"
      })
      assert.strictEqual(server.seen.length, 2)
    }).pipe(untraced, Effect.provide(UndiciTransport.layer))
  )

  it.scopedLive("no redirect is followed", () =>
    Effect.gen(function* () {
      const server = yield* serving(Server.text(302, "", "text/plain", { location: "/elsewhere" }))
      assert.strictEqual((yield* HttpClient.get(server.origin)).status, 302)
      assert.strictEqual(server.seen.length, 1)
    }).pipe(Effect.provide(UndiciTransport.layer))
  )

  for (const [when, answer] of [
    ["before the answer", Server.silence],
    ["in the middle of it", Server.stall('{"a":"b"}')]
  ] as const) {
    it.scopedLive(`interruption ${when} waits for nothing and cuts the connection`, () =>
      Effect.gen(function* () {
        const server = yield* serving(answer)
        const fiber = yield* Effect.fork(HttpClient.get(server.origin))
        yield* until(() => server.seen.length === 1)
        yield* Effect.sleep("20 millis")
        // The server never ends its answer: an interruption that waited for it would not either.
        yield* Fiber.interrupt(fiber)
        yield* until(() => server.aborted() === 1)
      }).pipe(untraced, Effect.provide(UndiciTransport.layer))
    )
  }

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

  it.scopedLive("an answer without end is read to a limit: head and beginning are there, the whole is not", () =>
    Effect.gen(function* () {
      const server = yield* serving((_request, response) => {
        response.writeHead(200, { "content-type": "text/plain" })
        const chunk = Buffer.alloc(1024 * 1024, 32)
        const more = (): void => {
          if (!response.destroyed) response.write(chunk, () => setImmediate(more))
        }
        more()
      })
      const response = yield* HttpClient.get(server.origin)
      assert.strictEqual(response.status, 200)
      for (const read of [
        response.text,
        response.json,
        response.arrayBuffer,
        response.formData,
        Stream.runDrain(response.stream)
      ]) {
        assert.deepInclude(yield* Effect.flip(Effect.asVoid(read)), { _tag: "ResponseError", reason: "Decode" })
      }
      const kept = yield* response.stream.pipe(
        Stream.catchAll(() => Stream.empty),
        Stream.runFold(0, (size, chunk) => size + chunk.length)
      )
      assert.isAbove(kept, 16 * 1024 * 1024)
      assert.isBelow(kept, 17 * 1024 * 1024)
      yield* until(() => server.aborted() === 1)
    }).pipe(Effect.provide(UndiciTransport.layer))
  )

  it.scopedLive("a connection that breaks in the middle of the body: the cause has the socket's code", () =>
    Effect.gen(function* () {
      const server = yield* serving(Server.resetMidBody(JSON.stringify({ a: "x".repeat(1000) })))
      const response = yield* HttpClient.get(server.origin)
      const error = yield* Effect.flip(response.text)
      assert.strictEqual(error._tag, "ResponseError")
      assert.match(String(Reflect.get(Object(error.cause), "code")), /^(ECONNRESET|UND_ERR_SOCKET)$/)
    }).pipe(Effect.provide(UndiciTransport.layer))
  )

  it.scopedLive("nobody listens: RequestError of reason Transport, with the code", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(HttpClient.get("http://127.0.0.1:9/"))
      assert.deepInclude(error, { _tag: "RequestError", reason: "Transport" })
      assert.strictEqual(Reflect.get(Object(error.cause), "code"), "ECONNREFUSED")
    }).pipe(untraced, Effect.provide(UndiciTransport.layer))
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

  it.scopedLive("spans as the platform makes them where tracing is on, and none where it is off", () =>
    Effect.gen(function* () {
      const server = yield* serving(Server.text(200, "{}"))
      const spans: Array<Tracer.Span> = []
      const native = yield* Effect.tracer
      const tracer = Tracer.make({
        span: (...args) => {
          const span = native.span(...args)
          spans.push(span)
          return span
        },
        context: (f, fiber) => native.context(f, fiber)
      })
      const get = Effect.withTracer(HttpClient.get(`${server.origin}/x`), tracer)
      yield* Effect.provide(get, UndiciTransport.layer)
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["http.client GET"]
      )
      assert.strictEqual(spans[0]?.attributes.get("http.response.status_code"), 200)
      assert.isDefined(server.seen[0]?.headers.traceparent)
      yield* Effect.provide(HttpClient.get(`${server.origin}/x`), UndiciTransport.layer).pipe(
        Effect.locally(HttpClient.currentTracerDisabledWhen, () => true),
        Effect.withTracer(tracer)
      )
      assert.strictEqual(spans.length, 1)
      assert.isUndefined(server.seen[1]?.headers.traceparent)
    })
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
