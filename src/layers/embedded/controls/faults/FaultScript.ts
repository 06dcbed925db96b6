/**
 * Faults as data: rules that select requests and say what goes wrong with them.
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
import { optional } from "../../../../schemas/Fields.js"
import type { Input } from "../../../../schemas/Input.js"
import { InvalidFaultScript } from "../ControlErrors.js"

const millis = Schema.Finite.pipe(Schema.between(0, 3_600_000, { description: "0 to 3600000 milliseconds" }))

/**
 * `before_commit`: the operation is not carried out. `after_commit`: it is carried out, and only its response is lost. A client cannot tell the
 * difference.
 *
 * @since 0.1.0
 * @category schemas
 */
export const When = Schema.Literal("before_commit", "after_commit")

/**
 * How the response says when to try again: by `Retry-After` in seconds, by `Retry-After` with a date, by `retry-after-ms`, or by an invalid
 * `Retry-After`.
 *
 * @since 0.1.0
 * @category schemas
 */
export const RetryAfter = Schema.Struct({
  form: Schema.Literal("seconds", "date", "millis", "invalid"),
  seconds: Schema.Finite.pipe(Schema.between(0, 86_400, { description: "0 to 86400 seconds" }))
}).annotations({ identifier: "RetryAfter" })

/**
 * What happens to a request, by `kind`:
 *
 * - `status`: the response has this status, and the operation is not carried out
 * - `delay`: the operation is carried out after this number of milliseconds, by the clock that the system follows
 * - `drop`: the connection is closed without a response
 * - `reset`: the same, by a TCP reset
 * - `stall`: the connection stays open without a response
 * - `truncate`: the response ends in the middle, or after this number of bytes
 * - `garbage`: the body of the response is not JSON; status and content type are right
 * - `content_type`: the body of the response is a page of HTML; the status is right
 * - `expired_token`: the access token counts as expired
 *
 * With `truncate`, `garbage` and `content_type`, the operation is carried out.
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
 * Selects the requests of a rule. A request must match every field that is given.
 *
 * - `operation`: such as `auth.token`
 * - `calls`: the numbers of the matching requests, counted from 1 since the rule was added
 * - `probability`: the probability for each matching request. The script's `seed` decides which requests are chosen
 * - `times`: the maximum number of requests to which the rule is applied
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
 * A rule as a user writes it.
 *
 * @since 0.1.0
 * @category models
 */
export type FaultRule = Input<typeof FaultRule.Encoded>

/**
 * The first rule that selects a request is applied to it.
 *
 * @since 0.1.0
 * @category schemas
 */
export const FaultScript = Schema.Struct({
  seed: Schema.optionalWith(Schema.String, { exact: true, default: () => "" }),
  rules: Schema.Array(FaultRule)
}).annotations({ identifier: "FaultScript" })

/**
 * A script as a user writes it: plain JSON.
 *
 * @since 0.1.0
 * @category models
 */
export type FaultScript = Input<typeof FaultScript.Encoded>

/**
 * A checked script, with its defaults filled in.
 *
 * @since 0.1.0
 * @category models
 */
export type DecodedFaultScript = typeof FaultScript.Type

/**
 * A rule of a running system, with its number, and how often it matched and was applied.
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
 * Checks a script. `InvalidFaultScript` names every field that is wrong or unknown.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (script: unknown): Effect.Effect<DecodedFaultScript, InvalidFaultScript> =>
  Effect.mapError(decodeStrictly(withoutUndefined(script)), (error) => invalid(issuesOf(error)))

/**
 * Reads a script from the text of a JSON file. No object may have a field twice.
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (json: string): Effect.Effect<FaultScript, InvalidFaultScript> =>
  Effect.suspend(() => {
    const issues = JsonSyntax.issues(json)
    if (issues.length > 0) return invalid(issues)
    // Seam: a value that `decode` accepts is a `FaultScript`. It is returned as it was written.
    const script = JSON.parse(json) as FaultScript
    return Effect.as(decode(script), script)
  })
