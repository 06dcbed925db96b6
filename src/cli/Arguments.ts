/**
 * What the command line asks for.
 */

import { parseArgs } from "node:util"
import * as Either from "effect/Either"
import { CommandFailed } from "./CommandFailed.js"

export interface ServeArguments {
  readonly port: number
  readonly host: string
  readonly db: string | undefined
  /** The path of a seed file. */
  readonly seed: string | undefined
  readonly json: boolean
}

export type Arguments = { readonly _tag: "Help" } | { readonly _tag: "Version" } | ({ readonly _tag: "Serve" } & ServeArguments)

export const help = `effect-dintero: Dintero's Customers and Auth APIs on this machine, without an account

Usage:
  effect-dintero serve [flags]

Flags of serve:
  --port NUMBER   the port to listen on; 0 takes a free one (default 0)
  --host HOST     the address to listen on (default 127.0.0.1)
  --db FILE       the SQLite file that keeps everything; without it all is in memory, gone at the end
  --seed FILE     a JSON file with the accounts, API clients and customers to start with;
                  without it, the demo account T12345678, whose secrets are public
  --json          print one line of JSON when it listens, for programs

  -h, --help      print this
  -v, --version   print the version

It says what the first call needs, and runs until Ctrl-C. A database keeps the accounts that it has: a seed adds
accounts, and changes none.

Example:
  effect-dintero serve --port 4711 --db dintero.db
`

const options = {
  port: { type: "string" },
  host: { type: "string" },
  db: { type: "string" },
  seed: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" }
} as const

const takesValue = (name: string): boolean => name === "port" || name === "host" || name === "db" || name === "seed"

const isFlag = (name: string): boolean => takesValue(name) || name === "json" || name === "help" || name === "version"

const refuse = (message: string): Either.Either<never, CommandFailed> => Either.left(new CommandFailed({ message }))

const seeHelp = "effect-dintero --help shows what there is."

/** Of the digits only, since `Number` takes `0x50`, `8e1` and the empty text too. */
const portOf = (text: string): number | undefined => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  return port <= 65_535 ? port : undefined
}

export const parse = (args: ReadonlyArray<string>): Either.Either<Arguments, CommandFailed> => {
  // Not strict: its own sentences are for the author of a program, not for the one who types.
  const { tokens, values } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const positionals: Array<string> = []
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value)
    if (token.kind !== "option") continue
    if (!isFlag(token.name)) return refuse(`There is no flag ${token.rawName}. ${seeHelp}`)
    if (!takesValue(token.name) && token.value !== undefined) return refuse(`${token.rawName} takes no value.`)
    if (
      takesValue(token.name) &&
      (token.value === undefined || token.value === "" || (!token.inlineValue && token.value.startsWith("--")))
    ) {
      return refuse(`${token.rawName} needs a value. ${seeHelp}`)
    }
  }
  if (values.help === true) return Either.right({ _tag: "Help" })
  if (values.version === true) return Either.right({ _tag: "Version" })

  const [command, extra] = positionals
  if (command === undefined)
    return refuse("Say what to do: effect-dintero serve starts the system, effect-dintero --help shows the flags.")
  if (command !== "serve") return refuse(`There is no command "${command}"; the only one is serve. ${seeHelp}`)
  if (extra !== undefined) return refuse(`serve takes flags only, and not "${extra}". ${seeHelp}`)

  const text = (value: string | boolean | undefined) => (typeof value === "string" ? value : undefined)
  const asked = text(values.port) ?? "0"
  const port = portOf(asked)
  if (port === undefined) return refuse(`--port ${asked} is not a port: give a number from 0 to 65535 (0 takes a free one).`)
  return Either.right({
    _tag: "Serve",
    port,
    host: text(values.host) ?? "127.0.0.1",
    db: text(values.db),
    seed: text(values.seed),
    json: values.json === true
  })
}
