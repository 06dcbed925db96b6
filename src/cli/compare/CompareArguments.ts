/**
 * The arguments of `effect-dintero compare`.
 */
import { parseArgs } from "node:util"
import * as Either from "effect/Either"
import type { Flag } from "../Arguments.js"
import { type CommandFailed, wrongUsage } from "../CommandFailed.js"
import * as Printable from "../Printable.js"

export interface CompareArguments {
  readonly json: boolean
  readonly strict: boolean
  readonly includeSettings: boolean
  /** The path of the file to write the configuration of an embedded system to. */
  readonly embeddedConfig: string | undefined
  /** The path of a file with the configuration of the embedded system that is compared. */
  readonly config: string | undefined
  /** The name of a run that was killed. */
  readonly cleanup: string | undefined
}

export const help = `effect-dintero compare: asks a test account of Dintero and an embedded system
the same questions, and shows where their answers differ

Usage:
  effect-dintero compare [flags]

The account is in the environment: DINTERO_ACCOUNT_ID (T...), DINTERO_CLIENT_ID,
DINTERO_CLIENT_SECRET, and where needed DINTERO_BASE_URL and DINTERO_AUDIENCE.
Production accounts (P...) are refused.

It makes customers, tags, terms, locations and tokens whose names begin with
effect-dintero-compare- and a random part, and removes them. It changes nothing
else, and has no message sent to anybody. Dintero keeps the ids and times of
deleted customers and terms.

Flags:
  --embedded-config FILE
                     write a file with which effect-dintero serve --config FILE
                     answers as this account did
  --config FILE      compare with an embedded system that has this
                     configuration
  --include-settings also ask what can only be asked with a PUT of the
                     account's settings, which are put back as they were
  --json             print the report as JSON; it has no secret in it and
                     nothing of the account's data; an error is JSON on standard
                     error
  --strict           exit with 1 if there is a difference
  --cleanup RUN      remove what a run that was killed has left; a run prints
                     its name at the start
  -h, --help         print this

The exit code is 0 when the questions were asked, 1 when they could not be, 2
when the command was used wrongly, and 130 after Ctrl-C.

Example:
  export DINTERO_ACCOUNT_ID=T12345678 DINTERO_CLIENT_ID=my-client
  read -rs DINTERO_CLIENT_SECRET && export DINTERO_CLIENT_SECRET
  effect-dintero compare --embedded-config dintero.json
  effect-dintero serve --config dintero.json
`

const options = {
  json: { type: "boolean" },
  strict: { type: "boolean" },
  "include-settings": { type: "boolean" },
  "embedded-config": { type: "string" },
  config: { type: "string" },
  cleanup: { type: "string" },
  help: { type: "boolean", short: "h" }
} as const

/** For completions. */
export const flags: ReadonlyArray<Flag> = Object.entries(options).flatMap(([name, { type }]) =>
  name === "help" ? [] : [{ name, takesValue: type === "string" }]
)

const isFlag = (name: string): name is keyof typeof options => Object.hasOwn(options, name)

const refuse = (message: string): Either.Either<never, CommandFailed> =>
  Either.left(wrongUsage(`${Printable.text(message)} effect-dintero compare --help shows the usage.`))

export const runName = /^effect-dintero-compare-[a-z0-9]{1,32}$/

/** `help` when it is asked for. `args` are those after `compare`. */
export const parse = (args: ReadonlyArray<string>): Either.Either<CompareArguments | "help", CommandFailed> => {
  // Not strict: the messages of `parseArgs` are for the author of a program, not for its user.
  const { tokens, values } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const given = new Set<string>()
  for (const token of tokens) {
    if (token.kind === "positional") return refuse(`compare takes only flags, not "${token.value}".`)
    if (token.kind !== "option") continue
    if (!isFlag(token.name)) return refuse(`There is no flag ${token.rawName} of compare.`)
    const takesValue = options[token.name].type === "string"
    if (!takesValue && token.value !== undefined) return refuse(`${token.rawName} takes no value.`)
    if (takesValue && (token.value === undefined || token.value === "" || (!token.inlineValue && token.value.startsWith("--")))) {
      return refuse(`${token.rawName} needs a value.`)
    }
    if (given.has(token.name)) return refuse(`${token.rawName} is given more than once: give it once.`)
    given.add(token.name)
  }
  if (values.help === true) return Either.right("help")
  const text = (value: string | boolean | undefined) => (typeof value === "string" ? value : undefined)
  const cleanup = text(values.cleanup)
  if (cleanup !== undefined && !runName.test(cleanup)) {
    return refuse("--cleanup needs the name of a run, such as effect-dintero-compare-0f3a9c21d4.")
  }
  if (cleanup !== undefined && given.size > 1) return refuse("--cleanup takes no other flag beside it.")
  return Either.right({
    json: values.json === true,
    strict: values.strict === true,
    includeSettings: values["include-settings"] === true,
    embeddedConfig: text(values["embedded-config"]),
    config: text(values.config),
    cleanup
  })
}
