/**
 * What a comparison has found. It has no secret and nothing of the account's data in it: an answer is words of this package.
 */
import * as Schema from "effect/Schema"
import { EmbeddedConfig } from "../../layers/embedded/EmbeddedConfig.js"

const Verdict = Schema.Literal("agree", "differ", "unclear")

/**
 * The result of one probe. `ours` and `theirs` are null where it is not clear, and `reason` then says why. `change` is what makes the embedded
 * system answer as the service does, where that is possible.
 */
export const Row = Schema.Struct({
  assumption: Schema.String,
  aspect: Schema.NullOr(Schema.String),
  asks: Schema.String,
  ours: Schema.NullOr(Schema.String),
  theirs: Schema.NullOr(Schema.String),
  verdict: Verdict,
  change: Schema.NullOr(EmbeddedConfig),
  reason: Schema.NullOr(Schema.String)
})

export type Row = typeof Row.Type

export const Report = Schema.Struct({
  /** Of this form of report. */
  version: Schema.Literal(1),
  rows: Schema.Array(Row),
  not_asked: Schema.Array(Schema.Struct({ assumption: Schema.String, why: Schema.String })),
  /** What the embedded system could not take over from the account. */
  notes: Schema.Array(Schema.String),
  /** What could not be undone, and how to do that by hand. */
  leftovers: Schema.Array(Schema.Struct({ what: Schema.String, how: Schema.String })),
  /** Makes an embedded system answer as this account did. */
  embedded_config: EmbeddedConfig
})

export type Report = typeof Report.Type

export const encode = Schema.encodeSync(Report)
