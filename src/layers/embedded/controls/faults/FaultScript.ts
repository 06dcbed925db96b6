/**
 * What goes wrong, as data: rules that say which requests they are for and what happens to those.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { operations } from "../../../../contract/Contract.js"
import * as Absent from "../../../../internal/Absent.js"
import { issuesOf, sentence } from "../../../../internal/Issues.js"
import * as JsonSyntax from "../../../../internal/JsonSyntax.js"
import type { Issue } from "../../../../schemas/DinteroError.js"
import type { Input } from "../../../../schemas/Input.js"
import { optional } from "../../../../schemas/Optional.js"
import { InvalidFaultScript } from "../ControlErrors.js"

const millis = Schema.Finite.pipe(Schema.between(0, 3_600_000, { description: "0 to 3600000 milliseconds" }))

/**
 * `before_commit`: the operation is not carried out. `after_commit`: it is, and only its answer is lost. No client can tell which
 * it was.
 *
 * @since 0.1.0
 * @category schemas
 */
export const When = Schema.Literal("before_commit", "after_commit")

/**
 * How the answer says when to try again: as `Retry-After` in seconds, as a date in it, as `retry-after-ms`, or as a text that is none of
 * these.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RetryAfter = Schema.Struct({
  form: Schema.Literal("seconds", "date", "millis", "invalid"),
  seconds: Schema.Finite.pipe(Schema.between(0, 86_400, { description: "0 to 86400 seconds" }))
}).annotations({ identifier: "RetryAfter" })

/**
 * What can happen to a request, by `kind`:
 *
 * - `status`: this answer, and the operation is not carried out
 * - `delay`: it is carried out after so many milliseconds of the clock that the system follows
 * - `drop`: the connection is closed without an answer
 * - `reset`: the same by a TCP reset
 * - `stall`: the connection stays open, and nothing comes
 * - `truncate`: the answer ends in the middle, or after so many bytes
 * - `garbage`: the answer is bytes that are no JSON, with the status and the content type that it would have had
 * - `content_type`: the answer is a page of HTML, with the status that it would have had
 * - `expired_token`: the access token counts as expired
 *
 * `truncate`, `garbage` and `content_type` come after the operation was carried out.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Fault = Schema.Union(
  Schema.Struct({
    kind: Schema.Literal("status"),
    status: Schema.Int.pipe(Schema.between(400, 599, { description: "a status from 400 to 599" })),
    code: optional(Schema.String),
    message: optional(Schema.String),
    retry_after: optional(RetryAfter)
  }),
  Schema.Struct({ kind: Schema.Literal("delay"), millis }),
  Schema.Struct({ kind: Schema.Literal("drop"), when: When }),
  Schema.Struct({ kind: Schema.Literal("reset"), when: When }),
  Schema.Struct({ kind: Schema.Literal("stall"), when: When }),
  Schema.Struct({
    kind: Schema.Literal("truncate"),
    bytes: optional(Schema.Int.pipe(Schema.between(0, 1_048_576, { description: "0 to 1048576 bytes" })))
  }),
  Schema.Struct({ kind: Schema.Literal("garbage") }),
  Schema.Struct({ kind: Schema.Literal("content_type") }),
  Schema.Struct({ kind: Schema.Literal("expired_token") })
).annotations({
  identifier: "Fault",
  description: "a fault of kind status, delay, drop, reset, stall, truncate, garbage, content_type or expired_token"
})

/**
 * @since 0.1.0
 * @category models
 */
export type Fault = typeof Fault.Type

/**
 * @since 0.1.0
 * @category models
 */
export type FaultKind = Fault["kind"]

const names = Object.keys(operations)

/**
 * Which requests a rule is for: those that have everything that is given.
 *
 * - `operation`: such as `auth.token`
 * - `calls`: the n-th of those requests, counted from 1 since the rule was added
 * - `probability`: how likely for each of them; which ones these are follows from the script's `seed`
 * - `times`: how often at most
 *
 * @since 0.1.0
 * @category schemas
 */
export const FaultMatch = Schema.Struct({
  operation: optional(
    Schema.String.pipe(Schema.filter((name) => names.includes(name), { description: `an operation: ${names.join(", ")}` }))
  ),
  account_id: optional(Schema.String),
  calls: optional(Schema.NonEmptyArray(Schema.Int.pipe(Schema.positive({ description: "the number of a call, from 1" })))),
  probability: optional(Schema.Finite.pipe(Schema.between(0, 1, { description: "a probability from 0 to 1" }))),
  times: optional(Schema.Int.pipe(Schema.positive({ description: "how often, from 1" })))
}).annotations({ identifier: "FaultMatch" })

/**
 * @since 0.1.0
 * @category schemas
 */
export const FaultRule = Schema.Struct({
  match: Schema.optionalWith(FaultMatch, { exact: true, default: () => ({}) }),
  fault: Fault
}).annotations({ identifier: "FaultRule" })

/**
 * A rule as it is written.
 *
 * @since 0.1.0
 * @category models
 */
export type FaultRule = Input<typeof FaultRule.Encoded>

/**
 * Of the rules that are for a request, the first one is applied.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FaultScript = Schema.Struct({
  seed: Schema.optionalWith(Schema.String, { exact: true, default: () => "" }),
  rules: Schema.Array(FaultRule)
}).annotations({ identifier: "FaultScript" })

/**
 * A script as it is written: plain JSON.
 *
 * @since 0.1.0
 * @category models
 */
export type FaultScript = Input<typeof FaultScript.Encoded>

/**
 * A script as it is used: checked, with its defaults.
 *
 * @since 0.1.0
 * @category models
 */
export type DecodedFaultScript = typeof FaultScript.Type

/**
 * A rule of a running system: its number, and how often it was applied.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ActiveFault = Schema.Struct({
  rule: Schema.Int,
  ...FaultRule.fields,
  matched: Schema.Int,
  applied: Schema.Int
}).annotations({ identifier: "ActiveFault" })

/**
 * @since 0.1.0
 * @category models
 */
export type ActiveFault = typeof ActiveFault.Type

const invalid = (issues: ReadonlyArray<Issue>): InvalidFaultScript =>
  new InvalidFaultScript({ message: `The fault script is not valid: ${sentence(issues)}.`, issues })

const withoutUndefined = Absent.withoutUndefined(FaultScript)

const decodeStrictly = Schema.decodeUnknown(FaultScript, { errors: "all", onExcessProperty: "error" })

/**
 * Checks a script. `InvalidFaultScript` names every field that is wrong or misspelt.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (script: unknown): Effect.Effect<DecodedFaultScript, InvalidFaultScript> =>
  Effect.mapError(decodeStrictly(withoutUndefined(script)), (error) => invalid(issuesOf(error)))

/**
 * A script from the text of a JSON file, in which no object has a field twice.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (json: string): Effect.Effect<FaultScript, InvalidFaultScript> =>
  Effect.suspend(() => {
    const issues = JsonSyntax.issues(json)
    if (issues.length > 0) return invalid(issues)
    // Seam: what `decode` accepts is a `FaultScript`, and it is handed on as it was written.
    const script = JSON.parse(json) as FaultScript
    return Effect.as(decode(script), script)
  })
