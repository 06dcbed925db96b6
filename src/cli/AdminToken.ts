/**
 * The admin token: as it was given, or random. Never from the command line, which every user of a machine can read.
 */

import { randomBytes } from "node:crypto"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { CommandFailed } from "./CommandFailed.js"
import * as JsonFile from "./JsonFile.js"

const variable = "EFFECT_DINTERO_ADMIN_TOKEN"

/** What can stand behind `Bearer` (RFC 6750, 2.1), and behind `#token=` as it is. */
const isToken = (text: string): boolean => /^[\w.~+/-]+=*$/.test(text)

/** A token that other machines may try has to be too long to be guessed. */
const minimumLength = 16

/** 192 bits, and short enough for an address of the inspector page that fits in a line of a terminal. */
const made = Effect.sync(() => Redacted.make(randomBytes(24).toString("base64url")))

const check = (source: string, text: string, isRemote: boolean): Effect.Effect<Redacted.Redacted, CommandFailed> => {
  const refuse = (why: string) => new CommandFailed({ message: `The admin token of ${source} cannot be used: ${why}` })
  if (text === "") return refuse("it is empty.")
  if (!isToken(text)) return refuse("it may have letters, digits and - . _ ~ + / only, and = at its end.")
  if (isRemote && text.length < minimumLength) {
    return refuse(
      `with --remote-controls it needs ${minimumLength} characters or more, since other machines may try to guess it.`
    )
  }
  return Effect.succeed(Redacted.make(text))
}

/** A file that is named counts more than the environment, in which an empty variable is none. */
export const find = (file: string | undefined, isRemote: boolean): Effect.Effect<Redacted.Redacted, CommandFailed> =>
  Effect.gen(function* () {
    if (file !== undefined) {
      return yield* check(file, (yield* JsonFile.readText("admin token file", file)).trim(), isRemote)
    }
    const given = yield* Effect.orElseSucceed(Config.string(variable), () => "")
    return given === "" ? yield* made : yield* check(variable, given, isRemote)
  })
