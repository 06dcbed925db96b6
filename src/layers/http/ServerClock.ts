/**
 * How far the server's clock is ahead of the local one. A token's life is counted from its arrival, for which no clock has to be right; but
 * what another process has stored is counted by the server's.
 */
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { value } from "effect/Redacted"
import * as Schema from "effect/Schema"

export interface ServerClock {
  /** The server's time, known to `precision` ms, of an answer to a request of the local times `sentAt` to `receivedAt`. */
  readonly observe: (serverMillis: number, precision: number, sentAt: number, receivedAt: number) => void
  readonly offset: () => Option.Option<number>
  /** Whether an observation would tell something. */
  readonly isStale: (now: number) => boolean
}

/** ms. Clocks drift, and machines are corrected. */
const goodFor = 10 * 60_000

export const make = (): ServerClock => {
  let best: { readonly offset: number; readonly error: number; readonly at: number } | undefined
  return {
    observe: (serverMillis, precision, sentAt, receivedAt) => {
      // Somewhere between the two, and `Date` and `iat` are cut off to the second.
      const offset = serverMillis + precision / 2 - (sentAt + receivedAt) / 2
      const error = precision / 2 + Math.abs(receivedAt - sentAt) / 2
      const isBetter = best === undefined || error <= best.error || Math.abs(receivedAt - best.at) > goodFor
      // A clock that was corrected meanwhile: the old observation is about another one.
      const isAnother = best !== undefined && Math.abs(offset - best.offset) > error + best.error
      if (Number.isFinite(offset) && (isBetter || isAnother)) best = { offset, error, at: receivedAt }
    },
    offset: () => Option.map(Option.fromNullable(best), ({ offset }) => Math.round(offset)),
    isStale: (now) => best === undefined || Math.abs(now - best.at) > goodFor
  }
}

const decodeClaims = Schema.decodeUnknownOption(Schema.parseJson(Schema.Struct({ iat: Schema.Finite })))

/** When a token says that it was issued, in ms; none for one that is no JWT. It is only looked at, and trusted with nothing. */
export const issuedAt = (token: Redacted.Redacted): Option.Option<number> => {
  const [, payload, signature] = value(token).split(".")
  if (payload === undefined || signature === undefined) return Option.none()
  try {
    return Option.map(decodeClaims(atob(payload.replaceAll("-", "+").replaceAll("_", "/"))), ({ iat }) => iat * 1000)
  } catch {
    return Option.none()
  }
}
