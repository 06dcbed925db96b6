/**
 * Asks the service and an embedded system the same questions, one after the other.
 */
import * as Effect from "effect/Effect"
import type { EmbeddedConfig } from "../../layers/embedded/EmbeddedConfig.js"
import type { Probe } from "./Probe.js"
import { decisions, probes } from "./Register.js"
import type { Report, Row } from "./Report.js"
import type { Target } from "./Target.js"

export interface Options {
  readonly service: Target
  readonly embedded: Target
  /** Whether probes may change settings of the account for a moment. False by default. */
  readonly includeSettings?: boolean
  /** What the embedded system could not take over. */
  readonly notes?: ReadonlyArray<string>
  /** Is called before each probe. */
  readonly onProbe?: (probe: Probe, number: number, of: number) => Effect.Effect<void>
}

type Found = { readonly answer: string } | { readonly reason: string }

/** What it made is removed before the next one starts. */
const ask = ({ run }: Probe, target: Target): Effect.Effect<Found> =>
  Effect.scoped(run(target)).pipe(
    Effect.match({ onFailure: ({ reason }): Found => ({ reason }), onSuccess: (answer): Found => ({ answer }) })
  )

const rowOf = (probe: Probe, ours: Found, theirs: Found): Row => {
  const base = { assumption: probe.assumption, aspect: probe.aspect ?? null, asks: probe.asks }
  const answers = {
    ours: "answer" in ours ? ours.answer : null,
    theirs: "answer" in theirs ? theirs.answer : null
  }
  if (answers.ours === null || answers.theirs === null) {
    const reason =
      "reason" in theirs ? `The service: ${theirs.reason}` : "reason" in ours ? `The embedded system: ${ours.reason}` : null
    return { ...base, ...answers, verdict: "unclear", change: null, reason }
  }
  const agrees = answers.ours === answers.theirs
  const change = agrees ? null : (probe.switches[answers.theirs] ?? null)
  return { ...base, ...answers, verdict: agrees ? "agree" : "differ", change, reason: null }
}

const merge = (one: EmbeddedConfig, other: EmbeddedConfig): EmbeddedConfig => ({
  ...one,
  ...other,
  ...(one.assumed === undefined && other.assumed === undefined ? {} : { assumed: { ...one.assumed, ...other.assumed } })
})

export const run = ({ embedded, includeSettings = false, notes = [], onProbe, service }: Options): Effect.Effect<Report> =>
  Effect.gen(function* () {
    const asked = probes.filter(({ changesSettings }) => changesSettings !== true || includeSettings)
    const rows: Array<Row> = []
    let config: EmbeddedConfig = {}
    for (const [i, probe] of asked.entries()) {
      if (onProbe !== undefined) yield* onProbe(probe, i + 1, asked.length)
      const theirs = yield* ask(probe, service)
      const ours = yield* ask(probe, embedded)
      rows.push(rowOf(probe, ours, theirs))
      // Also what agrees, so that a later default of this package changes nothing.
      if ("answer" in theirs) config = merge(config, probe.switches[theirs.answer] ?? {})
    }
    return {
      version: 1,
      rows,
      not_asked: decisions.flatMap(({ assumption, probes, why }) => {
        if (why !== undefined) return [{ assumption: assumption.id, why }]
        const isHeldBack = probes.length > 0 && !probes.some((probe) => asked.includes(probe))
        return isHeldBack
          ? [{ assumption: assumption.id, why: "It changes settings for a moment: --include-settings allows that." }]
          : []
      }),
      notes: [...notes],
      leftovers: [...(yield* service.leftovers)],
      embedded_config: config
    }
  })
