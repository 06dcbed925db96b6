/**
 * An app as an `HttpClient`: requests and responses are the same as over a socket, also their bytes. The app runs in the fiber of the caller,
 * with the caller's clock.
 */
import { METHODS, validateHeaderName, validateHeaderValue } from "node:http"
import * as Headers from "@effect/platform/Headers"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { BufferedResponse } from "../../../internal/BufferedResponse.js"
import * as HttpErrors from "../../../internal/HttpErrors.js"
import * as LeanClient from "../../../internal/LeanClient.js"
import type { WhileOpen } from "../system/Closed.js"
import type { ContractApp } from "./ContractServer.js"
import * as Outcome from "./Outcome.js"
import * as RequestBody from "./RequestBody.js"

const transport = (request: HttpClientRequest.HttpClientRequest) => (cause: unknown) => HttpErrors.unsent(request, cause)

/**
 * A streamed body is read here, up to the limit of the app, so that the app never waits for the caller. Otherwise an endless body would keep
 * the system from closing.
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

interface Sent {
  readonly bytes: Uint8Array
  /** The content type of the body, for a request without one. */
  readonly contentType?: string | null
}

/** The bytes of any other body that the platform's `fetch` accepts. */
const ofFetch = (body: BodyInit): Promise<Sent> => {
  const read = new Response(body)
  return read.arrayBuffer().then((buffer) => ({ bytes: new Uint8Array(buffer), contentType: read.headers.get("content-type") }))
}

const sentBy = (request: HttpClientRequest.HttpClientRequest): Effect.Effect<Sent, HttpErrors.RequestError> => {
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed({ bytes: new Uint8Array() })
    case "Uint8Array":
      return Effect.succeed({ bytes: body.body })
    case "Stream":
      return Effect.map(bytesOf(Stream.mapError(body.stream, transport(request))), (bytes) => ({ bytes }))
    case "FormData":
      return Effect.tryPromise({ try: () => ofFetch(body.formData), catch: transport(request) })
    case "Raw":
      // Seam: a raw body is, by definition, a value that the platform's `fetch` accepts. Other values are refused by it.
      return Effect.tryPromise({ try: async () => ofFetch(body.body as BodyInit), catch: transport(request) })
  }
}

/** The headers as a server receives them, without blanks around the values. Throws when a socket would not accept the request. */
const arrived = ({ headers, method }: HttpClientRequest.HttpClientRequest, { contentType }: Sent): Headers.Headers => {
  if (!METHODS.includes(method)) throw new TypeError(`${JSON.stringify(method)} is not an HTTP method`)
  const entries = Object.entries(headers).map(([name, value]) => {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return [name, value.replace(/^[\t ]+|[\t ]+$/g, "")] as const
  })
  if (typeof contentType === "string" && headers["content-type"] === undefined) entries.push(["content-type", contentType])
  return Headers.fromInput(entries)
}

/** The host of a URL is ignored. When the system is closed, requests fail with `Transport` errors. */
export const make = (app: ContractApp, whileOpen: WhileOpen): HttpClient.HttpClient =>
  LeanClient.make((request, url) =>
    Effect.gen(function* () {
      const sent = yield* sentBy(request)
      const headers = yield* Effect.try({ try: () => arrived(request, sent), catch: transport(request) })
      const outcome = yield* app({
        method: request.method,
        url: `${url.pathname}${url.search}`,
        headers,
        isServed: false,
        source: sent.bytes
      }).pipe(whileOpen, Effect.mapError(transport(request)))
      if (outcome._tag === "Answered") {
        const answer = new BufferedResponse(request, outcome.response.status, outcome.response.headers)
        if (request.method !== "HEAD") answer.push(Outcome.bytesOf(outcome.response))
        return answer
      }
      if (outcome.part === undefined) return yield* transport(request)(Outcome.errorOf(outcome))
      const { bytes, response } = outcome.part
      const announced = { ...response.headers, "content-length": String(Outcome.bytesOf(response).length) }
      const answer = new BufferedResponse(request, response.status, announced)
      answer.push(bytes)
      answer.break(Outcome.errorOf(outcome))
      return answer
    })
  )
