/**
 * Where a text stops being JSON. `JSON.parse` says so in words that differ between versions of Node, often without the place,
 * and repeats the text around it, which in a seed may be a secret.
 */

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

const placeOf = (text: string, index: number): { readonly line: number; readonly column: number } => {
  const before = text.slice(0, index)
  return { line: before.split("\n").length, column: index - before.lastIndexOf("\n") }
}

/** The first fault, or none when the text is JSON. */
export const find = (text: string): SyntaxFault | undefined => {
  const open: Array<"{" | "["> = []
  let expected: Expectation = "value"
  let index = 0

  const afterValue = (): Expectation => {
    const innermost = open.at(-1)
    return innermost === undefined ? "end" : innermost === "{" ? "comma or }" : "comma or ]"
  }
  /** What is expected after this token, or nothing when it may not stand here. */
  const next = (mark: string | undefined, isString: boolean): Expectation | undefined => {
    switch (expected) {
      case "value":
      case "value or ]":
        if (mark === "]" && expected === "value or ]") {
          open.pop()
          return afterValue()
        }
        if (mark === "{" || mark === "[") {
          open.push(mark)
          return mark === "{" ? "name or }" : "value or ]"
        }
        return mark === undefined ? afterValue() : undefined
      case "name":
      case "name or }":
        if (mark === "}" && expected === "name or }") {
          open.pop()
          return afterValue()
        }
        return isString ? "colon" : undefined
      case "colon":
        return mark === ":" ? "value" : undefined
      case "comma or }":
      case "comma or ]":
        if (mark === ",") return expected === "comma or }" ? "name" : "value"
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
      return expected === "end" ? undefined : { ...placeOf(text, index), message: `${words[expected]}, and the text ends here` }
    }
    token.lastIndex = index
    const match = token.exec(text)
    const after = match === null ? undefined : next(match[1], match[2] !== undefined)
    if (match === null || after === undefined) {
      const isBrokenString = match === null && text.charAt(index) === '"' && expected !== "end"
      return {
        ...placeOf(text, index),
        message: isBrokenString
          ? "this text is not closed on its line, or has an escape that JSON does not have"
          : words[expected]
      }
    }
    index = token.lastIndex
    expected = after
  }
}
