/**
 * How a test or a person moves, reads and disturbs an embedded system, whether it is in this process or behind a port.
 *
 * @since 0.1.0
 */
import type * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { Seed } from "../seed/Seed.js"
import type { InvalidSeed } from "../system/EmbeddedStartError.js"
import type { AccountOverview, CustomerOverview } from "./accounts/AccountOverview.js"
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
 * The time of one system. It follows the clock of whoever calls (in process, so that `TestClock.adjust` moves it too) or of the
 * machine (on a port), and can run ahead of it or stand still.
 *
 * @since 0.1.0
 * @category models
 */
export interface ClockControl<E = never> {
  readonly state: Effect.Effect<ClockState, E>
  /** Ahead by a duration. Forward only. */
  readonly advance: (by: Duration.DurationInput) => Effect.Effect<ClockState, InvalidTime | E>
  /** Ahead to a time. `InvalidTime` for one that is past. */
  readonly set: (to: DateTime.DateTime.Input) => Effect.Effect<ClockState, InvalidTime | E>
  /** Stands still, whatever happens to the clock that it follows; `advance` and `set` still move it. */
  readonly freeze: Effect.Effect<ClockState, E>
  /** Runs again, from the time that it shows. */
  readonly resume: Effect.Effect<ClockState, E>
  /** Follows again, without an offset. The only way back. */
  readonly reset: Effect.Effect<ClockState, E>
}

/**
 * What the system has sent.
 *
 * @since 0.1.0
 * @category models
 */
export interface OutboxControl<E = never> {
  /** The oldest first. */
  readonly list: (match?: MessageMatch) => Effect.Effect<ReadonlyArray<Message>, E>
  /**
   * The oldest message that fits and that no `awaitNext` has answered before; one that is still to come, if there is none. So it does not
   * matter whether a test waits first or sends first.
   *
   * Waits for 5 seconds unless told otherwise, of the machine's time: a `TestClock` does not have to be moved. `NoMessage` says what came
   * instead.
   */
  readonly awaitNext: (match?: MessageMatch, timeout?: Duration.DurationInput) => Effect.Effect<Message, NoMessage | E>
  /** Those that are sent from now on. */
  readonly changes: Stream.Stream<Message, E>
  /** Of one account, or of all. */
  readonly clear: (accountId?: string) => Effect.Effect<void, E>
}

/**
 * What goes wrong on purpose.
 *
 * @since 0.1.0
 * @category models
 */
export interface FaultControl<E = never> {
  readonly list: Effect.Effect<ReadonlyArray<ActiveFault>, E>
  /** In place of all the rules that there are, with their counts from 0. */
  readonly script: (script: FaultScript) => Effect.Effect<ReadonlyArray<ActiveFault>, InvalidFaultScript | E>
  /** One more rule, after the others. */
  readonly add: (rule: FaultRule) => Effect.Effect<ActiveFault, InvalidFaultScript | E>
  /** Answers whether there was such a rule. */
  readonly remove: (rule: number) => Effect.Effect<boolean, E>
  readonly clear: Effect.Effect<void, E>
}

/**
 * What came in, and what was answered.
 *
 * @since 0.1.0
 * @category models
 */
export interface JournalControl<E = never> {
  /** The oldest first. The last 1,000 requests are kept. */
  readonly list: (match?: JournalMatch) => Effect.Effect<ReadonlyArray<JournalEntry>, E>
  /** Those that come from now on. */
  readonly changes: Stream.Stream<JournalEntry, E>
  /** `UnhandledRequests` when a path or a method was asked for that the API does not have; says what it may have been. */
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
  /** The first 1,000, the oldest first. */
  readonly customers: (accountId: string) => Effect.Effect<ReadonlyArray<CustomerOverview>, UnknownAccount | E>
  /** Adds the accounts that are not there yet; with `replace`, also puts those that are there in the place of what they were. */
  readonly seed: (seed: Seed, options?: { readonly replace?: boolean | undefined }) => Effect.Effect<void, InvalidSeed | E>
  /** Everything that is stored of an account, and its outbox. */
  readonly snapshot: (accountId: string) => Effect.Effect<Snapshot, UnknownAccount | E>
  /** Makes the account what it was, with its outbox; makes it anew if it is not there. */
  readonly restore: (snapshot: Snapshot) => Effect.Effect<void, InvalidSnapshot | E>
  /** Makes an account what it was when the system started or it was seeded, with an empty outbox and no failed logins. */
  readonly reset: (accountId: string) => Effect.Effect<void, UnknownAccount | E>
  /** A copy under another id, with the same clients, secrets and customers. */
  readonly fork: (accountId: string, as: string) => Effect.Effect<void, UnknownAccount | UnusableAccountId | E>
  /**
   * Lets the customer with this `customer_id` log in at once, whatever failed before (see `GuessingRules`). Nothing to do is no error:
   * a customer who does not have to wait, or a system that limits nothing.
   */
  readonly unblock: (accountId: string, customerId: string) => Effect.Effect<void, UnknownAccount | UnknownCustomer | E>
}

/**
 * `E` is what every control can also end in: nothing in process, `ControlsUnavailable` from afar.
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
}
