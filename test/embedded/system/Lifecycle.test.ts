import { request as httpRequest } from "node:http"
import { connect, type Socket } from "node:net"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { DinteroEmbedded, PasswordHashing } from "../../../src/embedded.js"
import { Customers } from "../../../src/index.js"
import { account, ada, audience, basic, client, start, tokenOf } from "../Api.js"

const settings = `/v1/accounts/${account}/customers/settings`

describe("in process", () => {
  it.effect("a layer answers whatever host a request names", () =>
    Effect.gen(function* () {
      const http = yield* HttpClient.HttpClient
      for (const origin of ["https://api.dintero.com", "http://[::1]:9", "https://user:pw@example.com:1"]) {
        const response = yield* http.get(`${origin}${settings}?x=1#y`)
        assert.strictEqual(response.status, 401)
        assert.deepStrictEqual(yield* response.text, `{"error":{"errors":[],"message":"UNAUTHORIZED"}}`)
      }
    }).pipe(Effect.provide(Layer.provide(DinteroEmbedded.layerHttpClient, DinteroEmbedded.layerEmbedded())))
  )

  it.effect("beside an application's own HttpClient, in either order, it takes nothing's place", () =>
    Effect.gen(function* () {
      const own = HttpClient.make(() => Effect.die("not called"))
      const application = Layer.succeed(HttpClient.HttpClient, own)
      const embedded = DinteroEmbedded.layer({ passwordHashing: PasswordHashing.fastForTests })
      for (const layers of [Layer.mergeAll(application, embedded), Layer.mergeAll(embedded, application)]) {
        const [http, settings] = yield* Effect.provide(
          Effect.all([HttpClient.HttpClient, Effect.flatMap(Customers, (customers) => customers.settings.get())]),
          layers
        )
        assert.strictEqual(http, own)
        assert.isObject(settings)
      }
    })
  )

  it.effect("requests fail in transport after the scope is closed, and open requests are finished", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      // The secure profile, so that the login is still hashing when the scope closes.
      const { api, embedded } = yield* Scope.extend(start({ passwordHashing: PasswordHashing.secure }), scope)
      const authorization = yield* tokenOf(api)
      const login = yield* Effect.fork(
        api("POST", "/customers/login", {
          authorization,
          body: { type: "customer", email: ada.email, password: DinteroEmbedded.demoPassword, audience }
        })
      )
      while ((yield* embedded.passwordHasher.computations) === 0) yield* Effect.yieldNow()
      yield* Scope.close(scope, Exit.void)
      const [finished] = yield* Effect.all([Fiber.poll(login)])
      assert.strictEqual(finished._tag, "Some")
      assert.strictEqual((yield* Fiber.join(login)).status, 200)
      const error = yield* Effect.flip(embedded.httpClient.get(`http://x${settings}`))
      assert.deepStrictEqual([error._tag, error.reason], ["RequestError", "Transport"])
    })
  )

  it.effect("an interrupted request does not delay the close", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { api, embedded } = yield* Scope.extend(start(), scope)
      const authorization = yield* tokenOf(api)
      const put = (body: Stream.Stream<Uint8Array>) =>
        embedded.httpClient.execute(
          HttpClientRequest.put(`http://x${settings}`, { headers: { authorization } }).pipe(
            HttpClientRequest.bodyStream(body, { contentType: "application/json" })
          )
        )
      const stuck = yield* Effect.fork(put(Stream.never))
      yield* Effect.yieldNow()
      const bytes = new TextEncoder().encode("{}")
      assert.strictEqual((yield* put(Stream.make(bytes.slice(0, 1), bytes.slice(1)))).status, 200)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.poll(stuck))._tag, "None")
      yield* Fiber.interrupt(stuck)
    })
  )

  it.scoped("a request that no socket accepts is an error, and not a defect", () =>
    Effect.gen(function* () {
      const { embedded } = yield* start()
      for (const request of [
        HttpClientRequest.get(`http://x${settings}`, { headers: { authorization: "a\nb" } }),
        // Seam: not an HTTP method.
        HttpClientRequest.make("NO SUCH" as HttpMethod)("http://x/"),
        HttpClientRequest.put("http://x/").pipe(HttpClientRequest.bodyStream(Stream.fail("broken")))
      ]) {
        const error = yield* Effect.flip(embedded.httpClient.execute(request))
        assert.strictEqual(error._tag, "RequestError")
      }
    })
  )
})

const fetching = (url: string, init?: RequestInit) => Effect.promise(() => fetch(url, init))

describe("on a port", () => {
  it.scopedLive("responds as in process", () =>
    Effect.gen(function* () {
      const served = yield* DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests })
      assert.match(served.url, /^http:\/\/127\.0\.0\.1:\d+$/)
      assert.strictEqual(served.seed, DinteroEmbedded.demoSeed)
      const token = yield* fetching(`${served.url}/v1/accounts/${account}/auth/token`, {
        method: "POST",
        headers: { authorization: basic(client.client_id, client.client_secret), "content-type": "application/json" },
        body: JSON.stringify({ grant_type: "client_credentials", audience })
      })
      assert.strictEqual(token.status, 200)
      assert.strictEqual(token.headers.get("cache-control"), "no-store")
      const authorization = `Bearer ${(yield* Effect.promise(() => token.json())).access_token}`
      for (const [path, init] of [
        [settings, { headers: { authorization } }],
        [settings, {}],
        [settings, { method: "PUT", headers: { authorization, "content-type": "application/json" }, body: '{"users":1}' }],
        [settings, { method: "PUT", headers: { authorization, "content-type": "text/plain" }, body: "{}" }],
        [settings, { method: "OPTIONS" }],
        [settings, { method: "HEAD" }],
        [`/v1/accounts/${account}/auth/keys`, { headers: { authorization } }],
        ["/nowhere", {}],
        ["/v1/accounts/%E0%A4%A/customers/settings", { headers: { authorization } }]
      ] satisfies ReadonlyArray<readonly [string, RequestInit]>) {
        const wire = yield* fetching(`${served.url}${path}`, init)
        // Seam: the methods of the list above.
        const method = ("method" in init ? init.method : "GET") as HttpMethod
        const headersOf: Record<string, string> = { ...("headers" in init ? init.headers : {}) }
        const plain = HttpClientRequest.make(method)(`http://x${path}`, { headers: headersOf })
        const local = yield* served.httpClient.execute(
          "body" in init ? HttpClientRequest.bodyText(plain, init.body, headersOf["content-type"]) : plain
        )
        assert.deepStrictEqual([wire.status, yield* Effect.promise(() => wire.text())], [local.status, yield* local.text])
        const received: Record<string, string> = {}
        wire.headers.forEach((value, name) => {
          received[name] = value
        })
        const { connection, date, "keep-alive": _, ...headers } = received
        assert.isString(connection)
        // Dates of two moments, with a resolution of one second.
        const { date: localDate, ...localHeaders } = local.headers
        assert.isAtMost(Date.parse(date ?? ""), Date.parse(localDate ?? ""))
        assert.deepStrictEqual(headers, localHeaders, `${method} ${path}`)
      }
    })
  )

  it.scopedLive("refuses paths that a URL parser would change", () =>
    Effect.gen(function* () {
      const { url } = yield* DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests })
      const { port } = new URL(url)
      const raw = (request: string) =>
        Effect.async<string>((resume) => {
          let text = ""
          const socket = connect(Number(port), "127.0.0.1", () => socket.write(request))
          socket.setTimeout(5000, () => socket.destroy())
          socket
            .on("data", (data) => (text += String(data)))
            .on("close", () => resume(Effect.succeed(text)))
            .on("error", () => {})
        })
      const head = "Host: x\r\nConnection: close\r\n\r\n"
      for (const [path, status] of [
        [`/v1/accounts/../accounts/${account}/customers/settings`, 404],
        ["/v1/accounts/%2e%2e/customers/settings", 401],
        [`http://elsewhere.example${settings}`, 401],
        ["*", 404],
        ["//", 404]
      ] as const) {
        assert.match(yield* raw(`GET ${path} HTTP/1.1\r\n${head}`), new RegExp(`^HTTP/1.1 ${status} `), path)
      }
      // Node uses the first of two headers, and so does the server of Express.
      const twice = `GET ${settings} HTTP/1.1\r\nAuthorization: Bearer a\r\nAuthorization: Basic b\r\n${head}`
      assert.match(yield* raw(twice), /^HTTP\/1.1 401 /)
    })
  )

  it.scopedLive("reads no more of a body than its limit, and still answers", () =>
    Effect.gen(function* () {
      const { url } = yield* DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests })
      const path = `${url}/v1/accounts/${account}/auth/token`
      const headers = { authorization: basic(client.client_id, client.client_secret), "content-type": "application/json" }
      const whole = yield* fetching(path, { method: "POST", headers, body: "x".repeat(4 * 1024 * 1024) })
      assert.strictEqual(whole.status, 400)
      assert.include(whole.headers.get("x-effect-dintero-hint"), "larger than 102400 bytes")
      assert.strictEqual(whole.headers.get("connection"), "close")
      // An endless body in chunks: the response comes before the client is done.
      const endless = yield* Effect.async<number | undefined>((resume) => {
        const request = httpRequest(path, { method: "POST", headers }, (response) => {
          response.resume()
          response.on("close", () => resume(Effect.succeed(response.statusCode)))
        })
        const write = () => {
          if (!request.destroyed) request.write(Buffer.alloc(65_536), () => setImmediate(write))
        }
        // The connection is closed while the client sends.
        request.on("error", () => request.destroy())
        write()
      })
      assert.strictEqual(endless, 400)
    })
  )

  it.scopedLive("reports a port that is in use or invalid", () =>
    Effect.gen(function* () {
      const first = yield* DinteroEmbedded.serve({})
      const port = Number(new URL(first.url).port)
      const taken = yield* Effect.flip(DinteroEmbedded.serve({ port }))
      assert.strictEqual(taken._tag, "PortUnavailable")
      assert.strictEqual(
        taken.message,
        `Port ${port} on 127.0.0.1 is already in use: stop the program that has it, or choose another port (0 takes a free one).`
      )
      const impossible = yield* Effect.flip(DinteroEmbedded.serve({ port: 70_000 }))
      assert.match(impossible.message, /^Port 70000 on 127\.0\.0\.1 cannot be used: .*65536/)
      const elsewhere = yield* Effect.flip(DinteroEmbedded.serve({ host: "192.0.2.1" }))
      assert.match(elsewhere.message, /^192\.0\.2\.1 is not an address of this machine/)
    })
  )

  it.live("closes although clients have disconnected, or keep a connection", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const { url } = yield* Scope.extend(DinteroEmbedded.serve({ timeLimits: { stop: "100 millis" } }), scope)
      const head = `PUT ${settings} HTTP/1.1\r\nHost: x\r\n`
      const half = `Authorization: ${basic("a", "b")}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`
      const token = `POST /v1/accounts/${account}/auth/token HTTP/1.1\r\nHost: x\r\n${half}`
      const send = (text: string) =>
        Effect.async<Socket>((resume) => {
          const socket = connect(Number(new URL(url).port), "127.0.0.1", () => {
            socket.write(text, () => resume(Effect.succeed(socket)))
          })
          socket.on("error", () => {})
        })
      // Half a head, and half a body of a client that then disconnects.
      const idle = yield* send(head)
      const gone = yield* send(token)
      yield* Effect.sleep("50 millis")
      gone.destroy()
      yield* Effect.sleep("50 millis")
      yield* Scope.close(scope, Exit.void)
      idle.destroy()
    })
  )

  it.live("finishes open responses when its scope closes, and accepts no more requests", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      // A connection that is not closed makes the test hang.
      const served = yield* Scope.extend(DinteroEmbedded.serve({ timeLimits: { stop: Duration.infinity } }), scope)
      const token = yield* fetching(`${served.url}/v1/accounts/${account}/auth/token`, {
        method: "POST",
        headers: { authorization: basic(client.client_id, client.client_secret), "content-type": "application/json" },
        body: JSON.stringify({ grant_type: "client_credentials", audience })
      })
      const authorization = `Bearer ${(yield* Effect.promise(() => token.json())).access_token}`
      const login = yield* Effect.fork(
        fetching(`${served.url}/v1/accounts/${account}/customers/login`, {
          method: "POST",
          headers: { authorization, "content-type": "application/json" },
          body: JSON.stringify({ type: "customer", email: ada.email, password: DinteroEmbedded.demoPassword, audience })
        })
      )
      while ((yield* served.passwordHasher.computations) === 0) yield* Effect.sleep("1 millis")
      yield* Scope.close(scope, Exit.void)
      const answered = yield* Fiber.join(login)
      assert.deepStrictEqual([answered.status, answered.headers.get("connection")], [200, "close"])
      const refused = yield* Effect.flip(Effect.tryPromise(() => fetch(served.url)))
      assert.include(String(refused.cause ?? refused.error), "fetch failed")
    })
  )
})
