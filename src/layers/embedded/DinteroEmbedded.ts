/**
 * Dintero's Customers and Auth APIs without Dintero: the documented rules over a SQL database, in process or on a port.
 *
 * @since 0.1.0
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { operations } from "../../contract/DinteroApi.js"
import type { Issue } from "../../schemas/DinteroError.js"
import type { AccessTokens } from "../../services/AccessTokens.js"
import type { Auth } from "../../services/Auth.js"
import type { Customers } from "../../services/Customers.js"
import * as Dintero from "../Dintero.js"
import * as AccessTokenIssuer from "./AccessTokenIssuer.js"
import * as Accounts from "./Accounts.js"
import * as ApiClients from "./ApiClients.js"
import * as Authorization from "./Authorization.js"
import { makeGate } from "./Closed.js"
import * as ContractServer from "./ContractServer.js"
import * as CustomerLogins from "./CustomerLogins.js"
import * as CustomerRecords from "./CustomerRecords.js"
import * as Outbox from "./controls/Outbox.js"
import { demoSeed, demoSeedFor } from "./DemoSeed.js"
import { type EmbeddedStartError, InvalidSeed, type UnusableDatabase } from "./EmbeddedStartError.js"
import * as Entropy from "./Entropy.js"
import * as Handlers from "./handlers/Handlers.js"
import * as InProcessClient from "./InProcessClient.js"
import * as OneTimeCodes from "./OneTimeCodes.js"
import * as PasswordHashing from "./PasswordHashing.js"
import * as Seed from "./Seed.js"
import * as Seeding from "./Seeding.js"
import * as SigningKeys from "./SigningKeys.js"
import * as Sqlite from "./Sqlite.js"
import * as StoredTokens from "./StoredTokens.js"
import * as Tables from "./Tables.js"

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
} from "./DemoSeed.js"

export type {
  /**
   * @since 0.1.0
   * @category errors
   */
  EmbeddedStartError
} from "./EmbeddedStartError.js"

export {
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
} from "./EmbeddedStartError.js"

/**
 * - `seed`: what a new database starts with; {@link demoSeed} unless told otherwise, if there is no account yet. Accounts that are
 *   there already stay as they are.
 * - `db`: path of a SQLite file. In memory unless told otherwise: gone when the scope closes, and shared with nobody.
 * - `passwordHashing`: what a password hash costs. `PasswordHashing.secure` unless told otherwise, about 200 ms for each login.
 * - `wrongCredentialStatus`: the status for a wrong password or code. 403 unless told otherwise (assumed; API reference, 10, U40).
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly seed?: Seed.Seed | undefined
  readonly db?: string | undefined
  readonly passwordHashing?: PasswordHashing.PasswordHashing | undefined
  readonly wrongCredentialStatus?: CustomerLogins.WrongCredentialStatus | undefined
}

/**
 * A running system.
 *
 * @since 0.1.0
 * @category models
 */
export interface EmbeddedService {
  /** Answers every request, the API under `/v1`; for any server that runs an `HttpApp`. After the system's scope is closed: 503. */
  readonly app: HttpApp.Default
  /** The same without a server. After the system's scope is closed, requests fail with a `RequestError` (`Transport`). */
  readonly httpClient: HttpClient.HttpClient
  /** With the number of hashes that were computed. */
  readonly passwordHasher: PasswordHashing.PasswordHasherService
}

/**
 * @since 0.1.0
 * @category services
 */
export class Embedded extends Context.Tag("effect-dintero/embedded/Embedded")<Embedded, EmbeddedService>() {}

/** Everything that the handlers work with. */
const services = (options: Options, db: string, source: SigningKeys.KeySource) => {
  const machine = Layer.mergeAll(
    Sqlite.layer(db),
    Outbox.layer,
    Layer.provideMerge(
      Layer.effect(PasswordHashing.PasswordHasher, PasswordHashing.make(options.passwordHashing ?? PasswordHashing.secure)),
      Entropy.layer
    )
  )
  const stores = Layer.mergeAll(
    Accounts.layer,
    ApiClients.layer,
    CustomerRecords.layer,
    StoredTokens.layer,
    OneTimeCodes.layer,
    Layer.provideMerge(AccessTokenIssuer.layer, SigningKeys.layer(source))
  )
  const rules = Layer.mergeAll(Authorization.layer, CustomerLogins.layer(options.wrongCredentialStatus ?? 403))
  return rules.pipe(Layer.provideMerge(stores), Layer.provideMerge(machine))
}

/**
 * Starts a system that runs until the scope closes.
 *
 * Errors:
 * - `InvalidSeed`: the seed does not fit, or repeats what has to be unique; every wrong field is named
 * - `UnusableDatabase`: the file cannot be opened, is not one of this system, or is of another version
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: Options = {}): Effect.Effect<EmbeddedService, InvalidSeed | UnusableDatabase, Scope.Scope> =>
  Effect.gen(function* () {
    // Before a file is made for it.
    const seed = yield* Seed.decode(options.seed ?? demoSeedFor(options.passwordHashing ?? PasswordHashing.secure))
    const db = options.db ?? Sqlite.memory
    const isMemory = db === Sqlite.memory
    // In the background: start does not wait for the key, and what goes wrong with it the first token will say.
    if (isMemory) yield* Effect.sync(() => void SigningKeys.shared().catch(() => undefined))
    const context = yield* Layer.build(services(options, db, isMemory ? SigningKeys.shared : SigningKeys.generated))
    yield* Tables.create(db).pipe(
      Effect.zipRight(
        // A database that somebody made does not get the public demo account on top.
        Effect.catchTag(options.seed === undefined ? Seeding.applyToEmpty(seed) : Seeding.apply(seed), "SqlError", (error) =>
          Effect.fail(Sqlite.unusableBecause(db, error.cause))
        )
      ),
      Effect.provide(context)
    )
    const app = yield* Effect.flatMap(Handlers.make, (handlers) => ContractServer.make(operations, handlers)).pipe(
      Effect.provide(context)
    )
    // The last to be made is the first to close: requests end before the database does.
    const whileOpen = yield* makeGate
    return {
      app: Effect.catchTag(whileOpen(app), "Closed", () => Effect.succeed(HttpServerResponse.empty({ status: 503 }))),
      httpClient: InProcessClient.make(app, whileOpen),
      passwordHasher: Context.get(context, PasswordHashing.PasswordHasher)
    }
  })

/**
 * A system as a layer. Like every function that makes a layer it makes another one at each call: keep the result to share it.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerEmbedded = (options: Options = {}): Layer.Layer<Embedded, InvalidSeed | UnusableDatabase> =>
  Layer.scoped(Embedded, make(options))

/**
 * The `HttpClient` of a system.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerHttpClient: Layer.Layer<HttpClient.HttpClient, never, Embedded> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(Embedded, (embedded) => embedded.httpClient)
)

/** The client of a seed's first API client, against the `HttpClient` that it is given. */
const layerServices = (seed: Seed.Seed): Layer.Layer<Auth | Customers | AccessTokens, InvalidSeed, HttpClient.HttpClient> =>
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
    // A seed may hold ids, secrets and audiences that no client can use; then it is the seed that does not fit.
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
 * A system of its own, in process: `Auth`, `Customers` and `AccessTokens` for the first API client of its seed that can get a token, and
 * the `HttpClient` that it answers, for a `Dintero.layer` of your own. That `HttpClient` takes requests to any host.
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
): Layer.Layer<Auth | Customers | AccessTokens | HttpClient.HttpClient | Embedded, InvalidSeed | UnusableDatabase> =>
  layerServices(options.seed ?? demoSeed).pipe(Layer.provideMerge(layerHttpClient), Layer.provideMerge(layerEmbedded(options)))

/**
 * - `port`: 0 unless told otherwise, which takes a free one
 * - `host`: `127.0.0.1` unless told otherwise. The demo seed's secrets are public: do not offer it to a network.
 *
 * @since 0.1.0
 * @category models
 */
export interface ServeOptions extends Options {
  readonly port?: number | undefined
  readonly host?: string | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Served extends EmbeddedService {
  /** The origin, such as `http://127.0.0.1:4711`; the API is under its `/v1`. */
  readonly url: string
  /** As it was given, or {@link demoSeed}. A database that had its accounts already was not changed by it. */
  readonly seed: Seed.Seed
}

/**
 * A system on a port, until the scope closes. Then it takes no more connections and finishes the requests that it is answering.
 *
 * Needs `@effect/platform-node`. Errors: those of {@link make}, and `PortUnavailable`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const serve = (options: ServeOptions = {}): Effect.Effect<Served, EmbeddedStartError, Scope.Scope> =>
  Effect.gen(function* () {
    const embedded = yield* make(options)
    // Only here, so that a system in process needs no server.
    const NodeServer = yield* Effect.promise(() => import("./NodeServer.js"))
    const url = yield* NodeServer.serve(embedded.app, options.host ?? "127.0.0.1", options.port ?? 0)
    return { ...embedded, url, seed: options.seed ?? demoSeed }
  })
