/**
 * Whether a token that another process may have stored is good, and for how long. Its times are those of the server's clock, since processes that
 * share a token do not share a clock.
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as RefreshPolicy from "../../policies/RefreshPolicy.js"
import type { Acquired, Demand } from "./TokenCell.js"

/** ms. Clocks agree to the second at best. */
const tolerance = 5_000

/** ms. A stored token is used on the word of a local clock for this time. By then an answer has told the server's time. */
const unconfirmedLife = 60_000

export const isSame = (token: Redacted.Redacted | undefined, other: Redacted.Redacted): boolean =>
  token !== undefined && Redacted.value(token) === Redacted.value(other)

/**
 * - `issued_at`, `expires_at`: ms since 1970 on the server's clock
 * - `isLast`: no other token can be requested, so it is used until it expires
 */
export interface StoredToken {
  readonly value: Redacted.Redacted
  readonly issued_at: number
  readonly expires_at: number
  readonly isLast?: boolean
}

export interface StoredTokens {
  /** The stored token as an answer to the demand. `offset` is how far the server's clock is ahead, if that is known. */
  readonly usable: (
    stored: StoredToken,
    demand: Demand,
    offset: Option.Option<number>,
    clock: Clock.Clock
  ) => Option.Option<Acquired>
}

export const make = (policy: RefreshPolicy.RefreshPolicy): StoredTokens => {
  /** The token that was taken over when the server's time was not known. */
  let unconfirmed: Redacted.Redacted | undefined
  return {
    usable: ({ expires_at, isLast = false, issued_at, value }, { instead, reason }, offset, clock) => {
      const isUnconfirmed = Option.isNone(offset)
      // A token that was used on the word of the local clock is judged anew when the server's clock is known.
      const isToConfirm = !isUnconfirmed && (reason === "early" || reason === "expired") && isSame(unconfirmed, value)
      if (!isToConfirm && Option.exists(instead, (refused) => isSame(refused, value))) return Option.none()
      const now = clock.unsafeCurrentTimeMillis() + Option.getOrElse(offset, () => 0)
      const life = expires_at - issued_at
      const left = isLast ? expires_at - now : Math.min(expires_at - now, life)
      const isGood = isLast
        ? left > 0
        : // Issued in the future: one of the clocks is wrong, and nobody knows how long the token is good.
          now >= issued_at - tolerance &&
          // For a renewal ahead of expiry, a token that is in its window already is no answer. Nor is it to a process that knows its own clock only:
          // that may be wrong by the window, and the token is good all the same.
          (reason === "early" || isUnconfirmed
            ? now < RefreshPolicy.windows(policy, issued_at, life).soft
            : // Twice the window in which calls wait, or it would be renewed again at once. Of a short life, half.
              left > Math.min(2 * Duration.toMillis(policy.hard), life / 2))
      if (!isGood) return Option.none()
      unconfirmed = isUnconfirmed ? value : undefined
      return Option.some({
        value,
        adopted: true,
        ...(isUnconfirmed ? { life: Math.min(left, unconfirmedLife) } : { life: left, age: Math.max(0, now - issued_at) })
      })
    }
  }
}
