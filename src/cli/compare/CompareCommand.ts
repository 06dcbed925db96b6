/**
 * `effect-dintero compare`: a test account against an embedded system.
 */
import { randomBytes } from "node:crypto"
import { access, constants, stat, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Dintero from "../../layers/Dintero.js"
import { Connection } from "../../layers/http/Connection.js"
import { CommandFailed, wrongUsage } from "../CommandFailed.js"
import * as JsonFile from "../JsonFile.js"
import * as Manifest from "../Manifest.js"
import * as Peers from "../Peers.js"
import * as Printable from "../Printable.js"
import * as Terminal from "../Terminal.js"
import * as Compare from "./Compare.js"
import type { CompareArguments } from "./CompareArguments.js"
import * as Own from "./Own.js"
import * as Report from "./Report.js"
import * as ReportText from "./ReportText.js"
import * as Target from "./Target.js"
import * as Twin from "./Twin.js"

/** What is needed to reach an account. */
export type Credentials = Pick<
  Dintero.Options,
  "accountId" | "clientId" | "clientSecret" | "audience" | "baseUrl" | "allowInsecure"
>

const variables: { readonly [option: string]: string } = {
  accountId: "DINTERO_ACCOUNT_ID",
  clientId: "DINTERO_CLIENT_ID",
  clientSecret: "DINTERO_CLIENT_SECRET",
  audience: "DINTERO_AUDIENCE",
  baseUrl: "DINTERO_BASE_URL"
}

/** An empty variable counts as not set. */
const variable = (name: string): Effect.Effect<string | undefined> =>
  Effect.map(
    Effect.orElseSucceed(Config.string(name), () => ""),
    (value) => (value === "" ? undefined : value)
  )

const needed = (name: string): Effect.Effect<string, CommandFailed> =>
  Effect.flatMap(variable(name), (value) =>
    value === undefined
      ? wrongUsage(`${name} is not set: compare reads the account and its API client from the environment.`)
      : Effect.succeed(value)
  )

/** The credentials of the environment. They are never on the command line, since every user of a machine can read that. */
export const credentials: Effect.Effect<Credentials, CommandFailed> = Effect.gen(function* () {
  return {
    accountId: yield* needed("DINTERO_ACCOUNT_ID"),
    clientId: yield* needed("DINTERO_CLIENT_ID"),
    clientSecret: Redacted.make(yield* needed("DINTERO_CLIENT_SECRET")),
    audience: yield* variable("DINTERO_AUDIENCE"),
    baseUrl: yield* variable("DINTERO_BASE_URL"),
    allowInsecure: (yield* variable("DINTERO_ALLOW_INSECURE")) === "true"
  }
})

/** Checks the credentials as the client does, and sends nothing. */
const connect = (given: Credentials) =>
  Effect.gen(function* () {
    if (given.accountId.startsWith("P")) {
      return yield* wrongUsage(
        `${Printable.text(given.accountId)} is a production account, which compare refuses: give a test account (T and 8 digits).`
      )
    }
    const context = yield* Layer.build(Dintero.layer(given)).pipe(
      Effect.mapError(({ issues }) =>
        wrongUsage(issues.map(({ message, path }) => `${variables[path] ?? path} cannot be used: ${message}.`).join("\n"))
      )
    )
    return Context.get(context, Connection).target
  })

const writeConfig = (path: string, config: Report.Report["embedded_config"]): Effect.Effect<void, CommandFailed> =>
  Effect.tryPromise({
    try: () => writeFile(path, `${JSON.stringify(config, undefined, 2)}\n`),
    catch: (error) =>
      new CommandFailed({ message: `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}` })
  })

/** Before anything is sent: a comparison takes minutes, and its result would be lost. */
const checkFolder = (path: string): Effect.Effect<void, CommandFailed> =>
  Effect.tryPromise({
    try: async () => {
      const folder = dirname(path)
      await access(folder, constants.W_OK)
      return (await stat(folder)).isDirectory()
    },
    catch: () => false
  }).pipe(
    Effect.merge,
    Effect.filterOrFail(
      (isUsable) => isUsable,
      () => wrongUsage(`${path} cannot be written: its folder does not exist, or this user may not write to it.`)
    ),
    Effect.asVoid
  )

const leftoversText = (leftovers: ReadonlyArray<Target.Leftover>): string =>
  leftovers.map(({ how, what }) => `Could not be undone: ${what}. By hand: ${how}\n`).join("")

/** Also when the command was interrupted, and so has no report. */
const tellLeftovers = (target: Target.Target): Effect.Effect<void> =>
  Effect.flatMap(target.leftovers, (leftovers) => Terminal.printError(leftoversText(leftovers)))

const targetOf = (given: Credentials, run: string) =>
  Effect.gen(function* () {
    const { baseUrl, client } = yield* connect(given)
    return yield* Target.make({ ...given, client, baseUrl, run }).pipe(
      Effect.mapError(({ reason }) => new CommandFailed({ message: `The account cannot be asked: ${reason}.` }))
    )
  })

const cleanUp = (given: Credentials, run: string) =>
  Effect.gen(function* () {
    const target = yield* targetOf(given, run)
    yield* Own.removeAll(target, run)
    const leftovers = yield* target.leftovers
    if (leftovers.length > 0) {
      return yield* new CommandFailed({ message: leftoversText(leftovers).trimEnd() })
    }
    yield* Terminal.print(`Nothing of ${run} is left.\n`)
  })

const compare = (given: Credentials, args: CompareArguments) =>
  Effect.gen(function* () {
    const run = `effect-dintero-compare-${randomBytes(5).toString("hex")}`
    const embedded = yield* Effect.flatMap(Manifest.read, (manifest) => Peers.load(manifest, "effect-dintero compare"))
    const config =
      args.config === undefined
        ? {}
        : yield* Effect.mapError(JsonFile.read("configuration", args.config, embedded.EmbeddedConfig.parse), ({ message }) =>
            wrongUsage(message)
          )
    if (args.embeddedConfig !== undefined) yield* checkFolder(args.embeddedConfig)
    const target = yield* targetOf(given, run)
    yield* Terminal.printError(
      `This run is ${run}. If it is killed, effect-dintero compare --cleanup ${run} removes what it has left.\n`
    )
    const twin = yield* Twin.make(embedded, target, run, config)
    const report = yield* Compare.run({
      service: target,
      embedded: twin.target,
      includeSettings: args.includeSettings,
      notes: twin.notes
    }).pipe(Effect.onInterrupt(() => tellLeftovers(target)))
    yield* Terminal.print(args.json ? `${Printable.json(Report.encode(report))}\n` : ReportText.text(report))
    if (args.embeddedConfig !== undefined) yield* writeConfig(args.embeddedConfig, report.embedded_config)
    const differences = report.rows.filter(({ verdict }) => verdict === "differ").length
    if (args.strict && differences > 0) {
      return yield* new CommandFailed({
        message: differences === 1 ? "There is 1 difference." : `There are ${differences} differences.`
      })
    }
  })

/** Compares the account with an embedded system, or removes what a run that was killed has left. */
export const run = (given: Credentials, args: CompareArguments): Effect.Effect<void, CommandFailed> =>
  (args.cleanup === undefined ? compare(given, args) : cleanUp(given, args.cleanup)).pipe(
    Effect.scoped,
    Effect.provide(FetchHttpClient.layer)
  )
