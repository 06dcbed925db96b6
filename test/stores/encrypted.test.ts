import { assert, describe, it } from "@effect/vitest"
import { Config, ConfigProvider, Duration, Effect, Encoding, FastCheck as fc, Layer, Option, Redacted, TestClock } from "effect"
import { TokenStore, type TokenStoreService, TokenStores } from "effect-dintero"
import { following } from "./Conformance.js"
import { allTexts, fails } from "./Failures.js"

const bytes = (fill: number) => new Uint8Array(32).fill(fill)
const keyA = Redacted.make(Encoding.encodeBase64(bytes(1)))
const keyB = Redacted.make(Encoding.encodeBase64(bytes(2)))
const keyC = Redacted.make(Encoding.encodeBase64(bytes(3)))
const secret = "s3cr3t-refresh-token"
const none = { expected: Option.none<number>() }
const secrets = [secret, ...[keyA, keyB, keyC].map((key) => Redacted.value(key)), Encoding.encodeHex(bytes(1))]

/** A store below, and how it looks from above with some keys. */
const below = Effect.gen(function* () {
  const store = yield* TokenStores.memory
  const put = (key: string, text: string) =>
    Effect.gen(function* () {
      const expected = Option.map(yield* store.read(key), ({ version }) => version)
      return yield* Effect.flatten(store.write(key, Redacted.make(text), { expected }))
    })
  const raw = (key: string) => Effect.map(Effect.flatten(store.read(key)), ({ value }) => Redacted.value(value))
  return { store, put, raw }
})

describe("encrypted", () => {
  it.effect("works over a store that is an object of a class", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStores.memory
      class Own implements TokenStoreService {
        private readonly below = memory
        read(key: string) {
          return this.below.read(key)
        }
        write(...given: Parameters<TokenStoreService["write"]>) {
          return this.below.write(...given)
        }
        remove(...given: Parameters<TokenStoreService["remove"]>) {
          return this.below.remove(...given)
        }
        lease(...given: Parameters<TokenStoreService["lease"]>) {
          return this.below.lease(...given)
        }
        release(...given: Parameters<TokenStoreService["release"]>) {
          return this.below.release(...given)
        }
        sweep() {
          return Effect.succeed({ examined: this.below === memory ? 7 : 0, removed: 0 })
        }
      }
      const sealed = yield* TokenStores.encrypted(new Own(), { key: keyA })
      const lease = yield* Effect.flatten(sealed.lease("a", Duration.seconds(1)))
      assert.isTrue(Option.isNone(yield* sealed.lease("a", Duration.seconds(1))))
      yield* sealed.release("a", lease)
      assert.isTrue(Option.isSome(yield* sealed.lease("a", Duration.seconds(1))))
      assert.deepStrictEqual(yield* sealed.sweep?.(1) ?? Effect.dieMessage("no sweep"), { examined: 7, removed: 0 })
    })
  )

  it.effect("decrypts what it encrypted, and encrypts the same text differently each time", () =>
    Effect.gen(function* () {
      const { store, raw } = yield* below
      const sealed = yield* TokenStores.encrypted(store, { key: keyA })
      yield* sealed.write("a", Redacted.make(secret), none)
      yield* sealed.write("b", Redacted.make(secret), none)
      const [a, b] = [yield* raw("a"), yield* raw("b")]
      assert.match(a, /^effect-dintero\.sealed\.1\.[0-9a-f]{8}\.[0-9a-f]{16}\.[A-Za-z0-9_-]+$/)
      assert.notStrictEqual(a.split(".")[5], b.split(".")[5])
      assert.notInclude(a, secret)
      const { value } = yield* Effect.flatten(sealed.read("a"))
      assert.strictEqual(Redacted.value(value), secret)
      assert.notInclude(String(value), secret)
    })
  )

  it.effect("accepts a key as bytes, as base64 and as base64url", () =>
    Effect.gen(function* () {
      const { store } = yield* below
      const odd = new Uint8Array(32).fill(0xfb)
      const forms = [
        Redacted.make(odd),
        Redacted.make(Encoding.encodeBase64(odd)),
        Redacted.make(`${Encoding.encodeBase64(odd)}\n`),
        Redacted.make(Encoding.encodeBase64Url(odd)),
        Redacted.make(`${Encoding.encodeBase64Url(odd)}=`)
      ]
      for (const [index, key] of forms.entries()) {
        const sealed = yield* TokenStores.encrypted(store, { key })
        if (index === 0) yield* sealed.write("a", Redacted.make(secret), none)
        assert.isTrue(Option.isSome(yield* sealed.read("a")))
      }
    })
  )

  it.effect("refuses an invalid key when it is built, and does not show it", () =>
    Effect.gen(function* () {
      const { store } = yield* below
      const wrong = [
        new Uint8Array(31),
        new Uint8Array(0),
        "",
        "not base64 at all!",
        Encoding.encodeBase64(new Uint8Array(16).fill(9))
      ]
      for (const each of wrong) {
        const key = typeof each === "string" ? Redacted.make(each) : Redacted.make(each)
        const shown = typeof each === "string" && each !== "" ? [each] : []
        yield* fails(TokenStores.encrypted(store, { key }), "wrong-key", shown)
        const error = yield* fails(TokenStores.encrypted(store, { key: keyA, olderKeys: [keyB, key] }), "wrong-key", shown)
        assert.include(error.message, "older encryption key 2")
      }
    })
  )

  it.effect("reads with any key and writes with the first", () =>
    Effect.gen(function* () {
      const { store } = yield* below
      const old = yield* TokenStores.encrypted(store, { key: keyA })
      const version = yield* Effect.flatten(old.write("a", Redacted.make(secret), none))
      const rotated = yield* TokenStores.encrypted(store, { key: keyB, olderKeys: [keyC, keyA] })
      assert.strictEqual(Redacted.value((yield* Effect.flatten(rotated.read("a"))).value), secret)
      yield* fails((yield* TokenStores.encrypted(store, { key: keyB })).read("a"), "wrong-key", secrets)
      yield* Effect.flatten(rotated.write("a", Redacted.make(secret), { expected: Option.some(version) }))
      yield* fails(old.read("a"), "wrong-key", secrets)
      assert.isTrue(Option.isSome(yield* (yield* TokenStores.encrypted(store, { key: keyB })).read("a")))
    })
  )

  it.effect("tells apart a wrong key, damage, another entry's text and a plain text, and changes nothing", () =>
    Effect.gen(function* () {
      const { store, put, raw } = yield* below
      const sealed = yield* TokenStores.encrypted(store, { key: keyA })
      yield* sealed.write("a", Redacted.make(secret), none)
      const whole = yield* raw("a")
      const stays = (key: string, text: string, reason: "unreadable" | "foreign" | "wrong-key") =>
        Effect.gen(function* () {
          const version = yield* put(key, text)
          yield* fails(sealed.read(key), reason, secrets)
          assert.isTrue(Option.isNone(yield* sealed.write(key, Redacted.make("x"), none)))
          assert.strictEqual(yield* raw(key), text)
          assert.strictEqual((yield* Effect.flatten(store.read(key))).version, version)
        })
      for (let length = 0; length < whole.length; length++) yield* stays("a", whole.slice(0, length), "unreadable")
      for (let at = "effect-dintero.sealed.1.".length; at < whole.length; at++) {
        yield* stays("a", `${whole.slice(0, at)}${whole[at] === "A" ? "B" : "A"}${whole.slice(at + 1)}`, "unreadable")
      }
      yield* stays("other", whole, "unreadable")
      yield* stays("A", whole, "unreadable")
      yield* stays("a", secret, "foreign")
      yield* stays("a", `{"refresh_token":"${secret}"}`, "foreign")
      yield* stays("a", whole.replace("sealed.1.", "sealed.2."), "foreign")
      yield* stays("a", `${whole}.more`, "unreadable")
      const stranger = yield* TokenStores.encrypted(store, { key: keyB })
      yield* stranger.write("b", Redacted.make(secret), none)
      yield* stays("b", yield* raw("b"), "wrong-key")
    })
  )

  it.effect("does not decrypt a forged text of the right shape and checksum", () =>
    Effect.gen(function* () {
      const { store, put, raw } = yield* below
      const sealed = yield* TokenStores.encrypted(store, { key: keyA })
      yield* sealed.write("a", Redacted.make(secret), none)
      yield* sealed.write("b", Redacted.make("another"), none)
      const [a = [], b = []] = [(yield* raw("a")).split("."), (yield* raw("b")).split(".")]
      assert.strictEqual(a[4], b[4], "one key, one id")
      yield* put("a", b.join("."))
      yield* fails(sealed.read("a"), "unreadable", secrets)
    })
  )

  it.scoped("hands on the time to live, and has the removals and the sweep of the store below, if it has any", () =>
    Effect.gen(function* () {
      const { store } = yield* below
      const given: Array<unknown> = []
      const sealed = yield* TokenStores.encrypted(
        {
          ...store,
          write: (key, value, condition, options) => {
            given.push(options)
            return store.write(key, value, condition, options)
          }
        },
        { key: keyA }
      )
      const timeToLive = Duration.seconds(1)
      yield* sealed.write("a", Redacted.make(secret), none, { timeToLive })
      yield* sealed.write("b", Redacted.make(secret), { ...none, orUnreadable: true }, { timeToLive })
      const version = yield* Effect.flatten(sealed.write("c", Redacted.make(secret), none))
      assert.deepStrictEqual(given, [{ timeToLive }, { timeToLive }, undefined])
      const seen = yield* following(sealed)
      yield* sealed.remove("c", { expected: Option.some(version) })
      while (!seen.has("c")) yield* Effect.yieldNow()
      yield* TestClock.adjust("1 second")
      assert.isTrue(Option.isNone(yield* sealed.read("a")))
      assert.deepStrictEqual(yield* sealed.sweep?.(10) ?? Effect.void, { examined: 2, removed: 2 })
      const { read, write, remove, lease, release } = store
      const plain = yield* TokenStores.encrypted({ read, write, remove, lease, release }, { key: keyA })
      assert.isUndefined(plain.removals)
      assert.isUndefined(plain.sweep)
    })
  )

  it("decrypts any text to what it was", () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), (text) =>
        Effect.runPromise(
          Effect.gen(function* () {
            const sealed = yield* TokenStores.encrypted((yield* below).store, { key: keyA })
            yield* sealed.write("a", Redacted.make(text), none)
            assert.strictEqual(Redacted.value((yield* Effect.flatten(sealed.read("a"))).value), text)
          })
        )
      ),
      { numRuns: 100 }
    ))

  it.effect("encrypts another store as a layer", () => {
    const layer = TokenStores.layerEncrypted({ key: keyA }).pipe(Layer.provide(TokenStores.layerMemory))
    return Effect.gen(function* () {
      const store = yield* TokenStore
      yield* store.write("a", Redacted.make(secret), none)
      assert.strictEqual(Redacted.value((yield* Effect.flatten(store.read("a"))).value), secret)
      assert.notInclude(
        allTexts(
          yield* fails(
            store.read("a").pipe(Effect.zipRight(TokenStores.encrypted(store, { key: Redacted.make("x") }))),
            "wrong-key"
          )
        ),
        secret
      )
    }).pipe(Effect.provide(layer))
  })

  it.effect("encrypts with a key from the configuration, and says which variable is missing", () =>
    Effect.gen(function* () {
      const memory = yield* TokenStores.memory
      const layer = TokenStores.layerEncryptedConfig({ key: Config.redacted("SESSIONS_KEY") }).pipe(
        Layer.provide(Layer.succeed(TokenStore, memory))
      )
      const withKeys = (keys: ReadonlyArray<readonly [string, string]>) =>
        Effect.flatMap(TokenStore, (store) => store.write("a", Redacted.make(secret), none)).pipe(
          Effect.provide(layer),
          Effect.withConfigProvider(ConfigProvider.fromMap(new Map(keys)))
        )
      yield* withKeys([["SESSIONS_KEY", Redacted.value(keyA)]])
      const { value } = yield* Effect.flatten(memory.read("a"))
      assert.notInclude(Redacted.value(value), secret)
      const sealed = yield* TokenStores.encrypted(memory, { key: keyA })
      assert.strictEqual(Redacted.value((yield* Effect.flatten(sealed.read("a"))).value), secret)
      const missing = yield* Effect.flip(Effect.asVoid(withKeys([])))
      assert.include(String(missing), "SESSIONS_KEY")
      assert.strictEqual((yield* Effect.flip(Effect.asVoid(withKeys([["SESSIONS_KEY", "too short"]]))))._tag, "TokenStoreError")
    })
  )
})
