import { brotliCompressSync, gzipSync } from "node:zlib"
import { HttpBody, HttpClient, type HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Redacted, Stream, TestClock } from "effect"
import { Customers, Dintero, FetchTransport, RetryPolicy, type TransportError } from "effect-dintero"
import * as Server from "../utils/ScriptedServer.js"
import { until } from "../utils/Until.js"
import { testTransport } from "./Transport.js"

testTransport("FetchTransport", FetchTransport.layer, [
  HttpBody.stream(Stream.make(new Uint8Array([1]))),
  HttpBody.raw(17),
  HttpBody.raw({ body: "of nobody" })
])

const untraced = Effect.withTracerEnabled(false)

const layer = (origin: string, options: FetchTransport.Options = {}, retry = RetryPolicy.none) =>
  Dintero.layer({
    accountId: "T12345678",
    clientId: "client",
    clientSecret: Redacted.make("secret"),
    baseUrl: origin,
    retry
  }).pipe(Layer.provide(FetchTransport.layerWith(options)))

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())

/** Answers a token, and what the test says to everything else. */
const answering =
  (answer: typeof fetch): typeof fetch =>
  (input, init) =>
    String(input).endsWith("/auth/token")
      ? Promise.resolve(Response.json({ access_token: "good-token", token_type: "Bearer", expires_in: 3600 }))
      : answer(input, init)

const uuid = { users: { customer_id_format: "uuid" } }

describe("FetchTransport", () => {
  it.scopedLive("a form is sent as the platform writes it", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({})
      const form = new FormData()
      form.set("a", "é")
      yield* HttpClient.post(server.origin, { body: HttpBody.formData(form) })
      assert.match(String(server.seen[0]?.headers["content-type"]), /^multipart\/form-data; boundary=/)
      assert.include(server.seen[0]?.body, 'name="a"')
    }).pipe(untraced, Effect.provide(FetchTransport.layer))
  )

  it.scopedLive("connections are used again", () =>
    Effect.gen(function* () {
      const ports = new Set<number | undefined>()
      const server = yield* Server.make({
        resource: (request, response, count) => {
          ports.add(request.socket.remotePort)
          Server.goodSettings(request, response, count)
        }
      })
      for (let call = 0; call < 20; call++) yield* HttpClient.get(server.origin)
      assert.strictEqual(server.resourceRequests(), 20)
      // Node tells the end of an answer shortly before it has its connection back.
      assert.isAtMost(ports.size, 2)
    }).pipe(untraced, Effect.provide(FetchTransport.layer))
  )

  it.scopedLive("an answer whose body nobody reads holds no connection", () =>
    Effect.gen(function* () {
      const ports = new Set<number | undefined>()
      const large = JSON.stringify({ padding: "x".repeat(1024 * 1024) })
      const server = yield* Server.make({
        resource: (request, response, count) => {
          ports.add(request.socket.remotePort)
          Server.text(200, large)(request, response, count)
        }
      })
      for (let call = 0; call < 20; call++) yield* HttpClient.get(server.origin)
      assert.isAtMost(ports.size, 2)
    }).pipe(untraced, Effect.provide(FetchTransport.layer))
  )

  for (const [coding, body] of [
    ["gzip", gzipSync(JSON.stringify(uuid))],
    ["br", brotliCompressSync(JSON.stringify(uuid))]
  ] as const) {
    const coded =
      (bytes: Buffer): Server.Answer =>
      (_request, response) => {
        response.writeHead(200, { "content-type": "application/json", "content-encoding": coding }).end(bytes)
      }

    it.scopedLive(`an answer in the content coding ${coding} is decoded`, () =>
      Effect.gen(function* () {
        const server = yield* Server.make({ resource: coded(body) })
        assert.deepStrictEqual((yield* Effect.provide(getSettings, layer(server.origin))).users?.customer_id_format, "uuid")
      })
    )

    it.scopedLive(`a body that is not in its content coding ${coding} is an InvalidResponse, and not asked for again`, () =>
      Effect.gen(function* () {
        const server = yield* Server.make({ resource: coded(Buffer.alloc(50, 0xff)) })
        const error = yield* Effect.flip(Effect.provide(getSettings, layer(server.origin, {}, RetryPolicy.default)))
        assert.deepInclude(error, {
          _tag: "InvalidResponse",
          message:
            "the answer of customers.settings.get is not what the contract says: expected a whole body in its content coding"
        })
        assert.strictEqual(server.resourceRequests(), 1)
      })
    )

    it.scopedLive(`64 MiB in a few bytes of ${coding} are stopped at the limit, before the answer has ended`, () =>
      Effect.gen(function* () {
        const zeros = Buffer.alloc(64 * 1024 * 1024)
        const bytes = coding === "gzip" ? gzipSync(zeros) : brotliCompressSync(zeros)
        const server = yield* Server.make({
          // The end never comes.
          resource: (_request, response) => {
            response.writeHead(200, { "content-type": "application/json", "content-encoding": coding })
            response.write(bytes)
          }
        })
        const error = yield* Effect.flip(Effect.provide(getSettings, layer(server.origin)))
        assert.deepInclude(error, {
          _tag: "InvalidResponse",
          message: "the answer of customers.settings.get is not what the contract says: expected at most 8388608 bytes"
        })
        yield* until(() => server.aborted() === 1)
      })
    )
  }
})

describe("FetchTransport with a fetch of one's own", () => {
  it.effect("is given the whole request, with options that a page and a worker need", () =>
    Effect.gen(function* () {
      const seen: Array<readonly [unknown, RequestInit | undefined]> = []
      const own = answering(async (input, init) => {
        seen.push([input, init])
        return Response.json(uuid)
      })
      const requestInit = {
        priority: "high",
        referrerPolicy: "no-referrer",
        redirect: "follow",
        headers: { "x-mine": "1" }
      } as const
      yield* Effect.provide(getSettings, layer("http://127.0.0.1:1/v1", { fetch: own, requestInit }))
      const [[url, init] = []] = seen
      assert.strictEqual(url, "http://127.0.0.1:1/v1/accounts/T12345678/customers/settings")
      const { signal, ...rest } = init ?? {}
      assert.isFalse(signal?.aborted)
      assert.deepStrictEqual(rest, {
        credentials: "omit",
        priority: "high",
        referrerPolicy: "no-referrer",
        redirect: "manual",
        method: "GET",
        headers: { accept: "application/json", authorization: "Bearer good-token" }
      })
    })
  )

  it.effect("the global fetch is looked up for each request", () =>
    Effect.gen(function* () {
      const original = globalThis.fetch
      const use = (name: string) =>
        Effect.sync(() => {
          globalThis.fetch = async () => Response.json({ name })
        })
      const get = Effect.flatMap(HttpClient.get("http://127.0.0.1:1/"), ({ json }) => json)
      yield* Effect.gen(function* () {
        yield* use("first")
        assert.deepStrictEqual(yield* get, { name: "first" })
        yield* use("second")
        assert.deepStrictEqual(yield* get, { name: "second" })
      }).pipe(
        Effect.ensuring(
          Effect.sync(() => {
            globalThis.fetch = original
          })
        )
      )
    }).pipe(untraced, Effect.provide(FetchTransport.layer))
  )

  const failures: ReadonlyArray<
    readonly [name: string, cause: unknown, reason: TransportError["reason"], sent: TransportError["sent"]]
  > = [
    ["Node: the host name was not found", fetchFailed({ code: "ENOTFOUND" }), "dns", "no"],
    ["Node: nobody listens", fetchFailed({ code: "ECONNREFUSED", syscall: "connect" }), "connect", "no"],
    ["Node: no route", fetchFailed({ code: "EHOSTUNREACH", syscall: "connect" }), "connect", "no"],
    ["Node: the connection broke", fetchFailed({ code: "UND_ERR_SOCKET" }), "reset", "maybe"],
    ["Node: a certificate", fetchFailed({ code: "DEPTH_ZERO_SELF_SIGNED_CERT" }), "tls", "no"],
    ["Bun: nobody listens", Object.assign(new TypeError("Unable to connect."), { code: "ECONNREFUSED" }), "connect", "no"],
    ["Bun: the connection broke", Object.assign(new TypeError("closed"), { code: "ECONNRESET" }), "reset", "maybe"],
    ["Deno: the host name was not found", denoFailed("client error (Connect): dns error: failed to lookup"), "dns", "no"],
    ["Deno: nobody listens", denoFailed("client error (Connect): tcp connect error: Connection refused"), "connect", "no"],
    ["Deno: no TLS", denoFailed("client error (Connect): received corrupt message of type InvalidContentType"), "tls", "no"],
    ["Deno: a certificate", denoFailed("client error (Connect): invalid peer certificate: UnknownIssuer"), "tls", "no"],
    ["Deno: no answer", denoFailed("client error (SendRequest): connection closed before message completed"), "reset", "maybe"],
    ["Deno: reset", fetchFailed({ message: "Connection reset by peer (os error 104)" }), "reset", "maybe"],
    ["workerd: lost", new Error("Network connection lost."), "reset", "maybe"],
    ["a browser", new TypeError("Failed to fetch"), "unknown", "maybe"],
    ["what is no error", "nonsense", "unknown", "maybe"]
  ]
  for (const [name, cause, reason, sent] of failures) {
    for (const [how, own] of [
      ["rejects", () => Promise.reject(cause)],
      [
        "throws",
        () => {
          throw cause
        }
      ]
    ] as ReadonlyArray<readonly [string, typeof fetch]>) {
      it.effect(`${name}, when it ${how}: ${reason}, sent: ${sent}`, () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(Effect.provide(getSettings, layer("http://127.0.0.1:1", { fetch: answering(own) })))
          assert.deepInclude(error, { _tag: "TransportError", reason, sent })
        })
      )
    }
  }

  it.effect("a body that breaks off was sent, whatever its error says", () =>
    Effect.gen(function* () {
      const own = answering(async () => {
        const body = new ReadableStream({
          start: (controller) => {
            controller.enqueue(new TextEncoder().encode('{"users"'))
            controller.error(fetchFailed({ code: "ECONNREFUSED" }))
          }
        })
        return new Response(body, { status: 200 })
      })
      const error = yield* Effect.flip(Effect.provide(getSettings, layer("http://127.0.0.1:1", { fetch: own })))
      assert.deepInclude(error, { _tag: "TransportError", sent: "maybe" })
    })
  )

  it.effect("one that does not listen to the signal: its late answer is not read, and its body is cancelled", () =>
    Effect.gen(function* () {
      let answer: ((response: Response) => void) | undefined
      let cancelled = false
      const own = answering(() => new Promise((resolve) => (answer = resolve)))
      const call = yield* Effect.fork(Effect.provide(Effect.flip(getSettings), layer("http://127.0.0.1:1", { fetch: own })))
      yield* until(() => answer !== undefined)
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(yield* Fiber.join(call), { _tag: "TransportError", reason: "timeout", sent: "maybe" })
      answer?.(
        new Response(
          new ReadableStream({
            cancel: () => {
              cancelled = true
            }
          })
        )
      )
      yield* until(() => cancelled)
    })
  )

  const shapes: Readonly<Record<string, () => unknown>> = {
    "no answer at all": () => undefined,
    "an answer whose body somebody else reads": () => {
      const response = new Response("{}", { status: 200 })
      response.body?.getReader()
      return response
    },
    "an answer whose body is no stream": () => ({ status: 200, headers: new Headers(), body: {} }),
    "a body whose parts are no bytes": () =>
      new Response(new ReadableStream({ start: (controller) => controller.enqueue({ length: 1n }) }))
  }
  for (const [name, answer] of Object.entries(shapes)) {
    it.effect(`${name}: a TransportError, sent: maybe`, () =>
      Effect.gen(function* () {
        // Seam: what the types of a caller forbid, and a mock of a test can give.
        const own = answering(async () => answer() as Response)
        const error = yield* Effect.flip(Effect.provide(getSettings, layer("http://127.0.0.1:1", { fetch: own })))
        assert.deepInclude(error, { _tag: "TransportError", sent: "maybe" })
      })
    )
  }

  it.effect("an answer that a test has made without a body has an empty one", () =>
    Effect.gen(function* () {
      const own = answering(async () => ({ status: 404, headers: new Headers() }) as Response)
      const error = yield* Effect.flip(Effect.provide(getSettings, layer("http://127.0.0.1:1", { fetch: own })))
      assert.deepInclude(error, { _tag: "UnexpectedStatus" })
    })
  )

  it.effect("a failure in a runtime without Request may have been sent", () =>
    Effect.gen(function* () {
      const { Request: platforms } = globalThis
      yield* Effect.addFinalizer(() => Effect.sync(() => void Object.assign(globalThis, { Request: platforms })))
      Reflect.deleteProperty(globalThis, "Request")
      const own = answering(() => Promise.reject(fetchFailed({})))
      const error = yield* Effect.flip(Effect.provide(getSettings, layer("http://127.0.0.1:1", { fetch: own })))
      assert.deepInclude(error, { _tag: "TransportError", sent: "maybe" })
    }).pipe(Effect.scoped)
  )

  it.effect("a spy on the client sees its requests", () =>
    Effect.gen(function* () {
      const client = FetchTransport.make({ fetch: answering(async () => Response.json(uuid)) })
      const { execute } = client
      const seen: Array<string> = []
      Object.assign(client, {
        execute: (request: HttpClientRequest.HttpClientRequest) => {
          seen.push(request.method)
          return execute(request)
        }
      })
      yield* Effect.provide(
        getSettings,
        Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret") }).pipe(
          Layer.provide(Layer.succeed(HttpClient.HttpClient, client))
        )
      )
      assert.deepStrictEqual(seen, ["POST", "GET"])
    })
  )

  it.effect("an answer that a browser does not show is no success", () =>
    Effect.gen(function* () {
      // What `redirect: "manual"` gives in a browser.
      const own = answering(async () => Object.defineProperty(Response.error(), "type", { value: "opaqueredirect" }))
      const error = yield* Effect.flip(Effect.provide(getSettings, layer("http://127.0.0.1:1", { fetch: own })))
      assert.deepInclude(error, { _tag: "UnexpectedStatus" })
      assert.nestedPropertyVal(error, "request.status", 0)
    })
  )
})

function fetchFailed({ message = "failed", ...fields }: { code?: string; syscall?: string; message?: string }): TypeError {
  return new TypeError("fetch failed", { cause: Object.assign(new Error(message), fields) })
}

function denoFailed(text: string): TypeError {
  return fetchFailed({ message: `error sending request for url (https://api.dintero.com/v1/accounts): ${text}` })
}
