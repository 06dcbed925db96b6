/**
 * The options of an embedded system that say how it behaves where it is not known what the service does, as plain data. `effect-dintero compare`
 * writes them, and `effect-dintero serve --config FILE` reads them.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Absent from "../../internal/Absent.js"
import { issuesOf, sentence } from "../../internal/Issues.js"
import * as JsonSyntax from "../../internal/JsonSyntax.js"
import { Issue } from "../../schemas/DinteroError.js"
import { optional } from "../../schemas/Fields.js"
import * as Assumed from "./rooms/Assumed.js"

// Seam: each field takes the values of its choice.
const AssumedOptions = Schema.Struct(
  Object.fromEntries(Object.entries(Assumed.values).map(([name, values]) => [name, optional(Schema.Literal(...values))]))
) as Schema.Schema<Assumed.Options>

const EmbeddedConfig_ = Schema.Struct({
  assumed: optional(AssumedOptions),
  wrongCredentialStatus: optional(Schema.Literal(400, 401, 403)),
  refreshTokens: optional(Schema.Struct({ rotation: optional(Schema.Literal("none", "strict", "grace", "until-used")) }))
}).annotations({ identifier: "EmbeddedConfig" })

/**
 * Options of `DinteroEmbedded.layer`, `make` and `serve`. What is left out has the default of the option.
 *
 * - `assumed`: the choices of `Assumed`
 * - `wrongCredentialStatus`: the status for a wrong password or code
 * - `refreshTokens`: the rotation of refresh tokens
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddedConfig extends Schema.Schema.Type<typeof EmbeddedConfig_> {}

/**
 * @since 0.1.0
 * @category schemas
 */
export const EmbeddedConfig: Schema.Schema<EmbeddedConfig> = EmbeddedConfig_

/**
 * A configuration has a field that does not exist, or a value that a field does not take. `issues` names each of them.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidEmbeddedConfig extends Schema.TaggedError<InvalidEmbeddedConfig>("effect-dintero/InvalidEmbeddedConfig")(
  "InvalidEmbeddedConfig",
  { message: Schema.String, issues: Schema.Array(Issue) }
) {}

const invalid = (issues: ReadonlyArray<Issue>): InvalidEmbeddedConfig =>
  new InvalidEmbeddedConfig({ message: `The configuration is not valid: ${sentence(issues)}.`, issues })

const withoutUndefined = Absent.withoutUndefined(EmbeddedConfig_)

const decodeStrictly = Schema.decodeUnknown(EmbeddedConfig_, { errors: "all", onExcessProperty: "error" })

/**
 * Checks a configuration. `InvalidEmbeddedConfig` names every field that is wrong or unknown.
 *
 * @since 0.1.0
 * @category decoding
 */
export const decode = (config: unknown): Effect.Effect<EmbeddedConfig, InvalidEmbeddedConfig> =>
  Effect.mapError(decodeStrictly(withoutUndefined(config)), (error) => invalid(issuesOf(error)))

/**
 * Reads a configuration from the text of a JSON file, such as the one that `effect-dintero compare --embedded-config FILE` has written. No object
 * may have a field twice.
 *
 * @example
 * ```ts
 * import { DinteroEmbedded, EmbeddedConfig } from "effect-dintero/embedded"
 * import { Effect, Layer } from "effect"
 *
 * const likeOurAccount = Layer.unwrapEffect(
 *   Effect.map(
 *     EmbeddedConfig.parse('{ "wrongCredentialStatus": 401, "assumed": { "unknownTag": "ignored" } }'),
 *     (config) => DinteroEmbedded.layer(config)
 *   )
 * )
 * ```
 *
 * @since 0.1.0
 * @category decoding
 */
export const parse = (json: string): Effect.Effect<EmbeddedConfig, InvalidEmbeddedConfig> =>
  Effect.suspend(() => {
    const issues = JsonSyntax.issues(json)
    return issues.length > 0 ? invalid(issues) : decode(JSON.parse(json))
  })
