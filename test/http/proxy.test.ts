import { inspect } from "node:util"
import { HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Redacted } from "effect"
import { Customers, Dintero, RetryPolicy } from "effect-dintero"
import { UndiciTransport } from "effect-dintero/undici"
import { type Dispatcher, ProxyAgent } from "undici"
import * as Proxy from "../utils/ProxyServer.js"
import * as Server from "../utils/ScriptedServer.js"

const password = "pr0xy-p@ssword"
const credentials = `user:${encodeURIComponent(password)}`
const basic = `Basic ${Buffer.from(`user:${password}`).toString("base64")}`

const layer = <E>(baseUrl: string, transport: Layer.Layer<HttpClient.HttpClient, E>, retry = RetryPolicy.none) =>
  Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret"), baseUrl, retry }).pipe(
    Layer.provide(transport)
  )

const getSettings = Effect.flatMap(Customers, (customers) => customers.settings.get())

const configured = (variables: Readonly<Record<string, string>>) =>
  Layer.provide(
    UndiciTransport.layerWith({ proxy: "environment" }),
    Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(variables))))
  )

const origins = (proxy: Proxy.ProxyServer) => proxy.seen.map(({ target }) => target)

describe("over a proxy", () => {
  it.scopedLive("everything goes through it; it sees its own credentials, and the service does not", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({})
      const proxy = yield* Proxy.make()
      const url = `http://${credentials}@127.0.0.1:${proxy.port}`
      for (const given of [url, new URL(url), Redacted.make(url), Redacted.make(new URL(url))]) {
        const before = proxy.seen.length
        yield* Effect.provide(getSettings, layer(server.origin, UndiciTransport.layerWith({ proxy: given })))
        assert.isAbove(proxy.seen.length, before)
      }
      for (const { authorization, target } of proxy.seen) {
        assert.strictEqual(authorization, basic)
        assert.strictEqual(`http://${target}`, server.origin)
      }
      assert.strictEqual(server.resourceRequests(), 4)
      for (const { headers } of server.seen) assert.notProperty(headers, "proxy-authorization")
    })
  )

  for (const status of [403, 407, 502]) {
    it.scopedLive(`that refuses to connect with ${status}: nothing was sent, and the error has the status`, () =>
      Effect.gen(function* () {
        const server = yield* Server.make({})
        const proxy = yield* Proxy.make(() => status)
        const uri = `http://${credentials}@127.0.0.1:${proxy.port}`
        for (const transport of [
          UndiciTransport.layerWith({ proxy: uri }),
          Layer.sync(HttpClient.HttpClient, () => UndiciTransport.make(new ProxyAgent(uri)))
        ]) {
          const error = yield* Effect.flip(Effect.provide(getSettings, layer(server.origin, transport)))
          assert.deepInclude(error, {
            _tag: "TransportError",
            reason: "connect",
            sent: "no",
            message: `auth.token: the proxy refused to connect, with status ${status}; it was not sent`
          })
          assert.notInclude(inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error), password)
        }
        assert.strictEqual(proxy.seen.length, 2)
        assert.strictEqual(server.seen.length, 0)
      })
    )
  }

  it.scopedLive("what it refused is tried again", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({})
      const proxy = yield* Proxy.make((count) => (count === 1 ? 503 : 200))
      const retry = RetryPolicy.backoff(RetryPolicy.default, "1 millis", "1 millis")
      const transport = UndiciTransport.layerWith({ proxy: `http://127.0.0.1:${proxy.port}`, connections: 1 })
      yield* Effect.provide(getSettings, layer(server.origin, transport, retry))
      assert.strictEqual(proxy.seen.length, 2)
      assert.deepStrictEqual([server.tokenRequests(), server.resourceRequests()], [1, 1])
    })
  )

  it.scopedLive("that drops the connection is asked once, not for ever", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({})
      const proxy = yield* Proxy.make(() => "drop")
      const transport = UndiciTransport.layerWith({ proxy: `http://127.0.0.1:${proxy.port}` })
      const error = yield* Effect.flip(Effect.provide(getSettings, layer(server.origin, transport)))
      assert.deepInclude(error, { _tag: "TransportError", reason: "reset", sent: "no" })
      assert.strictEqual(proxy.seen.length, 1)
    })
  )

  it.scopedLive("of a network that is not there: no connection, nothing sent", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({})
      const transport = UndiciTransport.layerWith({ proxy: `http://${credentials}@127.0.0.1:9` })
      const error = yield* Effect.flip(Effect.provide(getSettings, layer(server.origin, transport)))
      assert.deepInclude(error, { _tag: "TransportError", reason: "connect", sent: "no" })
      assert.notInclude(inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error), password)
    })
  )
})

describe("the environment", () => {
  it.scopedLive(
    "HTTPS_PROXY and HTTP_PROXY by the scheme of the service; small letters come first; the scheme may be left out",
    () =>
      Effect.gen(function* () {
        const plain = yield* Proxy.make(() => 403)
        const secure = yield* Proxy.make(() => 403)
        const other = yield* Proxy.make(() => 403)
        const variables = {
          HTTP_PROXY: `127.0.0.1:${plain.port}`,
          HTTPS_PROXY: `http://127.0.0.1:${other.port}`,
          https_proxy: `http://127.0.0.1:${secure.port}`
        }
        for (const url of ["http://127.0.0.1:81", "https://api.dintero.com/v1"]) {
          const error = yield* Effect.flip(Effect.provide(getSettings, layer(url, configured(variables))))
          assert.deepInclude(error, { reason: "connect", sent: "no" })
        }
        assert.deepStrictEqual(origins(plain), ["127.0.0.1:81"])
        assert.deepStrictEqual(origins(secure), ["api.dintero.com:443"])
        assert.deepStrictEqual(origins(other), [])
      })
  )

  it.scopedLive("NO_PROXY, an empty variable or none: straight to the service", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({})
      const proxy = yield* Proxy.make()
      const HTTP_PROXY = `http://127.0.0.1:${proxy.port}`
      const straight = [
        { HTTP_PROXY, NO_PROXY: "example.com,127.0.0.1" },
        { HTTP_PROXY, NO_PROXY: "*" },
        { HTTP_PROXY, no_proxy: "127.0.0.1", NO_PROXY: "example.com" },
        { HTTP_PROXY: "" },
        {}
      ]
      for (const variables of straight) yield* Effect.provide(getSettings, layer(server.origin, configured(variables)))
      assert.strictEqual(server.resourceRequests(), straight.length)
      assert.deepStrictEqual(origins(proxy), [])
      yield* Effect.provide(getSettings, layer(server.origin, configured({ HTTP_PROXY, NO_PROXY: "example.com" })))
      assert.isNotEmpty(origins(proxy))
    })
  )

  it.scopedLive("is not looked at unless it is asked for", () =>
    Effect.gen(function* () {
      const server = yield* Server.make({})
      const proxy = yield* Proxy.make()
      const provider = Layer.setConfigProvider(
        ConfigProvider.fromMap(new Map([["HTTP_PROXY", `http://127.0.0.1:${proxy.port}`]]))
      )
      for (const transport of [UndiciTransport.layer, UndiciTransport.layerWith({ connections: 2 })]) {
        yield* Effect.provide(getSettings, layer(server.origin, Layer.provide(transport, provider)))
      }
      assert.deepStrictEqual(origins(proxy), [])
    })
  )
})

describe("options that cannot work", () => {
  const build = <E>(transport: Layer.Layer<HttpClient.HttpClient, E>) => Effect.scoped(Effect.flip(Layer.build(transport)))

  it.effect("are InvalidConfiguration, which names the option or the variable and repeats nothing of a URL", () =>
    Effect.gen(function* () {
      for (const [transport, path] of [
        [UndiciTransport.layerWith({ proxy: `http://${credentials}@` }), "proxy"],
        [UndiciTransport.layerWith({ proxy: Redacted.make(`socks5://${credentials}@127.0.0.1`) }), "proxy"],
        [UndiciTransport.layerWith({ proxy: `http://user:%zz${password}@127.0.0.1` }), "proxy"],
        [UndiciTransport.layerWith({ proxy: "" }), "proxy"],
        [configured({ HTTP_PROXY: `http://${credentials}@` }), "HTTP_PROXY"],
        [configured({ https_proxy: `ftp://${credentials}@127.0.0.1` }), "HTTPS_PROXY"],
        [UndiciTransport.layerWith({ maxOrigins: -1 }), "options"]
      ] as const) {
        const error = yield* build(transport)
        assert.strictEqual(error._tag, "InvalidConfiguration")
        assert.strictEqual(error.issues[0]?.path, path)
        const shown = inspect(error, { depth: 20, showHidden: true }) + error.message
        for (const secret of [password, credentials]) assert.notInclude(shown, secret)
      }
    })
  )

  it.effect("a dispatcher that is none, as Bun's own are: RequestError of reason Encode, which says so", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(UndiciTransport.make({} as Dispatcher).get("http://127.0.0.1/"))
      assert.deepInclude(error, { _tag: "RequestError", reason: "Encode" })
      assert.match(error.message, /undici\/index\.js/)
    })
  )
})
