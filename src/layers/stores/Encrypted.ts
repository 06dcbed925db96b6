/**
 * A token store that encrypts its texts before it hands them to another store, with AES-256-GCM of WebCrypto.
 *
 * A stored text is `effect-dintero.sealed.1.<crc>.<key id>.<nonce and ciphertext, base64url>`:
 * - the nonce is 96 random bits, new for each write. NIST SP 800-38D allows 2^32 writes with one key;
 * - the entry's key is authenticated with the text, so a text that was moved to another entry cannot be decrypted;
 * - the key id is 64 bits of a SHA-256 of the encryption key. It tells a wrong key from a damaged text, and says which of several keys
 *   to use;
 * - the CRC detects accidental damage before any key is tried.
 *
 * The other store sees versions, leases and the lengths of the texts. An attacker who can write to it can put back an older text of the
 * same entry. No encryption prevents that.
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { type Condition, TokenStoreError, type TokenStoreService } from "../../services/TokenStore.js"
import { crc32 } from "./Crc32.js"
import { isDamagedFormat } from "./EntryText.js"

/**
 * 32 bytes, or their base64 or base64url. `openssl rand -base64 32` prints such a key.
 *
 * @since 0.1.0
 * @category models
 */
export type EncryptionKey = Redacted.Redacted<string> | Redacted.Redacted<Uint8Array>

/**
 * The keys of a store that encrypts: one to write with, and older ones that can still be read.
 *
 * @since 0.1.0
 * @category models
 */
export interface EncryptionKeys {
  /** Entries are written with this key. */
  readonly key: EncryptionKey
  /** Entries that were written with these keys can still be read. */
  readonly olderKeys?: ReadonlyArray<EncryptionKey> | undefined
}

interface ReadyKey {
  readonly id: string
  readonly key: CryptoKey
}

const magic = "effect-dintero.sealed."
const format = "1"
const nonceLength = 12

const failure = (reason: TokenStoreError["reason"], message: string) => new TokenStoreError({ reason, message })

const utf8 = new TextEncoder()

const bytesOf = (key: EncryptionKey): Option.Option<Uint8Array<ArrayBuffer>> => {
  const value: string | Uint8Array = Redacted.value<string | Uint8Array>(key)
  if (typeof value !== "string") return Option.some(new Uint8Array(value))
  const text = value.trim()
  const decoded = /[-_]/.test(text) ? Encoding.decodeBase64Url(text.replace(/=+$/, "")) : Encoding.decodeBase64(text)
  // A copy, since the decoded bytes may be a view of shared memory, which WebCrypto does not accept.
  return Option.map(Either.getRight(decoded), (bytes) => new Uint8Array(bytes))
}

const ready = (key: EncryptionKey, name: string): Effect.Effect<ReadyKey, TokenStoreError> =>
  Effect.gen(function* () {
    const bytes = Option.filter(bytesOf(key), ({ length }) => length === 32)
    if (Option.isNone(bytes)) {
      return yield* failure(
        "wrong-key",
        `The ${name} of the token store is neither 32 bytes nor the base64 of 32 bytes. Make one with: openssl rand -base64 32`
      )
    }
    return yield* Effect.tryPromise({
      try: async () => {
        const label = utf8.encode("effect-dintero token store key id\n")
        const hash = await crypto.subtle.digest("SHA-256", new Uint8Array([...label, ...bytes.value]))
        return {
          id: Encoding.encodeHex(new Uint8Array(hash, 0, 8)),
          key: await crypto.subtle.importKey("raw", bytes.value, "AES-GCM", false, ["encrypt", "decrypt"])
        }
      },
      // The cause is dropped, because some runtimes put the key into it.
      catch: () =>
        failure(
          "unavailable",
          "Encrypting the token store needs WebCrypto with AES-GCM, which this runtime does not have. A browser has it on https pages only."
        )
    })
  })

const parameters = (key: string, iv: Uint8Array<ArrayBuffer>): AesGcmParams => ({
  name: "AES-GCM",
  iv,
  additionalData: utf8.encode(`${magic}${format}\n${key}`)
})

const seal = (key: string, value: string, using: ReadyKey): Effect.Effect<string, TokenStoreError> =>
  Effect.tryPromise({
    try: async () => {
      const nonce = crypto.getRandomValues(new Uint8Array(nonceLength))
      const sealed = await crypto.subtle.encrypt(parameters(key, nonce), using.key, utf8.encode(value))
      const whole = new Uint8Array(nonceLength + sealed.byteLength)
      whole.set(nonce)
      whole.set(new Uint8Array(sealed), nonceLength)
      const rest = `${using.id}.${Encoding.encodeBase64Url(whole)}`
      return `${magic}${format}.${crc32(rest)}.${rest}`
    },
    catch: () => failure("unavailable", "The runtime's WebCrypto could not encrypt an entry of the token store.")
  })

const damaged = () =>
  failure(
    "unreadable",
    "An entry of the token store is damaged: its text is not the one that was written under this key. It was not changed. Log in again to replace it."
  )

const open = (key: string, text: string, keys: ReadonlyArray<ReadyKey>): Effect.Effect<string, TokenStoreError> => {
  if (!text.startsWith(magic)) {
    return magic.startsWith(text) || /^\0+$/.test(text) || isDamagedFormat(text.slice(0, magic.length), magic)
      ? Effect.fail(damaged())
      : Effect.fail(
          failure(
            "foreign",
            "An entry of the token store is not encrypted, or not by this library. It was not changed. Remove it from the store, or read it with a store without encryption."
          )
        )
  }
  const [number, sum, id, sealed, more] = text.slice(magic.length).split(".")
  if (number !== undefined && sum !== undefined && /^[0-9]+$/.test(number) && number !== format) {
    return Effect.fail(
      failure(
        "foreign",
        `An entry of the token store has the encryption format ${number.slice(0, 9)}, and this release of effect-dintero knows ${format}. Update effect-dintero.`
      )
    )
  }
  if (sum === undefined || id === undefined || sealed === undefined || more !== undefined) return Effect.fail(damaged())
  const payload = Encoding.decodeBase64Url(sealed)
  if (crc32(`${id}.${sealed}`) !== sum || Either.isLeft(payload)) return Effect.fail(damaged())
  const using = keys.find((each) => each.id === id)
  if (using === undefined) {
    return Effect.fail(
      failure(
        "wrong-key",
        "An entry of the token store was encrypted with another key. It was not changed. Give that key too, in olderKeys."
      )
    )
  }
  const whole = new Uint8Array(payload.right)
  return Effect.tryPromise({
    try: async () => {
      const opened = await crypto.subtle.decrypt(
        parameters(key, whole.slice(0, nonceLength)),
        using.key,
        whole.slice(nonceLength)
      )
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(opened)
    },
    catch: damaged
  })
}

/** Leases, removals and sweeps have nothing to encrypt: they are those of the other store. */
export const make = (store: TokenStoreService, options: EncryptionKeys): Effect.Effect<TokenStoreService, TokenStoreError> =>
  Effect.gen(function* () {
    const first = yield* ready(options.key, "encryption key")
    const older = yield* Effect.forEach(options.olderKeys ?? [], (key, index) => ready(key, `older encryption key ${index + 1}`))
    const keys = [first, ...older]
    const read: TokenStoreService["read"] = (key) =>
      Effect.flatMap(
        store.read(key),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: ({ version, value }) =>
            Effect.map(open(key, Redacted.value(value), keys), (text) => Option.some({ version, value: Redacted.make(text) }))
        })
      )

    /** A text that the other store can read but that cannot be decrypted is unreadable here. Then the condition names its version. */
    const expectedOf = (key: string, condition: Condition): Effect.Effect<Condition, TokenStoreError> =>
      condition.orUnreadable !== true
        ? Effect.succeed(condition)
        : Effect.gen(function* () {
            const below = yield* Effect.either(store.read(key))
            // The other store checks the condition itself.
            if (Either.isLeft(below) || Option.isNone(below.right)) return condition
            const { value, version } = below.right.value
            const opened = yield* Effect.either(open(key, Redacted.value(value), keys))
            if (Either.isRight(opened)) return condition
            if (opened.left.reason !== "unreadable") return yield* opened.left
            return { ...condition, expected: Option.some(version), orUnreadable: false }
          })

    // A store may be an object of a class, so its functions are called on it.
    const { removals, sweep } = store
    return {
      lease: (key, duration) => store.lease(key, duration),
      release: (key, lease) => store.release(key, lease),
      removals,
      sweep: sweep === undefined ? undefined : (limit) => sweep.call(store, limit),
      read,
      write: (key, value, condition, options) =>
        Effect.zipWith(seal(key, Redacted.value(value), first), expectedOf(key, condition), (sealed, expected) =>
          store.write(key, Redacted.make(sealed), expected, options)
        ).pipe(Effect.flatten),
      remove: (key, condition) => Effect.flatMap(expectedOf(key, condition), (expected) => store.remove(key, expected))
    }
  })
