/**
 * The arguments of the command line.
 */

import { parseArgs } from "node:util"
import * as Either from "effect/Either"
import { nameOf } from "../layers/embedded/storage/DatabaseName.js"
import { type CommandFailed, wrongUsage } from "./CommandFailed.js"

/** The form in which requests are logged. */
export type LogFormat = "text" | "json" | "none"

export interface ServeArguments {
  readonly port: number
  readonly host: string
  /** The path of a SQLite file, or the URL of a PostgreSQL database. */
  readonly db: string | undefined
  /** The path of a seed file, or `-`. */
  readonly seed: string | undefined
  readonly watchSeed: boolean
  /** The path of a file with a fault script. */
  readonly faults: string | undefined
  /** The path of a file with registers. */
  readonly registers: string | undefined
  /** The path of a file with the configuration of the embedded system. */
  readonly config: string | undefined
  readonly strict: boolean
  readonly limitGuessing: boolean
  readonly rotateRefreshTokens: boolean
  readonly reproducible: string | undefined
  readonly timeLimits: TimeLimits
  /** The path of a file with the admin token. */
  readonly adminTokenFile: string | undefined
  readonly remoteControls: boolean
  readonly json: boolean
  readonly quiet: boolean
  readonly log: LogFormat
}

/** In ms. `Infinity` is no limit. Those that are left out have their defaults. */
export type TimeLimits = { readonly [limit in (typeof timeLimits)[number]]?: number }

/** The limits of `DinteroEmbedded.serve`, by their names there. */
const timeLimits = ["headers", "body", "request", "stop"] as const

export type Arguments =
  | { readonly _tag: "Help"; readonly of: "serve" | "everything" }
  | { readonly _tag: "Version" }
  | { readonly _tag: "Operator"; readonly args: ReadonlyArray<string> }
  | { readonly _tag: "Compare"; readonly args: ReadonlyArray<string> }
  | ({ readonly _tag: "Serve" } & ServeArguments)

/** The commands for people who run an account. They are parsed when they are needed, with packages that \`serve\` can do without. */
const operator: ReadonlyArray<string> = ["token", "login", "whoami", "keys", "clients", "grants", "settings", "users"]

export const help = `effect-dintero: Dintero's Customers and Auth APIs at the command line

Usage:
  effect-dintero COMMAND [flags]

On this machine, without an account:
  serve              serve both APIs from an embedded system

With an account of Dintero, or of an embedded system:
  token              get an access token of the API client
  login              log a customer in, with a one-time code if there is one
  whoami             show the claims of a token, and verify them
  keys               list the public keys that verify access tokens
  clients            list, create, get, update, delete, rotate-secret
  grants             list, create, update, delete
  settings           get, put
  users              list, get, create, update, delete, export, import
  compare            find where a test account answers as the embedded system
                     does not

Everywhere:
  --json             print JSON, for programs
  -h, --help         print the help of a command, with examples
  -v, --version      print the version
  --completions SHELL
                     print completions for bash, zsh or fish

The API client is in the environment: DINTERO_ACCOUNT_ID, DINTERO_CLIENT_ID,
DINTERO_CLIENT_SECRET, and DINTERO_BASE_URL for another address than Dintero's.
In a terminal, the command asks for those that are missing. A production account
(P...) is changed only after a question, or with --yes.

The exit code is 0 for success, 1 for a refusal or a failure, 2 for a command
that was used wrongly, and 130 after Ctrl-C.

Examples:
  effect-dintero serve
  effect-dintero users list --json
  source <(effect-dintero --completions bash)
`

export const serveHelp = `effect-dintero serve: Dintero's Customers and Auth APIs on this machine, without
an account

Usage:
  effect-dintero serve [flags]

What it serves:
  --port NUMBER      the port to listen on; 0 takes a free one (default 0)
  --host HOST        the address to listen on (default 127.0.0.1)
  --db DATABASE      a SQLite file, or the URL of a PostgreSQL database,
                     postgres://..., which several processes can share (its
                     password can be in PGPASSWORD); without it, everything is
                     in memory and is gone at the end
  --seed FILE        a JSON file with the accounts, API clients and customers to
                     start with, or - for standard input; a file named .ndjson
                     has one account or customer in each line, and is read line
                     by line; without a seed, the demo account T12345678, whose
                     secrets are public
  --watch-seed       when the seed file is saved, replace the accounts that have
                     changed in it; the others keep their sessions
  --faults FILE      a JSON file with a fault script: faults that the system
                     makes on purpose
  --registers FILE   a JSON file with the organizations and postal places that
                     the look-ups find; without it, a few of Norway and Denmark
  --config FILE      a JSON file that says how the system answers where it is
                     not known how Dintero does; effect-dintero compare
                     --embedded-config writes one from an account
  --strict           exit with 1 if a request was for no operation of the APIs
  --limit-guessing   after 5 failed logins in a row, refuse a customer for 1 s,
                     and for twice as long after each further one, up to 15
                     minutes
  --rotate-refresh-tokens
                     give another refresh token with each refresh; a used one
                     that is shown again ends its session
  --reproducible TEXT
                     make every id and code from this text, use a public key,
                     and stop the clock at the beginning of 2026; insecure, for
                     tests only
  --time-limits LIST
                     how many seconds it waits for a client: for the headers of
                     a request, for the body, for the whole request with the
                     reading of its answer, and at the end for one that stalls
                     (default headers=10,body=30,request=60,stop=10); those that
                     are left out keep their defaults, and none is no limit

What it prints:
  --json             print one line of JSON when it listens, for programs; there
                     is no log unless --log is given
  --log FORMAT       the log of requests on standard error: text, json or none
                     (default text)
  --quiet            print one line when it listens, then only warnings and
                     errors

Who controls it:
  --admin-token-file FILE
                     a file with the admin token for the inspector page and the
                     controls; or set EFFECT_DINTERO_ADMIN_TOKEN in the
                     environment; without either, the token is random. No flag
                     takes the token itself, since every user of a machine can
                     read the command lines of its programs
  --remote-controls  let other machines use the controls too, with the token

  -h, --help         print this
  -v, --version      print the version

It prints the values for a first call, and runs until Ctrl-C. At the start, a
seed adds accounts to a database, and does not change those that it has. At the
end it finishes the answers that it is making, and exits with 1 if it had to cut
a request of a client that stalled.

Example:
  effect-dintero serve --port 4711 --db dintero.db
`

const options = {
  port: { type: "string" },
  host: { type: "string" },
  db: { type: "string" },
  seed: { type: "string" },
  "watch-seed": { type: "boolean" },
  faults: { type: "string" },
  registers: { type: "string" },
  config: { type: "string" },
  strict: { type: "boolean" },
  "limit-guessing": { type: "boolean" },
  "rotate-refresh-tokens": { type: "boolean" },
  reproducible: { type: "string" },
  "time-limits": { type: "string" },
  json: { type: "boolean" },
  log: { type: "string" },
  quiet: { type: "boolean" },
  "admin-token-file": { type: "string" },
  "remote-controls": { type: "boolean" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" }
} as const

/** A flag as completions know it. */
export interface Flag {
  readonly name: string
  readonly takesValue: boolean
}

/** For completions. */
export const flags: ReadonlyArray<Flag> = Object.entries(options).flatMap(([name, { type }]) =>
  name === "help" || name === "version" ? [] : [{ name, takesValue: type === "string" }]
)

const isFlag = (name: string): name is keyof typeof options => Object.hasOwn(options, name)

const refuse = (message: string): Either.Either<never, CommandFailed> => Either.left(wrongUsage(message))

const seeHelp = "effect-dintero serve --help shows the flags."

const seeCommands = "effect-dintero --help lists the commands."

/** Takes digits only, since `Number` also accepts `0x50`, `8e1` and the empty text. */
const portOf = (text: string): number | undefined => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  return port <= 65_535 ? port : undefined
}

/** The longest timer of Node, in seconds. */
const longestLimit = 2_147_483

const limitNamed = (name: string) => timeLimits.find((limit) => limit === name)

/** Returns what is wrong as a text. */
const timeLimitsOf = (text: string): TimeLimits | string => {
  const found: { -readonly [limit in keyof TimeLimits]: TimeLimits[limit] } = {}
  for (const part of text.split(",")) {
    const [, name = "", value = ""] = /^ *([a-z]+)=([a-z0-9.]+) *$/.exec(part) ?? []
    const limit = limitNamed(name)
    if (limit === undefined) {
      return `--time-limits takes limits such as headers=10,body=30, and "${nameOf(part)}" is none: their names are ${timeLimits.join(", ")}.`
    }
    const isNumber = /^\d{1,7}(?:\.\d{1,3})?$/.test(value)
    const seconds = value === "none" ? Number.POSITIVE_INFINITY : isNumber ? Number(value) : Number.NaN
    if (!(seconds > 0 && (seconds <= longestLimit || value === "none"))) {
      return `--time-limits ${limit}=${value}: give a number of seconds above 0, or none for no limit.`
    }
    if (found[limit] !== undefined) return `--time-limits has ${limit} more than once: give it once.`
    found[limit] = seconds * 1_000
  }
  return found
}

/** Whether a seed file has lines of JSON, by its name. */
export const hasLines = (path: string): boolean => /\.(?:ndjson|jsonl)$/i.test(path)

const formats: ReadonlyArray<LogFormat> = ["text", "json", "none"]

export const parse = (args: ReadonlyArray<string>): Either.Either<Arguments, CommandFailed> => {
  const [first = "", ...rest] = args
  if (first === "compare") return Either.right({ _tag: "Compare", args: rest })
  if (operator.includes(first) || first === "--completions") return Either.right({ _tag: "Operator", args })
  // Not strict: the messages of `parseArgs` are for the author of a program, not for its user.
  const { tokens, values } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true })
  const positionals: Array<string> = []
  const given = new Set<string>()
  let repeated: string | undefined
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value)
    if (token.kind !== "option") continue
    if (!isFlag(token.name)) return refuse(`There is no flag ${token.rawName}. ${seeHelp}`)
    const takesValue = options[token.name].type === "string"
    if (!takesValue && token.value !== undefined) return refuse(`${token.rawName} takes no value.`)
    if (takesValue && (token.value === undefined || token.value === "" || (!token.inlineValue && token.value.startsWith("--")))) {
      return refuse(`${token.rawName} needs a value. ${seeHelp}`)
    }
    if (given.has(token.name)) repeated ??= token.rawName
    given.add(token.name)
  }
  if (values.help === true) return Either.right({ _tag: "Help", of: positionals[0] === "serve" ? "serve" : "everything" })
  if (values.version === true) return Either.right({ _tag: "Version" })
  if (repeated !== undefined) return refuse(`${repeated} is given more than once: give it once.`)

  const [command, extra] = positionals
  if (command === undefined) return refuse(`Give a command: effect-dintero serve starts an embedded system, ${seeCommands}`)
  if (operator.includes(command)) return refuse(`Flags come after the command: effect-dintero ${command} --help shows how.`)
  if (command !== "serve") return refuse(`There is no command "${nameOf(command)}". ${seeCommands}`)
  if (extra !== undefined) return refuse(`serve takes only flags, not "${nameOf(extra)}". ${seeHelp}`)

  const text = (value: string | boolean | undefined) => (typeof value === "string" ? value : undefined)
  const asked = text(values.port) ?? "0"
  const port = portOf(asked)
  if (port === undefined) return refuse(`--port ${asked} is not a port: give a number from 0 to 65535 (0 takes a free one).`)
  const seed = text(values.seed)
  const watchSeed = values["watch-seed"] === true
  if (watchSeed && seed === undefined) return refuse("--watch-seed needs --seed FILE: without it there is no file to watch.")
  if (watchSeed && seed !== undefined && hasLines(seed)) {
    return refuse("--watch-seed needs a JSON file: a seed in lines (.ndjson) is only read at the start.")
  }
  if (watchSeed && seed === "-") return refuse("--watch-seed needs --seed with a file: standard input cannot be watched.")
  const givenLimits = text(values["time-limits"])
  const limits = givenLimits === undefined ? {} : timeLimitsOf(givenLimits)
  if (typeof limits === "string") return refuse(limits)
  const json = values.json === true
  const quiet = values.quiet === true
  const wanted = text(values.log)
  if (quiet && wanted !== undefined) return refuse("--quiet and --log cannot be used together: --quiet switches the log off.")
  const log = wanted === undefined ? (quiet || json ? "none" : "text") : formats.find((format) => format === wanted)
  if (log === undefined) return refuse(`--log ${wanted} is not a format: give text, json or none.`)
  return Either.right({
    _tag: "Serve",
    port,
    host: text(values.host) ?? "127.0.0.1",
    db: text(values.db),
    seed,
    watchSeed,
    faults: text(values.faults),
    registers: text(values.registers),
    config: text(values.config),
    strict: values.strict === true,
    limitGuessing: values["limit-guessing"] === true,
    rotateRefreshTokens: values["rotate-refresh-tokens"] === true,
    reproducible: text(values.reproducible),
    timeLimits: limits,
    adminTokenFile: text(values["admin-token-file"]),
    remoteControls: values["remote-controls"] === true,
    json,
    quiet,
    log
  })
}
