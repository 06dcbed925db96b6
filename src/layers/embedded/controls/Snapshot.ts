/**
 * Everything that is stored of an account, as data.
 *
 * @since 0.1.0
 */
import type { AccountTable } from "../Tables.js"
import type { Message } from "./Message.js"

/**
 * A snapshot of this process. `toJSON` is what a file or another process gets; `Snapshot.decode` reads that again.
 *
 * @since 0.1.0
 * @category models
 */
export interface Snapshot {
  readonly account_id: string
  /** The rows of each table, as the database writes them into JSON: an array of arrays in the order of the columns. */
  readonly tables: { readonly [Name in AccountTable]: string }
  readonly outbox: ReadonlyArray<Message>
  readonly toJSON: () => unknown
}

import * as Effect from "effect/Effect"
import { InvalidSnapshot } from "./ControlErrors.js"
export const decode = (_: unknown): Effect.Effect<Snapshot, InvalidSnapshot> =>
  Effect.fail(new InvalidSnapshot({ message: "", issues: [] }))
