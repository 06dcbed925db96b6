/**
 * A client's tokens under a random program: who asks, who gives up, what is refused, how long the endpoint takes and what it says.
 */
import { Effect, Either, Fiber, Layer, Random, Redacted } from "effect"
import { AccessTokens, type CallError, Dintero, type NumberedToken, RetryPolicy, type TokenStoreService } from "effect-dintero"
import * as ManualClock from "../utils/ManualClock.js"
import * as Mock from "../utils/MockHttp.js"

/** The promises that were broken, in words; none of them when all is well. With a store: the same, shared through it. */
export const interleave = (seed: number, store?: TokenStoreService): Effect.Effect<ReadonlyArray<string>> => {
  const broken: Array<string> = []
  const moved = ManualClock.make()
  let underWay = 0
  let most = 0
  let revocations = 0
  /** Answers that were asked for before the last revocation, and are still under way. */
  const before = new Map<string, number>()
  const mock = Mock.make({
    token: (request, count) =>
      Effect.gen(function* () {
        underWay++
        before.set(`t${count}`, revocations)
        most = Math.max(most, underWay - revocations)
        yield* Effect.sleep(yield* Random.nextIntBetween(0, 400))
        const isUp = (yield* Random.next) < 0.7
        const life = yield* Random.nextIntBetween(1, 60)
        return yield* isUp ? Mock.token(`t${count}`, life)(request, count) : Mock.json(503, {})(request, count)
      }).pipe(Effect.ensuring(Effect.sync(() => underWay--)))
  })
  const program = Effect.gen(function* () {
    const tokens = yield* AccessTokens
    const refused = new Set<number>()
    let forbidden = 0
    let newest = 0
    const callers: Array<Fiber.RuntimeFiber<unknown>> = []
    const check = (
      started: { readonly refusedThen: ReadonlySet<number>; readonly revokedThen: number },
      token: NumberedToken
    ) => {
      newest = Math.max(newest, token.generation)
      if (started.refusedThen.has(token.generation)) broken.push(`given ${token.generation}, which was refused before`)
      if (refused.has(token.generation)) broken.push(`given ${token.generation} after its refusal`)
      if ((before.get(Redacted.value(token.value)) ?? 0) < started.revokedThen)
        broken.push("given a token of before a revocation")
      if (token.generation <= forbidden) broken.push(`given ${token.generation}, of before the last revocation`)
    }
    const ask = (asking: Effect.Effect<NumberedToken, CallError>) =>
      Effect.suspend(() => {
        const started = { refusedThen: new Set(refused), revokedThen: revocations }
        return Effect.map(Effect.either(asking), (end) => {
          if (Either.isRight(end)) check(started, end.right)
          else if (end.left._tag !== "ServerError") broken.push(`ended in ${end.left._tag}`)
        })
      })
    for (let step = 0; step < 150; step++) {
      const dice = yield* Random.nextIntBetween(0, 100)
      if (dice < 45) callers.push(yield* Effect.fork(ask(tokens.get)))
      else if (dice < 52) callers.push(yield* Effect.fork(ask(tokens.forceRefresh)))
      else if (dice < 64) {
        const victim = callers[yield* Random.nextIntBetween(0, Math.max(1, callers.length))]
        if (victim !== undefined) yield* Effect.fork(Fiber.interrupt(victim))
      } else if (dice < 74) {
        const generation = Math.max(1, newest - (yield* Random.nextIntBetween(0, 2)))
        const current = (yield* tokens.peek).pipe((held) => (held._tag === "Some" ? held.value.generation : 0))
        if ((yield* tokens.invalidate(generation)) && newest > 0 && generation >= current) refused.add(generation)
      } else if (dice < 76) {
        revocations++
        forbidden = newest
        yield* tokens.revoke
      } else yield* moved.advance(yield* Random.nextIntBetween(0, 5000))
    }
    yield* moved.advance(600_000)
    for (const caller of callers) {
      if ((yield* Fiber.poll(caller))._tag === "None") broken.push("somebody still waits")
    }
    if (most > 1) broken.push(`${most} requests at a time`)
  })
  return program.pipe(
    Effect.provide(
      Layer.orDie(
        Dintero.layer({
          accountId: "T12345678",
          clientId: "client",
          clientSecret: Redacted.make("secret"),
          retry: RetryPolicy.none,
          shareTokens: store && { store }
        })
      ).pipe(Layer.provide(mock.layer))
    ),
    Effect.withRandom(Random.make(seed)),
    Effect.withClock(moved.clock),
    // Each call's end was looked at where it came; the program itself has none of its own.
    Effect.orDie,
    Effect.as(broken)
  )
}
