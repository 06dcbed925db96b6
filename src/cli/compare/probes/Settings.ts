/**
 * What can only be asked with a change of the account's settings. A probe asks only where it can put them back exactly.
 */
import { rm, writeFile } from "node:fs/promises"
import * as Effect from "effect/Effect"
import * as Json from "../Json.js"
import { type Probe, probe } from "../Probe.js"
import { type Target, unclear } from "../Target.js"

const sections = ["users", "auto_tokens", "tokens", "attributes"] as const

const readSettings = (target: Target) => Effect.map(target.expect("customers.settings.get"), ({ json }) => json)

/** The settings as they were, for the time in which they may be different: also a run that is killed does not lose them. */
const copyOf = ({ run }: Target): string => `${run}-settings.json`

const putBack = (target: Target, before: unknown): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (!Json.equal(yield* readSettings(target), before)) yield* target.expect("customers.settings.update", { body: before })
    return Json.equal(yield* readSettings(target), before)
  }).pipe(
    Effect.orElseSucceed(() => false),
    Effect.flatMap((isBack) =>
      isBack
        ? Effect.promise(() => rm(copyOf(target), { force: true }))
        : target.leave({
            what: "the change of the settings for customers",
            how: `PUT …/customers/settings with the settings of the file ${copyOf(target)}`
          })
    )
  )

/** A key that the settings hide cannot be put back. */
const hidesKeys = (settings: unknown): boolean =>
  ["email", "phone_number"].some((source) => {
    const kinds = Json.at(settings, "auto_tokens", source)
    return (
      Array.isArray(kinds) &&
      kinds.some((kind) => Json.at(kind, "type") === "HMAC-SHA256" && Json.at(kind, "secret") === undefined)
    )
  })

export const settings: ReadonlyArray<Probe> = [
  probe({
    assumption: "settings-merge",
    asks: "Does a PUT of one section of the settings keep the other sections?",
    changesSettings: true,
    switches: {
      "it keeps them": { assumed: { settingsUpdate: "sections" } },
      "it removes them": { assumed: { settingsUpdate: "whole" } }
    },
    run: (target) =>
      Effect.gen(function* () {
        const before = yield* readSettings(target)
        const present = sections.filter((section) => Json.at(before, section) !== undefined)
        const [kept, watched] = present
        if (kept === undefined || watched === undefined) return yield* unclear("The settings have fewer than two sections")
        if (hidesKeys(before))
          return yield* unclear("The settings hide a key of automatic tokens, so that they could not be put back")
        yield* Effect.tryPromise({
          // They can have keys, so nobody else may read them.
          try: () => writeFile(copyOf(target), JSON.stringify(before), { flag: "wx", mode: 0o600 }),
          catch: () => unclear(`A copy of the settings could not be written to ${copyOf(target)}`)
        })
        yield* Effect.addFinalizer(() => putBack(target, before))
        // The section as it is, so that nothing changes if the others stay.
        yield* target.expect("customers.settings.update", { body: { [kept]: Json.at(before, kept) } })
        const after = yield* readSettings(target)
        return Json.equal(Json.at(after, watched), Json.at(before, watched)) ? "it keeps them" : "it removes them"
      })
  })
]
