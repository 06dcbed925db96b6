/**
 * An `HttpClient` over npm's `undici`, for small answers: each is read to its end before it is handed on, so that there is no
 * stream, no `AbortController` and no finalizer for each call.
 *
 * What it does not do, that `NodeHttpClient.layerUndici` does:
 * - stream: a request body that is a `Stream` or a `FormData` is refused with a `RequestError` of reason `Encode`, and an answer is
 *   there only when all of it is. Of an answer larger than 16 MiB no more is read: its status and headers are there, its
 *   `stream` ends in a `ResponseError` after those bytes, and its other bodies fail;
 * - read `NodeHttpClient.withUndiciOptions`: give {@link make} a dispatcher of your own instead.
 *
 * What it does besides: it tells the client when a request is written, so that the time for an answer begins there and a request that
 * waited for a connection in vain is known not to be sent; and it decodes an answer with a `content-encoding` of `gzip`, `br` or
 * `deflate` (that header and `content-length` are then gone), within the limit above. The limit counts what was decoded.
 *
 * What both do: follow no redirect, set no timeout of their own after connecting, make a span where tracing is on, and abort the request
 * when the fiber is interrupted. Both ask for no compression: an answer of this API is a few kilobytes, which take longer to decode than
 * to arrive, and there are secrets in it, whose compressed length tells of them.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
// Not `undici`: in its place Bun gives a module of its own, whose dispatchers dispatch nothing.
import type { buildConnector, Dispatcher } from "undici/index.js"
import { Agent, EnvHttpProxyAgent, Pool, ProxyAgent } from "undici/index.js"
import { BufferedResponse } from "../../internal/BufferedResponse.js"
import * as LeanClient from "../../internal/LeanClient.js"
import type { Sending } from "../../internal/Sending.js"
import { InvalidConfiguration } from "../../schemas/DinteroError.js"
import { codingsOf, Decoding } from "./ContentCoding.js"

const answerLimit = 16 * 1024 * 1024

type Result = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

/** One exchange, as undici reports it. */
class Receiver implements Dispatcher.DispatchHandler {
  private readonly request: HttpClientRequest.HttpClientRequest
  private readonly sending: Sending | undefined
  private readonly resume: (result: Result) => void
  private controller: Dispatcher.DispatchController | undefined = undefined
  private response: BufferedResponse | undefined = undefined
  /** None until there is a body that needs it. */
  private decoding: Decoding | undefined = undefined
  private ended = false

  constructor(request: HttpClientRequest.HttpClientRequest, sending: Sending | undefined, resume: (result: Result) => void) {
    this.request = request
    this.sending = sending
    this.resume = resume
  }

  /**
   * The request is about to be written. Also called anew when undici sends a request again because its connection was closed before
   * anything was sent.
   */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    this.response = undefined
    if (this.ended || this.sending?.leaves() === false) controller.abort(aborted())
  }

  onResponseStart(...[, status, headers]: Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>): void {
    // 1xx is not the answer yet.
    if (status >= 200) this.response = new BufferedResponse(this.request, status, headers)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.ended || this.response === undefined) return
    this.decoding ??= this.decode(this.response)
    if (this.decoding === undefined) this.keep(chunk)
    else this.decoding.data(chunk)
  }

  onResponseEnd(): void {
    if (this.decoding === undefined) this.finish()
    else this.decoding.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.response?.break(error)
    this.end(this.response === undefined ? Effect.fail(requestError(this.request, error)) : Effect.succeed(this.response))
  }

  interrupt(): void {
    this.ended = true
    this.decoding?.close()
    this.controller?.abort(aborted())
  }

  private decode(response: BufferedResponse): Decoding | undefined {
    const codings = codingsOf(response.headers["content-encoding"])
    if (codings.length === 0) return undefined
    // They tell of the bytes on the wire.
    const { "content-encoding": _coding, "content-length": _length, ...headers } = response.source
    this.response = new BufferedResponse(this.request, response.status, headers)
    return new Decoding(codings, answerLimit, {
      data: (chunk) => this.keep(chunk),
      end: () => this.finish(),
      fail: (error) => this.stop(error)
    })
  }

  private keep(chunk: Uint8Array): void {
    if (this.ended || this.response === undefined || this.response.push(chunk) <= answerLimit) return
    this.stop(new Error(`the answer is larger than ${answerLimit} bytes`))
  }

  private finish(): void {
    if (this.response !== undefined) this.end(Effect.succeed(this.response))
  }

  private stop(error: Error): void {
    if (this.ended) return
    this.response?.break(error)
    this.finish()
    this.controller?.abort(error)
  }

  private end(result: Result): void {
    if (this.ended) return
    this.ended = true
    this.decoding?.close()
    this.resume(result)
  }
}

const aborted = (): Error => new Error("the request was interrupted")

const requestError = (request: HttpClientRequest.HttpClientRequest, cause: unknown): HttpClientError.RequestError => {
  // What undici finds wrong with the request itself: nothing was sent.
  const refused = typeof cause === "object" && cause !== null && "code" in cause && cause.code === "UND_ERR_INVALID_ARG"
  return new HttpClientError.RequestError({ request, reason: refused ? "Encode" : "Transport", cause })
}

const send = (
  dispatcher: Dispatcher,
  request: HttpClientRequest.HttpClientRequest,
  url: URL,
  sending: Sending | undefined
): Result => {
  const body = request.body
  const refuse = (description: string) =>
    Effect.fail(new HttpClientError.RequestError({ request, reason: "Encode", description }))
  if (body._tag === "Stream" || body._tag === "FormData") {
    return refuse(`UndiciTransport sends no ${body._tag} body; use NodeHttpClient.layerUndici of @effect/platform-node`)
  }
  if (typeof dispatcher.dispatch !== "function") {
    return refuse("UndiciTransport.make was not given a Dispatcher of undici. On Bun, import it from undici/index.js")
  }
  return Effect.async((resume) => {
    const receiver = new Receiver(request, sending, resume)
    sending?.waits()
    try {
      dispatcher.dispatch(
        {
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method,
          headers: request.headers,
          // Seam: what a Raw body is, its author and undici agree on; undici refuses what it does not know.
          body: body._tag === "Empty" ? null : (body.body as Uint8Array),
          headersTimeout: 0,
          bodyTimeout: 0
        },
        receiver
      )
    } catch (error) {
      resume(Effect.fail(requestError(request, error)))
    }
    return Effect.sync(() => receiver.interrupt())
  })
}

/**
 * Over a dispatcher of your own: a `Pool` with a client certificate, a `ProxyAgent` with headers for the proxy, a `MockAgent`. On Bun it has
 * to come from `undici/index.js`: what Bun gives for `undici` dispatches nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (dispatcher: Dispatcher): HttpClient.HttpClient =>
  LeanClient.make((request, url, sending) => send(dispatcher, request, url, sending))

/**
 * undici's own options, and:
 *
 * - `connections`: for each origin. 64. So many requests are under way at most, and others wait for their turn as long as
 *   `RetryPolicy.connectionTimeout` says: with answers that take 100 ms this is 640 calls in a second.
 * - `pipelining`: requests on a connection that have no answer yet. 1. With more, a slow answer holds up those behind it, and when the connection
 *   breaks nobody knows which of them were acted on.
 * - `proxy`: the URL of an HTTP proxy, with user and password where it needs them (`Redacted`, if you like), or `environment`, for what
 *   `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` say in the configuration; their names in small letters come first. None unless given, also
 *   when the environment names one. Whatever the origin, the proxy is asked to connect (`CONNECT`).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Agent.Options {
  readonly proxy?: "environment" | (string & {}) | URL | Redacted.Redacted<string | URL> | undefined
}

const invalid = (path: string, expected: string): InvalidConfiguration =>
  new InvalidConfiguration({
    message: `the options of UndiciTransport cannot work: ${path}: expected ${expected}`,
    issues: [{ path, message: `expected ${expected}` }]
  })

/** What is given is never repeated: there may be a password in it. */
const readProxy = (path: string, given: string | URL): Effect.Effect<string, InvalidConfiguration> =>
  Effect.try({
    try: () => {
      const text = String(given).trim()
      const url = new URL(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`)
      decodeURIComponent(url.username + url.password)
      return url
    },
    catch: () => invalid(path, "the URL of a proxy, such as http://proxy.example:3128")
  }).pipe(
    Effect.filterOrFail(
      ({ protocol }) => protocol === "http:" || protocol === "https:",
      () => invalid(path, "a proxy of http or https")
    ),
    Effect.map(({ href }) => href)
  )

/** One of them in small letters and in capitals, empty when there is none. */
const variable = (name: string): Effect.Effect<string, InvalidConfiguration> =>
  Config.string(name.toLowerCase()).pipe(
    Config.orElse(() => Config.string(name)),
    Config.withDefault(""),
    Effect.mapError(() => invalid(name, "a text"))
  )

const proxyVariable = (name: string): Effect.Effect<string, InvalidConfiguration> =>
  Effect.flatMap(variable(name), (text) => (text.trim() === "" ? Effect.succeed("") : readProxy(name, text)))

/**
 * A proxy that drops a connection instead of answering `CONNECT` is a socket error to undici, after which it connects again at once,
 * without end. Another code makes it the end of the requests that wait.
 */
const once =
  (connect: buildConnector.connector): buildConnector.connector =>
  (options, callback) =>
    connect(options, (...[error, socket]) => {
      if (error === null) callback(null, socket)
      else {
        const broken = "code" in error && error.code === "UND_ERR_SOCKET"
        callback(broken ? Object.assign(new Error(error.message, { cause: error }), { code: "ECONNRESET" }) : error, null)
      }
    })

const poolOf = (origin: string | URL, options: Pool.Options): Pool =>
  new Pool(origin, typeof options.connect === "function" ? { ...options, connect: once(options.connect) } : options)

const dispatcherOf = ({ proxy, ...given }: Options): Effect.Effect<Dispatcher, InvalidConfiguration> =>
  Effect.gen(function* () {
    const options = { connections: 64, ...given }
    const proxied = { factory: poolOf, ...options }
    const build =
      proxy === undefined
        ? () => new Agent(options)
        : proxy === "environment"
          ? yield* Effect.map(
              Effect.all([proxyVariable("HTTP_PROXY"), proxyVariable("HTTPS_PROXY"), variable("NO_PROXY")]),
              ([httpProxy, httpsProxy, noProxy]) =>
                () =>
                  new EnvHttpProxyAgent({ ...proxied, httpProxy, httpsProxy, noProxy })
            )
          : yield* Effect.map(
              readProxy("proxy", Redacted.isRedacted(proxy) ? Redacted.value(proxy) : proxy),
              (uri) => () => new ProxyAgent({ ...proxied, uri })
            )
    return yield* Effect.try({
      try: build,
      // undici says what is wrong with its own options, in words without their values.
      catch: (error) => invalid("options", `what undici takes: ${error instanceof Error ? error.message : "it does not"}`)
    })
  })

/**
 * With options. The connections are closed, and what is under way on them is aborted, with the scope of the layer. Fails with
 * `InvalidConfiguration`, naming the option or the variable that cannot work.
 *
 * @example
 * ```ts
 * import { Dintero } from "effect-dintero"
 * import { UndiciTransport } from "effect-dintero/undici"
 * import { Layer } from "effect"
 *
 * const DinteroLive = Dintero.layerConfig.pipe(Layer.provide(UndiciTransport.layerWith({ proxy: "environment" })))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Options): Layer.Layer<HttpClient.HttpClient, InvalidConfiguration> =>
  Layer.scoped(
    HttpClient.HttpClient,
    Effect.map(
      Effect.acquireRelease(dispatcherOf(options), (dispatcher) => Effect.promise(() => dispatcher.destroy())),
      make
    )
  )

/**
 * With the defaults of {@link layerWith}.
 *
 * @example
 * ```ts
 * import { Dintero } from "effect-dintero"
 * import { UndiciTransport } from "effect-dintero/undici"
 * import { Layer } from "effect"
 *
 * const DinteroLive = Dintero.layerConfig.pipe(Layer.provide(UndiciTransport.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = Layer.orDie(layerWith({}))
