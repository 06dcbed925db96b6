/**
 * One-time codes for a person to type.
 */
import * as Effect from "effect/Effect"
import type { EntropyService } from "../system/Entropy.js"

/** Every code is equally likely: a draw above the last whole million of 32 bits is drawn again. */
export const draw = (entropy: EntropyService): Effect.Effect<string> =>
  Effect.flatMap(entropy.bytes(4), (bytes) => {
    const drawn = Buffer.from(bytes).readUInt32BE()
    return drawn < 4_294_000_000 ? Effect.succeed(String(drawn % 1_000_000).padStart(6, "0")) : draw(entropy)
  })
