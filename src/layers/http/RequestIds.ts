/**
 * Our own id of a call, the same in all its attempts.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"

/** Names of the headers that carry the id and the number of the attempt; each is sent only when it is named. */
export interface Names {
  readonly header?: string | undefined
  readonly attemptHeader?: string | undefined
}

const hex = (value: number, digits: number): string => Math.floor(value).toString(16).padStart(digits, "0")

/** A UUID of version 7 (RFC 9562, 5.7): the time in ms, and chance. */
export const make: Effect.Effect<string> = Effect.flatMap(Random.next, (first) =>
  Effect.flatMap(Random.next, (second) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      const time = hex(now, 12)
      const low = hex(first * 2 ** 26, 7)
      const variant = hex(0x8000 + ((first * 2 ** 40) % 2 ** 14), 4)
      return `${time.slice(0, 8)}-${time.slice(8)}-7${low.slice(0, 3)}-${variant}-${low.slice(3)}${hex(second * 2 ** 32, 8)}`
    })
  )
)
