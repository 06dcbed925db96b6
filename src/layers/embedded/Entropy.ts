/**
 * Where every id, secret and salt of the embedded system comes from, so that one layer can replace chance.
 */

import { randomBytes, randomUUID } from "node:crypto"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

export interface EntropyService {
  readonly bytes: (length: number) => Effect.Effect<Uint8Array>
  /** A version 4 UUID. */
  readonly uuid: Effect.Effect<string>
}

export class Entropy extends Context.Tag("effect-dintero/embedded/Entropy")<Entropy, EntropyService>() {}

/** The operating system's. */
export const layer: Layer.Layer<Entropy> = Layer.succeed(Entropy, {
  bytes: (length) => Effect.sync(() => randomBytes(length)),
  uuid: Effect.sync(() => randomUUID())
})
