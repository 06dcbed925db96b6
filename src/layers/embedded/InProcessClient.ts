/**
 * An app as an `HttpClient`: everything that a socket would carry, without the socket. Bodies and headers are made into bytes
 * and back; the app runs in the fiber of the caller, with its clock.
 */
import type * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { WhileOpen } from "./Closed.js"
import type { ContractApp } from "./ContractServer.js"
import * as Outcome from "./controls/Outcome.js"
import * as RequestBody from "./RequestBody.js"

const transport = (request: HttpClientRequest.HttpClientRequest) => (cause: unknown) =>
  new HttpClientError.RequestError({ request, reason: "Transport", cause })

/**
 * A streamed body is read here, up to what the app would read of it, so that the app never waits for the caller. (An endless one
 * would else keep the system from closing.)
 */
const bytesOf = <E>(stream: Stream.Stream<Uint8Array, E>): Effect.Effect<Uint8Array, E> =>
  Effect.suspend(() => {
    const chunks: Array<Uint8Array> = []
    let length = 0
    return Effect.map(
      Stream.runForEachWhile(stream, (chunk) =>
        Effect.sync(() => {
          chunks.push(chunk)
          length += chunk.length
          return length <= RequestBody.maximumBytes
        })
      ),
      () => Buffer.concat(chunks)
    )
  })

// Seam: a `Request` wants bytes that are not in memory shared between threads; it refuses others itself.
const asBodyInit = (bytes: Uint8Array): BodyInit => bytes as Uint8Array<ArrayBuffer>

const bodyOf = (
  request: HttpClientRequest.HttpClientRequest,
  body: HttpBody.HttpBody = request.body
): Effect.Effect<BodyInit | null, HttpClientError.RequestError> => {
  switch (body._tag) {
    case "Empty":
      return Effect.succeed(null)
    case "FormData":
      return Effect.succeed(body.formData)
    case "Stream":
      return Effect.map(bytesOf(Stream.mapError(body.stream, transport(request))), asBodyInit)
    case "Uint8Array":
      return Effect.succeed(asBodyInit(body.body))
    case "Raw":
      // Seam: by the contract of a raw body it is whatever the platform's `fetch` takes.
      return Effect.succeed(body.body as BodyInit)
  }
}

/** An answer of which only a part arrives. */
const cutResponse = (
  request: HttpClientRequest.HttpClientRequest,
  cut: Outcome.Cut,
  { bytes, response }: NonNullable<Outcome.Cut["part"]>
) => {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      if (bytes.length > 0) controller.enqueue(bytes)
    },
    pull: (controller) => controller.error(Outcome.errorOf(cut))
  })
  const headers = { ...response.headers, "content-length": String(Outcome.bytesOf(response).length) }
  return HttpClientResponse.fromWeb(request, new Response(body, { status: response.status, headers }))
}

/** The host of a URL is ignored. Once `whileOpen` refuses, requests fail as `Transport` errors. */
export const make = (app: ContractApp, whileOpen: WhileOpen): HttpClient.HttpClient =>
  HttpClient.make((request, url) =>
    Effect.gen(function* () {
      const body = yield* bodyOf(request)
      // With the host goes a name and a password for it, which a `Request` would refuse.
      const target = Object.assign(new URL(url), { username: "", password: "" })
      const source = yield* Effect.try({
        try: () => new Request(target, { method: request.method, headers: request.headers, body }),
        catch: transport(request)
      })
      const outcome = yield* app(HttpServerRequest.fromWeb(source)).pipe(whileOpen, Effect.mapError(transport(request)))
      if (outcome._tag === "Cut") {
        return outcome.part === undefined
          ? yield* transport(request)(Outcome.errorOf(outcome))
          : cutResponse(request, outcome, outcome.part)
      }
      const answer = HttpServerResponse.toWeb(outcome.response, { withoutBody: request.method === "HEAD" })
      return HttpClientResponse.fromWeb(request, answer)
    })
  )
