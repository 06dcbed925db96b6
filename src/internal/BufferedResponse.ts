/**
 * A {@link BufferedAnswer} as the response of an `HttpClient`.
 */
import * as Cookies from "@effect/platform/Cookies"
import type * as Headers from "@effect/platform/Headers"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { BufferedAnswer, type SourceHeaders } from "./BufferedAnswer.js"
import * as HttpErrors from "./HttpErrors.js"

export class BufferedResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  readonly remoteAddress: Option.Option<string> = Option.none()
  private readonly answer: BufferedAnswer

  constructor(
    request: HttpClientRequest.HttpClientRequest,
    status: number,
    source: SourceHeaders,
    answer: BufferedAnswer = new BufferedAnswer(status, source)
  ) {
    super()
    this.request = request
    this.status = status
    this.answer = answer
  }

  static of(request: HttpClientRequest.HttpClientRequest, answer: BufferedAnswer): BufferedResponse {
    return new BufferedResponse(request, answer.status, {}, answer)
  }

  get headers(): Headers.Headers {
    return this.answer.headers
  }

  /** Adds a chunk, and returns the number of bytes so far. */
  push(chunk: Uint8Array): number {
    return this.answer.push(chunk)
  }

  break(error: Error): void {
    this.answer.break(error)
  }

  private error(cause: unknown): HttpErrors.ResponseError {
    return HttpErrors.undecodable(this.request, this, cause)
  }

  private whole<A>(read: () => A): Effect.Effect<A, HttpErrors.ResponseError> {
    return this.answer.broken === undefined
      ? Effect.try({ try: read, catch: (cause) => this.error(cause) })
      : Effect.fail(this.error(this.answer.broken))
  }

  get text(): Effect.Effect<string, HttpErrors.ResponseError> {
    return this.answer.broken === undefined ? Effect.succeed(this.answer.text) : Effect.fail(this.error(this.answer.broken))
  }

  get json(): Effect.Effect<unknown, HttpErrors.ResponseError> {
    return this.whole((): unknown => {
      const { text } = this.answer
      return text === "" ? null : JSON.parse(text)
    })
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpErrors.ResponseError> {
    return this.whole(() => UrlParams.fromInput(new URLSearchParams(this.answer.text)))
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpErrors.ResponseError> {
    return this.whole(() => new Uint8Array(this.answer.bytes).buffer)
  }

  get formData(): Effect.Effect<FormData, HttpErrors.ResponseError> {
    return Effect.flatMap(
      this.whole(() => new Response(new Uint8Array(this.answer.bytes), { headers: { ...this.headers } })),
      (response) => Effect.tryPromise({ try: () => response.formData(), catch: (cause) => this.error(cause) })
    )
  }

  get stream(): Stream.Stream<Uint8Array, HttpErrors.ResponseError> {
    const arrived = Stream.fromIterable<Uint8Array>(this.answer.chunks)
    const { broken } = this.answer
    return broken === undefined ? arrived : Stream.concat(arrived, Stream.fail(this.error(broken)))
  }

  get cookies(): Cookies.Cookies {
    const header = this.answer.source["set-cookie"]
    return header === undefined ? Cookies.empty : Cookies.fromSetCookie(header)
  }

  override toJSON(): unknown {
    return HttpIncomingMessage.inspect(this, {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status
    })
  }
}
