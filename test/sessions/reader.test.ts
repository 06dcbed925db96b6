/**
 * What somebody finds who can read the store of a client: all of its bytes, after logins, renewals, a pending login and ends of sessions.
 */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Either, Layer, Option, Redacted } from "effect"
import {
  AccessTokens,
  PendingLogins,
  type PendingLoginsService,
  Sessions,
  TokenStore,
  type TokenStoreService
} from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import { following } from "../stores/Conformance.js"
import { directory, type Kind, open } from "../stores/Stores.js"
import * as RedisServer from "../utils/RedisServer.js"
import { client, embedded, logIn, settings } from "./System.js"

/** Everything below a directory, as one text: names and contents. */
const filesBelow = (path: string): string =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .map((name) => `${name}\n${filesBelow(join(path, name))}`)
        .join("\n")
    : readFileSync(path, "latin1")

const textOf = (answer: unknown): string => (Array.isArray(answer) ? answer.map(String).join("\n") : String(answer))

/** Everything in a Redis, as one text. */
const contentsOf = (server: RedisServer.RedisServer) =>
  Effect.gen(function* () {
    const keys = textOf(yield* server.command("KEYS", "*")).split("\n")
    const values = yield* Effect.forEach(keys, (key) =>
      Effect.flatMap(server.command("TYPE", key), (type) => server.command(type === "hash" ? "HVALS" : "GET", key))
    )
    return [...keys, ...values.map(textOf)].join("\n")
  })

const spellings = (secret: string) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString("hex"),
  ...[0, 1, 2].map((shift) =>
    // However it is aligned in a longer base64.
    Buffer.from(" ".repeat(shift) + secret)
      .toString("base64url")
      .slice(4, -4)
  )
]

const isIn = (text: string) => (secret: string) => spellings(secret).some((spelling) => text.includes(spelling))

interface Place {
  readonly store: TokenStoreService
  readonly contents: Effect.Effect<string>
}

const placeOf = (kind: Kind) =>
  Effect.gen(function* () {
    if (kind.startsWith("file")) {
      const path = yield* directory
      const contents = Effect.sync(() => filesBelow(path))
      return { store: yield* open(kind, path), contents } satisfies Place
    }
    const server = yield* RedisServer.make
    const store = yield* open(kind, Redacted.value(server.url))
    const reported = yield* following(store)
    const contents = Effect.map(contentsOf(server), (text) => [text, ...reported].join("\n"))
    return { store, contents } satisfies Place
  })

const chosen = "the-id-that-the-shop-has-chosen"
const pendingText = "the-mfa-token-of-a-pending-login"

const pendingLogin = (pending: PendingLoginsService, lifetime: number) =>
  Effect.flatMap(pending.now, (now) =>
    pending.add({
      mfaToken: Redacted.make(pendingText),
      oobCode: Redacted.make(`${pendingText}-code`),
      channel: "sms",
      tries: 3,
      triesLeft: 3,
      messagesLeft: 2,
      lifetime,
      expiresAt: now + lifetime
    })
  )

const used = ({ contents, store }: Place) =>
  Effect.gen(function* () {
    const sessions = yield* Sessions
    const pending = yield* PendingLogins
    const tokens: Array<string> = []
    const looks: Array<string> = []
    const look = Effect.flatMap(contents, (text) => Effect.sync(() => looks.push(text)))
    const tokenOf = (got: { readonly value: Redacted.Redacted }) => tokens.push(Redacted.value(got.value))

    yield* settings
    tokenOf(yield* Effect.flatMap(AccessTokens, ({ get }) => get))
    const login = Effect.tap(logIn(), ({ access_token, refresh_token }) => {
      tokens.push(Redacted.value(access_token), Redacted.value(refresh_token ?? Redacted.make("no refresh token")))
    })
    const customerId = "ada"
    const first = yield* sessions.start(yield* login, { customerId, label: "a telephone of Ada" })
    const second = yield* sessions.start(yield* login, { customerId, id: chosen })
    const third = yield* sessions.start(yield* login, { customerId })
    yield* look
    tokenOf(yield* first.tokens.forceRefresh)
    const id = yield* pendingLogin(pending, 300_000)
    yield* look
    const ids = [...[first, second, third].map((session) => Redacted.value(session.id)), Redacted.value(id)]
    // No part of what is in the store opens a session: neither a name of a key nor a piece of it.
    for (const name of new Set(looks.join("\n").match(/[A-Za-z0-9_-]{20,}/g))) {
      for (const text of [name, name.replace(/^key-/, ""), name.replace(/^.*session-/, "")]) {
        const opened = yield* Effect.either(Effect.asVoid(Effect.scoped(sessions.resume(text))))
        assert.isTrue(Either.isLeft(opened) && opened.left._tag === "SessionNotFound")
      }
    }
    yield* third.logout
    yield* sessions.endAll(customerId)
    yield* look
    const left = yield* Effect.flatten(pending.read(id))
    assert.isTrue(yield* pending.remove(id, left.version))
    return { tokens: new Set(tokens), ids, text: looks.join("\n"), store }
  })

const layerOf = (store: TokenStoreService) =>
  Sessions.layer().pipe(
    Layer.provideMerge(client({ shareTokens: { store, onStoreFailure: "fail", lease: "10 seconds" } })),
    Layer.provideMerge(Layer.succeed(TokenStore, store)),
    Layer.provideMerge(DinteroEmbedded.layerHttpClient),
    Layer.provideMerge(embedded())
  )

for (const kind of ["file", "file+encrypted", "redis", "redis+encrypted"] as const) {
  const isRedis = kind.startsWith("redis")
  describe.skipIf(isRedis && !RedisServer.available)(`a reader of the store: ${kind}${isRedis ? RedisServer.note : ""}`, () => {
    it.scopedLive(
      kind.endsWith("+encrypted")
        ? "finds no token and no id, and nothing of a customer"
        : "finds no id of a session or of a pending login",
      () =>
        Effect.gen(function* () {
          const place = yield* placeOf(kind)
          const { ids, text, tokens } = yield* Effect.provide(used(place), layerOf(place.store))
          assert.lengthOf(ids, 4)
          assert.isAtLeast(tokens.size, 6)
          assert.deepStrictEqual(ids.filter(isIn(text)), [])
          const rest = [...tokens, pendingText, "a telephone of Ada", "ada@example.com"]
          if (kind.endsWith("+encrypted")) assert.deepStrictEqual(rest.filter(isIn(text)), [])
          // So the look finds what is there.
          else assert.isAbove(rest.filter(isIn(text)).length, 6)
        }),
      60_000
    )
  })
}

describe.skipIf(!RedisServer.available)(`what sessions leave in Redis${RedisServer.note}`, () => {
  it.scopedLive(
    "is nothing, when they and their pending logins are over",
    () =>
      Effect.gen(function* () {
        const server = yield* RedisServer.make
        const store = yield* open("redis", Redacted.value(server.url))
        const keys = Effect.map(server.command("KEYS", "*"), (found) => textOf(found).split("\n").sort())
        yield* Effect.gen(function* () {
          yield* settings
          const before = yield* keys
          yield* Effect.forEach(
            Array.from({ length: 20 }),
            (_, index) =>
              Effect.gen(function* () {
                const sessions = yield* Sessions
                const session = yield* sessions.start(yield* logIn(), { customerId: `customer-${index % 4}` })
                const pending = yield* PendingLogins
                const id = yield* pendingLogin(pending, 100)
                assert.isTrue(Option.isSome(yield* sessions.resume(session.id).pipe(Effect.option)))
                if (index % 2 === 0) yield* session.tokens.forceRefresh
                yield* session.logout
                return id
              }).pipe(Effect.scoped),
            { concurrency: 4, discard: true }
          )
          while ((yield* keys).length > before.length) yield* Effect.sleep("100 millis")
          assert.deepStrictEqual(yield* keys, before)
        }).pipe(Effect.provide(layerOf(store)))
      }),
    60_000
  )
})
