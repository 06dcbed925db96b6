/**
 * The services of the controls.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Option from "effect/Option"
import * as Composition from "../system/Composition.js"
import * as AccountsControl from "./accounts/AccountsControl.js"
import * as AccountsOverview from "./accounts/AccountsOverview.js"
import * as CustomersOverview from "./accounts/CustomersOverview.js"
import * as Snapshots from "./accounts/Snapshots.js"
import * as EmbeddedClock from "./clock/EmbeddedClock.js"
import * as Faults from "./faults/Faults.js"
import * as Journal from "./journal/Journal.js"
import * as Outbox from "./outbox/Outbox.js"
import * as SharedOutbox from "./outbox/SharedOutbox.js"

export interface Choices {
  readonly startsAtKnownTime: boolean
  /** The database of processes that share one. */
  readonly shared: Option.Option<SqlClient.SqlClient>
}

/** What is made before the rooms: they use the outbox. */
export const beforeRooms = ({ shared, startsAtKnownTime }: Choices) =>
  Composition.empty.pipe(
    Composition.add(EmbeddedClock.EmbeddedClock, EmbeddedClock.make(startsAtKnownTime, shared)),
    Composition.add(Outbox.Outbox, Option.match(shared, { onNone: () => Outbox.make, onSome: SharedOutbox.make })),
    Composition.add(Faults.Faults, Faults.make),
    Composition.add(Journal.Journal, Journal.make(shared))
  )

/** What changes and shows the data of the rooms. */
export const afterRooms = Composition.empty.pipe(
  Composition.add(Snapshots.Snapshots, Snapshots.make),
  Composition.add(AccountsOverview.AccountsOverview, AccountsOverview.make),
  Composition.add(CustomersOverview.CustomersOverview, CustomersOverview.make),
  Composition.add(AccountsControl.AccountsControl, AccountsControl.make)
)
