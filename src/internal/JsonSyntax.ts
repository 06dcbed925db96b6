/**
 * Where a text stops being JSON, and where it says a thing twice. `JSON.parse` says the first in words that differ between versions of
 * Node, often without the place, and repeats the text around it, which in a seed may be a secret. Of two fields with one name it takes
 * the last, and says nothing.
 */
import type { Issue } from "../schemas/DinteroError.js"

export interface SyntaxFault {
  /** From 1. */
  readonly line: number
  /** From 1, in UTF-16 units. */
  readonly column: number
  readonly message: string
}

type Expectation = "value" | "value or ]" | "name" | "name or }" | "colon" | "comma or }" | "comma or ]" | "end"

const words: { readonly [Key in Expectation]: string } = {
  value: "expected a value",
  "value or ]": "expected a value or ]",
  name: "expected a field name in double quotes",
  "name or }": "expected a field name in double quotes, or }",
  colon: "expected : after the field name",
  "comma or }": "expected , or }",
  "comma or ]": "expected , or ]",
  end: "expected nothing after the end of the JSON value"
}

// Everything from the space on but the quote and the backslash may stand in a text as it is (RFC 8259, 7).
const string = String.raw`"(?:[ !#-[\]-\u{10ffff}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"`
const number = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`
const token = new RegExp(`([{}\\[\\],:])|(${string})|(?:${number}|true|false|null)`, "uy")

/** Says of so many that they are repeated. */
const mostRepeated = 20

/** Where the scan is: in an object with these names so far, each with where it began, or in an array. */
type Open = { readonly mark: "{"; readonly names: Map<string, number>; name: string } | { readonly mark: "["; index: number }

const pathOf = (open: ReadonlyArray<Open>): string =>
  open
    .map((part) => (part.mark === "{" ? `.${part.name}` : `[${part.index}]`))
    .join("")
    .replace(/^\./, "")

const placeOf = (text: string, index: number): { readonly line: number; readonly column: number } => {
  const before = text.slice(0, index)
  return { line: before.split("\n").length, column: index - before.lastIndexOf("\n") }
}

interface Scan {
  readonly fault: SyntaxFault | undefined
  readonly repeated: ReadonlyArray<Issue>
}

const scan = (text: string): Scan => {
  const open: Array<Open> = []
  const repeated: Array<Issue> = []
  let expected: Expectation = "value"
  let index = 0

  const afterValue = (): Expectation => {
    const innermost = open.at(-1)
    return innermost === undefined ? "end" : innermost.mark === "{" ? "comma or }" : "comma or ]"
  }
  const named = (literal: string): void => {
    const object = open.at(-1)
    if (object?.mark !== "{") return
    object.name = String(JSON.parse(literal))
    const before = object.names.get(object.name)
    object.names.set(object.name, index)
    if (before === undefined || repeated.length === mostRepeated) return
    const lines = [before, index].map((at) => placeOf(text, at).line)
    const where = lines[0] === lines[1] ? `twice on line ${lines[0]}` : `on line ${lines[0]} and again on line ${lines[1]}`
    repeated.push({ path: pathOf(open), message: `stands ${where}` })
  }
  /** What is expected after this token, or nothing when it may not stand here. */
  const next = (mark: string | undefined, literal: string | undefined): Expectation | undefined => {
    switch (expected) {
      case "value":
      case "value or ]":
        if (mark === "]" && expected === "value or ]") {
          open.pop()
          return afterValue()
        }
        if (mark === "{") {
          open.push({ mark, names: new Map(), name: "" })
          return "name or }"
        }
        if (mark === "[") {
          open.push({ mark, index: 0 })
          return "value or ]"
        }
        return mark === undefined ? afterValue() : undefined
      case "name":
      case "name or }":
        if (mark === "}" && expected === "name or }") {
          open.pop()
          return afterValue()
        }
        if (literal === undefined) return undefined
        named(literal)
        return "colon"
      case "colon":
        return mark === ":" ? "value" : undefined
      case "comma or }":
      case "comma or ]":
        if (mark === ",") {
          const innermost = open.at(-1)
          if (innermost?.mark === "[") innermost.index++
          return expected === "comma or }" ? "name" : "value"
        }
        if (mark === (expected === "comma or }" ? "}" : "]")) {
          open.pop()
          return afterValue()
        }
        return undefined
      case "end":
        return undefined
    }
  }

  for (;;) {
    while (index < text.length && " \t\r\n".includes(text.charAt(index))) index++
    if (index === text.length) {
      const fault =
        expected === "end" ? undefined : { ...placeOf(text, index), message: `${words[expected]}, and the text ends here` }
      return { fault, repeated }
    }
    token.lastIndex = index
    const match = token.exec(text)
    const after = match === null ? undefined : next(match[1], match[2])
    if (match === null || after === undefined) {
      const isBrokenString = match === null && text.charAt(index) === '"' && expected !== "end"
      const message = isBrokenString
        ? "this text is not closed on its line, or has an escape that JSON does not have"
        : words[expected]
      return { fault: { ...placeOf(text, index), message }, repeated }
    }
    index = token.lastIndex
    expected = after
  }
}

/** The first fault, or none when the text is JSON. */
export const find = (text: string): SyntaxFault | undefined => scan(text).fault

/** Why the text is not taken: where it stops being JSON, or each field that an object has twice. None when it is taken. */
export const issues = (text: string): ReadonlyArray<Issue> => {
  const { fault, repeated } = scan(text)
  return fault === undefined
    ? repeated
    : [{ path: "", message: `it is not JSON, line ${fault.line}, column ${fault.column}: ${fault.message}` }]
}
