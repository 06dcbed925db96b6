/**
 * What logins and sign-outs leave behind in a store: nothing.
 */
import { readdirSync } from "node:fs"
import { assert, describe, it, type TestContext } from "@effect/vitest"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { Session, Sessions, TokenStore, type TokenStoreService } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { directory, open } from "../stores/Stores.js"
import { samples, tell } from "../utils/Claim.js"
import * as RedisServer from "../utils/RedisServer.js"
import { client, embedded, logIn, password, seed, settings } from "./System.js"

const { count, note } = samples(10_000, 300)

/** They come at the same time, and each of them signs in and out again and again. */
const visitors = Array.from({ length: 10 }, (_, number) => `visitor-${number}`)

/** Logins and sign-outs, beside a session of another customer that stays. */
const leavesNothing = (
  context: TestContext,
  store: TokenStoreService,
  names: Effect.Effect<ReadonlyArray<string>>,
  what: string
) =>
  Effect.gen(function* () {
    const sessions = yield* Sessions
    const { id } = yield* Effect.flatMap(logIn("grace@example.com"), sessions.start).pipe(Effect.scoped)
    const before = yield* names

    const visit = (customer: string, number: number) =>
      Effect.gen(function* () {
        const session = yield* sessions.start(yield* logIn(`${customer}@example.com`), { label: `device ${number}` })
        if (number % 10 === 0) yield* Session.with(settings, session)
        if (number % 2 === 0) yield* session.logout
        else assert.isTrue(yield* sessions.end(session))
      }).pipe(Effect.scoped)
    const numbers = Array.from({ length: count / visitors.length }, (_, number) => number)
    yield* Effect.forEach(
      visitors,
      (customer) => Effect.forEach(numbers, (number) => visit(customer, number), { discard: true }),
      { concurrency: "unbounded", discard: true }
    )

    // A store may keep the numbers of a removed entry for some seconds, so that no late writer gets the same ones.
    const after = yield* Effect.repeat(names, {
      until: (found) => found.length <= before.length,
      schedule: Schedule.spaced("200 millis").pipe(Schedule.upTo("30 seconds"))
    }).pipe(Effect.zipRight(names))
    tell(context, { measured: `${before.length} ${what} before, ${after.length} after` })
    assert.isNotEmpty(before)
    assert.deepStrictEqual(after.filter((name) => !before.includes(name)).slice(0, 5), [], "left behind")
    assert.deepStrictEqual(before.filter((name) => !after.includes(name)).slice(0, 5), [], "lost")
    yield* Effect.scoped(sessions.resume(id))
  }).pipe(
    Effect.provide(
      Sessions.layer().pipe(
        Layer.provideMerge(client()),
        Layer.provide(Layer.succeed(TokenStore, store)),
        Layer.provide(DinteroEmbedded.layerHttpClient),
        Layer.provide(
          embedded(undefined, {
            seed: {
              accounts: seed.accounts.map((account) => ({
                ...account,
                customers: [...visitors, "grace"].map((customer_id) => ({
                  customer_id,
                  email: `${customer_id}@example.com`,
                  password: Redacted.value(password)
                }))
              }))
            }
          })
        )
      )
    )
  )

describe(`${count.toLocaleString("en")} logins and sign-outs leave nothing behind${note}`, () => {
  it.scopedLive(
    "in a file store: no file, no folder",
    (context) =>
      Effect.gen(function* () {
        const place = yield* directory
        const names = Effect.sync(() => readdirSync(place, { recursive: true, encoding: "utf8" }))
        yield* leavesNothing(context, yield* open("file", place), names, "files and folders")
      }),
    1_200_000
  )

  it.scopedLive.skipIf(!RedisServer.available)(
    `in Redis: no key${RedisServer.note}`,
    (context) =>
      Effect.gen(function* () {
        const redis = yield* RedisServer.make
        const names = Effect.map(redis.command("KEYS", "*"), (keys) => (Array.isArray(keys) ? keys.map(String) : []))
        yield* leavesNothing(context, yield* open("redis", Redacted.value(redis.url)), names, "keys")
      }),
    1_200_000
  )
})
