/**
 * A whole answer, or why there is none.
 */
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
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

/** Reads the body of a response that has begun. */
export type Reader = (
  response: HttpClientResponse.HttpClientResponse
) => Effect.Effect<Answer, HttpErrors.HttpError | UnreadableAnswer>

const hasNoBody = ({ request, status }: HttpClientResponse.HttpClientResponse): boolean =>
  status === 204 || status === 205 || status === 304 || request.method === "HEAD"

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
  if (hasNoBody(response)) return Effect.succeed(none)
  const { "content-encoding": encoding, "content-length": length } = response.headers
  // Made only when it is needed: an error with its stack costs as much as the rest of an exchange.
  const tooLarge = Effect.suspend(() =>
    Effect.fail(new UnreadableAnswer({ status: response.status, headers: response.headers, expected: `at most ${limit} bytes` }))
  )
  // Begun and left, so that the transport cuts the connection: a body that nobody touches holds its socket.
  if (length !== undefined && Number(length) > limit) {
    return Effect.zipRight(Effect.ignore(Stream.runHead(response.stream)), tooLarge)
  }
  // The announced length is that of the bytes on the wire, so it bounds the body only when they are not compressed.
  if (length !== undefined && encoding === undefined) return whole(response)
  const body = parts()
  let size = 0
  return response.stream.pipe(
    Stream.runForEach((chunk) => {
      size += chunk.byteLength
      if (size > limit) return tooLarge
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

export const textOf =
  (limit: number): Reader =>
  (response) =>
    Effect.map(
      read(response, limit, "", ({ text }) => text, textParts),
      (text): Answer => ({ status: response.status, headers: response.headers, text })
    )

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

export const bytesOf =
  (limit: number): Reader =>
  (response) =>
    Effect.map(
      read(
        response,
        limit,
        new Uint8Array(),
        ({ arrayBuffer }) => Effect.map(arrayBuffer, (buffer) => new Uint8Array(buffer)),
        binaryParts
      ),
      (bytes) => new BinaryAnswer(response.status, response.headers, bytes)
    )

export const isSuccess = (status: number): boolean => status >= 200 && status <= 299
