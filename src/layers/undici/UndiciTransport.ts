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
 * What both do: follow no redirect, set no timeout of their own after connecting, ask for no compression, make a span where
 * tracing is on, and abort the request when the fiber is interrupted.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Dispatcher } from "undici"
import { Agent } from "undici"
import { BufferedResponse } from "../../internal/BufferedResponse.js"
import * as LeanClient from "../../internal/LeanClient.js"

const answerLimit = 16 * 1024 * 1024

type Result = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

/** One exchange, as undici reports it. */
class Receiver implements Dispatcher.DispatchHandler {
  private readonly request: HttpClientRequest.HttpClientRequest
  private readonly resume: (result: Result) => void
  private controller: Dispatcher.DispatchController | undefined = undefined
  private response: BufferedResponse | undefined = undefined
  private ended = false

  constructor(request: HttpClientRequest.HttpClientRequest, resume: (result: Result) => void) {
    this.request = request
    this.resume = resume
  }

  /** Also called anew when undici sends a request again because its connection was closed before anything was sent. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller
    this.response = undefined
    if (this.ended) controller.abort(aborted())
  }

  onResponseStart(...[, status, headers]: Parameters<NonNullable<Dispatcher.DispatchHandler["onResponseStart"]>>): void {
    // 1xx is not the answer yet.
    if (status >= 200) this.response = new BufferedResponse(this.request, status, headers)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.ended || this.response === undefined || this.response.push(chunk) <= answerLimit) return
    const error = new Error(`the answer is larger than ${answerLimit} bytes`)
    this.response.break(error)
    this.end(Effect.succeed(this.response))
    controller.abort(error)
  }

  onResponseEnd(): void {
    if (this.response !== undefined) this.end(Effect.succeed(this.response))
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.response?.break(error)
    this.end(this.response === undefined ? Effect.fail(requestError(this.request, error)) : Effect.succeed(this.response))
  }

  interrupt(): void {
    this.ended = true
    this.controller?.abort(aborted())
  }

  private end(result: Result): void {
    if (this.ended) return
    this.ended = true
    this.resume(result)
  }
}

const aborted = (): Error => new Error("the request was interrupted")

const requestError = (request: HttpClientRequest.HttpClientRequest, cause: unknown): HttpClientError.RequestError => {
  // What undici finds wrong with the request itself: nothing was sent.
  const refused = typeof cause === "object" && cause !== null && "code" in cause && cause.code === "UND_ERR_INVALID_ARG"
  return new HttpClientError.RequestError({ request, reason: refused ? "Encode" : "Transport", cause })
}

const send = (dispatcher: Dispatcher, request: HttpClientRequest.HttpClientRequest, url: URL): Result => {
  const body = request.body
  if (body._tag === "Stream" || body._tag === "FormData") {
    return Effect.fail(
      new HttpClientError.RequestError({
        request,
        reason: "Encode",
        description: `UndiciTransport sends no ${body._tag} body; use NodeHttpClient.layerUndici of @effect/platform-node`
      })
    )
  }
  return Effect.async((resume) => {
    const receiver = new Receiver(request, resume)
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
 * Over a dispatcher of your own: a `ProxyAgent`, a `Pool` with a client certificate, a `MockAgent`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (dispatcher: Dispatcher): HttpClient.HttpClient =>
  LeanClient.make((request, url) => send(dispatcher, request, url))

/**
 * With undici's own options; `connections` for each origin is 64 unless it is given. The connections are closed, and what is
 * under way on them is aborted, with the scope of the layer.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Agent.Options): Layer.Layer<HttpClient.HttpClient> =>
  Layer.scoped(
    HttpClient.HttpClient,
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => new Agent({ connections: 64, ...options })),
        (agent) => Effect.promise(() => agent.destroy())
      ),
      make
    )
  )

/**
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
export const layer: Layer.Layer<HttpClient.HttpClient> = layerWith({})
