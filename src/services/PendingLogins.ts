/**
 * Logins that wait for a one-time code, kept between the requests of a web server.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { TokenStoreError } from "./TokenStore.js"

/**
 * A login can no longer be completed with a code. Have the customer log in again.
 *
 * - `unknown`: there is no pending login with this id. The id was never given out, the login was completed or has expired, it is of another account or API
 *   client, or its entry is damaged. The error does not say which, so that nobody learns from it whether an id was ever valid.
 * - `tries`: the last code that could be tried was refused, or the server has said that no other code may be tried
 *
 * @since 0.1.0
 * @category errors
 */
export class PendingLoginOver extends Schema.TaggedError<PendingLoginOver>("effect-dintero/PendingLoginOver")(
  "PendingLoginOver",
  { reason: Schema.Literal("unknown", "tries"), message: Schema.String }
) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: { readonly reason?: PendingLoginOver["reason"]; readonly message?: string } = {}): PendingLoginOver {
    const reason = given.reason ?? "unknown"
    return new PendingLoginOver({ reason, message: overMessages[reason], ...given })
  }
}

/** @internal */
export const overMessages: { readonly [Reason in PendingLoginOver["reason"]]: string } = {
  unknown: "There is no pending login with this id: have the customer log in again.",
  tries: "No other code may be tried: have the customer log in again."
}

/**
 * No other message is sent for this pending login. The code of the last message can still be confirmed.
 *
 * @since 0.1.0
 * @category errors
 */
export class TooManyMessages extends Schema.TaggedError<TooManyMessages>("effect-dintero/TooManyMessages")("TooManyMessages", {
  message: Schema.String
}) {
  /** A complete error for a test. What is not given has a default. */
  static forTest(given: { readonly message?: string } = {}): TooManyMessages {
    return new TooManyMessages({ message: "As many codes were sent for this login as are allowed.", ...given })
  }
}

/**
 * What is stored of a pending login.
 *
 * - `channel`: `null` when it is not known
 * - `tries`: how many codes may be tried for each message
 * - `triesLeft`: how many more for the last message. With 0 the login is over, and its entry is only removed.
 * - `lifetime`: ms from a message to the expiry of the login
 * - `expiresAt`: ms since 1970 on the clock of the server, since the processes that share a store may have different clocks
 *
 * @since 0.1.0
 * @category models
 */
export interface StoredLogin {
  readonly mfaToken: Redacted.Redacted
  readonly oobCode: Redacted.Redacted
  readonly channel: "sms" | "email" | null
  readonly tries: number
  readonly triesLeft: number
  readonly messagesLeft: number
  readonly lifetime: number
  readonly expiresAt: number
}

/**
 * A stored login, and the version that a change of it has to name.
 *
 * @since 0.1.0
 * @category models
 */
export interface PendingEntry {
  readonly version: number
  readonly login: StoredLogin
}

/**
 * Keeps the logins of `Mfa.begin` until their code is confirmed. They are kept in the `TokenStore`, under a hash of their id, of the account that the
 * caller acts on, and of the API client.
 *
 * A program does not call these functions. `Mfa.begin`, `Mfa.resend` and `Mfa.confirm` do.
 *
 * @since 0.1.0
 * @category models
 */
export interface PendingLoginsService {
  /** The time of the server as far as it is known, in ms since 1970. */
  readonly now: Effect.Effect<number>
  /** Stores a login under a new id that nobody can guess. */
  readonly add: (login: StoredLogin) => Effect.Effect<Redacted.Redacted, TokenStoreError>
  /** Reads a login. There is none for any text that is not the id of a login, nor for one that has expired or is damaged. */
  readonly read: (id: string | Redacted.Redacted) => Effect.Effect<Option.Option<PendingEntry>, TokenStoreError>
  /** Writes a login, if `version` is still the stored one. Returns the new version. */
  readonly replace: (
    id: string | Redacted.Redacted,
    version: number,
    login: StoredLogin
  ) => Effect.Effect<Option.Option<number>, TokenStoreError>
  /** Removes a login, if `version` is still the stored one. */
  readonly remove: (id: string | Redacted.Redacted, version: number) => Effect.Effect<boolean, TokenStoreError>
}

/**
 * The pending logins of a program, as a service. `Sessions.layer` provides it.
 *
 * @since 0.1.0
 * @category services
 */
export class PendingLogins extends Context.Tag("effect-dintero/PendingLogins")<PendingLogins, PendingLoginsService>() {}
