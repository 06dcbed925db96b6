/**
 * Logins that wait for a one-time code, kept between the requests of a web server.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { TokenStoreError } from "./TokenStore.js"

/**
 * A stored text, and the version that a change of it has to name.
 *
 * @since 0.1.0
 * @category models
 */
export interface PendingEntry {
  readonly version: number
  readonly value: Redacted.Redacted
}

/**
 * Keeps the logins of `Mfa.begin` until their code is confirmed. They are kept in the `TokenStore`, under a hash of their id.
 *
 * A program does not call these functions. `Mfa.begin`, `Mfa.resend` and `Mfa.confirm` do.
 *
 * @since 0.1.0
 * @category models
 */
export interface PendingLoginsService {
  /** Stores a text under a new id that nobody can guess. */
  readonly add: (value: Redacted.Redacted, timeToLive: Duration.Duration) => Effect.Effect<Redacted.Redacted, TokenStoreError>
  readonly read: (id: string | Redacted.Redacted) => Effect.Effect<Option.Option<PendingEntry>, TokenStoreError>
  /** Writes a text, if `version` is still the stored one. Returns the new version. */
  readonly replace: (
    id: string | Redacted.Redacted,
    version: number,
    value: Redacted.Redacted,
    timeToLive: Duration.Duration
  ) => Effect.Effect<Option.Option<number>, TokenStoreError>
  /** Removes the text, if `version` is still the stored one. */
  readonly remove: (id: string | Redacted.Redacted, version: number) => Effect.Effect<boolean, TokenStoreError>
}

/**
 * The pending logins of a program, as a service. `Sessions.layer` provides it.
 *
 * @since 0.1.0
 * @category services
 */
export class PendingLogins extends Context.Tag("effect-dintero/PendingLogins")<PendingLogins, PendingLoginsService>() {}
