/**
 * An `HttpClient` over the npm package `undici`, made for small answers. It reads each answer to its end before it returns it. So a call
 * needs no stream, no `AbortController` and no finalizer. It runs on Node and on Bun, and is the fastest transport for this library there.
 *
 * `NodeHttpClient.layerUndici` can do these things that it cannot:
 * - streams: a request body that is a `Stream` or a `FormData` is refused with a `RequestError` of reason `Encode`. An answer is returned
 *   when it is complete. It reads at most 16 MiB of an answer. The status and headers of a larger answer are available, its `stream` fails
 *   with a `ResponseError` after those bytes, and its other bodies fail;
 * - `NodeHttpClient.withUndiciOptions`: give a dispatcher of your own to {@link make} instead.
 *
 * It can do these things that `NodeHttpClient.layerUndici` cannot:
 * - it reports when a request is written. So the time for an answer begins at that moment, and a request that never got a connection is
 *   known not to be sent;
 * - it decodes an answer with a `content-encoding` of `gzip`, `br` or `deflate`, and removes that header and `content-length`. The limit
 *   of 16 MiB applies to the decoded bytes.
 *
 * Both follow no redirect, set no timeout after connecting, make a span when tracing is on, and abort the request when the fiber is
 * interrupted. Neither asks for compression: an answer of these APIs has a few kilobytes, which take longer to decode than to arrive, and
 * the compressed length of a secret can reveal it.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import { constVoid } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
// Not `undici`: Bun replaces that name by a module of its own, whose dispatchers send nothing.
import type { buildConnector, Dispatcher } from "undici/index.js"
import { Agent, EnvHttpProxyAgent, Pool, ProxyAgent } from "undici/index.js"
import { BufferedAnswer } from "../../internal/BufferedAnswer.js"
import type * as DirectSend from "../../internal/DirectSend.js"
import * as LeanClient from "../../internal/LeanClient.js"
import type { Sending } from "../../internal/Sending.js"
import { InvalidConfiguration } from "../../schemas/DinteroError.js"
import { codingsOf, Decoding } from "./ContentCoding.js"

const answerLimit = 16 * 1024 * 1024

/** One exchange, as undici reports it. */
class Receiver implements Dispatcher.DispatchHandler {
  private readonly sending: Sending | undefined
  private readonly listener: DirectSend.Listener
  private controller: Dispatcher.DispatchController | undefined = undefined
  private answer: BufferedAnswer | undefined = undefined
  /** `undefined` unless the body has a content coding. */
  private decoding: Decoding | undefined = undefined
  private ended = false

  constructor(sending: Sending | undefined, listener: DirectSend.Listener) {
    this.sending = sending
    this.listener = listener
  }

  /**
   * Called when the request is about to be written. undici calls it again when the connection was closed before anything was sent.
   */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    this.answer = undefined
    if (this.ended || this.sending?.leaves() === false) controller.abort(aborted())
  }

  onResponseStart(...[, status, headers]: Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>): void {
    // A 1xx is not the final answer.
    if (status >= 200) this.answer = new BufferedAnswer(status, headers)
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.ended || this.answer === undefined) return
    this.decoding ??= this.decode(this.answer)
    if (this.decoding === undefined) this.keep(chunk)
    else this.decoding.data(chunk)
  }

  onResponseEnd(): void {
    if (this.decoding === undefined) this.finish()
    else this.decoding.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.answer === undefined) this.fail(error)
    else {
      this.answer.break(error)
      this.finish()
    }
  }

  /** There is no answer. */
  fail(cause: unknown): void {
    if (this.ended) return
    this.ended = true
    this.listener.failed(failureOf(cause))
  }

  interrupt(): void {
    this.ended = true
    this.decoding?.close()
    this.controller?.abort(aborted())
  }

  private decode(answer: BufferedAnswer): Decoding | undefined {
    if (answer.source["content-encoding"] === undefined) return undefined
    const codings = codingsOf(answer.headers["content-encoding"])
    if (codings.length === 0) return undefined
    // These headers describe the encoded bytes.
    const { "content-encoding": _coding, "content-length": _length, ...headers } = answer.source
    this.answer = new BufferedAnswer(answer.status, headers)
    return new Decoding(codings, answerLimit, {
      data: (chunk) => this.keep(chunk),
      end: () => this.finish(),
      fail: (error) => this.stop(error)
    })
  }

  private keep(chunk: Uint8Array): void {
    if (this.ended || this.answer === undefined || this.answer.push(chunk) <= answerLimit) return
    this.stop(new Error(`the answer is larger than ${answerLimit} bytes`))
  }

  private finish(): void {
    if (this.ended || this.answer === undefined) return
    this.ended = true
    this.decoding?.close()
    this.listener.answered(this.answer)
  }

  private stop(error: Error): void {
    if (this.ended) return
    this.answer?.break(error)
    this.finish()
    this.controller?.abort(error)
  }
}

const aborted = (): Error => new Error("the request was interrupted")

const failureOf = (cause: unknown): DirectSend.Failure => {
  // With this code, undici has refused the request itself, and nothing was sent.
  const refused = typeof cause === "object" && cause !== null && "code" in cause && cause.code === "UND_ERR_INVALID_ARG"
  return refused ? { _tag: "Unsendable", why: { cause } } : { _tag: "Unsent", cause }
}

const sendOver =
  (dispatcher: Dispatcher): DirectSend.Send =>
  ({ body, headers, method, url }, sending, listener) => {
    const refuse = (description: string) => {
      listener.failed({ _tag: "Unsendable", why: { description } })
      return constVoid
    }
    if (body._tag === "Stream" || body._tag === "FormData") {
      return refuse(`UndiciTransport sends no ${body._tag} body; use NodeHttpClient.layerUndici of @effect/platform-node`)
    }
    if (typeof dispatcher.dispatch !== "function") {
      return refuse("UndiciTransport.make was not given a Dispatcher of undici. On Bun, import it from undici/index.js")
    }
    const receiver = new Receiver(sending, listener)
    sending?.waits()
    try {
      const { origin, pathname, search } = new URL(url)
      dispatcher.dispatch(
        {
          origin,
          path: pathname + search,
          method,
          headers,
          // Seam: the type of a Raw body is unknown here. undici refuses a body of a kind that it does not know.
          body: body._tag === "Empty" ? null : (body.body as Uint8Array),
          headersTimeout: 0,
          bodyTimeout: 0
        },
        receiver
      )
    } catch (error) {
      receiver.fail(error)
    }
    return () => receiver.interrupt()
  }

/**
 * Makes a transport over a dispatcher of your own, such as a `Pool` with a client certificate, a `ProxyAgent` with headers for the proxy, or
 * a `MockAgent`. You close the dispatcher.
 *
 * On Bun, import the dispatcher from `undici/index.js`: Bun replaces `undici` by a module whose dispatchers send nothing.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (dispatcher: Dispatcher): HttpClient.HttpClient => LeanClient.fromSend(sendOver(dispatcher))

/**
 * The options of undici, and `proxy`. These have other defaults or a special meaning:
 *
 * - `connections`: the number of connections for each origin, and so of requests at the same time. Other requests wait for up to
 *   `RetryPolicy.connectionTimeout`. The default is 64, which is enough for 640 calls per second if an answer takes 100 ms.
 * - `pipelining`: the number of unanswered requests on one connection. The default is 1. With more, a slow answer delays those behind it.
 *   When the connection breaks, it is then unknown which of the requests were carried out.
 * - `proxy`: the URL of an HTTP proxy, which may have a user and a password and may be `Redacted`. `"environment"` reads `HTTPS_PROXY`,
 *   `HTTP_PROXY` and `NO_PROXY` from the configuration. Names in small letters come first. By default no proxy is used, also if the
 *   environment names one. The connection through the proxy is always made with `CONNECT`.
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

/** The messages never show the URL, since it may contain a password. */
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

/** The value of a variable whose name is written in small letters or in capitals, empty when it is not set. */
const variable = (name: string): Effect.Effect<string, InvalidConfiguration> =>
  Config.string(name.toLowerCase()).pipe(
    Config.orElse(() => Config.string(name)),
    Config.withDefault(""),
    Effect.mapError(() => invalid(name, "a text"))
  )

const proxyVariable = (name: string): Effect.Effect<string, InvalidConfiguration> =>
  Effect.flatMap(variable(name), (text) => (text.trim() === "" ? Effect.succeed("") : readProxy(name, text)))

/**
 * When a proxy closes a connection instead of answering `CONNECT`, undici sees a socket error and connects again at once, without end. With
 * another code, undici fails the waiting requests.
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
      // The messages of undici about its options do not contain their values.
      catch: (error) =>
        invalid("options", `options that undici accepts: ${error instanceof Error ? error.message : "it refused them"}`)
    })
  })

/**
 * The transport with options, such as a proxy or more connections. When the scope of the layer closes, its connections are closed and their
 * requests are aborted.
 *
 * Fails with `InvalidConfiguration`, which names the option or variable that cannot work.
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
 * The transport with default options. Provide it to `Dintero.layer` or `Dintero.layerConfig`.
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
