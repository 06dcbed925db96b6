/**
 * Decides which fault is applied to a request.
 */
import { createHash } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Changes from "../Changes.js"
import { InvalidFaultScript } from "../ControlErrors.js"
import type { FaultControl } from "../Controls.js"
import * as FaultScript from "./FaultScript.js"

export interface AppliedFault {
  readonly rule: number
  readonly fault: FaultScript.Fault
}

export interface FaultsService extends FaultControl {
  /** Counts the request with every rule that it matches, and returns the fault that is applied to it. */
  readonly next: (operation: string, accountId: string) => AppliedFault | undefined
  readonly hasRules: () => boolean
  /** When the rules or their counts have changed. */
  readonly changes: Changes.Changes<void>
}

export class Faults extends Context.Tag("effect-dintero/embedded/Faults")<Faults, FaultsService>() {}

type Rule = { -readonly [Key in keyof FaultScript.ActiveFault]: FaultScript.ActiveFault[Key] }

/** From 0 to 1. It only depends on the rule and the number of the call, so other rules do not change it. */
const chanceOf = (seed: string, rule: number, call: number): number =>
  createHash("sha256").update(`${rule}\n${call}\n${seed}`, "utf8").digest().readUIntBE(0, 6) / 2 ** 48

export const make = Effect.sync(() => {
  const changes = Changes.make<void>(1)
  const changed = changes.publish()
  let seed = ""
  let rules: Array<Rule> = []
  let lastRule = 0

  const activate = ({ fault, match }: FaultScript.DecodedFaultScript["rules"][number]): Rule => {
    const rule = { rule: ++lastRule, match, fault, matched: 0, applied: 0 }
    rules.push(rule)
    return rule
  }

  const isFor = ({ match }: Rule, operation: string, accountId: string): boolean =>
    (match.operation === undefined || match.operation === operation) &&
    (match.account_id === undefined || match.account_id === accountId)

  const strikes = ({ applied, match, matched, rule }: Rule): boolean =>
    (match.calls === undefined || match.calls.includes(matched)) &&
    (match.times === undefined || applied < match.times) &&
    (match.probability === undefined || chanceOf(seed, rule, matched) < match.probability)

  const list = Effect.sync(() => rules.map((rule): FaultScript.ActiveFault => ({ ...rule })))

  return {
    next: (operation, accountId) => {
      let struck: Rule | undefined
      for (const rule of rules) {
        if (!isFor(rule, operation, accountId)) continue
        rule.matched++
        if (struck === undefined && strikes(rule)) struck = rule
      }
      if (struck === undefined) return undefined
      struck.applied++
      Effect.runSync(changed)
      return { rule: struck.rule, fault: struck.fault }
    },
    hasRules: () => rules.length > 0,
    changes,
    list,
    script: (script) =>
      Effect.gen(function* () {
        const decoded = yield* FaultScript.decode(script)
        seed = decoded.seed
        rules = []
        // The numbers start at 1 again, since the chance of a rule depends on its number. So the same script has the same effect.
        lastRule = 0
        decoded.rules.forEach(activate)
        yield* changed
        return yield* list
      }),
    add: (rule) =>
      Effect.gen(function* () {
        const {
          rules: [decoded]
        } = yield* Effect.mapError(FaultScript.decode({ rules: [rule] }), ofOneRule)
        if (decoded === undefined) return yield* Effect.dieMessage("A script of one rule has one")
        const active = activate(decoded)
        yield* changed
        return { ...active }
      }),
    remove: (number) =>
      Effect.suspend(() => {
        const kept = rules.filter(({ rule }) => rule !== number)
        const isRemoved = kept.length < rules.length
        rules = kept
        return Effect.as(changed, isRemoved)
      }),
    clear: Effect.suspend(() => {
      // As at the start, since the chance of a rule depends on the seed and its number.
      rules = []
      seed = ""
      lastRule = 0
      return changed
    })
  } satisfies FaultsService
})

/** The caller wrote a rule, and no script, so the error must not mention one. */
const ofOneRule = ({ issues, message }: InvalidFaultScript): InvalidFaultScript => {
  const own = (text: string) => text.replaceAll(/rules\[0\]\.?/g, "")
  return new InvalidFaultScript({
    message: own(message).replace("The fault script", "The fault rule"),
    issues: issues.map((issue) => ({ ...issue, path: own(issue.path) }))
  })
}
