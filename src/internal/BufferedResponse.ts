/**
 * A response whose body has been read to its end, or to the point at which it broke off.
 */
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as HttpErrors from "./HttpErrors.js"

type SourceHeaders = Readonly<Record<string, string | Array<string> | undefined>>

export class BufferedResponse extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly status: number
  readonly headers: Headers.Headers
  readonly remoteAddress: Option.Option<string> = Option.none()
  /** The headers as they were received. */
  readonly source: SourceHeaders
  private readonly chunks: Array<Uint8Array> = []
  private size = 0
  /** The reason why the body is incomplete. */
  private broken: Error | undefined = undefined

  constructor(request: HttpClientRequest.HttpClientRequest, status: number, source: SourceHeaders) {
    super()
    this.request = request
    this.status = status
    this.source = source
    this.headers = Headers.fromInput(source)
  }

  /** Adds a chunk, and returns the number of bytes so far. */
  push(chunk: Uint8Array): number {
    this.chunks.push(chunk)
    this.size += chunk.length
    return this.size
  }

  break(error: Error): void {
    this.broken = error
  }

  private error(cause: unknown): HttpErrors.ResponseError {
    return HttpErrors.undecodable(this.request, this, cause)
  }

  private get bytes(): Buffer {
    const [first] = this.chunks
    return first !== undefined && this.chunks.length === 1
      ? Buffer.from(first.buffer, first.byteOffset, first.length)
      : Buffer.concat(this.chunks, this.size)
  }

  private whole<A>(read: () => A): Effect.Effect<A, HttpErrors.ResponseError> {
    return this.broken === undefined
      ? Effect.try({ try: read, catch: (cause) => this.error(cause) })
      : Effect.fail(this.error(this.broken))
  }

  private decode(): string {
    const bytes = this.bytes
    // A byte order mark is not part of the text.
    const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
    return bytes.toString("utf8", marked ? 3 : 0)
  }

  get text(): Effect.Effect<string, HttpErrors.ResponseError> {
    return this.broken === undefined ? Effect.succeed(this.decode()) : Effect.fail(this.error(this.broken))
  }

  get json(): Effect.Effect<unknown, HttpErrors.ResponseError> {
    return this.whole((): unknown => {
      const text = this.decode()
      return text === "" ? null : JSON.parse(text)
    })
  }

  get urlParamsBody(): Effect.Effect<UrlParams.UrlParams, HttpErrors.ResponseError> {
    return this.whole(() => UrlParams.fromInput(new URLSearchParams(this.decode())))
  }

  get arrayBuffer(): Effect.Effect<ArrayBuffer, HttpErrors.ResponseError> {
    return this.whole(() => new Uint8Array(this.bytes).buffer)
  }

  get formData(): Effect.Effect<FormData, HttpErrors.ResponseError> {
    return Effect.flatMap(
      this.whole(() => new Response(new Uint8Array(this.bytes), { headers: { ...this.headers } })),
      (response) => Effect.tryPromise({ try: () => response.formData(), catch: (cause) => this.error(cause) })
    )
  }

  get stream(): Stream.Stream<Uint8Array, HttpErrors.ResponseError> {
    const arrived = Stream.fromIterable<Uint8Array>(this.chunks)
    return this.broken === undefined ? arrived : Stream.concat(arrived, Stream.fail(this.error(this.broken)))
  }

  get cookies(): Cookies.Cookies {
    const header = this.source["set-cookie"]
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
