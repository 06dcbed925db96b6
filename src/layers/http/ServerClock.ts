/**
 * How far the server's clock is ahead of the local one. A token's life is counted from its arrival, for which no clock has to be right; but
 * what another process has stored is counted by the server's.
 */
import type * as Clock from "effect/Clock"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Claims from "../../internal/Claims.js"
import * as Deadlines from "./Deadlines.js"

/** What is compared is the monotonic time, so that a correction of the local clock changes the answer at once and spoils no observation. */
export interface ServerClock {
  /** The server's time, known to `precision` ms, of an answer to a request of the monotonic times `sentAt` to `receivedAt`. */
  readonly observe: (serverMillis: number, precision: number, sentAt: number, receivedAt: number, clock: Clock.Clock) => void
  readonly offset: (clock: Clock.Clock) => Option.Option<number>
  /** Whether an observation would tell something. */
  readonly isStale: (clock: Clock.Clock) => boolean
}

/** ms. Clocks drift, and machines are corrected. */
const goodFor = 10 * 60_000

/** ms. By so much the two local times may run apart before one of them was moved, or stood still while the machine slept. */
const tolerance = 2_000

/** How far the wall clock is ahead of the monotonic one. */
const lead = (clock: Clock.Clock): number => clock.unsafeCurrentTimeMillis() - Deadlines.now(clock)

export const make = (): ServerClock => {
  let best: { readonly ahead: number; readonly error: number; readonly at: number; readonly lead: number } | undefined
  const isStale = (clock: Clock.Clock): boolean =>
    best === undefined || Deadlines.now(clock) - best.at > goodFor || Math.abs(lead(clock) - best.lead) > tolerance
  return {
    observe: (serverMillis, precision, sentAt, receivedAt, clock) => {
      // Somewhere between the two, and `Date` and `iat` are cut off to the second.
      const ahead = serverMillis + precision / 2 - (sentAt + receivedAt) / 2
      const error = precision / 2 + (receivedAt - sentAt) / 2
      // The server's clock was moved meanwhile: the old observation is about another one.
      const isAnother = best !== undefined && Math.abs(ahead - best.ahead) > error + best.error
      if (Number.isFinite(ahead) && (best === undefined || error <= best.error || isAnother || isStale(clock))) {
        best = { ahead, error, at: receivedAt, lead: lead(clock) }
      }
    },
    offset: (clock) => Option.map(Option.fromNullable(best), ({ ahead }) => Math.round(ahead - lead(clock))),
    isStale
  }
}

const readClaims = Claims.reader(Schema.Struct({ iat: Schema.Finite }))

/** When a token says that it was issued, in ms; none for one that is no JWT. */
export const issuedAt = (token: Redacted.Redacted): Option.Option<number> =>
  Option.map(readClaims(token), ({ iat }) => iat * 1000)
