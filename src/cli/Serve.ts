/**
 * `effect-dintero serve`.
 */

import { stat } from "node:fs/promises"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Embedded from "../embedded.js"
import type { ServeArguments } from "./Arguments.js"
import { CommandFailed } from "./CommandFailed.js"
import * as FirstCall from "./FirstCall.js"
import * as Manifest from "./Manifest.js"
import * as Peers from "./Peers.js"
import * as SeedFile from "./SeedFile.js"
import * as Terminal from "./Terminal.js"

const hasContent = (path: string): Effect.Effect<boolean> =>
  // What is wrong with a path is said where it is opened.
  Effect.orElseSucceed(
    Effect.tryPromise(() => stat(path)),
    () => undefined
  ).pipe(Effect.map((found) => found?.isFile() === true && found.size > 0))

/** Asks the system itself, since what it holds is not what the seed says when the account was there before. */
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
  `Warning: --host ${host} offers this system to the network, and the secrets of the demo seed are public: use --seed with secrets of your own.\n`

const oldSecretsWarning = (db: string, call: FirstCall.FirstCall): string =>
  `Warning: ${db} had the account ${call.account_id} already: its stored secrets are those of its first start, not those of this seed.\n`

const unknownSecretsWarning = (db: string): string =>
  `Warning: ${db} holds accounts of its own, whose secrets cannot be read back: use --seed with the seed that they are from to have them printed.\n`

/** Said only to whoever waits long enough to wonder. */
const tellWhenSlow = Effect.addFinalizer(() =>
  Terminal.printError("Finishing what is being answered. Ctrl-C again stops at once.\n").pipe(
    Effect.delay(Duration.millis(500)),
    Effect.forkDaemon
  )
)

/** Runs until it is interrupted; then finishes the requests that it is answering. */
export const serve = (args: ServeArguments): Effect.Effect<never, CommandFailed, Scope.Scope> =>
  Effect.gen(function* () {
    const manifest = yield* Manifest.read
    const embedded = yield* Peers.load(manifest)
    const given = args.seed === undefined ? undefined : yield* SeedFile.read(args.seed, embedded)
    const seed = given ?? embedded.DinteroEmbedded.demoSeed
    const isKept = args.db !== undefined && (yield* hasContent(args.db))

    const served = yield* embedded.DinteroEmbedded.serve({ seed: given, db: args.db, host: args.host, port: args.port }).pipe(
      Effect.mapError(({ message }) => new CommandFailed({ message }))
    )
    yield* tellWhenSlow

    const expected = FirstCall.make(served.url, seed, embedded.Seed.firstClient(seed), embedded.DinteroEmbedded)
    const isOthers = args.db !== undefined && isKept && (yield* isRefused(served, expected))
    // Without a seed, a database that is not the demo's has secrets that nobody told us.
    const call =
      isOthers && given === undefined
        ? FirstCall.make(served.url, { accounts: [] }, undefined, embedded.DinteroEmbedded)
        : expected
    const warnings = [
      ...(given === undefined && !isOthers && !FirstCall.isLoopback(args.host) ? [networkWarning(args.host)] : []),
      ...(args.db !== undefined && isOthers
        ? [given === undefined ? unknownSecretsWarning(args.db) : oldSecretsWarning(args.db, call)]
        : [])
    ]
    yield* Terminal.print(
      args.json
        ? `${JSON.stringify(call)}\n`
        : FirstCall.text(call, { version: manifest.version, db: args.db, isKept }, yield* Terminal.hasColour)
    )
    yield* Effect.forEach(warnings, Terminal.printError, { discard: true })
    return yield* Effect.never
  })
