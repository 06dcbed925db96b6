/**
 * The client of a partner, which acts on its own account and on those of its merchants.
 *
 * A merchant's account needs two tokens more: the partner's token gets an exchange token (`auth.exchangeToken`), and the exchange token gets an
 * access token of the merchant's account. The layer gets both when a call needs them, once for all calls on that account, and renews them like every
 * other token.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { auth } from "../contract/Contract.js"
import type * as RefreshPolicy from "../policies/RefreshPolicy.js"
import { PartnerId } from "../schemas/AccountId.js"
import * as Audience from "../schemas/Audience.js"
import type { ForeignAccount, InvalidConfiguration } from "../schemas/DinteroError.js"
import type { AccessTokens } from "../services/AccessTokens.js"
import type { Auth } from "../services/Auth.js"
import type { Customers } from "../services/Customers.js"
import * as Dintero from "./Dintero.js"
import * as ActingAccount from "./http/ActingAccount.js"
import type { Connection } from "./http/Connection.js"

/**
 * - `accountId`: of the partner. It ends with five zeros, such as `P11200000`.
 * - `clientId`, `clientSecret`: of an API client of the partner's account. Its grant needs one of the scopes of `auth.exchangeToken`.
 * - `audience`: whose account is the audience of a merchant's token. Default `partner`. The versions of Dintero's guide differ here
 *   (assumed: partner-audience).
 * - `audienceSpelling`: how audiences are spelt. Default `path`.
 * - `capacity`: of how many merchants tokens are kept. Default 100. When there are more, the tokens of the merchant are given up that was not used
 *   for the longest time, and are requested again when they are needed. More are kept only while so many are waiting for a token at once.
 * - `refresh`, `shareTokens`: of all tokens, as for `Dintero.layer`
 *
 * @since 0.1.0
 * @category models
 */
export interface Options extends Dintero.ConnectionOptions {
  readonly clientId: Dintero.Options["clientId"]
  readonly clientSecret: Dintero.Options["clientSecret"]
  readonly audience?: "partner" | "merchant" | undefined
  readonly audienceSpelling?: Audience.Spelling | undefined
  readonly capacity?: number | undefined
  readonly refresh?: RefreshPolicy.RefreshPolicy | undefined
  readonly shareTokens?: Dintero.TokenSharing | undefined
}

/**
 * The services of one account.
 *
 * @since 0.1.0
 * @category models
 */
export type Services = Auth | Customers | AccessTokens | Connection

/**
 * Acts on the accounts of merchants.
 *
 * @since 0.1.0
 * @category models
 */
export interface PartnerService {
  /**
   * The services of a merchant's account. They keep nothing themselves and need no scope. Their tokens are those of all other calls on this account,
   * also of the calls inside `Account.with`. An `Account.with` of another account around their calls is a `ForeignAccount`.
   *
   * Fails with `ForeignAccount` when the text is not the id of an account. Whether the partner may act on the account is only known to the service,
   * and told by the first call: the exchange fails, for example with `Forbidden`.
   */
  readonly account: (merchant: string) => Effect.Effect<Context.Context<Services>, ForeignAccount>
  /** The number of merchants whose tokens are kept now. The metric `dintero_token_merchants` has it too. */
  readonly kept: Effect.Effect<number>
}

/**
 * The merchants of a partner, as a service.
 *
 * @since 0.1.0
 * @category services
 */
export class Partner extends Context.Tag("effect-dintero/Partner")<Partner, PartnerService>() {}

const defaultCapacity = 100

const isPartnerId = Schema.is(PartnerId)

const issuesOf = ({ accountId, audience, capacity = defaultCapacity }: Options) => [
  ...(isPartnerId(accountId)
    ? []
    : [{ path: "accountId", message: "expected the id of a partner: P or T, 3 digits and 5 zeros, such as P11200000" }]),
  ...(audience === undefined || audience === "partner" || audience === "merchant"
    ? []
    : [{ path: "audience", message: 'expected "partner" or "merchant"' }]),
  ...(Number.isSafeInteger(capacity) && capacity >= 1
    ? []
    : [{ path: "capacity", message: "expected a whole number of at least 1" }])
]

const { method, path } = auth.exchangeToken

const unsent = { name: "auth.exchangeToken", method, path }

/**
 * Provides `Partner`, and `Auth` and `Customers`, which act on the partner's own account. Inside `Account.with` they act on the account of a merchant.
 *
 * Use it for a program that serves many merchants. For one merchant that has given you an API client of its own, use `Dintero.layer`.
 *
 * Fails with `InvalidConfiguration`, naming every option that cannot work, before anything is sent.
 *
 * @example
 * ```ts
 * import { Account, Customers, Partner } from "effect-dintero"
 * import { Effect, Redacted } from "effect"
 *
 * const PartnerLive = Partner.layer({
 *   accountId: "T11200000",
 *   clientId: "my-client",
 *   clientSecret: Redacted.make("…"),
 *   capacity: 500
 * })
 *
 * const settingsOfAll = (merchants: ReadonlyArray<string>) =>
 *   Effect.gen(function* () {
 *     const customers = yield* Customers
 *     return yield* Effect.forEach(merchants, (merchant) => Account.with(customers.settings.get(), merchant), { concurrency: 20 })
 *   })
 * ```
 *
 * Source: https://docs.dintero.com/docs/partners/partners-merchant-api-access
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: Options): Layer.Layer<Partner | Services, InvalidConfiguration, HttpClient.HttpClient> =>
  Layer.scopedContext(
    Effect.gen(function* () {
      const { audience = "partner", capacity = defaultCapacity, ...connection } = options
      const issues = issuesOf(options)
      if (issues.length > 0) return yield* Dintero.invalidOptions(issues)
      const { merchants, own, servicesOf } = yield* Dintero.makePartner({
        options: connection,
        capacity,
        audienceOf: (merchant) =>
          Audience.account(audience === "partner" ? options.accountId : merchant, options.audienceSpelling)
      })
      return Context.add(own, Partner, {
        account: (merchant) => {
          const reason = ActingAccount.refusalOf(options.accountId, true, merchant)
          if (reason !== undefined) return ActingAccount.foreign(options.accountId, unsent, merchant, reason)
          return Effect.sync(() => (merchant === options.accountId ? own : servicesOf(merchants.at(merchant))))
        },
        kept: merchants.kept
      })
    })
  )

/**
 * The services of a merchant's account, by `Partner`.
 *
 * Fails with `ForeignAccount` when the text is not the id of an account.
 *
 * @example
 * ```ts
 * import { Customers, Partner } from "effect-dintero"
 * import { Context, Effect } from "effect"
 *
 * const settingsOf = (merchant: string) =>
 *   Effect.gen(function* () {
 *     const customers = Context.get(yield* Partner.account(merchant), Customers)
 *     return yield* customers.settings.get()
 *   })
 * ```
 *
 * @since 0.1.0
 * @category getters
 */
export const account = (merchant: string): Effect.Effect<Context.Context<Services>, ForeignAccount, Partner> =>
  Effect.flatMap(Partner, (partner) => partner.account(merchant))

/**
 * Runs an effect with the services of a merchant's account. Use it for a program that was written for one account.
 *
 * Fails with `ForeignAccount` when the text is not the id of an account.
 *
 * @example
 * ```ts
 * import { Customers, Partner } from "effect-dintero"
 * import { Effect } from "effect"
 *
 * const program = Effect.flatMap(Customers, (customers) => customers.settings.get())
 *
 * const settingsOf = (merchant: string) => program.pipe(Partner.provide(merchant))
 * ```
 *
 * @since 0.1.0
 * @category combinators
 */
export const provide =
  (merchant: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | ForeignAccount, Partner | Exclude<R, Services>> =>
    Effect.flatMap(account(merchant), (services) => Effect.provide(effect, services))

/**
 * A layer of the services of a merchant's account. Use it for the layers that need them, such as `Sessions.layer` for the merchant's customers.
 *
 * Fails with `ForeignAccount` when the text is not the id of an account.
 *
 * @example
 * ```ts
 * import { Partner, Sessions, TokenStores } from "effect-dintero"
 * import { Layer } from "effect"
 *
 * const MerchantLive = Sessions.layer().pipe(
 *   Layer.provideMerge(Partner.layerAccount("T12345678")),
 *   Layer.provide(TokenStores.layerMemory)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerAccount = (merchant: string): Layer.Layer<Services, ForeignAccount, Partner> =>
  Layer.effectContext(account(merchant))
