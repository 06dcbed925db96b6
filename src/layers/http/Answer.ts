/**
 * A whole answer, or why there is none.
 */
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as HttpMethod from "@effect/platform/HttpMethod"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { BufferedAnswer } from "../../internal/BufferedAnswer.js"
import * as HttpErrors from "../../internal/HttpErrors.js"
import type { TransportError } from "../../schemas/DinteroError.js"

export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string | undefined }
  readonly text: string
}

/** No whole answer arrived. `detail`: what is known besides the reason. */
export class NoAnswer extends Data.TaggedError("NoAnswer")<{
  readonly reason: TransportError["reason"]
  readonly sent: TransportError["sent"]
  readonly detail?: string | undefined
}> {}

/** An answer without a text: more than the limit arrived or was announced, or its coding cannot be undone. */
export class UnreadableAnswer extends Data.TaggedError("UnreadableAnswer")<{
  readonly status: number
  readonly headers: Answer["headers"]
  readonly expected: string
}> {}

/** How the body of an answer is read. */
export interface Reader {
  /** That of a response that has begun. */
  readonly response: (
    response: HttpClientResponse.HttpClientResponse
  ) => Effect.Effect<Answer, HttpErrors.HttpError | UnreadableAnswer>
  /** That of an answer which is here already, and whole. */
  readonly buffered: (answer: BufferedAnswer, method: HttpMethod.HttpMethod) => Answer | UnreadableAnswer
}

export const hasNoBody = (status: number, method: HttpMethod.HttpMethod): boolean =>
  status === 204 || status === 205 || status === 304 || method === "HEAD"

const tooLarge = (status: number, headers: Answer["headers"], limit: number): UnreadableAnswer =>
  new UnreadableAnswer({ status, headers, expected: `at most ${limit} bytes` })

/**
 * The body of a response, of at most `limit` bytes. `whole` reads one whose length is known, and `parts` one that comes in pieces.
 */
const read = <A>(
  response: HttpClientResponse.HttpClientResponse,
  limit: number,
  none: A,
  whole: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<A, HttpErrors.HttpError>,
  parts: () => { readonly add: (chunk: Uint8Array) => void; readonly end: () => A }
): Effect.Effect<A, HttpErrors.HttpError | UnreadableAnswer> => {
  if (hasNoBody(response.status, response.request.method)) return Effect.succeed(none)
  const { "content-encoding": encoding, "content-length": length } = response.headers
  // Made only when it is needed: an error with its stack costs as much as the rest of an exchange.
  const failTooLarge = Effect.suspend(() => Effect.fail(tooLarge(response.status, response.headers, limit)))
  // Begun and left, so that the transport cuts the connection: a body that nobody touches holds its socket.
  if (length !== undefined && Number(length) > limit) {
    return Effect.zipRight(Effect.ignore(Stream.runHead(response.stream)), failTooLarge)
  }
  // The announced length is that of the bytes on the wire, so it bounds the body only when they are not compressed.
  if (length !== undefined && encoding === undefined) return whole(response)
  const body = parts()
  let size = 0
  return response.stream.pipe(
    Stream.runForEach((chunk) => {
      size += chunk.byteLength
      if (size > limit) return failTooLarge
      body.add(chunk)
      return Effect.void
    }),
    Effect.catchIf(
      (error) => error._tag === "ResponseError" && HttpErrors.isOfNoBody(error),
      () => Effect.void
    ),
    Effect.map(() => body.end())
  )
}

const textParts = () => {
  const decoder = new TextDecoder()
  let text = ""
  return {
    add: (chunk: Uint8Array) => {
      text += decoder.decode(chunk, { stream: true })
    },
    end: () => text + decoder.decode()
  }
}

/** Its headers are read only when somebody asks for them. */
class TextAnswer implements Answer {
  readonly status: number
  readonly text: string
  private readonly answer: BufferedAnswer

  constructor(answer: BufferedAnswer, text: string) {
    this.status = answer.status
    this.text = text
    this.answer = answer
  }

  get headers(): Answer["headers"] {
    return this.answer.headers
  }
}

export const textOf = (limit: number): Reader => ({
  response: (response) =>
    Effect.map(
      read(response, limit, "", ({ text }) => text, textParts),
      (text): Answer => ({ status: response.status, headers: response.headers, text })
    ),
  buffered: (answer, method) => {
    if (hasNoBody(answer.status, method)) return new TextAnswer(answer, "")
    return answer.size > limit ? tooLarge(answer.status, answer.headers, limit) : new TextAnswer(answer, answer.text)
  }
})

/** An answer with its bytes, whose text is read only when somebody asks what it says. */
export class BinaryAnswer implements Answer {
  readonly status: number
  readonly headers: Answer["headers"]
  readonly bytes: Uint8Array<ArrayBuffer>

  constructor(status: number, headers: Answer["headers"], bytes: Uint8Array<ArrayBuffer>) {
    this.status = status
    this.headers = headers
    this.bytes = bytes
  }

  get text(): string {
    return new TextDecoder().decode(this.bytes)
  }
}

const binaryParts = () => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  return {
    add: (chunk: Uint8Array) => {
      chunks.push(chunk)
      size += chunk.byteLength
    },
    end: () => {
      const bytes = new Uint8Array(size)
      let at = 0
      for (const chunk of chunks) {
        bytes.set(chunk, at)
        at += chunk.byteLength
      }
      return bytes
    }
  }
}

export const bytesOf = (limit: number): Reader => ({
  response: (response) =>
    Effect.map(
      read(
        response,
        limit,
        new Uint8Array(),
        ({ arrayBuffer }) => Effect.map(arrayBuffer, (buffer) => new Uint8Array(buffer)),
        binaryParts
      ),
      (bytes) => new BinaryAnswer(response.status, response.headers, bytes)
    ),
  buffered: (answer, method) => {
    const { headers, size, status } = answer
    if (hasNoBody(status, method)) return new BinaryAnswer(status, headers, new Uint8Array())
    // The chunks may be parts of larger buffers of the transport.
    return size > limit ? tooLarge(status, headers, limit) : new BinaryAnswer(status, headers, new Uint8Array(answer.bytes))
  }
})

export const isSuccess = (status: number): boolean => status >= 200 && status <= 299
