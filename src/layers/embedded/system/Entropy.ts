/**
 * The source of every id, secret and salt of the embedded system. With another source, a system makes the same ones at each start.
 *
 * @since 0.1.0
 */
import { createCipheriv, createHmac, randomBytes, randomUUID } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

/**
 * What makes random values.
 *
 * @since 0.1.0
 * @category models
 */
export interface EntropyService {
  readonly bytes: (length: number) => Effect.Effect<Uint8Array>
  /** A version 4 UUID. */
  readonly uuid: Effect.Effect<string>
  /**
   * Makes the values that follow depend on these texts too. For data from elsewhere: it may have been made from the same seed, and must not
   * be made again.
   */
  readonly mix: (texts: ReadonlyArray<string>) => Effect.Effect<void>
  /** Whether it makes the same values at each start. Otherwise `mix` does nothing. */
  readonly isReproducible: boolean
}

/**
 * The source of a system.
 *
 * @since 0.1.0
 * @category services
 */
export class Entropy extends Context.Tag("effect-dintero/embedded/Entropy")<Entropy, EntropyService>() {}

/**
 * The random source of the operating system.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofSystem: EntropyService = {
  bytes: (length) => Effect.sync(() => randomBytes(length)),
  uuid: Effect.sync(() => randomUUID()),
  mix: () => Effect.void,
  isReproducible: false
}

/**
 * The random source of the operating system, as a layer. A system has it by default.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<Entropy> = Layer.succeed(Entropy, ofSystem)

/** Source: RFC 9562, 5.4. */
const uuidOf = (bytes: Uint8Array): string => {
  const hex = Buffer.from(bytes).toString("hex")
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** The key stream of AES-256 in counter mode: the same on every machine and release of Node. */
const streamOf = (seed: string): ((length: number) => Uint8Array) => {
  const key = createHmac("sha256", "effect-dintero entropy").update(seed, "utf8").digest()
  const cipher = createCipheriv("aes-256-ctr", key, new Uint8Array(16))
  return (length) => cipher.update(new Uint8Array(length))
}

/**
 * INSECURE, for tests and demonstrations: the same values in the same order for the same seed. Anyone who knows the seed knows every secret.
 * The order of values that are asked for at the same time can differ between runs.
 *
 * @since 0.1.0
 * @category constructors
 */
export const ofSeed = (seed: string): Effect.Effect<EntropyService> =>
  Effect.sync(() => {
    let next = streamOf(seed)
    return {
      bytes: (length) => Effect.sync(() => next(length)),
      uuid: Effect.sync(() => uuidOf(next(16))),
      mix: (texts) =>
        Effect.sync(() => {
          const before = Buffer.from(next(32)).toString("hex")
          next = streamOf([before, ...texts].join("\n"))
        }),
      isReproducible: true
    }
  })

/**
 * A random text of 256 bits, in base64url: a token or a nonce.
 *
 * @since 0.1.0
 * @category getters
 */
export const secret = (entropy: EntropyService): Effect.Effect<string> =>
  Effect.map(entropy.bytes(32), (bytes) => Buffer.from(bytes).toString("base64url"))
