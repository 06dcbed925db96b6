/**
 * Dintero's Customers and Auth APIs as an embedded system: the documented rules over a SQL database, in process or on a port.
 *
 * @since 0.1.0
 */
import { randomBytes } from "node:crypto"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Tracer from "effect/Tracer"
import { operations } from "../../contract/Contract.js"
import { version } from "../../internal/Version.js"
import type { Issue } from "../../schemas/DinteroError.js"
import type { AccessTokens } from "../../services/AccessTokens.js"
import type { Auth } from "../../services/Auth.js"
import type { Customers } from "../../services/Customers.js"
import * as Dintero from "../Dintero.js"
import type { Connection } from "../http/Connection.js"
import * as AccountsControl from "./controls/accounts/AccountsControl.js"
import type { Controls } from "./controls/Controls.js"
import * as EmbeddedClock from "./controls/clock/EmbeddedClock.js"
import * as FaultScript from "./controls/faults/FaultScript.js"
import * as Faults from "./controls/faults/Faults.js"
import * as Journal from "./controls/journal/Journal.js"
import * as Outbox from "./controls/outbox/Outbox.js"
import * as Assumed from "./rooms/Assumed.js"
import * as ClientRules from "./rooms/clients/ClientRules.js"
import type { SeedProgress } from "./rooms/customers/CustomerSeed.js"
import * as Handlers from "./rooms/Handlers.js"
import type * as CustomerLogins from "./rooms/logins/CustomerLogins.js"
import * as GuessingRules from "./rooms/logins/GuessingRules.js"
import * as PasswordHashing from "./rooms/logins/PasswordHashing.js"
import * as Registers from "./rooms/lookups/Registers.js"
import * as PasswordlessRules from "./rooms/passwordless/PasswordlessRules.js"
import * as RefreshTokenRules from "./rooms/sessions/RefreshTokenRules.js"
import * as SigningKeys from "./rooms/signing/SigningKeys.js"
import * as Tables from "./rooms/Tables.js"
import { decodedDemoSeed, demoSeed } from "./seed/DemoSeed.js"
import * as Seed from "./seed/Seed.js"
import type * as SeedLines from "./seed/SeedLines.js"
import type { ApiRequest } from "./serving/ApiRequest.js"
import * as ApiResponse from "./serving/ApiResponse.js"
import * as ContractServer from "./serving/ContractServer.js"
import * as InProcessClient from "./serving/InProcessClient.js"
import * as KnownAnswers from "./serving/KnownAnswers.js"
import * as Outcome from "./serving/Outcome.js"
import * as TimeLimits from "./serving/TimeLimits.js"
import * as DatabaseName from "./storage/DatabaseName.js"
import * as Migrations from "./storage/Migrations.js"
import { unusable, unusableBecause } from "./storage/Unusable.js"
import * as AtOnce from "./system/AtOnce.js"
import { makeGate } from "./system/Closed.js"
import { type EmbeddedMakeError, type EmbeddedStartError, InvalidSeed } from "./system/EmbeddedStartError.js"
import * as Entropy from "./system/Entropy.js"
import * as Services from "./system/Services.js"

export type {
  /**
   * @since 0.1.0
   * @category models
   */
  ConnectOptions
} from "./controls/http/RemoteControls.js"
export {
  /**
   * @since 0.1.0
   * @category errors
   */
  ControlsUnavailable,
  /**
   * @since 0.1.0
   * @category constructors
   */
  connect
} from "./controls/http/RemoteControls.js"
export type {
  /**
   * @since 0.1.0
   * @category models
   */
  SeedProgress
} from "./rooms/customers/CustomerSeed.js"
export type {
  /**
   * @since 0.1.0
   * @category models
   */
  WrongCredentialStatus
} from "./rooms/logins/CustomerLogins.js"
export {
  /**
   * @since 0.1.0
   * @category constants
   */
  demoPassword,
  /**
   * @since 0.1.0
   * @category constants
   */
  demoSeed
} from "./seed/DemoSeed.js"
export type {
  /**
   * @since 0.1.0
   * @category errors
   */
  EmbeddedMakeError,
  /**
   * @since 0.1.0
   * @category errors
   */
  EmbeddedStartError
} from "./system/EmbeddedStartError.js"
export {
  /**
   * @since 0.1.0
   * @category errors
   */
  InvalidRegisters,
  /**
   * @since 0.1.0
   * @category errors
   */
  InvalidSeed,
  /**
   * @since 0.1.0
   * @category errors
   */
  PortUnavailable,
  /**
   * @since 0.1.0
   * @category errors
   */
  UnusableDatabase
} from "./system/EmbeddedStartError.js"

/**
 * - `seed`: the accounts of a new database. By default {@link demoSeed}, if the database has no account yet. Accounts that exist already stay as
 *   they are. A seed of a great many customers can be read line by line (`SeedLines`).
 * - `db`: the path of a SQLite file, or the URL of a PostgreSQL database (`postgres://…`, wrapped in `Redacted` if it has a password). Any number
 *   of processes can share a PostgreSQL database, which needs `@effect/sql-pg`. By default the database is in memory: it ends with the scope and
 *   is shared with no other system. A database of an earlier release is brought up to date, after a copy of its file was made.
 * - `passwordHashing`: the cost of a password hash. `PasswordHashing.secure` by default, about 200 ms for each login.
 * - `hints`: whether a refusal has the header `x-effect-dintero-hint`, which tells a developer the reason. True by default. The journal, the log
 *   and the page always show it. The client never reads it.
 * - `wrongCredentialStatus`: the status for a wrong password or code. 403 by default (assumed: wrong-credential-answer).
 * - `guessing`: whether wrong passwords and codes make a customer wait: `limited`, or limits of your own. `unlimited` by default
 *   (assumed: guessing-limits).
 * - `passwordless`: how often login codes are sent to one email: `limited`, or limits of your own. `unlimited` by default
 *   (assumed: passwordless-rate-limit).
 * - `refreshTokens`: the rotation and the lifetime of refresh tokens. By default there is no rotation, and they do not expire
 *   (assumed: refresh-token-rotation, refresh-token-life).
 * - `clients`: how long the old secret of an API client works after a rotation. By default it is refused at once (assumed: rotated-secret).
 * - `assumed`: what the system does where it is not known what the service does. By default as `docs/assumptions.md` says.
 * - `registers`: the organizations and postal places that the look-ups find. Those that are left out are those of `Registers.publicFacts`, which has a
 *   few of Norway and Denmark.
 * - `faults`: the fault script at the start. None by default.
 * - `strict`: whether the close of the scope fails when there were requests for no operation. It fails with a defect, so that no error channel can
 *   hide it. False by default.
 * - `reproducible`: a text from which every id, code and secret of the system follows. Time starts on 1 January 2026 and stands still until it is
 *   moved, by the controls or by a `TestClock`. The same calls on the same data then get the same answers, byte for byte. Not with PostgreSQL.
 *   INSECURE, for tests and demonstrations: the signing key is published with this package.
 * - `onSeeding`: is called with the progress of the seed, at the start and whenever it changes. Hashing a password takes about 200 ms of a thread.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly seed?: Seed.Seed | SeedLines.SeedLines | undefined
  readonly db?: string | Redacted.Redacted | undefined
  readonly passwordHashing?: PasswordHashing.PasswordHashing | undefined
  readonly hints?: boolean | undefined
  readonly wrongCredentialStatus?: CustomerLogins.WrongCredentialStatus | undefined
  readonly guessing?: GuessingRules.Options | undefined
  readonly passwordless?: PasswordlessRules.Options | undefined
  readonly refreshTokens?: RefreshTokenRules.Options | undefined
  readonly clients?: ClientRules.Options | undefined
  readonly assumed?: Assumed.Options | undefined
  readonly registers?: Registers.Registers | undefined
  readonly faults?: FaultScript.FaultScript | undefined
  readonly strict?: boolean | undefined
  readonly reproducible?: string | undefined
  readonly onSeeding?: ((progress: SeedProgress) => void) | undefined
}

/**
 * A running system.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddedService extends Controls {
  /** The API under `/v1`, for any server that runs an `HttpApp`. Returns 503 after the system's scope is closed. */
  readonly app: HttpApp.Default
  /** The API without a server. After the system's scope is closed, requests fail with a `RequestError` (`Transport`). */
  readonly httpClient: HttpClient.HttpClient
  /** Counts the hashes that were computed. */
  readonly passwordHasher: PasswordHashing.PasswordHasherService
}

/**
 * @since 0.1.0
 * @category services
 */
export class Embedded extends Context.Tag("effect-dintero/embedded/Embedded")<Embedded, EmbeddedService>() {}

const isLines = (seed: Options["seed"]): seed is SeedLines.SeedLines => seed !== undefined && "rows" in seed

/** Without the customers that are read line by line. */
const seedOf = ({ seed }: Options): Seed.Seed | undefined => (isLines(seed) ? seed.seed : seed)

const apiRequestOf = ({ headers, method, source, url }: HttpServerRequest.HttpServerRequest): ApiRequest => ({
  headers,
  method,
  source,
  url,
  isServed: true
})

/** The system, with what a server needs besides it. */
const start = (options: Options) =>
  Effect.gen(function* () {
    // Checked before a file is created.
    const given = seedOf(options)
    const seed = yield* given === undefined
      ? decodedDemoSeed(options.passwordHashing ?? PasswordHashing.secure)
      : Seed.decode(given)
    if (options.faults !== undefined) yield* FaultScript.decode(options.faults)
    const registers = options.registers === undefined ? Registers.publicFacts : yield* Registers.decode(options.registers)
    const db = options.db ?? DatabaseName.memory
    const name = DatabaseName.nameOf(db)
    if (options.reproducible !== undefined && DatabaseName.isPostgres(db)) return yield* unusable(name, notReproducible)
    const keys = keySourceOf(options)
    // In the background, so that the start does not wait for the key. The first token reports a failure.
    if (keys !== SigningKeys.generated) yield* Effect.sync(() => void keys().catch(() => undefined))
    const context = yield* Services.make({
      assumed: Assumed.make(options.assumed),
      clients: ClientRules.make(options.clients),
      db,
      entropy: options.reproducible === undefined ? Effect.succeed(Entropy.ofSystem) : Entropy.ofSeed(options.reproducible),
      guessing: GuessingRules.make(options.guessing),
      keys,
      passwordHashing: options.passwordHashing ?? PasswordHashing.secure,
      passwordless: PasswordlessRules.make(options.passwordless),
      refreshTokens: RefreshTokenRules.make(options.refreshTokens),
      registers,
      startsAtKnownTime: options.reproducible !== undefined,
      wrongCredentialStatus: options.wrongCredentialStatus ?? 403
    })
    const clock = Context.get(context, EmbeddedClock.EmbeddedClock)
    const accounts = Context.get(context, AccountsControl.AccountsControl)
    yield* Effect.provide(Migrations.migrate(name, Tables.all), context)
    // A database that has accounts does not get the public demo account.
    const more = isLines(options.seed) ? yield* options.seed.rows : undefined
    yield* accounts.start(seed, { more, onlyIfEmpty: options.seed === undefined, onProgress: options.onSeeding }).pipe(
      Effect.catchTag("SqlError", (error) => Effect.fail(unusableBecause(name, error.cause))),
      clock.within
    )
    const faults = Context.get(context, Faults.Faults)
    if (options.faults !== undefined) yield* faults.script(options.faults)
    const journal = Context.get(context, Journal.Journal)
    if (options.strict === true) yield* Effect.addFinalizer(() => Effect.orDie(journal.verify))
    // Made last and so closed first: requests end before the database is closed.
    const { beginClosing, closing, isOpen, whileOpen } = yield* makeGate
    const known = Context.get(context, KnownAnswers.KnownAnswers)
    let made: ContractServer.Contract | undefined
    const makeContract = Effect.map(
      Effect.flatMap(Handlers.make, (handlers) =>
        ContractServer.make(operations, handlers, closing, { hints: options.hints ?? true })
      ),
      // Another request may have made it meanwhile.
      (contract) => (made ??= contract)
    ).pipe(Effect.provide(context))
    /** Made at the first request: a process can have many systems that get none. */
    const contract: ContractServer.ContractApp = (request) =>
      made === undefined ? Effect.flatMap(makeContract, ({ answer }) => answer(request)) : made.answer(request)
    /** Without a fiber, since the effects of a request take most of its time. `base`: the clock of the caller. */
    const again = (request: ApiRequest, base: Clock.Clock): Outcome.Outcome | undefined => {
      if (!isOpen()) return undefined
      const now = clock.nowOver(base)
      const response = known.again(request, now)
      return response && Outcome.dated(Outcome.answered(response), now)
    }
    const outcomeOf: ContractServer.ContractApp = (request) =>
      Effect.clockWith((base) => {
        const answer = again(request, base)
        return answer === undefined
          ? clock.within(Effect.zipWith(contract(request), Clock.currentTimeMillis, Outcome.dated))
          : Effect.succeed(answer)
      })
    const outbox = Context.get(context, Outbox.Outbox)
    const closed = Outcome.answered(ApiResponse.closed)
    const answer: ContractServer.ContractApp = (request) =>
      Effect.catchAll(whileOpen(outcomeOf(request)), () => Effect.succeed(closed))
    /** Begins before the effect is run, unless several processes share the clock, which then has to be read. */
    const begin = (request: ApiRequest, base: Clock.Clock): Effect.Effect<Outcome.Outcome> => {
      if (made === undefined || clock.isShared || !isOpen()) return answer(request)
      const known = again(request, base)
      if (known !== undefined) return Exit.succeed(known)
      const now = () => clock.nowOver(base)
      const begun = made.begin(request, now)
      return AtOnce.resultOf(begun) === undefined
        ? Effect.catchAll(whileOpen(clock.within(Effect.zipWith(begun, Clock.currentTimeMillis, Outcome.dated))), () =>
            Effect.succeed(closed)
          )
        : AtOnce.map(begun, (outcome) => Outcome.dated(outcome, now()))
    }
    const service: EmbeddedService = {
      app: Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
        Effect.flatMap(answer(apiRequestOf(request)), (outcome) => Outcome.onSocket(request, outcome))
      ),
      httpClient: InProcessClient.make(outcomeOf, whileOpen),
      passwordHasher: Context.get(context, PasswordHashing.PasswordHasher),
      clock,
      outbox,
      faults,
      journal,
      accounts,
      keys: {
        rotate: Effect.orDie(clock.within(Context.get(context, SigningKeys.SigningKeys).rotate))
      }
    }
    return {
      ...service,
      answer,
      begin,
      nowOver: clock.nowOver,
      beginClosing: Effect.zipRight(beginClosing, outbox.end),
      closing,
      streams: {
        requests: journal.told,
        messages: outbox.sent,
        clock: clock.changes,
        faults: faults.changes,
        accounts: accounts.changes
      }
    }
  })

const importServer = async () => {
  const NodeServer = await import("./serving/NodeServer.js")
  return { NodeServer, ServedApp: await import("./serving/ServedApp.js") }
}

let server: ReturnType<typeof importServer> | undefined

/** Imported at the first use, so that a system in process needs no server. One after the other, since Jest cannot link two imports at a time (its issue 11434). */
const loadServer = () => {
  server ??= importServer()
  return server
}

/** Two reproducible processes would make the same ids and tokens. */
const notReproducible = "a reproducible system needs a database of its own, in memory or in a SQLite file"

/** A system in memory does not outlive its process, so all of them can share a key. */
const keySourceOf = ({ db = DatabaseName.memory, reproducible }: Options): SigningKeys.KeySource =>
  reproducible !== undefined ? SigningKeys.reproducible : db === DatabaseName.memory ? SigningKeys.shared : SigningKeys.generated

/**
 * Starts a system that runs until the scope closes.
 *
 * Errors:
 * - `InvalidSeed`: the seed does not fit, or repeats a value that must be unique. Every wrong field is named
 * - `InvalidFaultScript`: the fault script does not fit. Every wrong field is named
 * - `InvalidRegisters`: the registers do not fit. Every wrong entry is named
 * - `UnusableDatabase`: the database cannot be opened, belongs to another program, or has a version that cannot be read
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<EmbeddedService, EmbeddedMakeError, Scope.Scope> =>
  Effect.map(
    start(options),
    ({ answer: _1, begin: _2, beginClosing: _3, closing: _4, nowOver: _5, streams: _6, ...service }) => service
  )

/**
 * A system as a layer. Each call makes another layer, and so another system. Keep the layer in a constant to share the system.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEmbedded = (options: Options = {}): Layer.Layer<Embedded, EmbeddedMakeError> =>
  Layer.scoped(Embedded, make(options))

/**
 * The `HttpClient` of a system, as the transport of a `Dintero.layer` of your own. The host of a request is ignored.
 *
 * @example
 * ```ts
 * import { Dintero } from "effect-dintero"
 * import { DinteroEmbedded } from "effect-dintero/embedded"
 * import { Layer, Redacted } from "effect"
 *
 * const DinteroTest = Dintero.layer({
 *   accountId: "T12345678",
 *   clientId: "demo-client",
 *   clientSecret: Redacted.make("this-demo-secret-is-public-and-protects-nothing")
 * }).pipe(
 *   Layer.provide(DinteroEmbedded.layerHttpClient),
 *   Layer.provideMerge(DinteroEmbedded.layerEmbedded())
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHttpClient: Layer.Layer<HttpClient.HttpClient, never, Embedded> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(Embedded, (embedded) => embedded.httpClient)
)

/** `Auth`, `Customers`, `AccessTokens` and `Connection` for a seed's first API client. */
const layerServices = (
  seed: Seed.Seed
): Layer.Layer<Auth | Customers | AccessTokens | Connection, InvalidSeed, HttpClient.HttpClient> =>
  Layer.unwrapEffect(
    Effect.gen(function* () {
      const client = Seed.firstClient(seed)
      if (client === undefined) {
        return yield* new InvalidSeed({
          message: `The seed is not valid: ${noClient.path}: ${noClient.message}.`,
          issues: [noClient]
        })
      }
      const { accountId, audience, clientId, clientSecret } = client
      return Dintero.layer({ accountId, audience, clientId, clientSecret: Redacted.make(clientSecret) })
    })
  ).pipe(
    // A seed can have ids, secrets and audiences that the client does not accept. Then the seed is at fault.
    Layer.catchAll((error) =>
      Layer.fail(
        error._tag === "InvalidSeed"
          ? error
          : new InvalidSeed({ message: `The seed is not valid for a client: ${error.message}.`, issues: error.issues })
      )
    )
  )

const noClient: Issue = {
  path: "accounts[0].clients",
  message:
    "expected a client with a grant of type client_credentials or any, for which Auth and Customers are provided (layerEmbedded needs none)"
}

/**
 * A system in process. Provides `Auth`, `Customers` and `AccessTokens` for the first API client of its seed that can get a token, and `Embedded`.
 * It provides no `HttpClient`, so that the application keeps its own. For a `Dintero.layer` of your own against this system, use
 * {@link layerHttpClient}.
 *
 * Errors: those of {@link make}, and `InvalidSeed` for a seed without an API client.
 *
 * @example
 * ```ts
 * import { Customers } from "effect-dintero"
 * import { DinteroEmbedded } from "effect-dintero/embedded"
 * import { Effect } from "effect"
 *
 * const settings = Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
 *   Effect.provide(DinteroEmbedded.layer())
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options = {}
): Layer.Layer<Auth | Customers | AccessTokens | Connection | Embedded, EmbeddedMakeError> =>
  layerServices(seedOf(options) ?? demoSeed).pipe(Layer.provide(layerHttpClient), Layer.provideMerge(layerEmbedded(options)))

/**
 * - `port`: 0 by default, which takes a free port
 * - `host`: `127.0.0.1` by default. An IPv6 address can have brackets. The demo seed's secrets are public, so do not offer it to a network.
 * - `adminToken`: the token for the controls under `/_embedded`. Random by default.
 * - `remoteControls`: whether other machines can use the controls, with the token. False by default.
 * - `timeLimits`: how long the server waits for a client to send a request and to read its answer, and when it stops. By default 10 seconds for
 *   the headers, 30 for the body, 60 for all, and 10 at the end.
 * - `maximumListeners`: how many listeners can follow the events at a time. 2,000 by default. One more gets a 503.
 * - `onCut`: is called when the scope closes, with the number of requests that were cut because their clients had stalled. Not when there are none.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServeOptions extends Options {
  readonly port?: number | undefined
  readonly host?: string | undefined
  readonly adminToken?: Redacted.Redacted | undefined
  readonly remoteControls?: boolean | undefined
  readonly timeLimits?: TimeLimits.Options | undefined
  readonly onCut?: ((requests: number) => void) | undefined
  readonly maximumListeners?: number | undefined
}

/** Enough for every test and page of a team. Each takes some 30 KiB. */
const defaultListeners = 2_000

/**
 * @since 0.1.0
 * @category models
 */
export interface Served extends EmbeddedService {
  /** The origin, such as `http://127.0.0.1:4711`. The API is under `/v1`, the inspector page at `/`, and the documentation at `/docs`. */
  readonly url: string
  /** The token for the controls under `/_embedded`, for {@link connect}, and for the page, after `#token=`. */
  readonly adminToken: Redacted.Redacted
  /** The seed that was given, without customers that were read line by line, or {@link demoSeed}. Accounts that existed already were not changed by it. */
  readonly seed: Seed.Seed
}

/** The tracer of a program that has none. */
const untraced = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/**
 * A system on a port, until the scope closes. Then it accepts no more connections, and finishes the open requests: it waits for the answers that
 * are being made for as long as they take, and for clients that stall as long as `timeLimits.stop`.
 *
 * Needs `@effect/platform-node`. Errors: those of {@link make}, and `PortUnavailable`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const serve = (options: ServeOptions = {}): Effect.Effect<Served, EmbeddedStartError, Scope.Scope> =>
  Effect.gen(function* () {
    // Checked before a file is created.
    const limits = TimeLimits.make(options.timeLimits)
    const { maximumListeners = defaultListeners } = options
    if (!(Number.isSafeInteger(maximumListeners) && maximumListeners >= 0)) {
      throw new RangeError("maximumListeners: give a whole number from 0 on.")
    }
    const { answer, begin, beginClosing, closing, nowOver, streams, ...embedded } = yield* start(options)
    const { NodeServer, ServedApp } = yield* Effect.promise(loadServer)
    // Never from the reproducible entropy: the ids of a system must be the same whether or not it is served.
    const adminToken = options.adminToken ?? Redacted.make(randomBytes(32).toString("base64url"))
    const app = yield* ServedApp.make(
      embedded.app,
      {
        controls: embedded,
        streams,
        maximumListeners,
        about: { version, database: DatabaseName.nameOf(options.db ?? DatabaseName.memory) },
        adminToken,
        closing
      },
      options.remoteControls === true
    )
    // Whoever traces gets the spans of the statements, which only effects have.
    const isTraced = (yield* Effect.tracer) !== untraced
    const url = yield* NodeServer.serve(
      app,
      { isFor: ServedApp.isForApi, begin: isTraced ? answer : begin, now: nowOver },
      {
        host: options.host ?? "127.0.0.1",
        port: options.port ?? 0,
        limits,
        hints: options.hints ?? true,
        onCut: options.onCut ?? (() => undefined)
      }
    )
    // Before the server waits for open responses: a stream of events would never end, and a wait for a message would delay the close.
    yield* Effect.addFinalizer(() => beginClosing)
    return { ...embedded, url, adminToken, seed: seedOf(options) ?? demoSeed }
  })
