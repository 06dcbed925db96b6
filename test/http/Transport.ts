/**
 * What every transport of this package has to do, also for a caller who uses it as an `HttpClient` and not through `Dintero.layer`.
 */
import { FetchHttpClient, HttpBody, HttpClient, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Chunk, Effect, Fiber, type Layer, Stream, Tracer } from "effect"
import { faultTable, shortfalls, toldOf } from "../faults/FaultTable.js"
import { tell } from "../utils/Claim.js"
import * as Server from "../utils/ScriptedServer.js"
import { until } from "../utils/Until.js"

const serving = (answer: Server.Answer) => Server.make({ resource: answer })

const untraced = Effect.withTracerEnabled(false)

/** An origin at which nobody listens any more. */
const abandoned = Effect.map(Effect.scoped(Server.make({})), ({ origin }) => origin)

/** The first code of an error or of its causes. */
const codeOf = (error: unknown): unknown =>
  typeof error !== "object" || error === null ? undefined : (Reflect.get(error, "code") ?? codeOf(Reflect.get(error, "cause")))

/** `refused`: bodies that it does not send. */
export const testTransport = (
  name: string,
  transport: Layer.Layer<HttpClient.HttpClient>,
  refused: ReadonlyArray<HttpBody.HttpBody>
): void => {
  describe(`faults over ${name}`, () => {
    for (const row of faultTable) {
      it.live(
        `${row.name} → ${row.ends.join(", ")}`,
        (context) =>
          Effect.map(row.run(transport), (measured) => {
            tell(context, toldOf(row, measured))
            assert.deepStrictEqual(shortfalls(row, measured), [])
          }),
        60_000
      )
    }
  })

  describe(name, () => {
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
      }).pipe(Effect.provide(transport))
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
      }).pipe(Effect.provide(transport))
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
          yield* HttpClient.execute(request).pipe(untraced, Effect.provide(transport))
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

    it.scopedLive("raw bodies; a body that it does not send is refused before anything is sent", () =>
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
        for (const body of refused) {
          assert.deepInclude(yield* Effect.flip(post(body)), { _tag: "RequestError", reason: "Encode" })
        }
        assert.deepInclude(yield* Effect.flip(HttpClient.get("nowhere")), { _tag: "RequestError", reason: "InvalidUrl" })
        assert.deepInclude(yield* Effect.flip(HttpClient.get("ftp://127.0.0.1/")), { _tag: "RequestError", reason: "Encode" })
        assert.deepInclude(yield* Effect.flip(HttpClient.get(server.origin, { headers: { "x-evil": "a\r\nb: c" } })), {
          _tag: "RequestError",
          reason: "Encode"
        })
        assert.strictEqual(server.seen.length, 2)
      }).pipe(untraced, Effect.provide(transport))
    )

    it.scopedLive("no redirect is followed", () =>
      Effect.gen(function* () {
        const server = yield* serving(Server.text(302, "", "text/plain", { location: "/elsewhere" }))
        assert.strictEqual((yield* HttpClient.get(server.origin)).status, 302)
        assert.strictEqual(server.seen.length, 1)
      }).pipe(Effect.provide(transport))
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
        }).pipe(untraced, Effect.provide(transport))
      )
    }

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
      }).pipe(Effect.provide(transport))
    )

    it.scopedLive("a connection that breaks in the middle of the body: the cause has the socket's code", () =>
      Effect.gen(function* () {
        const server = yield* serving(Server.resetMidBody(JSON.stringify({ a: "x".repeat(1000) })))
        const response = yield* HttpClient.get(server.origin)
        const error = yield* Effect.flip(response.text)
        assert.strictEqual(error._tag, "ResponseError")
        assert.match(String(codeOf(error.cause)), /^(ECONNRESET|UND_ERR_SOCKET)$/)
      }).pipe(Effect.provide(transport))
    )

    it.scopedLive("nobody listens: RequestError of reason Transport, with the code", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(HttpClient.get(yield* abandoned))
        assert.deepInclude(error, { _tag: "RequestError", reason: "Transport" })
        assert.strictEqual(codeOf(error.cause), "ECONNREFUSED")
      }).pipe(untraced, Effect.provide(transport))
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
        yield* Effect.provide(get, transport)
        assert.deepStrictEqual(
          spans.map(({ name }) => name),
          ["http.client GET"]
        )
        assert.strictEqual(spans[0]?.attributes.get("http.response.status_code"), 200)
        assert.isDefined(server.seen[0]?.headers.traceparent)
        yield* Effect.provide(HttpClient.get(`${server.origin}/x`), transport).pipe(
          Effect.locally(HttpClient.currentTracerDisabledWhen, () => true),
          Effect.withTracer(tracer)
        )
        assert.strictEqual(spans.length, 1)
        assert.isUndefined(server.seen[1]?.headers.traceparent)
      })
    )
  })
}
