/**
 * The error of a client for each kind of fault. The test runs every row, and the table in docs/testing.md is generated from them.
 */
import type { FaultScript } from "effect-dintero/embedded"

export interface FaultKind {
  readonly fault: FaultScript.FaultRule["fault"]
  /** The error of `customers.settings.get` without retries, while the fault lasts. */
  readonly tag: string
  /** The reason of a `TransportError`. */
  readonly reason?: string
  readonly means: string
}

const transport = "TransportError"

export const faultKinds: ReadonlyArray<FaultKind> = [
  { fault: { kind: "status", status: 400 }, tag: "BadRequest", means: "this response, nothing is carried out" },
  { fault: { kind: "status", status: 401 }, tag: "Unauthorized", means: "the same; the client tries one new token first" },
  { fault: { kind: "status", status: 403 }, tag: "Forbidden", means: "the same" },
  { fault: { kind: "status", status: 404 }, tag: "UnexpectedStatus", means: "a status that the operation does not declare" },
  {
    fault: { kind: "status", status: 429, retry_after: { form: "seconds", seconds: 2 } },
    tag: "RateLimited",
    means: "`Retry-After` in seconds"
  },
  {
    fault: { kind: "status", status: 429, retry_after: { form: "date", seconds: 2 } },
    tag: "RateLimited",
    means: "`Retry-After` as a date"
  },
  {
    fault: { kind: "status", status: 503, retry_after: { form: "millis", seconds: 0.5 } },
    tag: "ServerError",
    means: "`retry-after-ms`"
  },
  {
    fault: { kind: "status", status: 503, retry_after: { form: "invalid", seconds: 0 } },
    tag: "ServerError",
    means: "an invalid `Retry-After`"
  },
  { fault: { kind: "status", status: 500 }, tag: "ServerError", means: "this response, nothing is carried out" },
  {
    fault: { kind: "delay", millis: 60_000 },
    tag: transport,
    reason: "timeout",
    means: "carried out later than the client waits"
  },
  {
    fault: { kind: "drop", when: "before_commit" },
    tag: transport,
    reason: "reset",
    means: "closed without a response, nothing is carried out"
  },
  {
    fault: { kind: "drop", when: "after_commit" },
    tag: transport,
    reason: "reset",
    means: "carried out, then closed without a response"
  },
  {
    fault: { kind: "reset", when: "before_commit" },
    tag: transport,
    reason: "reset",
    means: "a TCP reset, nothing is carried out"
  },
  { fault: { kind: "reset", when: "after_commit" }, tag: transport, reason: "reset", means: "carried out, then a TCP reset" },
  {
    fault: { kind: "stall", when: "before_commit" },
    tag: transport,
    reason: "timeout",
    means: "no response ever comes, nothing is carried out"
  },
  {
    fault: { kind: "stall", when: "after_commit" },
    tag: transport,
    reason: "timeout",
    means: "carried out, no response ever comes"
  },
  { fault: { kind: "truncate" }, tag: transport, reason: "reset", means: "carried out, half of the response comes" },
  { fault: { kind: "garbage" }, tag: "InvalidResponse", means: "carried out, the response is not JSON" },
  { fault: { kind: "content_type" }, tag: "InvalidResponse", means: "carried out, the response is a page of HTML" },
  { fault: { kind: "expired_token" }, tag: "Unauthorized", means: "the access token counts as expired" }
]

const nameOf = ({ fault }: FaultKind): string => {
  const { kind, ...rest } = fault
  const parameters = Object.entries(rest).map(
    ([name, value]) => `${name}: ${typeof value === "object" ? (value as { form: string }).form : value}`
  )
  return parameters.length === 0 ? `\`${kind}\`` : `\`${kind}\` (${parameters.join(", ")})`
}

/** The table in the documentation. */
export const table = (): string =>
  [
    "| fault | what happens | the client's error, while it lasts |",
    "|---|---|---|",
    ...faultKinds.map(
      (row) => `| ${nameOf(row)} | ${row.means} | \`${row.tag}\`${row.reason === undefined ? "" : ` (\`${row.reason}\`)`} |`
    )
  ].join("\n")
