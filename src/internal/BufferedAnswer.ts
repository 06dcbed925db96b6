/**
 * The status, the headers and the body of an answer that has been read to its end, or to the point at which it broke off.
 */
import * as Headers from "@effect/platform/Headers"

export type SourceHeaders = Readonly<Record<string, string | Array<string> | undefined>>

/** It has no state between two texts. It removes a byte order mark, which is not part of the text. */
const utf8 = new TextDecoder()

export class BufferedAnswer {
  readonly status: number
  readonly chunks: Array<Uint8Array> = []
  size = 0
  /** The reason why the body is incomplete. */
  broken: Error | undefined = undefined
  private readonly given: SourceHeaders | (() => SourceHeaders)
  private normalised: Headers.Headers | undefined = undefined

  /** `headers` may be a function, since most answers are read without a look at their headers. */
  constructor(status: number, headers: SourceHeaders | (() => SourceHeaders)) {
    this.status = status
    this.given = headers
  }

  /** The headers as they were received. */
  get source(): SourceHeaders {
    return typeof this.given === "function" ? this.given() : this.given
  }

  get headers(): Headers.Headers {
    this.normalised ??= Headers.fromInput(this.source)
    return this.normalised
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

  get bytes(): Uint8Array {
    const [first] = this.chunks
    if (first !== undefined && this.chunks.length === 1) return first
    const bytes = new Uint8Array(this.size)
    let at = 0
    for (const chunk of this.chunks) {
      bytes.set(chunk, at)
      at += chunk.length
    }
    return bytes
  }

  get text(): string {
    return utf8.decode(this.bytes)
  }
}
