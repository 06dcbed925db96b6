/**
 * The tokens of a partner for its merchants. A merchant has two: the token of the exchange, which the partner's own token authorises, and the access
 * token of its account, which the token of the exchange authorises. Both are in cells like every other token. So each is requested once for all who
 * wait, and when one is refused, the one above it is replaced once.
 *
 * When there are too many merchants, the tokens of the one are given up that was not used for the longest time. A call keeps the tokens of its
 * merchant while it waits for one of them. It needs them no more once it has its token.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as RefreshPolicy from "../../policies/RefreshPolicy.js"
import * as TokenMetrics from "../../policies/TokenMetrics.js"
import type { CallError } from "../../schemas/DinteroError.js"
import type { AccessTokensService, NumberedToken, TokenKey } from "../../services/AccessTokens.js"
import * as AuthHttp from "./AuthHttp.js"
import * as ClientTokens from "./ClientTokens.js"
import type * as SharedTokens from "./SharedTokens.js"
import type { Merchant, Target } from "./Target.js"
import * as TokenCell from "./TokenCell.js"

export interface Options {
  /** The partner's own account. */
  readonly target: Target
  readonly tokens: AccessTokensService
  readonly client: string
  /** How many merchants are kept. More are kept only while they are in use. */
  readonly capacity: number
  readonly audienceOf: (merchant: string) => string
  readonly policy: RefreshPolicy.RefreshPolicy
  readonly sharing: SharedTokens.Sharing | undefined
}

export interface Merchants {
  /** Keeps nothing by itself. */
  readonly at: (merchant: string) => Merchant
  /** How many are kept. */
  readonly kept: Effect.Effect<number>
}

interface Kept {
  readonly tokens: AccessTokensService
  readonly exchange: AccessTokensService
  readonly scope: Scope.CloseableScope
  /** How many effects are using it. */
  users: number
}

/**
 * Numbers of tokens are not used again after a merchant was given up: a call that still has one of its tokens must not invalidate another. So each
 * time it is kept again, its tokens are numbered from here on.
 */
const numbersOfOne = 1_000_000

export const make = (options: Options): Effect.Effect<Merchants, never, Scope.Scope> =>
  Effect.gen(function* () {
    const { audienceOf, capacity, client, policy, sharing, target, tokens: partner } = options
    const layer = yield* Effect.scope
    const turn = yield* Effect.makeSemaphore(1)
    /** The one that was used last is the last one. */
    const kept = new Map<string, Kept>()
    let started = 0
    let isClosed = false

    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        isClosed = true
        TokenMetrics.merchants.unsafeModify(-kept.size, [])
        kept.clear()
      })
    )

    const targetOf = (account: string): Target => ({ ...target, accountId: account, merchant: undefined })

    const keysOf = (account: string): { readonly tokens: TokenKey; readonly exchange: TokenKey } => {
      const key = { baseUrl: target.baseUrl, account, client, subject: "" }
      return {
        tokens: { ...key, grant: "client_credentials", audience: audienceOf(account) },
        exchange: { ...key, grant: "exchange", audience: "" }
      }
    }

    const start = (account: string): Effect.Effect<Kept> =>
      Effect.gen(function* () {
        const scope = yield* Scope.fork(layer, ExecutionStrategy.sequential)
        const own = targetOf(account)
        const keys = keysOf(account)
        const common = { policy, sharing, numberedFrom: started++ * numbersOfOne }
        const exchange = yield* ClientTokens.make({
          ...common,
          key: keys.exchange,
          request: AuthHttp.requestExchangeToken(target, partner, account),
          target
        }).pipe(Scope.extend(scope))
        const tokens = yield* ClientTokens.make({
          ...common,
          key: keys.tokens,
          request: AuthHttp.requestClientToken(own, { _tag: "Bearer", tokens: exchange }, audienceOf(account)),
          target: own
        }).pipe(Scope.extend(scope))
        return { tokens, exchange, scope, users: 0 }
      })

    const touch = (account: string, found: Kept): void => {
      kept.delete(account)
      kept.set(account, found)
    }

    /** Takes out what is too much, at once, so that nobody sees more. */
    const evict = (): Effect.Effect<void> => {
      if (kept.size <= capacity) return Effect.void
      const given: Array<Kept> = []
      for (const [account, found] of kept) {
        if (kept.size <= capacity) break
        if (found.users > 0) continue
        kept.delete(account)
        given.push(found)
      }
      TokenMetrics.merchants.unsafeModify(-given.length, [])
      // Nobody has to wait until a renewal that was running has ended.
      return Effect.forEach(given, ({ scope }) => Effect.forkIn(Scope.close(scope, Exit.void), layer), { discard: true })
    }

    const used = (account: string, found: Kept): Kept => {
      found.users++
      touch(account, found)
      return found
    }

    const closed = (account: string): Effect.Effect<never, CallError> => Effect.fail(ClientTokens.layerClosed(account))

    const begin = (account: string): Effect.Effect<Kept, CallError> =>
      Effect.flatMap(start(account), (found) => {
        if (isClosed) return closed(account)
        // Without turns another caller may have begun it too.
        const other = kept.get(account)
        if (other !== undefined) return Effect.as(Scope.close(found.scope, Exit.void), used(account, other))
        TokenMetrics.merchants.unsafeModify(1, [])
        used(account, found)
        return Effect.as(evict(), found)
      })

    const hold = (account: string): Effect.Effect<Kept, CallError> =>
      Effect.suspend(() => {
        const found = kept.get(account)
        return found === undefined ? begin(account) : Effect.succeed(used(account, found))
      })

    /** One at a time begins a merchant, so that none is begun twice. With isolated requests nobody may wait for a turn. */
    const held = (account: string): Effect.Effect<Kept, CallError> =>
      Effect.suspend(() => {
        if (isClosed) return closed(account)
        return kept.has(account) || target.isolatesRequests ? hold(account) : turn.withPermits(1)(hold(account))
      })

    const release = (found: Kept): Effect.Effect<void> =>
      Effect.suspend(() => {
        found.users--
        return evict()
      })

    const use = <A>(account: string, run: (found: Kept) => Effect.Effect<A, CallError>): Effect.Effect<A, CallError> =>
      Effect.acquireUseRelease(held(account), run, release)

    const serviceOf = (account: string, key: TokenKey, of: (found: Kept) => AccessTokensService): AccessTokensService => {
      const get = Effect.withFiberRuntime<NumberedToken, CallError>((fiber) => {
        const found = kept.get(account)
        const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
        const token = found === undefined ? undefined : TokenCell.getAtOnce(of(found).get, clock)
        if (found === undefined || token === undefined) return use(account, (found) => of(found).get)
        touch(account, found)
        return Effect.succeed(token)
      })
      if (target.isolatesRequests) TokenCell.markIsolated(get)
      return {
        key,
        get,
        peek: Effect.suspend(() => {
          const found = kept.get(account)
          return found === undefined ? Effect.succeedNone : of(found).peek
        }),
        forceRefresh: use(account, (found) => of(found).forceRefresh),
        invalidate: (generation) =>
          Effect.suspend(() => {
            const found = kept.get(account)
            // There will be another token.
            return found === undefined ? Effect.succeed(true) : of(found).invalidate(generation)
          }),
        revoke: use(account, (found) => of(found).revoke),
        // As long as somebody looks, there has to be something to see.
        events: Stream.unwrapScoped(
          Effect.acquireRelease(held(account), release).pipe(
            Effect.match({ onFailure: () => Stream.empty, onSuccess: (found) => of(found).events })
          )
        ),
        serverOffset: Effect.clockWith((clock) => Effect.sync(() => target.serverClock.offset(clock)))
      }
    }

    return {
      at: (account) => {
        const keys = keysOf(account)
        return {
          target: targetOf(account),
          tokens: serviceOf(account, keys.tokens, ({ tokens }) => tokens),
          exchange: serviceOf(account, keys.exchange, ({ exchange }) => exchange)
        }
      },
      kept: Effect.sync(() => kept.size)
    }
  })
