/**
 * The layers that provide {@link Auth}, {@link Customers} and {@link AccessTokens}, and the {@link Connection} that `DinteroHttpClient` is
 * built over.
 *
 * All but {@link layerTest} need an `HttpClient` and nothing else: which transport it is, is the application's choice.
 * A layer is built once in a `ManagedRuntime` or a `Layer.launch`, for all parts of it that name the same constant: these share one token.
 * Each run of an effect that was given the layer by `Effect.provide` builds it anew, and so does each call of `layer(options)`.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { identity } from "effect/Function"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { auth, customers } from "../contract/Contract.js"
import * as Operation from "../contract/Operation.js"
import * as GivenService from "../internal/GivenService.js"
import { sentence } from "../internal/Issues.js"
import * as Bulkhead from "../policies/Bulkhead.js"
import * as CircuitBreaker from "../policies/CircuitBreaker.js"
import type * as Hedge from "../policies/Hedge.js"
import * as RefreshPolicy from "../policies/RefreshPolicy.js"
import * as RetryPolicy from "../policies/RetryPolicy.js"
import type { AccessToken } from "../schemas/AccessToken.js"
import { AccountId, OwnerId } from "../schemas/AccountId.js"
import * as Audience from "../schemas/Audience.js"
import type { AccountUserGrant, MfaOobGrant } from "../schemas/AuthToken.js"
import type { CallError, Issue } from "../schemas/DinteroError.js"
import { InvalidConfiguration } from "../schemas/DinteroError.js"
import type { AccessTokensService, TokenKey } from "../services/AccessTokens.js"
import { AccessTokens } from "../services/AccessTokens.js"
import type { AuthService } from "../services/Auth.js"
import { Auth } from "../services/Auth.js"
import type { CustomersService } from "../services/Customers.js"
import { Customers } from "../services/Customers.js"
import type { ServiceOf } from "../services/ServiceOf.js"
import type { TokenStoreService } from "../services/TokenStore.js"
import * as AuthHttp from "./http/AuthHttp.js"
import type { Authorization } from "./http/Authorization.js"
import * as ClientTokens from "./http/ClientTokens.js"
import { Connection } from "./http/Connection.js"
import * as CustomersHttp from "./http/CustomersHttp.js"
import * as Guards from "./http/Guards.js"
import * as Merchants from "./http/Merchants.js"
import { isLoopback } from "./http/SafeUrl.js"
import * as ServerClock from "./http/ServerClock.js"
import type * as SharedTokens from "./http/SharedTokens.js"
import type { Merchant, Target } from "./http/Target.js"
import * as TokenCell from "./http/TokenCell.js"

/**
 * What every layer over the wire takes.
 *
 * - `accountId`: such as `T12345678`
 * - `baseUrl`: default `https://api.dintero.com/v1`. `https`, or `http` to this machine. Without a path, `/v1` is added.
 * - `allowInsecure`: permits `http` to other machines too, such as `http://dintero:4711` of a Docker network. Whoever is on the way then sees
 *   the client's secret, tokens and passwords, so it is for a network of your own. Off unless given.
 * - `retry`: the policy of all calls that do not choose another. Default `RetryPolicy.default`.
 * - `circuitBreaker`, `bulkhead`, `hedge`: none unless given. One breaker and one bulkhead for all calls of the layer, or a started one,
 *   to share it between layers and to have its handle (state, changes, isolate, close); one hedge for each operation that only reads.
 *   Whatever the order here, a call goes through them as deadline > retry > hedge > breaker > bulkhead > attempt timeout.
 * - `requestId`: names of the headers that carry the id of a call (the same in all its attempts) and the number of the attempt (from 1).
 *   None unless given: the service's CORS rules allow no others than its own, so in a browser they make every call fail.
 * - `authorizeLookups`: sends the access token also with the look-ups of addresses and organizations. Off unless given: the service answers them
 *   without one.
 * - `grantSpellings`: how the two grants are sent that the documentation spells in two ways. It takes the place of the spelling that a call has.
 *   Without it, the functions of `Grant` send `mfa_oob` and `account_user_token` (assumed: mfa-oob-spelling, account-user-grant).
 * - `isolateRequests`: for a runtime in which I/O belongs to the request that began it, such as Cloudflare Workers. There a call that waits for what
 *   another request has started is cancelled as hung. With it no call does, and nothing runs in the background: each call that needs a token
 *   requests it itself, also when others do so at the same moment. A token that is known is shared. Ahead of expiry one call renews it, which
 *   takes up to 5 seconds of its time, while the others go on with the present one. `Sessions.layer` over this layer does the same. It costs
 *   one token request for each call that comes while there is no token, so elsewhere leave it off. It excludes `bulkhead` and `circuitBreaker`,
 *   whose places a cancelled request would keep for ever.
 * - `transformClient`: changes the `HttpClient` for good, for a proxy or a log.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConnectionOptions {
  readonly accountId: string
  readonly baseUrl?: string | undefined
  readonly allowInsecure?: boolean | undefined
  readonly retry?: RetryPolicy.RetryPolicy | undefined
  readonly circuitBreaker?: CircuitBreaker.Options | CircuitBreaker.CircuitBreaker | undefined
  readonly bulkhead?: Bulkhead.Options | Bulkhead.Bulkhead | undefined
  readonly hedge?: Hedge.Options | undefined
  readonly requestId?: { readonly header?: string | undefined; readonly attemptHeader?: string | undefined } | undefined
  readonly authorizeLookups?: boolean | undefined
  readonly grantSpellings?:
    | {
        readonly mfaOob?: MfaOobGrant["grant_type"] | undefined
        readonly accountUser?: AccountUserGrant["grant_type"] | undefined
      }
    | undefined
  readonly isolateRequests?: boolean | undefined
  readonly transformClient?: ((client: HttpClient.HttpClient) => HttpClient.HttpClient) | undefined
}

/**
 * Lets several processes share one token of a client through a store, so that they ask for one together instead of one each. What is
 * stored is the access token: whoever can read the store can act as the client until it expires, so keep it as safe as the secret, or put
 * `TokenStores.encrypted` around it.
 *
 * - `store`: where they meet: a file of one machine, Redis for several, or one of your own. Tokens that differ in base URL, account, client
 *   or audience never mix in it, and sessions can be in it too.
 * - `onStoreFailure`: when the store is down, does not answer within 2 seconds (or the lease, if that is shorter), or holds something
 *   else. `request` asks for a token of this process's own, so that the store is nobody's single point of failure; `fail` ends calls in a
 *   `TransportError`, where another token is worse than none. A token that is still good is used in both cases. `request` unless told otherwise.
 * - `lease`: how long the others wait for the process that asks for the token; then they ask themselves. 10 seconds, and never longer than
 *   the `deadline` of the layer's retry policy; at least 100 ms, and finite.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenSharing {
  readonly store: TokenStoreService
  readonly onStoreFailure?: "request" | "fail" | undefined
  readonly lease?: Duration.DurationInput | undefined
}

/**
 * - `clientId`, `clientSecret`: of an API client of the account
 * - `audience`: what the token is for. Default: the account's URL, `https://api.dintero.com/v1/accounts/{accountId}`, also
 *   with another `baseUrl`.
 * - `audienceSpelling`: how the default audience is spelt. Default `path`. {@link Audience.Spelling} lists the two.
 * - `refresh`: when the token is renewed. Default `RefreshPolicy.default`.
 * - `shareTokens`: with which other processes. None unless given: each has a token of its own.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends ConnectionOptions {
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  readonly audience?: string | undefined
  readonly audienceSpelling?: Audience.Spelling | undefined
  readonly refresh?: RefreshPolicy.RefreshPolicy | undefined
  readonly shareTokens?: TokenSharing | undefined
}

/**
 * - `token`: the access token. It is sent as it is, and never renewed.
 * - `expiresAt`: when it expires, if you know it. A 401 after this instant is a `TokenExpired`. Before it, or without it, a 401 is an `Unauthorized`.
 *
 * @since 0.1.0
 * @category models
 */
export interface FixedTokenOptions extends ConnectionOptions {
  readonly token: Redacted.Redacted
  readonly expiresAt?: DateTime.Utc | undefined
}

const productionUrl = "https://api.dintero.com/v1"

const readBaseUrl = ({ allowInsecure, baseUrl: input = productionUrl }: ConnectionOptions): Either.Either<string, string> => {
  const parsed = Either.try(() => new URL(input))
  if (Either.isLeft(parsed)) return Either.left("expected a URL, such as https://api.dintero.com/v1")
  const url = parsed.right
  if (url.protocol !== "https:" && !(url.protocol === "http:" && (allowInsecure === true || isLoopback(url.hostname)))) {
    return Either.left(
      "expected https: over http, credentials travel in the clear (allowInsecure: true, or DINTERO_ALLOW_INSECURE=true, permits http to " +
        "other hosts than 127.0.0.1 and localhost)"
    )
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return Either.left("expected a URL without user, password, query or fragment")
  }
  const path = url.pathname.replace(/\/+$/, "")
  return Either.right(url.origin + (path === "" ? "/v1" : path))
}

/** An account's URL in either of its spellings. */
const namesAccount = (audience: string): boolean => {
  const url = Either.try(() => new URL(audience))
  return (
    Either.isRight(url) &&
    url.right.protocol === "https:" &&
    (isOwner(url.right.username) || isOwner(/\/accounts\/([^/]+)\/?$/.exec(url.right.pathname)?.[1]))
  )
}

const isOwner = Schema.is(OwnerId)

const headerSafe = /^[\x21-\x7e]+$/

const issue = (path: string, message: string): Issue => ({ path, message })

/** @internal */
export const invalidOptions = (issues: ReadonlyArray<Issue>): InvalidConfiguration =>
  new InvalidConfiguration({ message: `the options of the Dintero layer cannot work: ${sentence(issues)}`, issues })

/** A token of RFC 9110, 5.6.2, and none that the client or the transport writes itself. */
const isFreeHeader = (name: string): boolean =>
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) &&
  !/^(accept|authorization|connection|content-.*|cookie|expect|host|origin|transfer-encoding|upgrade)$/i.test(name)

const headerIssues = ({ requestId }: ConnectionOptions): ReadonlyArray<Issue> =>
  Object.entries({ header: requestId?.header, attemptHeader: requestId?.attemptHeader }).flatMap(([key, name]) =>
    name === undefined || isFreeHeader(name)
      ? []
      : [issue(`requestId.${key}`, "expected the name of a header that the client does not write itself, such as x-request-id")]
  )

const isolationIssues = (options: ConnectionOptions): ReadonlyArray<Issue> =>
  options.isolateRequests !== true
    ? []
    : (["bulkhead", "circuitBreaker"] as const).flatMap((name) =>
        options[name] === undefined
          ? []
          : [
              issue(
                name,
                "expected none beside isolateRequests: a request that the runtime cancels would keep its place for ever"
              )
            ]
      )

const connectionIssues = (options: ConnectionOptions): ReadonlyArray<Issue> => [
  ...headerIssues(options),
  ...isolationIssues(options),
  ...(Schema.is(AccountId)(options.accountId) ? [] : [issue("accountId", "expected P or T and 8 digits, such as T12345678")]),
  ...Either.match(readBaseUrl(options), {
    onLeft: (message) => [issue("baseUrl", message)],
    onRight: () => []
  })
]

/** RFC 7617: the id ends at the first colon, so it cannot hold one; nor can either part hold a control character. */
const credentialIssues = (options: Options): ReadonlyArray<Issue> => {
  const secret: unknown = Redacted.isRedacted(options.clientSecret) ? Redacted.value(options.clientSecret) : undefined
  return [
    ...(typeof options.clientId === "string" && /^[^:\p{Cc}]+$/u.test(options.clientId)
      ? []
      : [issue("clientId", "expected a text that is not empty, without colon and control characters")]),
    ...(typeof secret === "string" && /^[^\p{Cc}]+$/u.test(secret)
      ? []
      : [issue("clientSecret", "expected a Redacted text that is not empty, without control characters")]),
    ...(options.audience === undefined || namesAccount(options.audience)
      ? []
      : [issue("audience", "expected the URL of an account, such as https://api.dintero.com/v1/accounts/T12345678")])
  ]
}

const sharingIssues = ({ shareTokens }: Pick<Options, "shareTokens">): ReadonlyArray<Issue> => {
  const lease = Duration.toMillis(shareTokens?.lease ?? defaultLease)
  return lease >= 100 && Number.isFinite(lease) ? [] : [issue("shareTokens.lease", "expected at least 100 ms, and a finite time")]
}

const defaultLease = Duration.seconds(10)

const sharingOf = ({ shareTokens }: Pick<Options, "shareTokens">, { retry }: Target): SharedTokens.Sharing | undefined =>
  shareTokens && {
    store: shareTokens.store,
    onStoreFailure: shareTokens.onStoreFailure ?? "request",
    lease: Duration.min(shareTokens.lease ?? defaultLease, retry.deadline)
  }

const startGuards = ({ bulkhead, circuitBreaker, hedge }: ConnectionOptions): Effect.Effect<Guards.Guards | undefined> =>
  Effect.gen(function* () {
    if (bulkhead === undefined && circuitBreaker === undefined && hedge === undefined) return undefined
    return {
      breaker:
        circuitBreaker === undefined || "protect" in circuitBreaker
          ? circuitBreaker
          : yield* CircuitBreaker.start(circuitBreaker),
      bulkhead: bulkhead === undefined || "limit" in bulkhead ? bulkhead : yield* Bulkhead.start(bulkhead),
      hedge: hedge === undefined ? undefined : Guards.hedges(hedge)
    }
  })

const makeTarget = (
  options: ConnectionOptions & Pick<Options, "audience" | "audienceSpelling">
): Effect.Effect<Target, never, HttpClient.HttpClient> =>
  Effect.map(Effect.all([HttpClient.HttpClient, startGuards(options)]), ([client, guards]) => ({
    client: (options.transformClient ?? identity)(client),
    baseUrl: Either.getOrElse(readBaseUrl(options), () => productionUrl),
    accountId: options.accountId,
    audienceOf: (account) =>
      account === options.accountId && options.audience !== undefined
        ? options.audience
        : Audience.account(account, options.audienceSpelling),
    retry: options.retry ?? RetryPolicy.default,
    guards,
    requestId: options.requestId,
    serverClock: ServerClock.make(),
    authorizesLookups: options.authorizeLookups === true,
    grantSpellings: options.grantSpellings ?? {},
    isolatesRequests: options.isolateRequests === true,
    compiled: new Map(),
    merchant: undefined
  }))

const keyOf = (target: Target, of: Pick<TokenKey, "client" | "grant" | "audience">): TokenKey => ({
  baseUrl: target.baseUrl,
  account: target.accountId,
  subject: "",
  ...of
})

/** Base64 of UTF-8, without `Buffer`, which browsers do not have. */
const basic = (options: Options): Redacted.Redacted => {
  const bytes = new TextEncoder().encode(`${options.clientId}:${Redacted.value(options.clientSecret)}`)
  return Redacted.make(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")))
}

/** `client`: what authorises `client_credentials`. */
const services = (
  target: Target,
  tokens: AccessTokensService,
  client: Authorization
): Context.Context<Auth | Customers | AccessTokens | Connection> =>
  Context.make(AccessTokens, tokens).pipe(
    Context.add(Auth, AuthHttp.make(target, tokens, client)),
    Context.add(Customers, CustomersHttp.make(target, tokens)),
    Context.add(Connection, { target, tokens })
  )

/** Without the client's secret its token authorises `client_credentials` too, as the token of an exchange does. */
const servicesByToken = (target: Target, tokens: AccessTokensService) => services(target, tokens, { _tag: "Bearer", tokens })

const make = (
  options: Options
): Effect.Effect<
  Context.Context<Auth | Customers | AccessTokens | Connection>,
  InvalidConfiguration,
  HttpClient.HttpClient | Scope.Scope
> =>
  Effect.gen(function* () {
    const issues = [...connectionIssues(options), ...credentialIssues(options), ...sharingIssues(options)]
    if (issues.length > 0) return yield* invalidOptions(issues)
    const target = yield* makeTarget(options)
    const audience = target.audienceOf(options.accountId)
    const client: Authorization = { _tag: "Basic", credentials: basic(options) }
    const tokens = yield* ClientTokens.make({
      key: keyOf(target, { client: options.clientId, grant: "client_credentials", audience }),
      request: AuthHttp.requestClientToken(target, client, audience),
      policy: options.refresh ?? RefreshPolicy.default,
      target,
      sharing: sharingOf(options, target)
    })
    return services(target, tokens, client)
  })

/**
 * What a partner's layer adds to {@link layer}.
 *
 * @internal
 */
export interface PartnerOptions {
  readonly options: Options
  readonly capacity: number
  readonly audienceOf: (merchant: string) => string
}

/**
 * The client of a partner: its own account, and those of its merchants.
 *
 * @internal
 */
export const makePartner = ({
  audienceOf,
  capacity,
  options
}: PartnerOptions): Effect.Effect<
  {
    readonly own: Context.Context<Auth | Customers | AccessTokens | Connection>
    readonly merchants: Merchants.Merchants
    readonly servicesOf: (merchant: Merchant) => Context.Context<Auth | Customers | AccessTokens | Connection>
  },
  InvalidConfiguration,
  HttpClient.HttpClient | Scope.Scope
> =>
  Effect.gen(function* () {
    const { target, tokens } = Context.get(yield* make(options), Connection)
    const merchants = yield* Merchants.make({
      target,
      tokens,
      client: options.clientId,
      capacity,
      audienceOf,
      policy: options.refresh ?? RefreshPolicy.default,
      sharing: sharingOf(options, target)
    })
    return {
      own: services({ ...target, merchant: merchants.at }, tokens, { _tag: "Basic", credentials: basic(options) }),
      merchants,
      servicesOf: (merchant) => services(merchant.target, merchant.tokens, { _tag: "Bearer", tokens: merchant.exchange })
    }
  })

/**
 * The client of one account, authorised by an API client.
 *
 * Fails with `InvalidConfiguration`, naming every option that cannot work, before anything is sent.
 *
 * @example
 * ```ts
 * import { Customers, Dintero, FetchTransport } from "effect-dintero"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const DinteroLive = Dintero.layer({
 *   accountId: "T12345678",
 *   clientId: "my-client",
 *   clientSecret: Redacted.make("…")
 * }).pipe(Layer.provide(FetchTransport.layer))
 *
 * const settings = Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(Effect.provide(DinteroLive))
 * ```
 *
 * Several processes of one machine, with one token:
 *
 * @example
 * ```ts
 * import { Dintero, TokenStores } from "effect-dintero"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * const DinteroLive = Layer.unwrapEffect(
 *   Effect.map(TokenStores.file({ directory: "/var/lib/shop/tokens" }), (store) =>
 *     Dintero.layer({
 *       accountId: "T12345678",
 *       clientId: "my-client",
 *       clientSecret: Redacted.make("…"),
 *       shareTokens: { store }
 *     }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options
): Layer.Layer<Auth | Customers | AccessTokens | Connection, InvalidConfiguration, HttpClient.HttpClient> =>
  Layer.scopedContext(make(options))

const fromEnvironment = {
  accountId: Schema.Config("DINTERO_ACCOUNT_ID", AccountId),
  clientId: Config.nonEmptyString("DINTERO_CLIENT_ID"),
  clientSecret: Config.redacted(Config.nonEmptyString("DINTERO_CLIENT_SECRET")),
  audience: Config.option(Config.nonEmptyString("DINTERO_AUDIENCE")).pipe(Config.map(Option.getOrUndefined)),
  baseUrl: Config.option(Config.nonEmptyString("DINTERO_BASE_URL")).pipe(Config.map(Option.getOrUndefined)),
  allowInsecure: Config.withDefault(Config.boolean("DINTERO_ALLOW_INSECURE"), false)
}

const variable: { readonly [path: string]: string } = {
  accountId: "DINTERO_ACCOUNT_ID",
  clientId: "DINTERO_CLIENT_ID",
  clientSecret: "DINTERO_CLIENT_SECRET",
  audience: "DINTERO_AUDIENCE",
  baseUrl: "DINTERO_BASE_URL"
}

/** `Config.unwrap`, except that `undefined` is absent, and that a value in the place of a `Config` is told. */
const unwrap = (wrapped: unknown, path: ReadonlyArray<string> = []): Config.Config<unknown> => {
  if (Config.isConfig(wrapped)) return wrapped
  if (Predicate.isRecord(wrapped) && Object.getPrototypeOf(wrapped) === Object.prototype) {
    const fields = Object.entries(wrapped).filter(([, value]) => value !== undefined)
    // `Config.all` cannot do with nothing.
    return fields.length === 0
      ? Config.succeed({})
      : Config.all(Object.fromEntries(fields.map(([key, value]) => [key, unwrap(value, [...path, key])])))
  }
  const error = ConfigError.InvalidData([...path], "expected a Config; Config.succeed makes one of a value")
  return Config.mapOrFail(Config.succeed(undefined), () => Either.left(error))
}

/**
 * {@link layer} from the configuration, with options beside it: each is a `Config` of yours, `Config.succeed` for a value of the program,
 * or an object of them. What is not given is read as {@link layerConfig} reads it, and what is given takes its place.
 *
 * Fails with a `ConfigError` that names the variable, or the option, that is missing or cannot work.
 *
 * @example
 * ```ts
 * import { CircuitBreaker, Dintero, RetryPolicy } from "effect-dintero"
 * import { Config } from "effect"
 *
 * const DinteroLive = Dintero.layerConfigWith({
 *   clientSecret: Config.redacted("SHOP_SECRET"),
 *   retry: Config.map(Config.integer("SHOP_ATTEMPTS"), (attempts) => RetryPolicy.attempts(RetryPolicy.default, attempts)),
 *   circuitBreaker: Config.succeed(CircuitBreaker.make())
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfigWith = (
  options: Config.Config.Wrap<Partial<Options>>
): Layer.Layer<Auth | Customers | AccessTokens | Connection, ConfigError.ConfigError, HttpClient.HttpClient> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      // Seam: `unwrap` makes of each `Config` what it is a `Config` of, as the type `Wrap` says.
      const own = (yield* unwrap(options)) as Partial<Options>
      // Only what is not given is read: a variable that nobody needs may be missing.
      const or = <A>(given: A | undefined, config: Config.Config<A>) => (given === undefined ? config : Config.succeed(given))
      const whole = yield* Config.all({
        accountId: or(own.accountId, fromEnvironment.accountId),
        clientId: or(own.clientId, fromEnvironment.clientId),
        clientSecret: or(own.clientSecret, fromEnvironment.clientSecret),
        audience: or(own.audience, fromEnvironment.audience),
        baseUrl: or(own.baseUrl, fromEnvironment.baseUrl),
        allowInsecure: or(own.allowInsecure, fromEnvironment.allowInsecure)
      })
      const given = new Map<string, unknown>(Object.entries(own))
      return yield* make({ ...own, ...whole }).pipe(
        Effect.mapError(({ issues }) =>
          issues
            .map(({ message, path }) =>
              ConfigError.InvalidData([given.get(path) === undefined ? (variable[path] ?? path) : path], message)
            )
            .reduce((left, right) => ConfigError.And(left, right))
        )
      )
    })
  )

/**
 * {@link layer} from the configuration: `DINTERO_ACCOUNT_ID`, `DINTERO_CLIENT_ID`, `DINTERO_CLIENT_SECRET`, and where needed
 * `DINTERO_AUDIENCE`, `DINTERO_BASE_URL` and `DINTERO_ALLOW_INSECURE`. {@link layerConfigWith} takes the other options of {@link layer} beside
 * them.
 *
 * Fails with a `ConfigError` that names the variable that is missing or cannot work.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig: Layer.Layer<
  Auth | Customers | AccessTokens | Connection,
  ConfigError.ConfigError,
  HttpClient.HttpClient
> = layerConfigWith({})

/**
 * The client of one account, with one access token that you have, such as the token of a customer's login or one from another service. All calls send this
 * token. It cannot be renewed: when the service refuses it, calls end in `TokenExpired` or `Unauthorized`.
 *
 * Use it for a program that ends before the token does. With an effect that can get another token, use {@link layerTokensFrom}. For calls as a customer
 * who stays signed in, use `Sessions.layer`.
 *
 * Fails with `InvalidConfiguration`, naming every option that cannot work, before anything is sent.
 *
 * @example
 * ```ts
 * import { Dintero } from "effect-dintero"
 * import { Effect, Layer, Redacted } from "effect"
 *
 * declare const readFromVault: Effect.Effect<string>
 *
 * const DinteroLive = Layer.unwrapEffect(
 *   Effect.map(readFromVault, (text) => Dintero.layerFixedToken({ accountId: "T12345678", token: Redacted.make(text) }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerFixedToken = (
  options: FixedTokenOptions
): Layer.Layer<Auth | Customers | AccessTokens | Connection, InvalidConfiguration, HttpClient.HttpClient> =>
  Layer.effectContext(
    Effect.gen(function* () {
      const issues = [
        ...connectionIssues(options),
        ...(Redacted.isRedacted(options.token) && headerSafe.test(Redacted.value(options.token))
          ? []
          : [issue("token", "expected a Redacted text of visible ASCII characters, without spaces")])
      ]
      if (issues.length > 0) return yield* invalidOptions(issues)
      const target = yield* makeTarget(options)
      const key = keyOf(target, { client: "", grant: "static", audience: "" })
      const tokens = TokenCell.fixed(
        key,
        options.token,
        Option.fromNullable(options.expiresAt),
        target.serverClock.offset,
        ClientTokens.notSent(key.account, "the token of the layer was revoked"),
        target.isolatesRequests
      )
      return servicesByToken(target, tokens)
    })
  )

/**
 * - `request`: the effect that gets an access token, for example from a vault, another service or another grant. It runs when a token is needed or has
 *   to be renewed, once for all calls that wait (with `isolateRequests`, once for each of them). If it fails, the calls that need the token fail with
 *   the same error. If it takes longer than the `deadline` of the retry policy, the error is a `TransportError`. If its result is no token that can be
 *   sent, the error is an `InvalidResponse`.
 * - `name`: where the token comes from, as spans and keys name it. Default `custom`.
 * - `refresh`: when the token is renewed. Default `RefreshPolicy.default`.
 * - `shareTokens`: with which other processes, as in {@link Options}. It needs a `name`, by which the processes recognise that they run the same
 *   `request`.
 *
 * @since 0.1.0
 * @category models
 */
export interface TokensFromOptions extends ConnectionOptions {
  readonly request: Effect.Effect<AccessToken, CallError>
  readonly name?: string | undefined
  readonly refresh?: RefreshPolicy.RefreshPolicy | undefined
  readonly shareTokens?: TokenSharing | undefined
}

/**
 * The client of one account, with access tokens that an effect of yours gets. They are renewed like those of {@link layer}, by running the effect again.
 *
 * Use it when the client's secret is not in this program, for example because a vault or another service gives the tokens. For one token that you have,
 * use {@link layerFixedToken}.
 *
 * Fails with `InvalidConfiguration`, naming every option that cannot work, before anything is sent.
 *
 * @example
 * ```ts
 * import { Dintero } from "effect-dintero"
 * import { Effect, Redacted } from "effect"
 *
 * declare const readFromVault: Effect.Effect<string>
 *
 * const DinteroLive = Dintero.layerTokensFrom({
 *   accountId: "T12345678",
 *   name: "vault",
 *   request: Effect.map(readFromVault, (text) => ({
 *     access_token: Redacted.make(text),
 *     token_type: "Bearer" as const,
 *     expires_in: 3600
 *   }))
 * })
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerTokensFrom = (
  options: TokensFromOptions
): Layer.Layer<Auth | Customers | AccessTokens | Connection, InvalidConfiguration, HttpClient.HttpClient> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const issues = [
        ...connectionIssues(options),
        ...sharingIssues(options),
        ...(options.shareTokens === undefined || (options.name !== undefined && options.name !== "")
          ? []
          : [issue("name", "expected a name: by it, processes that share tokens recognise that they have the same `request`")])
      ]
      if (issues.length > 0) return yield* invalidOptions(issues)
      const target = yield* makeTarget(options)
      const tokens = yield* ClientTokens.make({
        key: keyOf(target, { client: options.name ?? "custom", grant: "custom", audience: "" }),
        request: ClientTokens.fromRequest(options.accountId, options.request),
        policy: options.refresh ?? RefreshPolicy.default,
        target,
        sharing: sharingOf(options, target)
      })
      return servicesByToken(target, tokens)
    })
  )

/**
 * Any part of a service: its groups and methods are optional, their types are not changed.
 *
 * @since 0.1.0
 * @category models
 */
export type PartialService<Service> = {
  readonly [Key in keyof Service]?:
    | (Service[Key] extends (...args: never) => unknown
        ? Service[Key]
        : Service[Key] extends Effect.Effect<unknown, unknown, unknown>
          ? Service[Key]
          : PartialService<Service[Key]>)
    | undefined
}

/**
 * What {@link layerTest} takes.
 *
 * - `auth`, `customers`: any part of the services
 * - `accessTokens`: whichever functions a test needs. By default there is a token that does not expire.
 *
 * @since 0.1.0
 * @category models
 */
export interface TestServices {
  /** A `token` may end in the errors of any grant. */
  readonly auth?: PartialService<ServiceOf<typeof auth>> | undefined
  readonly customers?: PartialService<CustomersService> | undefined
  readonly accessTokens?: { readonly [Name in keyof AccessTokensService]?: AccessTokensService[Name] | undefined } | undefined
}

/** Of the services that are made from the contract. */
const shapeOf = (tree: Operation.Tree): GivenService.Shape =>
  Object.fromEntries(
    Object.entries(tree).map(([key, node]) => [
      key,
      Operation.isOperation(node) ? "method" : Operation.isStreamed(node) ? "streaming" : shapeOf(node)
    ])
  )

/** A token that no server knows. */
const tokensForTest = (): AccessTokensService => {
  const key: TokenKey = {
    baseUrl: productionUrl,
    account: "T12345678",
    client: "test",
    grant: "static",
    subject: "",
    audience: ""
  }
  const revoked = ClientTokens.notSent(key.account, "the token was revoked")
  return TokenCell.fixed(key, Redacted.make("access-token-of-a-test"), Option.none(), Option.none, revoked, false)
}

const isGiven = ([, value]: readonly [string, unknown]): boolean => value !== undefined

/**
 * The services by functions of your own, for a unit test: any subset. A call to a method of `Auth` or `Customers` that was not given dies with an error
 * that names it, so that a test cannot pass by accident. The types of the methods' errors stay what they are.
 *
 * `AccessTokens` needs nothing: what is not given of it gives a token that does not expire and that no server knows. So `Sessions.layer` works over this
 * layer, with a store such as `TokenStores.layerMemory`. It calls `auth.token` when a session is renewed, and `auth.revoke` when one ends.
 *
 * @example
 * ```ts
 * import { Customers, Dintero } from "effect-dintero"
 * import { Effect } from "effect"
 *
 * const test = Effect.flatMap(Customers, (customers) => customers.settings.get()).pipe(
 *   Effect.provide(Dintero.layerTest({
 *     customers: { settings: { get: () => Effect.succeed({ users: { customer_id_format: "sequence" } }) } }
 *   }))
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerTest = (given: TestServices): Layer.Layer<Auth | Customers | AccessTokens> =>
  Layer.mergeAll(
    // Seam: `complete` makes each service from its shape, which is that of the contract.
    Layer.succeed(Auth, GivenService.complete(shapeOf(auth), given.auth, "auth", "Dintero.layerTest") as AuthService),
    Layer.succeed(
      Customers,
      GivenService.complete(shapeOf(customers), given.customers, "customers", "Dintero.layerTest") as CustomersService
    ),
    // A layer has a token of its own, since a test may revoke it.
    Layer.sync(AccessTokens, () => ({
      ...tokensForTest(),
      ...Object.fromEntries(Object.entries(given.accessTokens ?? {}).filter(isGiven))
    }))
  )
