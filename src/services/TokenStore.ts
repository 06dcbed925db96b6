/**
 * Where sessions outlive a process, and where several processes meet over one, or over the token of a client.
 *
 * A store keeps one text under each key and knows nothing of what is in it. It gives three guarantees, from which everything else is made:
 * a text is written only in place of the one that the writer has read (compare-and-set), whoever holds a lease holds it alone for a time,
 * and a holder that was too slow cannot write any more (fencing).
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"

/**
 * Why a store could not do what it was asked. What is stored was not changed, with one exception: when a store becomes `unavailable` in
 * the middle of a change, or the caller is interrupted in it, only a `read` tells whether it was made. A change is never made in part.
 *
 * - `unavailable`: it is down, unreachable, or this process may not use it, or not in this way
 * - `unreadable`: the entry is damaged or half written
 * - `foreign`: the entry was written by something else, or by a release with another format
 * - `wrong-key`: the entry cannot be decrypted with this key
 *
 * `message` says what to do. It names neither a token nor the value of an entry.
 *
 * @since 0.1.0
 * @category errors
 */
export class TokenStoreError extends Schema.TaggedError<TokenStoreError>("effect-dintero/TokenStoreError")("TokenStoreError", {
  reason: Schema.Literal("unavailable", "unreadable", "foreign", "wrong-key"),
  message: Schema.String
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: { readonly reason?: TokenStoreError["reason"]; readonly message?: string } = {}): TokenStoreError {
    return new TokenStoreError({ reason: "unavailable", message: "The token store cannot be reached.", ...given })
  }
}

/**
 * What is stored under a key, and the number of its writing: higher with each one, and never used again, also after a removal.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoredEntry {
  readonly version: number
  readonly value: Redacted.Redacted
}

/**
 * The right to be the only one for a time. `fence` is higher than that of every lease of this key before, also after a removal.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  readonly fence: number
}

/**
 * - `expected`: the version that has to be stored; none when nothing may be
 * - `fence`: of the writer's lease. Refused unless it is the one that was given out last. A holder whose time is over, or who gave the
 *   lease back, may be refused too.
 * - `orUnreadable`: the change is also made when the entry is `unreadable`; without `expected` only. For a caller who has no use for what
 *   was stored. What is `foreign` is never replaced.
 *
 * @since 0.1.0
 * @category models
 */
export interface Condition {
  readonly expected: Option.Option<number>
  readonly fence?: number | undefined
  readonly orUnreadable?: boolean | undefined
}

/**
 * A `key` is 1 to 128 characters of `A-Z a-z 0-9 . _ -`; the library makes it of a hash, so that it tells nothing. Another one, and a
 * lease of more than 365 days, is a mistake of the program: a defect (`RangeError`).
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenStoreService {
  readonly read: (key: string) => Effect.Effect<Option.Option<StoredEntry>, TokenStoreError>
  /** The version of what is stored now, or none when the condition does not hold and nothing was written. When it answers, the write is as durable as the store is. */
  readonly write: (
    key: string,
    value: Redacted.Redacted,
    condition: Condition
  ) => Effect.Effect<Option.Option<number>, TokenStoreError>
  /** Whether the condition held and the entry is gone. Without `expected` it holds when there is none. */
  readonly remove: (key: string, condition: Condition) => Effect.Effect<boolean, TokenStoreError>
  /**
   * None while somebody else holds it. After `duration` it is over, whether it was released or not: a process that was killed keeps nobody
   * out for longer.
   */
  readonly lease: (key: string, duration: Duration.Duration) => Effect.Effect<Option.Option<Lease>, TokenStoreError>
  /** Ends the lease, if it is still the current one. */
  readonly release: (key: string, lease: Lease) => Effect.Effect<void, TokenStoreError>
}

/**
 * @since 0.1.0
 * @category services
 */
export class TokenStore extends Context.Tag("effect-dintero/TokenStore")<TokenStore, TokenStoreService>() {}
