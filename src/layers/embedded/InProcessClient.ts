/**
 * An app as an `HttpClient`: everything that a socket would carry, without the socket. Bodies and headers are made into bytes
 * and back; the app runs in the fiber of the caller, with its clock.
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as RequestBody from "./RequestBody.js"

const transport = (request: HttpClientRequest.HttpClientRequest) => (cause: unknown) =>
  new HttpClientError.RequestError({ request, reason: "Transport", cause })

/**
 * A streamed body is read here, up to what the app would read of it, so that the app never waits for the caller. (An endless one
 * would else keep the system from closing.)
 */
const bytesOf = (body: HttpBody.Stream): Effect.Effect<Uint8Array, unknown> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let length = 0
    return Effect.as(
      Stream.runForEachWhile(body.stream, (chunk) =>
        Effect.sync(() => {
          chunks.push(chunk)
          length += chunk.length
          return length <= RequestBody.maximumBytes
        })),
      chunks
    )
  }).pipe(Effect.map(Buffer.concat))

// Seam: a `Request` wants bytes that are not in memory shared between threads; it refuses others itself.
const asBodyInit = (bytes: Uint8Array): BodyInit => bytes as Uint8Array<ArrayBuffer>

const bodyOf = (body: HttpBody.HttpBody): Effect.Effect<BodyInit | undefined, unknown> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(undefined)
    case "FormData":
      return Effect.succeed(body.formData)
    case "Stream":
      return Effect.map(bytesOf(body), asBodyInit)
    case "Uint8Array":
      return Effect.succeed(asBodyInit(body.body))
    case "Raw":
      // Seam: by the contract of a raw body it is whatever the platform's `fetch` takes.
      return Effect.succeed(body.body as BodyInit)
  }
}

/**
 * The host of a URL is ignored. `whileOpen` is asked for each request: once it fails, so do they, as `Transport` errors.
 */
export const make = (
  app: HttpApp.Default,
  whileOpen: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E | Error>
): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.gen(function*() {
      const body = yield* bodyOf(request.body)
      const source = yield* Effect.try(() =>
        // `content-length` is the business of whoever writes the bytes.
        new Request(url, { method: request.method, headers: request.headers, body: body ?? null })
      )
      const answer = app.pipe(
        Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromWeb(source))
      )
      const response = HttpServerResponse.toWeb(yield* whileOpen(answer), { withoutBody: request.method === "HEAD" })
      return HttpClientResponse.fromWeb(request, response)
    }).pipe(Effect.mapError(transport(request)))
  )
