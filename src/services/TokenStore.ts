/**
 * The place where sessions are kept when a process ends, and where several processes share a session or the token of a client.
 *
 * A store keeps one text for each key, and does not read the text. It gives three guarantees:
 *
 * - compare-and-set: a writer replaces a text only if it is still the text that the writer has read
 * - leases: a lease has only one holder at a time, and ends after a given time
 * - fencing: a holder whose lease has ended can no longer write
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"

/**
 * A store could not be read or changed. The stored entry was not changed, with one exception: when the store becomes `unavailable` during a change,
 * or the caller is interrupted during it, only a `read` shows whether the change was made. A change is never made in part.
 *
 * - `unavailable`: the store is down or cannot be reached, or this process may not use it
 * - `unreadable`: the entry is damaged or incomplete
 * - `foreign`: another program wrote the entry, or a release with another format
 * - `wrong-key`: the entry cannot be decrypted with this key
 *
 * `message` says what to do. It contains neither a token nor the value of an entry.
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
 * The value that is stored for a key, and its version. Each write gets a higher version, and a version is never used again, not even after the entry
 * was removed.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoredEntry {
  readonly version: number
  readonly value: Redacted.Redacted
}

/**
 * An exclusive right to change an entry, for a limited time. `fence` is higher than the `fence` of every earlier lease of the same key, even after the
 * entry was removed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  readonly fence: number
}

/**
 * The condition of a change.
 *
 * - `expected`: the version that must be stored. None means that no entry may be stored.
 * - `fence`: the `fence` of the writer's lease. The change is refused unless this lease is the latest lease of the key. It may also be refused after
 *   the lease has ended or was released.
 * - `orUnreadable`: makes the change also when the entry is `unreadable`, for a caller that does not need the stored value. It has an effect only
 *   without `expected`. A `foreign` entry is never replaced.
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
 * How an entry is written.
 *
 * - `timeToLive`: the entry disappears when this time has passed since the write. After that it counts as removed. By default an entry stays until it
 *   is removed. A store that ignores this option keeps entries that nobody needs, and nothing worse.
 *
 * @since 0.1.0
 * @category models
 */
export interface WriteOptions {
  readonly timeToLive?: Duration.Duration | undefined
}

/**
 * What one sweep did.
 *
 * - `examined`: how many entries it looked at
 * - `removed`: how many of them it removed, because their time was over
 *
 * @since 0.1.0
 * @category models
 */
export interface Swept {
  readonly examined: number
  readonly removed: number
}

/**
 * The functions of a store. `TokenStores` has stores in memory and in files; implement this interface for another database.
 *
 * A `key` has 1 to 128 characters of `A-Z a-z 0-9 . _ -`. The library makes it from a hash, so it does not show whose entry it is. Any other key, and
 * a lease of more than 365 days, is a mistake of the program, and so a defect (`RangeError`).
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenStoreService {
  /** Reads an entry, if there is one. */
  readonly read: (key: string) => Effect.Effect<Option.Option<StoredEntry>, TokenStoreError>
  /**
   * Writes an entry and returns its version. Returns none when the condition was not met and nothing was written. The write is as durable as the store
   * when this returns.
   */
  readonly write: (
    key: string,
    value: Redacted.Redacted,
    condition: Condition,
    options?: WriteOptions
  ) => Effect.Effect<Option.Option<number>, TokenStoreError>
  /** Removes an entry. Returns whether the condition was met. Without `expected` it is met when there is no entry. */
  readonly remove: (key: string, condition: Condition) => Effect.Effect<boolean, TokenStoreError>
  /**
   * Takes the lease of a key. Returns none while another caller holds it. The lease ends after `duration` even if it was not released, so a process
   * that was killed does not block others for longer.
   */
  readonly lease: (key: string, duration: Duration.Duration) => Effect.Effect<Option.Option<Lease>, TokenStoreError>
  /** Releases a lease, if it is the latest lease of the key. */
  readonly release: (key: string, lease: Lease) => Effect.Effect<void, TokenStoreError>
  /**
   * Optional. Subscribes to removals, and returns a stream with the key of each entry that is removed by `remove` from then on, in this process or
   * another one. It may also report a key whose entry is there, so the sessions read what is reported. The subscription ends with its scope.
   *
   * When the store can no longer promise to report every removal, for example because its connection was lost, the stream
   * fails. The sessions then read the store again, and subscribe anew. Without this function, sessions read the store again after the time
   * `notice` of `Sessions.layer`.
   */
  readonly removals?: Effect.Effect<Stream.Stream<string, TokenStoreError>, TokenStoreError, Scope.Scope> | undefined
  /**
   * Optional. Removes entries whose time is over, for a store that does not do so by itself. It looks at `limit` entries at most, and the next sweep
   * of the same process goes on where this one ended. It may run beside other processes that use the store.
   */
  readonly sweep?: ((limit: number) => Effect.Effect<Swept, TokenStoreError>) | undefined
}

/**
 * A token store, as a service. `TokenStores` has layers for it.
 *
 * @since 0.1.0
 * @category services
 */
export class TokenStore extends Context.Tag("effect-dintero/TokenStore")<TokenStore, TokenStoreService>() {}
