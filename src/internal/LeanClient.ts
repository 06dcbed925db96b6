/**
 * An `HttpClient` for answers that are whole when they are there.
 *
 * `HttpClient.make` keeps an `AbortController` and a finalizer for each request, so that an answer whose body nobody reads lets go of its
 * connection. Here there is nothing to let go of, so they are only paid where a span is made too.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import * as Sending from "./Sending.js"

type Result = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>

/** `send` answers with a body that is read to its end, and is interrupted with the fiber. It is given who wants to know when it writes. */
export const make = (
  send: (request: HttpClientRequest.HttpClientRequest, url: URL, sending: Sending.Sending | undefined) => Result
): HttpClient.HttpClient => {
  const traced = HttpClient.make((request, url, _signal, fiber) => send(request, url, fiber.getFiberRef(Sending.current)))
  const untraced = (request: HttpClientRequest.HttpClientRequest, sending: Sending.Sending | undefined): Result => {
    const url = UrlParams.makeUrl(request.url, request.urlParams, request.hash)
    return Either.isRight(url)
      ? send(request, url.right, sending)
      : Effect.fail(new HttpClientError.RequestError({ request, reason: "InvalidUrl", cause: url.left }))
  }
  return HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
    (effect) =>
      Effect.flatMap(effect, (request) =>
        Effect.withFiberRuntime<HttpClientResponse.HttpClientResponse, HttpClientError.HttpClientError>((fiber) => {
          const traces =
            fiber.getFiberRef(FiberRef.currentTracerEnabled) && !fiber.getFiberRef(HttpClient.currentTracerDisabledWhen)(request)
          return traces ? traced.execute(request) : untraced(request, fiber.getFiberRef(Sending.current))
        })
      ),
    Effect.succeed
  )
}
