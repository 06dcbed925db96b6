/**
 * Controls an embedded system, in this process or on a port: its clock, outbox, faults, journal and accounts.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { AuditEvent } from "../../../schemas/AuditEvent.js"
import type { CustomerTag } from "../../../schemas/CustomerTag.js"
import type { Seed } from "../seed/Seed.js"
import type { InvalidSeed } from "../system/EmbeddedStartError.js"
import type { AccountOverview, AuditMatch, CustomerDetails, CustomerMatch, CustomerOverview } from "./accounts/AccountOverview.js"
import type { Snapshot } from "./accounts/Snapshot.js"
import type {
  InvalidFaultScript,
  InvalidSnapshot,
  InvalidTime,
  NoMessage,
  UnhandledRequests,
  UnknownAccount,
  UnknownCustomer,
  UnusableAccountId
} from "./ControlErrors.js"
import type { ClockState } from "./clock/ClockState.js"
import type { ActiveFault, FaultRule, FaultScript } from "./faults/FaultScript.js"
import type { JournalEntry, JournalMatch } from "./journal/JournalEntry.js"
import type { Message, MessageMatch } from "./outbox/Message.js"

/**
 * The time of one system. In process it follows the clock of the caller, so that `TestClock.adjust` moves it too. On a port it follows the
 * clock of the machine. It can run ahead of that clock, or stand still.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClockControl<E = never> {
  readonly state: Effect.Effect<ClockState, E>
  /** Moves the time forward by a duration. */
  readonly advance: (by: Duration.DurationInput) => Effect.Effect<ClockState, InvalidTime | E>
  /** Moves the time forward to an instant. `InvalidTime` for a past one. */
  readonly set: (to: DateTime.DateTime.Input) => Effect.Effect<ClockState, InvalidTime | E>
  /** Stops the time. `advance` and `set` still move it. */
  readonly freeze: Effect.Effect<ClockState, E>
  /** Lets a stopped time run again. */
  readonly resume: Effect.Effect<ClockState, E>
  /** Returns to the time of the clock that it follows. This is the only way back. */
  readonly reset: Effect.Effect<ClockState, E>
}

/**
 * Selects a part of a list: the newest of its values, or the newest of those before a given one. To get the page before a page, give the `id` of
 * its first value as `before`. The order within a page is that of the list, so the oldest is first.
 *
 * - `before`: only values whose `id` is smaller
 * - `limit`: at most so many. In process all of them by default, and over HTTP 100
 *
 * @since 0.1.0
 * @category models
 */
export interface Page {
  readonly before?: number | undefined
  readonly limit?: number | undefined
}

/**
 * The messages that the system has sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface OutboxControl<E = never> {
  /**
   * The matching messages, the oldest first, or a page of them. The last 10,000 messages are kept, and fewer when they have more than 8 MiB of
   * text.
   */
  readonly list: (match?: MessageMatch, page?: Page) => Effect.Effect<ReadonlyArray<Message>, E>
  /**
   * The oldest matching message that no `awaitNext` has returned before. If there is none, waits for the next one. So a test can wait first or
   * send first.
   *
   * The wait is 5 seconds by default. It is measured by the machine's time, so a `TestClock` does not have to be moved. `NoMessage` names the
   * messages that came instead.
   */
  readonly awaitNext: (match?: MessageMatch, timeout?: Duration.DurationInput) => Effect.Effect<Message, NoMessage | E>
  /** The messages that are sent from now on. */
  readonly changes: Stream.Stream<Message, E>
  /** Deletes the messages of one account, or of all accounts. */
  readonly clear: (accountId?: string) => Effect.Effect<void, E>
}

/**
 * The faults: what goes wrong on purpose.
 *
 * @since 0.1.0
 * @category models
 */
export interface FaultControl<E = never> {
  readonly list: Effect.Effect<ReadonlyArray<ActiveFault>, E>
  /** Replaces all rules. All counts start at 0. */
  readonly script: (script: FaultScript) => Effect.Effect<ReadonlyArray<ActiveFault>, InvalidFaultScript | E>
  /** Adds a rule after the others. */
  readonly add: (rule: FaultRule) => Effect.Effect<ActiveFault, InvalidFaultScript | E>
  /** Returns whether the rule existed. */
  readonly remove: (rule: number) => Effect.Effect<boolean, E>
  readonly clear: Effect.Effect<void, E>
}

/**
 * The requests and their responses.
 *
 * @since 0.1.0
 * @category models
 */
export interface JournalControl<E = never> {
  /**
   * The matching requests, the oldest first, or a page of them. The last 1,000 requests are kept, and fewer when their bodies have more than 8 MiB.
   * Of a body of more than 8 KiB the beginning is kept, with its length: see `JournalEntry`.
   */
  readonly list: (match?: JournalMatch, page?: Page) => Effect.Effect<ReadonlyArray<JournalEntry>, E>
  /** The matching requests from now on, each when it has ended. */
  readonly changes: (match?: JournalMatch) => Stream.Stream<JournalEntry, E>
  /** `UnhandledRequests` when there were requests for a path or a method that the API does not have. It names the nearest operations. */
  readonly verify: Effect.Effect<void, UnhandledRequests | E>
  readonly clear: Effect.Effect<void, E>
}

/**
 * The data of each account.
 *
 * @since 0.1.0
 * @category models
 */
export interface AccountControl<E = never> {
  readonly list: Effect.Effect<ReadonlyArray<AccountOverview>, E>
  /**
   * At most 100 of the customers that match. The newest is first. With a search they are in the order of the words that it finds. To get the
   * next ones, give the last one's `customer_id` as `after`. `UnknownCustomer` when there is no such customer, or the search does not find it.
   */
  readonly customers: (
    accountId: string,
    match?: CustomerMatch
  ) => Effect.Effect<ReadonlyArray<CustomerOverview>, UnknownAccount | UnknownCustomer | E>
  /** A customer with its tags and tokens, also when it is deleted. */
  readonly customer: (
    accountId: string,
    customerId: string
  ) => Effect.Effect<CustomerDetails, UnknownAccount | UnknownCustomer | E>
  /** The tags that customers of the account can have. */
  readonly tags: (accountId: string) => Effect.Effect<ReadonlyArray<CustomerTag>, UnknownAccount | E>
  /**
   * Who changed the API clients, grants, logins, roles and account users of the account, and what each change was: one event for each change, the
   * newest first, at most 1,000 of those that match. A seed, a restore and a reset are no changes.
   */
  readonly auditEvents: (accountId: string, match?: AuditMatch) => Effect.Effect<ReadonlyArray<AuditEvent>, UnknownAccount | E>
  /** Adds the accounts of the seed that do not exist yet. With `replace`, accounts that exist are replaced. */
  readonly seed: (seed: Seed, options?: { readonly replace?: boolean | undefined }) => Effect.Effect<void, InvalidSeed | E>
  /** All data of an account, with its outbox. */
  readonly snapshot: (accountId: string) => Effect.Effect<Snapshot, UnknownAccount | E>
  /** Restores the account with its outbox, and creates it if it does not exist. */
  readonly restore: (snapshot: Snapshot) => Effect.Effect<void, InvalidSnapshot | E>
  /**
   * Restores an account as it was when the system started or when it was seeded, with an empty outbox and without failed logins. Fails for an
   * account that had more than 10,000 customers then, since its state is not kept.
   */
  readonly reset: (accountId: string) => Effect.Effect<void, UnknownAccount | E>
  /** Copies an account to another id, with the same clients, secrets and customers. */
  readonly fork: (accountId: string, as: string) => Effect.Effect<void, UnknownAccount | UnusableAccountId | E>
  /**
   * Lets the customer with this `customer_id`, or the auth user with this name, log in at once, whatever failed before (see `GuessingRules`). It
   * is not an error when nobody has to wait.
   */
  readonly unblock: (accountId: string, customerId: string) => Effect.Effect<void, UnknownAccount | UnknownCustomer | E>
}

/**
 * The keys that sign access tokens. `auth.keys` lists those that verify tokens.
 *
 * @since 0.1.0
 * @category models
 */
export interface KeyControl<E = never> {
  /**
   * Makes another key, which signs all new tokens, and returns its `kid`. The key before it verifies its tokens until the last of them has
   * expired. Use it to test whether a program that verifies tokens itself fetches the keys again.
   */
  readonly rotate: Effect.Effect<string, E>
}

/**
 * `E` is the error with which every control can also fail: none in process, `ControlsUnavailable` for a system on a port.
 *
 * @since 0.1.0
 * @category models
 */
export interface Controls<E = never> {
  readonly clock: ClockControl<E>
  readonly outbox: OutboxControl<E>
  readonly faults: FaultControl<E>
  readonly journal: JournalControl<E>
  readonly accounts: AccountControl<E>
  readonly keys: KeyControl<E>
}
