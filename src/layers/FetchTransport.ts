/**
 * An `HttpClient` over the `fetch` of the platform, made for small answers. It needs nothing else, so it runs on Node, Bun, Deno, in a browser
 * and in a worker. It reads each answer to its end before it returns it, and therefore costs less than `FetchHttpClient`.
 *
 * On Node and on Bun `UndiciTransport` costs less again, and can do two things that `fetch` cannot: it reports when a request is written, and it
 * uses a proxy. Over `fetch` the time for an answer begins when the request is handed over, so it includes the wait for a connection.
 *
 * What differs from `FetchHttpClient`:
 * - An answer is returned when it is complete. At most 16 MiB of it are read. The status and headers of a larger answer are available, its
 *   `stream` fails with a `ResponseError` after those bytes, and its other bodies fail.
 * - A request body that is a `Stream` is refused with a `RequestError` of reason `Encode`, as is every request that `fetch` cannot send.
 * - No redirect is followed. In a browser the answer then has the status 0 and no headers, because a browser shows no more of it.
 * - No cookie and no other credential of a browser is sent, and no answer comes from a cache of the browser or goes into it.
 * - The services `FetchHttpClient.Fetch` and `FetchHttpClient.RequestInit` are not read: give a `fetch` of your own, or options for it, to
 *   {@link layerWith}.
 *
 * Both make a span when tracing is on, and abort the request when the fiber is interrupted.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import { constVoid } from "effect/Function"
import * as Layer from "effect/Layer"
import { BufferedAnswer, type SourceHeaders } from "../internal/BufferedAnswer.js"
import type * as DirectSend from "../internal/DirectSend.js"
import * as LeanClient from "../internal/LeanClient.js"
import { Undecodable } from "../internal/Undecodable.js"

const answerLimit = 16 * 1024 * 1024

/**
 * - `fetch`: used in place of the global `fetch`, for example one with a client certificate. By default the global one is looked up for each
 *   request, so what replaces it later is used too. It must support `signal`.
 * - `requestInit`: options for each request, such as `cf` of Cloudflare Workers or `client` of Deno.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly fetch?: typeof globalThis.fetch | undefined
  readonly requestInit?: Omit<RequestInit, "body" | "headers" | "method" | "redirect" | "signal"> | undefined
}

const knows = (option: string): boolean => typeof Request === "function" && option in Request.prototype

/** A page, or a worker of one. Only there `fetch` has a cache. */
const isBrowser = (): boolean => "document" in globalThis || "importScripts" in globalThis

/** Workers of Cloudflare refuse `redirect: "error"`, and options that they do not know. */
const initOf = (own: Options["requestInit"]): RequestInit => ({
  ...(knows("credentials") ? { credentials: "omit" } : {}),
  ...(knows("cache") && isBrowser() ? { cache: "no-store" } : {}),
  ...own,
  redirect: "manual"
})

const headersOf =
  ({ headers }: Response) =>
  (): SourceHeaders => {
    const found: Record<string, string | Array<string>> = {}
    headers.forEach((value, name) => {
      found[name] = value
    })
    // Not all platforms tell cookies apart in `forEach`.
    const cookies = headers.getSetCookie?.() ?? []
    if (cookies.length > 0) found["set-cookie"] = cookies
    return found
  }

/** How platforms say that a body does not fit its content coding. */
const isOfCoding = (error: unknown): boolean => {
  for (let depth = 0; depth < 4 && error instanceof Error; depth++) {
    if ("code" in error && /^(Z_\w+|ZlibError|ERR__ERROR_\w+)$/.test(String(error.code))) return true
    if (/decompress/i.test(error.message)) return true
    error = error.cause
  }
  return false
}

const brokenBy = (cause: unknown): Error => {
  if (isOfCoding(cause)) return new Undecodable("a whole body in its content coding", { cause })
  return cause instanceof Error ? cause : new Error("the body of the answer broke off", { cause })
}

/** One exchange. */
class Exchange {
  private readonly outgoing: DirectSend.Outgoing
  private readonly listener: DirectSend.Listener
  private readonly controller = new AbortController()
  private ended = false

  constructor(outgoing: DirectSend.Outgoing, listener: DirectSend.Listener) {
    this.outgoing = outgoing
    this.listener = listener
  }

  start(fetch: typeof globalThis.fetch, init: RequestInit, body: BodyInit | undefined): void {
    // `fetch` sets it itself.
    const { "content-length": _length, ...headers } = this.outgoing.headers
    const { method, url } = this.outgoing
    const request: RequestInit = { ...init, method, headers, signal: this.controller.signal }
    if (body !== undefined) request.body = body
    const failed = (cause: unknown): void => this.fail(cause, request)
    try {
      fetch(url, request).then((response) => this.receive(response), failed)
    } catch (cause) {
      // A `fetch` of somebody else.
      failed(cause)
    }
  }

  cancel(): void {
    this.ended = true
    this.controller.abort()
  }

  private receive(response: Response): void {
    try {
      if (this.ended) {
        response.body?.cancel().catch(constVoid)
        return
      }
      const answer = new BufferedAnswer(response.status, headersOf(response))
      // A `fetch` that a test has made may leave the body out.
      if (response.body === null || response.body === undefined) this.finish(answer)
      else this.read(response.body.getReader(), answer)
    } catch (cause) {
      // No answer of the platform's `fetch`: nobody knows what became of the request.
      this.lost(cause)
    }
  }

  private read(reader: ReadableStreamDefaultReader<Uint8Array>, answer: BufferedAnswer): void {
    reader.read().then(
      ({ done, value }) => {
        try {
          if (this.ended) reader.cancel().catch(constVoid)
          else if (done) this.finish(answer)
          else if (answer.push(value) <= answerLimit) this.read(reader, answer)
          else {
            answer.break(new Error(`the answer is larger than ${answerLimit} bytes`))
            this.finish(answer)
            this.controller.abort()
          }
        } catch (cause) {
          this.lost(cause)
        }
      },
      (cause: unknown) => {
        answer.break(brokenBy(cause))
        this.finish(answer)
      }
    )
  }

  private finish(answer: BufferedAnswer): void {
    if (this.ended) return
    this.ended = true
    this.listener.answered(answer)
  }

  private lost(cause: unknown): void {
    if (this.ended) return
    this.ended = true
    this.listener.failed({ _tag: "Unsent", cause })
  }

  private fail(cause: unknown, { signal: _, ...request }: RequestInit): void {
    if (this.ended) return
    this.ended = true
    this.listener.failed(
      canBeSent(this.outgoing.url, request) ? { _tag: "Unsent", cause } : { _tag: "Unsendable", why: { cause } }
    )
  }
}

/** `fetch` reports in the same way that it refuses a request and that the network failed. Only `Request` knows which of them it was. */
const canBeSent = (url: string, request: RequestInit): boolean => {
  if (typeof Request !== "function") return true
  try {
    return /^https?:/.test(new Request(url, request).url)
  } catch {
    return false
  }
}

const isBodyInit = (body: unknown): body is BodyInit =>
  typeof body === "string" ||
  body instanceof ArrayBuffer ||
  ArrayBuffer.isView(body) ||
  body instanceof Blob ||
  body instanceof FormData ||
  body instanceof URLSearchParams

const sendOver = ({ fetch: own, requestInit }: Options): DirectSend.Send => {
  const init = initOf(requestInit)
  return (outgoing, _sending, listener) => {
    const { body } = outgoing
    const content =
      body._tag === "Empty"
        ? undefined
        : body._tag === "FormData"
          ? body.formData
          : body._tag === "Stream"
            ? body.stream
            : body.body
    if (content !== undefined && !isBodyInit(content)) {
      const description = `FetchTransport sends no ${body._tag} body of this kind; use FetchHttpClient of @effect/platform`
      listener.failed({ _tag: "Unsendable", why: { description } })
      return constVoid
    }
    const exchange = new Exchange(outgoing, listener)
    // Not a method of an object: a browser refuses to run it as one.
    const fetch = own ?? globalThis.fetch
    exchange.start(fetch, init, content)
    return () => exchange.cancel()
  }
}

/**
 * Makes a transport, in the place of a layer.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): HttpClient.HttpClient => LeanClient.fromSend(sendOver(options))

/**
 * The transport with a `fetch` of your own, or with options for it.
 *
 * @example
 * ```ts
 * import { Dintero, FetchTransport } from "effect-dintero"
 * import { Layer } from "effect"
 *
 * const DinteroLive = Dintero.layerConfig.pipe(
 *   Layer.provide(
 *     FetchTransport.layerWith({
 *       fetch: (input, init) => {
 *         console.log("a request")
 *         return fetch(input, init)
 *       }
 *     })
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Options): Layer.Layer<HttpClient.HttpClient> =>
  Layer.sync(HttpClient.HttpClient, () => make(options))

/**
 * The transport over the global `fetch`. Provide it to `Dintero.layer` or `Dintero.layerConfig`.
 *
 * @example
 * ```ts
 * import { Dintero, FetchTransport } from "effect-dintero"
 * import { Layer } from "effect"
 *
 * const DinteroLive = Dintero.layerConfig.pipe(Layer.provide(FetchTransport.layer))
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<HttpClient.HttpClient> = layerWith({})
