/**
 * Texts that are not the id of a session. Nobody may learn anything from what becomes of them.
 */
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Either, Layer, Redacted } from "effect"
import { Sessions, SessionNotFound, TokenStore } from "effect-dintero"
import { client, layer, logIn } from "./System.js"
import * as WatchedStore from "./WatchedStore.js"

/** Counts the hashes that are computed while the effect runs. */
const hashes = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => {
      const { subtle } = globalThis.crypto
      const original = subtle.digest
      const counter = { count: 0, restore: () => Reflect.deleteProperty(subtle, "digest") }
      Object.defineProperty(subtle, "digest", {
        configurable: true,
        value: (...args: Parameters<SubtleCrypto["digest"]>) => {
          counter.count++
          return original.apply(subtle, args)
        }
      })
      return counter
    }),
    (counter) => Effect.map(effect, (result) => [counter.count, result] as const),
    ({ restore }) => Effect.sync(restore)
  )

describe("a text that is not the id of a session", () => {
  it.scoped("costs one hash and one read, changes nothing, and ends in the same error, whatever is wrong with it", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const { handle, id } = yield* Effect.flatMap(logIn(), (login) => sessions.start(login))
        const ended = yield* Effect.flatMap(logIn(), (login) => sessions.start(login))
        yield* ended.logout
        const text = Redacted.value(id)
        const bad: ReadonlyArray<readonly [string, string]> = [
          ["forged", "A".repeat(43)],
          ["one character changed", `${text.slice(0, -1)}${text.endsWith("A") ? "B" : "A"}`],
          ["truncated", text.slice(0, -1)],
          ["longer", `${text}A`],
          ["with a space", ` ${text}`],
          ["in another case", text.toLowerCase() === text ? text.toUpperCase() : text.toLowerCase()],
          ["empty", ""],
          ["of 1 MB", "x".repeat(1_000_000)],
          ["lone surrogates", "\ud800\udc00\ud800"],
          ["NUL", `${text}\0`],
          ["a handle", handle],
          ["a key of the store", `session-${handle}`],
          ["a path", "../../etc/passwd"],
          ["the property of an object", "__proto__"],
          ["of an ended session", Redacted.value(ended.id)]
        ]
        yield* watched.steps
        for (const [name, given] of bad) {
          for (const form of [given, Redacted.make(given)]) {
            const [count, error] = yield* hashes(Effect.flip(Effect.asVoid(Effect.scoped(sessions.resume(form)))))
            assert.deepStrictEqual(error, SessionNotFound.forTest(), name)
            assert.strictEqual(count, 1, name)
            assert.deepStrictEqual(yield* watched.steps, ["read session"], name)
          }
        }
        // The good one is as good as before, in either form.
        for (const form of [text, id]) {
          const [count, { handle: found }] = yield* hashes(Effect.scoped(sessions.resume(form)))
          assert.deepStrictEqual([count, found], [1, handle])
        }
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("nor is one of another client, account or address, over the same store", () =>
    Effect.gen(function* () {
      const watched = yield* WatchedStore.make()
      yield* Effect.gen(function* () {
        const sessions = yield* Sessions
        const { id } = yield* Effect.flatMap(logIn(), (login) => sessions.start(login))
        const clients = [
          client({ clientId: "another" }),
          client({ accountId: "T87654321" }),
          client({ baseUrl: "https://another.example/v1" })
        ]
        for (const other of clients) {
          const foreign = yield* Layer.build(
            Layer.fresh(Sessions.layer().pipe(Layer.provide(other), Layer.provide(Layer.succeed(TokenStore, watched.store))))
          )
          yield* watched.steps
          const end = yield* Effect.either(Effect.scoped(Context.get(foreign, Sessions).resume(id)))
          assert.deepStrictEqual(Either.getLeft(end), Either.getLeft(Either.left(SessionNotFound.forTest())))
          assert.deepStrictEqual(yield* watched.steps, ["read session"])
        }
      }).pipe(Effect.provide(layer({ store: Effect.succeed(watched.store) })))
    })
  )

  it.scoped("two chosen ids that differ in a lone surrogate are two sessions", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      const one = yield* Effect.flatMap(logIn(), (login) => sessions.start(login, { id: "\ud800" }))
      const other = yield* Effect.flatMap(logIn(), (login) => sessions.start(login, { id: "\ud801" }))
      assert.notStrictEqual(one.handle, other.handle)
    }).pipe(Effect.provide(layer()))
  )
})
