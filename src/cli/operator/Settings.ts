/**
 * `settings`: the settings for the customers of the account.
 */
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { CustomersSettings, CustomersSettingsUpdate } from "../../schemas/CustomersSettings.js"
import { Customers } from "../../services/Customers.js"
import { wrongUsage } from "../CommandFailed.js"
import * as Printable from "../Printable.js"
import * as Terminal from "../Terminal.js"
import * as Account from "./Account.js"
import * as Input from "./Input.js"
import { type Group, leaf } from "./Leaf.js"
import * as Output from "./Output.js"
import * as Parameters from "./Parameters.js"

/** JSON is also what people write for `put`, so they get it too, in lines. */
const print = (json: boolean, show: boolean, settings: CustomersSettings): Effect.Effect<void> =>
  Effect.flatMap(Output.encoded(CustomersSettings, settings, { show }), (told) =>
    json
      ? Output.json(told)
      : Terminal.print(`${JSON.stringify(told, undefined, 2).split("\n").map(Printable.text).join("\n")}\n`)
  )

/** The mask of `settings get` would replace a key that is in use. */
const hasMask = (value: unknown): boolean => {
  if (Redacted.isRedacted(value)) return Redacted.value(value) === Output.mask
  if (Array.isArray(value)) return value.some(hasMask)
  return Predicate.isRecord(value) && Object.values(value).some(hasMask)
}

const get = leaf({
  name: "get",
  summary: "Print the settings",
  examples: ["settings get", "settings get --show > settings.json"],
  config: { show: Parameters.flag("--show", "print the keys that are in them too"), json: Parameters.json },
  run: ({ json, show }) =>
    Account.call({}, () =>
      Effect.flatMap(
        Effect.flatMap(Customers, (customers) => customers.settings.get()),
        (settings) => print(json, show, settings)
      )
    )
})

const put = leaf({
  name: "put",
  summary: "Replace sections of the settings",
  details: ["A section that is left out stays as it is. The file is checked before anything is sent."],
  examples: ["settings put settings.json", "settings put - < settings.json"],
  config: {
    file: Parameters.argument("FILE", "a JSON file, or - for standard input"),
    yes: Parameters.yes,
    json: Parameters.json
  },
  run: ({ file, json, yes }) =>
    Effect.gen(function* () {
      const settings = yield* Input.read("settings file", file, CustomersSettingsUpdate)
      if (hasMask(settings)) {
        return yield* wrongUsage(
          `The settings have ${Output.mask} in the place of a key. effect-dintero settings get --show prints the keys.`
        )
      }
      yield* Account.call({ changes: { yes } }, () =>
        Effect.flatMap(
          Effect.flatMap(Customers, (customers) => customers.settings.update(settings)),
          (now) => print(json, false, now)
        )
      )
    })
})

export const settings: Group = { name: "settings", summary: "The settings for customers", leaves: [get, put] }
