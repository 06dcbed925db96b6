/**
 * The lines of a file, which does not have to fit into memory, and neither do its lines.
 */
import { createReadStream } from "node:fs"

/** More than a customer can have: the service and the embedded system take no such body. */
export const maximumBytes = 1_048_576

export interface InputLine {
  /** From 1. */
  readonly number: number
  /** Where the line begins. */
  readonly offset: number
  /** `undefined` for a line that is too long. */
  readonly bytes: Buffer | undefined
}

const newline = 0x0a

/** A line that is too long is read to its end, and not kept. A last line end begins no further line. */
export const read = async function* (path: string): AsyncGenerator<InputLine> {
  let number = 1
  let offset = 0
  let length = 0
  let parts: Array<Buffer> = []
  const add = (part: Buffer) => {
    length += part.length
    if (length > maximumBytes) parts = []
    else parts.push(part)
  }
  const take = (): InputLine => ({ number, offset, bytes: length > maximumBytes ? undefined : Buffer.concat(parts) })
  for await (const chunk of createReadStream(path)) {
    // Seam: a stream without an encoding gives buffers.
    const bytes = chunk as Buffer
    let start = 0
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      add(bytes.subarray(start, end))
      yield take()
      offset += length + 1
      number++
      length = 0
      parts = []
      start = end + 1
    }
    add(bytes.subarray(start))
  }
  if (length > 0) yield take()
}
