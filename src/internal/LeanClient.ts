/**
 * An `HttpClient` for a transport that reads each answer to its end.
 *
 * `HttpClient.make` keeps an `AbortController` and a finalizer for each request, so that an answer whose body nobody reads releases its
 * connection. This client has nothing to release, so it uses `HttpClient.make` only when a span is made.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { BufferedResponse } from "./BufferedResponse.js"
import * as DirectSend from "./DirectSend.js"
import * as FiberLocals from "./FiberLocals.js"
import * as HttpErrors from "./HttpErrors.js"
import type { Sending } from "./Sending.js"

type Result = Effect.Effect<HttpClientResponse.HttpClientResponse, HttpErrors.HttpError>

/** `send` reads the body of the answer to its end, and is interrupted with the fiber. It reports the writing of the request to `sending`. */
export const make = (
  send: (request: HttpClientRequest.HttpClientRequest, url: URL, sending: Sending | undefined) => Result
): HttpClient.HttpClient => {
  const traced = HttpClient.make((request, url, _signal, fiber) => send(request, url, FiberLocals.sendingOf(fiber)))
  const untraced = (request: HttpClientRequest.HttpClientRequest, sending: Sending | undefined): Result => {
    const url = UrlParams.makeUrl(request.url, request.urlParams, request.hash)
    return Either.isRight(url) ? send(request, url.right, sending) : Effect.fail(HttpErrors.invalidUrl(request, url.left))
  }
  return HttpClient.makeWith<never, never, HttpErrors.HttpError, never>(
    (effect) =>
      Effect.flatMap(effect, (request) =>
        Effect.withFiberRuntime<HttpClientResponse.HttpClientResponse, HttpErrors.HttpError>((fiber) =>
          FiberLocals.tracesRequest(fiber, request) ? traced.execute(request) : untraced(request, FiberLocals.sendingOf(fiber))
        )
      ),
    Effect.succeed
  )
}

/** The client of a transport that works with callbacks. */
export const fromSend = (send: DirectSend.Send): HttpClient.HttpClient => {
  const client = make((request, url, sending) =>
    Effect.async((resume) => {
      const { body, headers, method } = request
      const cancel = send({ method, url: url.href, headers, body }, sending, {
        answered: (answer) => resume(Effect.succeed(BufferedResponse.of(request, answer))),
        failed: (failure) =>
          resume(
            Effect.fail(
              failure._tag === "Unsent" ? HttpErrors.unsent(request, failure.cause) : HttpErrors.unsendable(request, failure.why)
            )
          )
      })
      return Effect.sync(cancel)
    })
  )
  DirectSend.register(client, send)
  return client
}
