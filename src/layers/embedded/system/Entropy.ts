/**
 * Where every id, secret and salt of the embedded system comes from, so that one layer can replace chance.
 */

import { randomBytes, randomUUID } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SeededBytes from "./SeededBytes.js"

export interface EntropyService {
  readonly bytes: (length: number) => Effect.Effect<Uint8Array>
  /** A version 4 UUID. */
  readonly uuid: Effect.Effect<string>
  /** What has come from elsewhere may have been made of the same seed: what comes from here on follows from these texts too. */
  readonly mix: (texts: ReadonlyArray<string>) => Effect.Effect<void>
}

export class Entropy extends Context.Tag("effect-dintero/embedded/Entropy")<Entropy, EntropyService>() {}

/** The operating system's. */
export const ofSystem: EntropyService = {
  bytes: (length) => Effect.sync(() => randomBytes(length)),
  uuid: Effect.sync(() => randomUUID()),
  mix: () => Effect.void
}

export const layer: Layer.Layer<Entropy> = Layer.succeed(Entropy, ofSystem)

/** Source: RFC 9562, 5.4. */
const uuidOf = (bytes: Uint8Array): string => {
  const hex = Buffer.from(bytes).toString("hex")
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}

/**
 * INSECURE, for tests and demonstrations: the same values in the same order for the same seed. Whoever knows the seed knows
 * every secret. What is asked for at the same time may come in another order in another run.
 */
export const ofSeed = (seed: string): Effect.Effect<EntropyService> =>
  Effect.sync(() => {
    let next = SeededBytes.make(seed, "entropy")
    return {
      bytes: (length) => Effect.sync(() => next(length)),
      uuid: Effect.sync(() => uuidOf(next(16))),
      mix: (texts) =>
        Effect.sync(() => {
          const before = Buffer.from(next(32)).toString("hex")
          next = SeededBytes.make([before, ...texts].join("\n"), "entropy")
        })
    }
  })

/** The same as {@link ofSeed}. */
export const layerFrom = (seed: string): Layer.Layer<Entropy> => Layer.effect(Entropy, ofSeed(seed))
