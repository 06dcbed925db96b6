/**
 * What the journal keeps of a body that is too long to be kept whole.
 */
import * as Redacted from "effect/Redacted"

/** The bytes of a body's JSON up to which it is kept whole. Not much more than that is kept of a longer one. */
export const mostBytes = 8 * 1024

/** Of a longer text in a body that is cut, so that one text does not take the place of all fields after it. */
const mostText = 512

/** The beginning of a body as JSON text, which takes less memory than the values. In it, each wrapped secret is `<redacted>`. */
export class CutBody {
  readonly json: string
  /** The bytes of the whole body. Null when all of it is here, since only its secrets were long. */
  readonly length: number | null

  constructor(json: string, length: number | null) {
    this.json = json
    this.length = length
  }
}

/** A value as `JSON.stringify` sees it. */
const plain = (value: object): unknown => ("toJSON" in value && typeof value.toJSON === "function" ? value.toJSON() : value)

/** About the bytes of a value's JSON, with its secrets. Does not look further when there are more than `most`. */
const measure = (value: unknown, most: number): number => {
  if (typeof value === "string") return value.length + 2
  if (typeof value !== "object" || value === null) return 5
  if (Redacted.isRedacted(value)) return measure(Redacted.value(value), most)
  let size = 2
  if (Array.isArray(value)) {
    for (const item of value) {
      size += 1 + measure(item, most - size)
      if (size > most) break
    }
    return size
  }
  const object = plain(value)
  if (object !== value) return measure(object, most)
  for (const [key, field] of Object.entries(value)) {
    size += key.length + 4 + measure(field, most - size)
    if (size > most) break
  }
  return size
}

/** What a body takes in memory, measured as JSON. `length`: the bytes of its JSON, when they are known. */
export const sizeOf = (body: unknown, length: number | null): number =>
  body === null || body === undefined ? 0 : body instanceof CutBody ? body.json.length : (length ?? measure(body, mostBytes))

const cutText = (text: string, to: number): string => `${text.slice(0, to).replace(/[\ud800-\udbff]$/, "")}…`

/** The parts of a value that fit. What is left out is counted where it was. */
const cut = (body: unknown): { readonly value: unknown; readonly isCut: boolean } => {
  let left = mostBytes
  let isCut = false
  const partOf = (value: unknown): unknown => {
    if (typeof value === "string") {
      const fits = value.length <= Math.max(mostText, left / 2) && value.length <= left
      const text = fits ? value : cutText(value, Math.max(0, Math.min(mostText, left)))
      isCut ||= !fits
      left -= text.length + 2
      return text
    }
    if (typeof value !== "object" || value === null) {
      left -= 5
      return value
    }
    if (Array.isArray(value)) {
      const items: Array<unknown> = []
      left -= 2
      for (const item of value) {
        if (left <= 0) {
          isCut = true
          items.push(`… and ${value.length - items.length} more`)
          break
        }
        left -= 1
        items.push(partOf(item))
      }
      return items
    }
    const object = plain(value)
    if (object !== value) return partOf(object)
    const entries = Object.entries(value).filter(([, field]) => field !== undefined)
    const fields: Array<[string, unknown]> = []
    left -= 2
    for (const [key, field] of entries) {
      if (left <= 0) {
        isCut = true
        fields.push(["…", `and ${entries.length - fields.length} more`])
        break
      }
      const name = key.length <= mostText ? key : cutText(key, mostText)
      isCut ||= name !== key
      left -= name.length + 4
      fields.push([name, partOf(field)])
    }
    return Object.fromEntries(fields)
  }
  const value = partOf(body)
  return { value, isCut }
}

/** `length`: the bytes of the body's JSON, when they are known. */
export const make = (body: unknown, length: number | null): CutBody => {
  if (body instanceof CutBody) return body
  const { isCut, value } = cut(body)
  return new CutBody(JSON.stringify(value), isCut ? (length ?? Buffer.byteLength(JSON.stringify(body))) : null)
}
