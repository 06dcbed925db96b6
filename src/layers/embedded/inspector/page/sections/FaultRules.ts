/** The kinds of faults: what their form asks for, the rule that comes of it, and how a rule is said. */
import type { Issue } from "../Controls.js"
import type { ActiveFault, Fault } from "../Types.js"
import { counted, duration, joined } from "../Words.js"

export interface FaultField {
  /** Also the last part of its path in what the system says is wrong. */
  readonly name: string
  readonly label: string
  readonly value?: string
  readonly placeholder?: string
  /** A text even if it looks like a number. */
  readonly isText?: boolean
  readonly options?: { readonly [value: string]: string }
}

export interface FaultKind {
  readonly name: string
  readonly about: string
  readonly fields: ReadonlyArray<FaultField>
}

const when: FaultField = {
  name: "when",
  label: "When",
  options: { before_commit: "before the operation is carried out", after_commit: "after it; only the answer is lost" }
}

/** The compiler asks for a kind that is missing. */
export const kinds: { readonly [Kind in Fault["kind"]]: FaultKind } = {
  status: {
    name: "Answer with a status",
    about: "The operation is not carried out.",
    fields: [
      { name: "status", label: "Status", value: "503" },
      { name: "code", label: "Error code", placeholder: "the usual one", isText: true },
      { name: "message", label: "Error message", placeholder: "the usual one", isText: true },
      {
        name: "form",
        label: "Retry-After",
        options: {
          "": "none",
          seconds: "in seconds",
          date: "as a date",
          millis: "as retry-after-ms",
          invalid: "as a text that means nothing"
        }
      },
      { name: "seconds", label: "Retry after, seconds", value: "2" }
    ]
  },
  delay: {
    name: "Delay",
    about: "The operation is carried out, later.",
    fields: [{ name: "millis", label: "Milliseconds", value: "2000" }]
  },
  drop: { name: "Close the connection", about: "No answer comes.", fields: [when] },
  reset: { name: "Reset the connection", about: "No answer comes, and the connection ends by a TCP reset.", fields: [when] },
  stall: { name: "Stall", about: "The connection stays open, and nothing comes.", fields: [when] },
  truncate: {
    name: "Cut the answer off",
    about: "The operation is carried out, and its answer ends early.",
    fields: [{ name: "bytes", label: "After so many bytes", placeholder: "in the middle" }]
  },
  garbage: { name: "Answer with garbage", about: "The operation is carried out, and its answer is no JSON.", fields: [] },
  content_type: {
    name: "Answer with HTML",
    about: "The operation is carried out, and its answer is a page of HTML.",
    fields: []
  },
  expired_token: { name: "Expire the token", about: "The access token counts as expired.", fields: [] }
}

/** What is no number goes as it is, so that it is the system that says what it expects. */
export const numberIn = (text: string): number | string =>
  /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text

/** Without what is empty. */
const given = (fields: { readonly [name: string]: unknown }) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""))

/** The rule that a form describes. The system judges it. */
export const ruleOf = (kind: Fault["kind"], fields: { readonly [name: string]: string }): unknown => {
  const textOf = (name: string) => fields[name] ?? ""
  const calls = textOf("calls").match(/[^\s,;]+/g)
  const { form, seconds, ...own } = Object.fromEntries(
    kinds[kind].fields.map(({ isText = false, name }) => [name, isText ? textOf(name) : numberIn(textOf(name))])
  )
  return {
    match: given({
      operation: textOf("operation"),
      account_id: textOf("account_id"),
      calls: calls?.map(numberIn),
      probability: numberIn(textOf("probability")),
      times: numberIn(textOf("times"))
    }),
    fault: given({ kind, ...own, retry_after: form ? { form, seconds } : undefined })
  }
}

/** The issues of one rule, which on its way to the system became a script. */
export const issuesOfRule = (issues: ReadonlyArray<Issue>): ReadonlyArray<Issue> =>
  issues.map(({ message, path }) => ({ message, path: path.replace(/^rules\[0\]\./, "") }))

/** The name of the field that an issue is about: `calls` for `match.calls[0]`. */
export const fieldOf = ({ path }: Issue): string =>
  path
    .replace(/\[\d+\]/g, "")
    .split(".")
    .at(-1) ?? ""

export const sayFault = (fault: Fault): string => {
  const { name } = kinds[fault.kind]
  switch (fault.kind) {
    case "status": {
      const { code, message, retry_after: retry, status } = fault
      return joined(
        ", ",
        `${name} ${status}`,
        code !== undefined && `code ${code}`,
        message !== undefined && `“${message}”`,
        retry !== undefined && `retry after ${retry.seconds} s (${retry.form})`
      )
    }
    case "delay":
      return `${name} by ${duration(fault.millis)}`
    case "truncate":
      return fault.bytes === undefined ? `${name} in the middle` : `${name} after ${counted(fault.bytes, "byte")}`
    case "drop":
    case "reset":
    case "stall":
      return `${name}, ${fault.when === "before_commit" ? "before the operation is carried out" : "after it was carried out"}`
    default:
      return name
  }
}

export const sayMatch = ({ account_id, calls, operation, probability, times }: NonNullable<ActiveFault["match"]> = {}): string =>
  joined(
    ", ",
    operation,
    account_id !== undefined && `account ${account_id}`,
    calls !== undefined && `${calls.length === 1 ? "call" : "calls"} ${calls.join(", ")}`,
    probability !== undefined && `with probability ${probability}`,
    times !== undefined && `at most ${counted(times, "time")}`
  ) || "every request"
