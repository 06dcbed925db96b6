/**
 * `effect-dintero serve`.
 */

import { stat } from "node:fs/promises"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import type * as Embedded from "../embedded.js"
import * as DatabaseName from "../layers/embedded/storage/DatabaseName.js"
import * as AdminToken from "./AdminToken.js"
import { hasLines, type ServeArguments } from "./Arguments.js"
import { CommandFailed } from "./CommandFailed.js"
import * as FirstCall from "./FirstCall.js"
import * as JsonFile from "./JsonFile.js"
import * as Log from "./Log.js"
import * as Manifest from "./Manifest.js"
import * as Peers from "./Peers.js"
import { plainLogger } from "./PlainLogger.js"
import * as RequestLog from "./RequestLog.js"
import * as SeedProgress from "./SeedProgress.js"
import * as Signals from "./Signals.js"
import * as Terminal from "./Terminal.js"

const hasContent = (path: string): Effect.Effect<boolean> =>
  // A path that cannot be used is reported where it is opened.
  Effect.orElseSucceed(
    Effect.tryPromise(() => stat(path)),
    () => undefined
  ).pipe(Effect.map((found) => found?.isFile() === true && found.size > 0))

/** Asks the system itself, because an account that it already had keeps its old secrets, whatever the seed says. */
const isRefused = (served: Embedded.DinteroEmbedded.Served, call: FirstCall.FirstCall): Effect.Effect<boolean> =>
  call.client_id === null || call.client_secret === null
    ? Effect.succeed(false)
    : HttpClientRequest.post(`${call.url}/v1/accounts/${call.account_id}/auth/token`).pipe(
        HttpClientRequest.basicAuth(call.client_id, call.client_secret),
        HttpClientRequest.bodyUnsafeJson({ grant_type: "client_credentials", audience: call.audience }),
        served.httpClient.execute,
        Effect.match({ onFailure: () => false, onSuccess: ({ status }) => status === 401 })
      )

const networkWarning = (host: string): string =>
  `--host ${host} offers this system to the network, and the secrets of the demo seed are public: use --seed with secrets of your own.`

const oldSecretsWarning = (db: string, call: FirstCall.FirstCall): string =>
  `${db} already has the account ${call.account_id}. It keeps the secrets of its first start, not those of this seed.`

const unknownSecretsWarning = (db: string): string =>
  `${db} has accounts whose secrets cannot be read back. To have them printed, use --seed with the seed that they came from.`

const remoteControlsWarning =
  "--remote-controls lets every machine that has the admin token read and change everything in this system, over a connection that is not encrypted."

const reproducibleWarning = (host: string): string =>
  `--host ${host} offers this system to the network, and with --reproducible anyone can compute its codes and sign its tokens.`

/** Runs the effect with a callback that reports the progress of the seed. */
const withProgress = <E, R>(
  log: Log.Log,
  run: (onSeeding: SeedProgress.SeedProgress["onSeeding"]) => Effect.Effect<Embedded.DinteroEmbedded.Served, E, R>
) =>
  Effect.suspend(() => {
    const { stderr } = process
    const progress = SeedProgress.make(
      () => performance.now(),
      (text) => Effect.runSync(log.say("notice", text)),
      stderr.isTTY === true && log.isText ? SeedProgress.rewriter((text) => void stderr.write(text)) : undefined
    )
    return run(progress.onSeeding).pipe(
      Effect.tap(({ url }) => Effect.sync(() => progress.listening(url))),
      Effect.ensuring(Effect.sync(progress.end))
    )
  })

/** The state of the seed file, taken before it is read. */
const watchOf = (path: string) =>
  Effect.gen(function* () {
    const SeedWatch = yield* Effect.promise(() => import("./SeedWatch.js"))
    return { SeedWatch, path, state: yield* SeedWatch.stateOf(path) }
  })

/** Requests got no answer, or not the whole of it, because their clients had stalled when the command was stopped. */
export class CutRequests extends Error {
  constructor(requests: number) {
    super(
      requests === 1
        ? "1 request was cut: its client neither sent the rest of it nor read its answer. --time-limits stop=SECONDS sets how long such a client is waited for."
        : `${requests} requests were cut: their clients neither sent the rest of them nor read their answers. --time-limits stop=SECONDS sets how long such clients are waited for.`
    )
  }
}

/** Runs until it is interrupted, and then finishes the requests that are being answered. */
export const serve = (args: ServeArguments): Effect.Effect<never, CommandFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const manifest = yield* Manifest.read
    const embedded = yield* Peers.load(manifest)
    const adminToken = yield* AdminToken.find(args.adminTokenFile, args.remoteControls)
    const readSeed = (path: string) =>
      path === "-" ? JsonFile.readInput("seed", embedded.Seed.parse) : JsonFile.read("seed", path, embedded.Seed.parse)
    // Loaded only when it is needed, to keep the start fast.
    const watching = args.watchSeed && args.seed !== undefined ? yield* watchOf(args.seed) : undefined
    const given =
      args.seed === undefined
        ? undefined
        : hasLines(args.seed)
          ? yield* JsonFile.readLines("seed", args.seed, embedded.SeedLines.read)
          : yield* readSeed(args.seed)
    const seed = given === undefined ? embedded.DinteroEmbedded.demoSeed : "rows" in given ? given.seed : given
    const faults =
      args.faults === undefined ? undefined : yield* JsonFile.read("fault script", args.faults, embedded.FaultScript.parse)
    const registers =
      args.registers === undefined ? undefined : yield* JsonFile.read("registers", args.registers, embedded.Registers.parse)
    const config =
      args.config === undefined ? {} : yield* JsonFile.read("configuration", args.config, embedded.EmbeddedConfig.parse)
    // A PostgreSQL database may have accounts already, also from another process that has just added them.
    const isShared = args.db !== undefined && DatabaseName.isPostgres(args.db)
    const isKept = args.db !== undefined && (isShared || (yield* hasContent(args.db)))

    let cut = 0
    // The end of the command comes after that of the system, so its failure can only be a defect.
    yield* Effect.addFinalizer(() => (cut === 0 ? Effect.void : Effect.die(new CutRequests(cut))))
    // These three end in the opposite order: the system answers its last requests, these are logged, and the log is written.
    const log = yield* Log.make(args)
    const requestLog = yield* RequestLog.make(log)
    const scope = yield* Effect.acquireRelease(Scope.make(), Scope.close)

    const served = yield* withProgress(log, (onSeeding) =>
      embedded.DinteroEmbedded.serve({
        ...config,
        seed: given,
        db: args.db === undefined ? undefined : Redacted.make(args.db),
        host: args.host,
        port: args.port,
        // An existing database is first asked whether it knows the seed's secrets, and a fault is not meant for that request.
        faults: isKept ? undefined : faults,
        registers,
        strict: args.strict,
        guessing: args.limitGuessing ? "limited" : undefined,
        // A flag comes before the file.
        refreshTokens: args.rotateRefreshTokens ? { rotation: "strict" } : config.refreshTokens,
        reproducible: args.reproducible,
        adminToken,
        remoteControls: args.remoteControls,
        timeLimits: args.timeLimits,
        onCut: (requests) => {
          cut = requests
        },
        onSeeding: args.quiet ? undefined : onSeeding
      })
    ).pipe(
      Effect.mapError(({ message }) => new CommandFailed({ message })),
      Scope.extend(scope),
      log.isText ? (effect) => effect : Effect.provide(Logger.replace(plainLogger, log.logger))
    )
    // Logged only if stopping takes longer than a moment.
    yield* Scope.addFinalizer(
      scope,
      log
        .say("notice", "Finishing the requests that are being answered. Press Ctrl-C again to stop at once.")
        .pipe(Effect.delay(Duration.millis(Signals.sameMillis)), Effect.forkDaemon)
    )

    const listening = { url: served.url, adminToken: Redacted.value(served.adminToken) }
    const expected = FirstCall.make(listening, seed, embedded.Seed.firstClient(seed), embedded.DinteroEmbedded)
    const isOthers = args.db !== undefined && isKept && (yield* isRefused(served, expected))
    if (log.hasRequests) yield* requestLog.follow(served, isKept ? yield* served.journal.list() : [], isShared)
    if (isKept && faults !== undefined) {
      yield* Effect.mapError(served.faults.script(faults), ({ message }) => new CommandFailed({ message }))
    }
    // Without a seed, the secrets of a database that was not made from the demo are unknown.
    const call =
      isOthers && given === undefined
        ? FirstCall.make(listening, { accounts: [] }, undefined, embedded.DinteroEmbedded)
        : expected
    const isOffered = !FirstCall.isLoopback(args.host)
    const warnings = [
      ...(given === undefined && !isOthers && isOffered ? [networkWarning(args.host)] : []),
      ...(args.reproducible !== undefined && isOffered ? [reproducibleWarning(args.host)] : []),
      ...(args.remoteControls ? [remoteControlsWarning] : []),
      ...(args.db !== undefined && isOthers
        ? [(given === undefined ? unknownSecretsWarning : oldSecretsWarning)(DatabaseName.nameOf(args.db), call)]
        : [])
    ]
    const circumstances = { version: manifest.version, db: args.db, isKept }
    yield* Terminal.print(
      args.json
        ? `${JSON.stringify(call)}\n`
        : args.quiet
          ? FirstCall.line(call, circumstances)
          : FirstCall.text(call, circumstances, yield* Terminal.hasColour(process.stdout))
    )
    yield* Effect.forEach(warnings, (warning) => log.say("warning", warning), { discard: true })
    if (watching === undefined) return yield* Effect.never
    return yield* watching.SeedWatch.watch({
      path: watching.path,
      seed,
      state: watching.state,
      read: readSeed(watching.path),
      replace: (changed) => served.accounts.seed(changed, { replace: true }),
      say: log.say
    })
  })
