/**
 * `isolateRequests` in a model of Cloudflare Workers: each request has a context, which its own timers and answers carry on. What a fiber does after it was
 * resumed by another request is done in the context of that request, which may be over. So each request has to end in the context in which it began.
 */
import { AsyncLocalStorage } from "node:async_hooks"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import {
  Account,
  Customers,
  Dintero,
  Partner,
  RetryPolicy,
  Session,
  Sessions,
  TokenStore,
  type TokenStoreService,
  TokenStores
} from "effect-dintero"

const contexts = new AsyncLocalStorage<number>()

const pause = (millis: number) => Effect.promise(() => new Promise<void>((resolve) => setTimeout(resolve, millis)))

/** Answers after a moment, in the context of the request, or never. */
const transport = (answers = true) => {
  let tokens = 0
  const client = HttpClient.make((request, url) => {
    const body = /\/auth\/(exchange_)?token$/.test(url.pathname)
      ? { access_token: `t${++tokens}`, token_type: "Bearer", expires_in: 3600, refresh_token: "a-refresh-token" }
      : { users: { customer_id_format: "uuid" } }
    return answers ? Effect.as(pause(5), HttpClientResponse.fromWeb(request, Response.json(body))) : Effect.never
  })
  return Layer.succeed(HttpClient.HttpClient, client)
}

const options = (isolated: boolean) => ({
  accountId: "T12345678",
  clientId: "client",
  clientSecret: Redacted.make("secret"),
  retry: RetryPolicy.none,
  isolateRequests: isolated
})

/** Each operation of the store takes a moment, in the context of its caller. */
const slow = (store: TokenStoreService): TokenStoreService => ({
  ...store,
  read: (key) => Effect.zipRight(pause(2), store.read(key)),
  write: (...all) => Effect.zipRight(pause(2), store.write(...all)),
  remove: (...all) => Effect.zipRight(pause(2), store.remove(...all)),
  lease: (...all) => Effect.zipRight(pause(2), store.lease(...all)),
  release: (...all) => Effect.zipRight(pause(2), store.release(...all))
})

const slowStore = Effect.map(TokenStores.memory, slow)

const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())

/** How many of the requests end in another context than they began in. */
const strayed = async <R, A, B, E1, E2, E3>(
  layer: Layer.Layer<R, E1>,
  first: Effect.Effect<A, E2, R>,
  request: (index: number) => Effect.Effect<B, E3, R>
): Promise<number> => {
  const runtime = ManagedRuntime.make(layer)
  await runtime.runPromise(first)
  const ends = await Promise.all(
    Array.from({ length: 10 }, (_, index) =>
      contexts.run(index, () => runtime.runPromise(Effect.map(request(index), () => contexts.getStore() !== index)))
    )
  )
  await runtime.dispose()
  return ends.filter((isElsewhere) => isElsewhere).length
}

const over = (isolated: boolean, more: Partial<Dintero.Options> = {}) =>
  Layer.provide(Dintero.layer({ ...options(isolated), ...more }), transport())

const cases: Readonly<Record<string, (isolated: boolean) => Promise<number>>> = {
  "that need a token": (isolated) => strayed(over(isolated), Effect.void, () => settings),
  "that share a token with other processes": (isolated) =>
    strayed(
      Layer.unwrapEffect(Effect.map(slowStore, (store) => over(isolated, { shareTokens: { store } }))),
      Effect.void,
      () => settings
    ),
  "on the accounts of merchants": (isolated) =>
    strayed(
      Layer.unwrapEffect(
        Effect.map(slowStore, (store) =>
          Partner.layer({ ...options(isolated), accountId: "T11200000", shareTokens: { store } }).pipe(Layer.provide(transport()))
        )
      ),
      Effect.void,
      () => Account.with(settings, "T20000001")
    ),
  "that end at their deadlines": (isolated) =>
    strayed(
      Dintero.layerFixedToken({
        ...options(isolated),
        token: Redacted.make("a-token"),
        retry: RetryPolicy.none.pipe(RetryPolicy.attemptTimeout("20 millis"))
      }).pipe(Layer.provide(transport(false))),
      Effect.void,
      () => Effect.flip(settings)
    ),
  "in a session whose token has to be renewed": (isolated) =>
    strayed(
      Sessions.layer().pipe(Layer.provideMerge(over(isolated)), Layer.provide(Layer.effect(TokenStore, slowStore))),
      Effect.flatMap(Sessions, (sessions) =>
        Effect.scoped(sessions.startFrom(Redacted.make("a-refresh-token"), { id: "ada", customerId: "ada" }))
      ),
      () =>
        Effect.flatMap(Sessions, (sessions) => sessions.resume("ada")).pipe(
          Effect.flatMap((session) => Session.with(settings, session)),
          Effect.scoped
        )
    )
}

describe("requests that come at once", () => {
  for (const [name, run] of Object.entries(cases)) {
    it(`${name}: each ends in its own context`, async () => {
      assert.strictEqual(await run(true), 0)
      // The model sees it when they wait for each other.
      assert.isAbove(await run(false), 0)
    })
  }

  it("that sign the same session out: each ends in its own context", async () => {
    const login = {
      access_token: Redacted.make("an-access-token"),
      token_type: "Bearer",
      expires_in: 3600,
      refresh_token: Redacted.make("a-refresh-token")
    } as const
    const layer = Sessions.layer().pipe(Layer.provideMerge(over(true)), Layer.provide(Layer.effect(TokenStore, slowStore)))
    const start = Effect.flatMap(Sessions, (sessions) => Effect.scoped(sessions.start(login, { id: "ada", customerId: "ada" })))
    assert.strictEqual(await strayed(layer, start, () => Effect.flatMap(Sessions, (sessions) => sessions.end("ada"))), 0)
  })
})
