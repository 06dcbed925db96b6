/**
 * Decodes the `content-encoding` of a body while it arrives. A small body that becomes too large is stopped as soon as it reaches the limit.
 *
 * Source: RFC 9110, 8.4.1.
 */
import type { Transform } from "node:stream"
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from "node:zlib"
import { Undecodable } from "../../internal/Undecodable.js"

/** A receiver of bytes. Nothing is called after `end` or `fail`. */
export interface Sink {
  readonly data: (chunk: Uint8Array) => void
  readonly end: () => void
  readonly fail: (error: Undecodable) => void
}

/** A decoder for a body that begins with this byte. */
type Open = (first: number | undefined) => Transform

const decoders: ReadonlyMap<string, Open> = new Map<string, Open>([
  ["gzip", () => createGunzip()],
  ["x-gzip", () => createGunzip()],
  ["br", () => createBrotliDecompress()],
  // The RFC asks for the header of zlib, whose first byte has method 8. Some servers send `deflate` without it.
  ["deflate", (first = 0) => ((first & 0x0f) === 8 ? createInflate() : createInflateRaw())]
])

/** No server needs more codings than this, and each one costs memory. */
const maximum = 5

/** The codings in the order in which they were applied. */
export const codingsOf = (header: string | ReadonlyArray<string> | undefined): ReadonlyArray<string> =>
  header === undefined
    ? []
    : String(header)
        .toLowerCase()
        .split(",")
        .map((coding) => coding.trim())
        .filter((coding) => coding !== "" && coding !== "identity")

/** Decodes one coding. */
class Stage implements Sink {
  private readonly coding: string
  private readonly open: Open
  private readonly limit: number
  private readonly next: Sink
  private decoder: Transform | undefined = undefined
  private size = 0

  constructor(coding: string, open: Open, limit: number, next: Sink) {
    this.coding = coding
    this.open = open
    this.limit = limit
    this.next = next
  }

  data(chunk: Uint8Array): void {
    this.size += chunk.length
    if (this.size > this.limit) {
      this.fail(new Undecodable(`at most ${this.limit} bytes`))
      return
    }
    this.decoder ??= this.open(chunk[0])
      .on("data", (decoded: Uint8Array) => this.next.data(decoded))
      .on("end", () => this.next.end())
      .on("error", (cause) => this.fail(new Undecodable(`a whole body in the content coding ${this.coding}`, { cause })))
    this.decoder.write(chunk)
  }

  end(): void {
    if (this.decoder === undefined) this.next.end()
    else this.decoder.end()
  }

  fail(error: Undecodable): void {
    this.next.fail(error)
  }

  close(): void {
    this.decoder?.destroy()
  }
}

/** Undoes several codings, the last one first. */
export class Decoding {
  private readonly stages: ReadonlyArray<Stage>
  private readonly first: Sink

  constructor(codings: ReadonlyArray<string>, limit: number, sink: Sink) {
    const stages: Array<Stage> = []
    let next = sink
    for (const coding of codings) {
      const open = decoders.get(coding)
      if (open === undefined || codings.length > maximum) {
        next = {
          ...sink,
          data: () => sink.fail(new Undecodable(`a body in at most ${maximum} of the content codings gzip, br and deflate`))
        }
        break
      }
      const stage = new Stage(coding, open, limit, next)
      stages.push(stage)
      next = stage
    }
    this.stages = stages
    this.first = next
  }

  data(chunk: Uint8Array): void {
    this.first.data(chunk)
  }

  end(): void {
    this.first.end()
  }

  /** Stops decoding before the end, without waiting for work in other threads. */
  close(): void {
    for (const stage of this.stages) stage.close()
  }
}
