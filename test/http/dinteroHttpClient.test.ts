/**
 * The authorised client for APIs that the contract does not have.
 */

import { FetchHttpClient, HttpBody, HttpClientRequest } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Fiber, Inspectable, Layer, Option, Redacted, TestClock } from "effect"
import { AccessTokens, Customers, Dintero, DinteroHttpClient, RetryPolicy, Session } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import * as Mock from "../utils/MockHttp.js"
import * as Recorded from "../utils/RecordedServer.js"
import * as Server from "../utils/ScriptedServer.js"
import * as Spans from "../utils/Spans.js"
import { until } from "../utils/Until.js"

const accountUrl = "/v1/accounts/T12345678"

const overServer = (origin: string, options: Partial<Dintero.Options> = {}, origins: ReadonlyArray<string> = []) =>
  DinteroHttpClient.layerWith({ origins }).pipe(
    Layer.provideMerge(
      Dintero.layer({
        accountId: "T12345678",
        clientId: Recorded.client.id,
        clientSecret: Redacted.make(Recorded.client.secret),
        baseUrl: origin,
        retry: RetryPolicy.default.pipe(RetryPolicy.delay(() => "1 millis")),
        ...options
      })
    ),
    Layer.provide(FetchHttpClient.layer)
  )

const Http = DinteroHttpClient.DinteroHttpClient

/** Through the services of a layer that is built once. */
const using = <A, E, R, E2, R2>(effect: Effect.Effect<A, E, R>, layer: Layer.Layer<R, E2, R2>) => Effect.provide(effect, layer)

describe("DinteroHttpClient", () => {
  it.scopedLive("sends what it is given below the account's URL, with the token of the layer", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({ resource: Server.json(201, { id: "r1" }) })
      yield* using(
        Effect.gen(function* () {
          const http = yield* Http
          const customers = yield* Customers
          const response = yield* http.post("/receipts?draft=true", {
            urlParams: { tag: ["a b", "c&d"] },
            headers: { "x-own": "kept", authorization: "Bearer of-the-caller" },
            body: HttpBody.unsafeJson({ total: 1 })
          })
          assert.strictEqual(response.status, 201)
          assert.deepStrictEqual(yield* response.json, { id: "r1" })
          assert.notInclude(JSON.stringify(response.request.headers), "good-token")
          yield* Effect.exit(customers.settings.get())
        }),
        overServer(server.origin)
      )
      assert.strictEqual(server.tokenRequests(), 1)
      const [, sent] = server.seen
      assert.strictEqual(sent?.line, `POST ${accountUrl}/receipts?draft=true&tag=a+b&tag=c%26d`)
      assert.strictEqual(sent?.headers.authorization, "Bearer good-token")
      assert.strictEqual(sent?.headers["x-own"], "kept")
      assert.strictEqual(sent?.headers["content-type"], "application/json")
      assert.strictEqual(sent?.body, '{"total":1}')
    })
  )

  it.scopedLive("takes a path without a slash, an absolute URL of the service, and one of an origin that it was told of", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({})
      const other = yield* Server.make({})
      yield* using(
        Effect.gen(function* () {
          const http = yield* Http
          yield* http.get("discounts/rules")
          yield* http.get(`${server.origin}/v1/accounts/T12345678/x`)
          yield* http.get(`${other.origin}/v1/sessions`)
        }),
        overServer(server.origin, {}, [other.origin])
      )
      assert.deepStrictEqual(
        server.seen.slice(1).map(({ line }) => line),
        [`GET ${accountUrl}/discounts/rules`, `GET ${accountUrl}/x`]
      )
      assert.deepStrictEqual(
        other.seen.map(({ line, headers }) => [line, headers.authorization]),
        [["GET /v1/sessions", "Bearer good-token"]]
      )
    })
  )

  it.scopedLive("sends the token to no other host, and to no path that it does not name", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({})
      const foreign = yield* Server.make({})
      const { host } = new URL(server.origin)
      const refused = [
        `${foreign.origin}/x`,
        `//${new URL(foreign.origin).host}/x`,
        `https://${host}/x`,
        `http://user:secret-word@${host}/x`,
        `http://${host}@127.0.0.1:1/x`,
        `blob:${server.origin}/x`,
        "javascript:alert(1)",
        "/../../T87654321/x",
        "/a/./b",
        "/a/%2e%2E/b",
        "/a/.%2e",
        "/a/..%2fb",
        "/a%5c..%5cb",
        "/a\\..\\b",
        "/.\t./b",
        "/a b",
        "http:\\\\127.0.0.1\\x"
      ]
      yield* using(
        Effect.gen(function* () {
          const http = yield* Http
          for (const url of refused) {
            const error = yield* Effect.flip(http.get(url))
            assert.strictEqual(error._tag, "InvalidRequest", url)
            assert.notInclude(Inspectable.toStringUnknown(error), "secret-word")
          }
          // Dots that are not a segment of their own name something.
          yield* http.get("/a/..b/...", { urlParams: { q: "../x" } })
        }),
        overServer(server.origin)
      )
      assert.strictEqual(server.resourceRequests(), 1)
      assert.lengthOf(foreign.seen, 0)
    })
  )

  it.scopedLive("follows no redirect, and gives it as a response to who accepts it", () =>
    Effect.gen(function* () {
      const foreign = yield* Server.make({})
      const server = yield* Server.make({ resource: Server.text(302, "", "text/plain", { location: `${foreign.origin}/x` }) })
      yield* using(
        Effect.gen(function* () {
          const http = yield* Http
          const error = yield* Effect.flip(http.get("/x"))
          assert.deepStrictEqual([error._tag, error.request.status], ["UnexpectedStatus", 302])
          const response = yield* http.get("/x").pipe(DinteroHttpClient.with({ accept: [302] }))
          assert.deepStrictEqual([response.status, response.headers.location], [302, `${foreign.origin}/x`])
        }),
        overServer(server.origin)
      )
      assert.lengthOf(foreign.seen, 0)
    })
  )

  it.scopedLive("a 401 is answered with another token and one more sending, also of a POST; then it is Unauthorized", () =>
    Effect.gen(function* () {
      const server = yield* Recorded.make()
      yield* using(
        Effect.gen(function* () {
          const http = yield* Http
          yield* http.get("/customers/settings")
          server.revokeTokens()
          yield* http.get("/customers/settings")
          assert.strictEqual(server.count("token client_credentials"), 2)
          assert.strictEqual(server.count("settings"), 3)
          server.revokeTokens()
          const login = HttpClientRequest.post("/customers/login").pipe(
            HttpClientRequest.bodyUnsafeJson({ type: "customer", email: "ada@example.com", password: "correct horse" })
          )
          const response = yield* http.execute(login)
          assert.strictEqual(response.status, 200)
          assert.strictEqual(server.count("login"), 2)
        }),
        overServer(server.origin)
      )
      server.interpose("settings", { status: 401, body: Recorded.bodies.unauthorized })
      const error = yield* using(
        Effect.flatMap(Http, (http) => Effect.flip(http.get("/customers/settings"))),
        overServer(server.origin)
      )
      assert.deepStrictEqual([error._tag, error.request.attempts], ["Unauthorized", 2])
    })
  )

  it.scopedLive("is sent again as its method says, or as the call says", () =>
    Effect.gen(function* () {
      const cases = [
        ["GET", {}, 3],
        ["HEAD", {}, 3],
        ["OPTIONS", {}, 3],
        ["PUT", {}, 3],
        ["DELETE", {}, 3],
        ["POST", {}, 1],
        ["PATCH", {}, 1],
        ["POST", { replay: "idempotent" }, 3],
        ["GET", { replay: "never" }, 1]
      ] as const
      for (const [method, options, sent] of cases) {
        const server = yield* Server.make({ resource: Server.reset })
        const retry = RetryPolicy.default.pipe(
          RetryPolicy.delay(() => "1 millis"),
          RetryPolicy.attempts(3)
        )
        const error = yield* using(
          Effect.flatMap(Http, (http) => Effect.flip(http.execute(HttpClientRequest.make(method)("/x")))).pipe(
            DinteroHttpClient.with(options)
          ),
          overServer(server.origin, { retry })
        )
        assert.strictEqual(error._tag, "TransportError")
        // undici sends what it holds for idempotent once more by itself when a connection was kept, so what is counted is ours.
        assert.strictEqual(error.request.attempts, sent, `${method} ${JSON.stringify(options)}`)
      }
    })
  )

  it.scopedLive("follows the policy of the caller, and gives an accepted status when nothing is left to be tried", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({ resource: Server.json(503, { busy: true }) })
      const policy = RetryPolicy.default.pipe(
        RetryPolicy.delay(() => "1 millis"),
        RetryPolicy.attempts(2)
      )
      yield* using(
        Effect.gen(function* () {
          const http = yield* Http
          const error = yield* Effect.flip(http.get("/x"))
          assert.deepStrictEqual([error._tag, error.request.attempts], ["ServerError", 2])
          const response = yield* http.get("/x").pipe(DinteroHttpClient.with({ accept: "any" }))
          assert.strictEqual(response.status, 503)
          assert.deepStrictEqual(yield* response.json, { busy: true })
          const other = yield* Effect.flip(http.get("/x").pipe(DinteroHttpClient.with({ accept: [404] })))
          assert.strictEqual(other._tag, "ServerError")
        }).pipe(RetryPolicy.with(policy)),
        overServer(server.origin)
      )
      assert.strictEqual(server.resourceRequests(), 6)
    })
  )

  it.scopedLive("every status has its typed error", () =>
    Effect.gen(function* () {
      const tags = [
        [400, "BadRequest"],
        [403, "Forbidden"],
        [404, "NotFound"],
        [405, "UnexpectedStatus"],
        [409, "UnexpectedStatus"],
        [429, "RateLimited"],
        [500, "ServerError"],
        [502, "ServerError"]
      ] as const
      for (const [status, tag] of tags) {
        const server = yield* Server.make({ resource: Server.json(status, { error: { code: "NOT SO", message: "no" } }) })
        const error = yield* using(
          Effect.flatMap(Http, (http) => Effect.flip(http.get("/x"))),
          overServer(server.origin, { retry: RetryPolicy.none })
        )
        assert.deepStrictEqual([error._tag, error.request.status], [tag, status])
      }
    })
  )

  it.scopedLive("gives bytes as they are, and the absence of a body", () =>
    Effect.gen(function* () {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
      const server = yield* Server.make({
        resource: Server.script(
          (_, response) => {
            response.writeHead(200, { "content-type": "application/pdf", "content-length": bytes.length })
            response.end(bytes)
          },
          (_, response) => {
            response.writeHead(200, { "content-type": "application/pdf" })
            response.write(bytes.slice(0, 100))
            response.end(bytes.slice(100))
          },
          (_, response) => {
            response.writeHead(204)
            response.end()
          },
          (_, response) => {
            response.writeHead(200, { "content-length": 2 ** 40 })
            response.end()
          }
        )
      })
      yield* using(
        Effect.gen(function* () {
          const http = yield* Http
          for (const path of ["/whole", "/in-parts"]) {
            const response = yield* http.get(path)
            assert.deepStrictEqual(new Uint8Array(yield* response.arrayBuffer), bytes)
          }
          const none = yield* http.del("/x")
          assert.deepStrictEqual([none.status, yield* none.text], [204, ""])
          assert.strictEqual((yield* http.head("/x")).status, 200)
        }),
        overServer(server.origin)
      )
    })
  )

  it.scopedLive("is interrupted with its caller", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({ resource: Server.silence })
      yield* using(
        Effect.gen(function* () {
          const http = yield* Http
          const fiber = yield* Effect.fork(http.get("/x"))
          yield* until(() => server.resourceRequests() === 1)
          yield* Fiber.interrupt(fiber)
          yield* until(() => server.aborted() === 1)
        }),
        overServer(server.origin)
      )
    })
  )

  it.effect("ends at the deadline of the policy", () =>
    Effect.gen(function* () {
      const asked = yield* Deferred.make<void>()
      const mock = Mock.make({ resource: () => Effect.zipRight(Deferred.succeed(asked, undefined), Effect.never) })
      const layer = DinteroHttpClient.layer.pipe(
        Layer.provide(Dintero.layerFixedToken({ accountId: "T12345678", token: Redacted.make("token") })),
        Layer.provide(mock.layer)
      )
      const retry = RetryPolicy.default.pipe(RetryPolicy.attempts(1))
      const fiber = yield* Effect.flatMap(Http, (http) => Effect.flip(http.get("/x"))).pipe(
        RetryPolicy.with(retry),
        Effect.provide(layer),
        Effect.fork
      )
      yield* Deferred.await(asked)
      yield* Effect.yieldNow()
      yield* TestClock.adjust("1 minute")
      const error = yield* Fiber.join(fiber)
      assert.deepStrictEqual([error._tag, error.request.attempts], ["TransportError", 1])
    })
  )

  it.effect("inside Session.with it is the customer's", () =>
    Effect.gen(function* () {
      const seen: Array<string | null> = []
      const mock = Mock.make({
        resource: (request) =>
          Effect.sync(() => {
            seen.push(request.headers.authorization ?? null)
            return Response.json({})
          })
      })
      const layer = DinteroHttpClient.layer.pipe(
        Layer.provideMerge(Dintero.layerFixedToken({ accountId: "T12345678", token: Redacted.make("of-client") })),
        Layer.provide(mock.layer)
      )
      const customer = yield* Layer.build(
        Dintero.layerFixedToken({ accountId: "T12345678", token: Redacted.make("of-customer") }).pipe(Layer.provide(mock.layer))
      )
      const session = Session.forTest({ tokens: Context.get(customer, AccessTokens) })
      yield* Effect.gen(function* () {
        const http = yield* Http
        yield* http.get("/x")
        yield* http.get("/x").pipe(Session.with(session))
      }).pipe(Effect.provide(layer))
      assert.deepStrictEqual(seen, ["Bearer of-client", "Bearer of-customer"])
    }).pipe(Effect.scoped)
  )

  it.scopedLive("no secret of a request is in its errors or spans", () =>
    Effect.gen(function* () {
      const secrets = ["good-token", "Secret-of-the-query", "Secret-of-the-path-1", "Secret-of-a-header", "Secret-of-the-body"]
      const server = yield* Server.make({
        // A server that repeats what it was sent, but for the query, the path and the body.
        resource: (request, response) => {
          const said = `${request.headers.authorization} ${request.headers["x-key"]}`
          const text = JSON.stringify({ error: { code: said, message: said, errors: [{ message: said }] } })
          response.writeHead(400, { "content-type": "application/json", "x-request-id": said })
          response.end(text)
        }
      })
      const { spans, tracer } = Spans.make({
        end: (span, exit) => span.attribute("exit", Inspectable.toStringUnknown(exit))
      })
      const error = yield* using(
        Effect.flatMap(Http, (http) =>
          Effect.flip(
            http.post("/things/Secret-of-the-path-1/parts?key=Secret-of-the-query", {
              headers: { "x-key": "Secret-of-a-header" },
              body: HttpBody.unsafeJson({ key: "Secret-of-the-body" })
            })
          )
        ).pipe(Effect.withTracer(tracer)),
        overServer(server.origin)
      )
      assert.strictEqual(error._tag, "BadRequest")
      assert.strictEqual(error.request.path, "/accounts/{aid}/things/{}/parts")
      assert.strictEqual(error.request.operation, "POST /accounts/{aid}/things/{}/parts")
      const told = [
        Inspectable.toStringUnknown(error),
        JSON.stringify(error),
        error.stack ?? "",
        ...spans.map(({ attributes, name }) => `${name} ${JSON.stringify([...attributes])}`)
      ].join("\n")
      assert.isTrue(spans.some(({ name }) => name === "POST /accounts/{aid}/things/{}/parts attempt"))
      for (const secret of secrets) assert.notInclude(told, secret)
    })
  )

  it.effect("an origin that is none, or is in the clear, is an InvalidConfiguration", () =>
    Effect.gen(function* () {
      for (const origin of [
        "checkout.dintero.com",
        "http://checkout.dintero.com",
        "https://checkout.dintero.com/v1",
        "https://u:p@x.example"
      ]) {
        const error = yield* Effect.flip(Effect.scoped(Layer.build(overServer("http://127.0.0.1:1", {}, [origin]))))
        assert.strictEqual(error._tag, "InvalidConfiguration")
        assert.deepStrictEqual(
          error.issues.map(({ path }) => path),
          ["origins[0]"]
        )
      }
    })
  )

  it.scopedLive("works over the embedded system, with its token", () =>
    Effect.gen(function* () {
      const http = yield* Http
      const response = yield* http.get("/customers/settings")
      assert.strictEqual(response.status, 200)
      const missing = yield* http.get("/discounts/rules").pipe(Effect.option)
      assert.isTrue(Option.isNone(missing))
    }).pipe(Effect.provide(DinteroHttpClient.layer.pipe(Layer.provide(DinteroEmbedded.layer()))))
  )
})
