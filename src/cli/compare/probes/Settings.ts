/**
 * What can only be asked with a change of the account's settings. A probe asks only where it can put them back exactly.
 */
import * as Effect from "effect/Effect"
import * as Json from "../Json.js"
import { type Probe, probe } from "../Probe.js"
import { type Target, unclear } from "../Target.js"

const sections = ["users", "auto_tokens", "tokens", "attributes"] as const

const readSettings = (target: Target) => Effect.map(target.expect("customers.settings.get"), ({ json }) => json)

const putBack = (target: Target, before: unknown): Effect.Effect<void> =>
  Effect.gen(function* () {
    if (!Json.equal(yield* readSettings(target), before)) yield* target.expect("customers.settings.update", { body: before })
    return Json.equal(yield* readSettings(target), before)
  }).pipe(
    Effect.orElseSucceed(() => false),
    Effect.flatMap((isBack) =>
      isBack
        ? Effect.void
        : target.leave({
            what: "the settings for customers, which are not as they were at the start",
            how: "PUT …/customers/settings, with the settings as they were"
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
        yield* Effect.addFinalizer(() => putBack(target, before))
        // The section as it is, so that nothing changes if the others stay.
        yield* target.expect("customers.settings.update", { body: { [kept]: Json.at(before, kept) } })
        const after = yield* readSettings(target)
        return Json.equal(Json.at(after, watched), Json.at(before, watched)) ? "it keeps them" : "it removes them"
      })
  })
]
