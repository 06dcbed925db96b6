/**
 * The admin token: from a file, from the environment, or random. It is never on the command line, since every user of a machine can read
 * the command lines of its programs.
 */

import { randomBytes } from "node:crypto"
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { CommandFailed } from "./CommandFailed.js"
import * as JsonFile from "./JsonFile.js"

const variable = "EFFECT_DINTERO_ADMIN_TOKEN"

/** A token that may follow `Bearer` (RFC 6750, 2.1), and that needs no encoding after `#token=`. */
const isToken = (text: string): boolean => /^[\w.~+/-]+=*$/.test(text)

/** Other machines may try tokens, so one that they can use must be too long to be guessed. */
const minimumLength = 16

/** 192 bits. The address of the inspector page with this token still fits into a line of a terminal. */
const made = Effect.sync(() => Redacted.make(randomBytes(24).toString("base64url")))

const check = (source: string, text: string, isRemote: boolean): Effect.Effect<Redacted.Redacted, CommandFailed> => {
  const refuse = (why: string) => new CommandFailed({ message: `The admin token of ${source} cannot be used: ${why}` })
  if (text === "") return refuse("it is empty.")
  if (!isToken(text)) return refuse("it may only have letters, digits and - . _ ~ + /, and = at its end.")
  if (isRemote && text.length < minimumLength) {
    return refuse(
      `with --remote-controls it needs ${minimumLength} characters or more, since other machines may try to guess it.`
    )
  }
  return Effect.succeed(Redacted.make(text))
}

/** A file that was given comes before the environment. An empty environment variable counts as not set. */
export const find = (file: string | undefined, isRemote: boolean): Effect.Effect<Redacted.Redacted, CommandFailed> =>
  Effect.gen(function* () {
    if (file !== undefined) {
      return yield* check(file, (yield* JsonFile.readText("admin token file", file)).trim(), isRemote)
    }
    const given = yield* Effect.orElseSucceed(Config.string(variable), () => "")
    return given === "" ? yield* made : yield* check(variable, given, isRemote)
  })
