/**
 * Simulates processes that share a client's token inside one process. Each has its own layer, and so all state of a token that a process has.
 */
import { Clock, Context, Effect, Layer, Redacted } from "effect"
import { AccessTokens, Customers, Dintero, RetryPolicy, type TokenStoreService } from "effect-dintero"
import * as Mock from "../utils/MockHttp.js"

/** In every secret there is. */
export const mark = "zq9SECRETx"

const answered = (status: number, body: unknown, at: (now: number) => void = () => {}) =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    at(now)
    return Response.json(body, { status, headers: { date: new Date(now).toUTCString() } })
  })

export interface Server extends Mock.MockHttp {
  /** Tokens of this number and below are refused. */
  refuse: number
  /** The answers to the next requests for a token. After them come the usual answers. */
  readonly next: Array<Mock.Answer>
}

/** Gives out `zq9SECRETx1`, `zq9SECRETx2` and so on, after 20 ms, and says in each answer what time it is. */
export const serve = (life = 3600, clock?: Clock.Clock): Server => {
  const onTime: <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E> =
    clock === undefined ? (effect) => effect : Effect.withClock(clock)
  const next: Array<Mock.Answer> = []
  const ends = new Map<number, number>()
  const mock = Mock.make({
    token: (request, count) =>
      onTime(
        Effect.suspend(() => {
          const answer = next.shift()
          if (answer !== undefined) return answer(request, count)
          const body = { access_token: `${mark}${count}`, token_type: "Bearer", expires_in: life }
          return Effect.zipRight(
            Effect.sleep("20 millis"),
            answered(200, body, (now) => void ends.set(count, now + life * 1000))
          )
        })
      ),
    resource: ({ headers: { authorization = "" } }) =>
      onTime(
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          const number = Number(authorization.slice(`Bearer ${mark}`.length))
          const isGood = number > server.refuse && now < (ends.get(number) ?? Number.POSITIVE_INFINITY)
          return isGood ? answered(200, { users: { customer_id_format: "uuid" } }) : answered(401, { error: { message: "no" } })
        })
      )
  })
  const server: Server = { ...mock, refuse: 0, next }
  return server
}

export interface Process {
  readonly tokens: AccessTokens["Type"]
  /** The number of the token that `get` gives. */
  readonly get: Effect.Effect<number, Effect.Effect.Error<AccessTokens["Type"]["get"]>>
  readonly settings: ReturnType<Customers["Type"]["settings"]["get"]>
}

export const numberOf = ({ value }: { readonly value: Redacted.Redacted }): number =>
  Number(Redacted.value(value).slice(mark.length))

const processOf = (context: Context.Context<AccessTokens | Customers>): Process => {
  const tokens = Context.get(context, AccessTokens)
  return { tokens, get: Effect.map(tokens.get, numberOf), settings: Context.get(context, Customers).settings.get() }
}

export const options: Dintero.Options = {
  accountId: "T12345678",
  clientId: "shop",
  clientSecret: Redacted.make(`${mark}-of-the-client`),
  retry: RetryPolicy.none
}

/** Until the scope ends. */
export const start = (
  server: Mock.MockHttp,
  store: TokenStoreService,
  more: Partial<Dintero.Options> & { readonly sharing?: Partial<Dintero.TokenSharing> } = {}
) => {
  const { sharing, ...others } = more
  return Layer.build(
    Dintero.layer({ ...options, ...others, shareTokens: { store, ...sharing } }).pipe(Layer.provide(server.layer))
  ).pipe(Effect.map(processOf), Effect.orDie)
}

/** The same with tokens of a source of the caller's own. */
export const startSource = (server: Mock.MockHttp, source: Omit<Dintero.TokensFromOptions, "accountId" | "retry">) =>
  Layer.build(
    Dintero.layerTokensFrom({ accountId: options.accountId, retry: RetryPolicy.none, ...source }).pipe(
      Layer.provide(server.layer)
    )
  ).pipe(Effect.map(processOf))

export const together = <A, E, R>(effects: ReadonlyArray<Effect.Effect<A, E, R>>) =>
  Effect.all(effects, { concurrency: "unbounded" })

/** The real time with jumps: for stores that answer when they like. */
export const jumping = Effect.map(Effect.clock, (real) => {
  let ahead = 0
  const clock: Clock.Clock = {
    [Clock.ClockTypeId]: Clock.ClockTypeId,
    unsafeCurrentTimeMillis: () => real.unsafeCurrentTimeMillis() + ahead,
    unsafeCurrentTimeNanos: () => real.unsafeCurrentTimeNanos() + BigInt(ahead) * 1_000_000n,
    currentTimeMillis: Effect.sync(() => clock.unsafeCurrentTimeMillis()),
    currentTimeNanos: Effect.sync(() => clock.unsafeCurrentTimeNanos()),
    sleep: real.sleep
  }
  return {
    clock,
    jump: (millis: number) =>
      Effect.sync(() => {
        ahead += millis
      })
  }
})

/** The same store, and the one key that was used of it. */
export const watched = (store: TokenStoreService) => {
  const keys = new Set<string>()
  return {
    keys,
    key: () => [...keys][0] ?? "",
    store: {
      ...store,
      read: (key) => {
        keys.add(key)
        return store.read(key)
      }
    } satisfies TokenStoreService
  }
}
