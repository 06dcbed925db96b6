/**
 * Takes snapshots of accounts and restores them. Each change is made completely or not at all, and affects no other account.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { AccountId } from "../../../../schemas/AccountId.js"
import { accountTableNames, accountTables } from "../../rooms/Tables.js"
import * as AccountRows from "../../storage/AccountRows.js"
import { Entropy } from "../../system/Entropy.js"
import { InvalidSnapshot, UnknownAccount, UnusableAccountId } from "../ControlErrors.js"
import type { Message } from "../outbox/Message.js"
import { Outbox } from "../outbox/Outbox.js"
import * as Snapshot from "./Snapshot.js"
import * as StoredAccounts from "./StoredAccounts.js"

export interface SnapshotsService {
  /** Equal states have equal snapshots, byte for byte. */
  readonly snapshot: (accountId: string) => Effect.Effect<Snapshot.Snapshot, UnknownAccount>
  /** Restores the account with its outbox, and creates it if it does not exist. */
  readonly restore: (snapshot: Snapshot.Snapshot) => Effect.Effect<void, InvalidSnapshot>
  /** Restores an account as it was remembered, with an empty outbox and without failed logins. One of more than 10,000 customers is not remembered. */
  readonly reset: (accountId: string) => Effect.Effect<void, UnknownAccount>
  /** A copy under another id, with an empty outbox. */
  readonly fork: (accountId: string, as: string) => Effect.Effect<void, UnknownAccount | UnusableAccountId>
  /**
   * Remembers the state of an account for `reset`, when the system starts and when the account is seeded. Does nothing for an account that does
   * not exist. (`fork` remembers the copy, and `restore` an account that it creates.)
   */
  readonly remember: (accountId: string) => Effect.Effect<void>
}

export class Snapshots extends Context.Tag("effect-dintero/embedded/Snapshots")<Snapshots, SnapshotsService>() {}

const isAccountId = Schema.is(AccountId)

/** The codes of SQLite, and the SQLSTATEs of PostgreSQL, for a row that violates a constraint. */
const constraintCode = /^(?:SQLITE_CONSTRAINT|SQLITE_MISMATCH|2[23])/

const refusedBy = (error: SqlError): Effect.Effect<never, InvalidSnapshot> =>
  Predicate.hasProperty(error.cause, "code") && typeof error.cause.code === "string" && constraintCode.test(error.cause.code)
    ? new InvalidSnapshot({
        message: "The snapshot does not fit: the database refuses a row of it. Nothing was changed.",
        issues: []
      })
    : Effect.die(error)

const emptyAfterReset = Object.fromEntries(
  accountTableNames.flatMap((name) => (accountTables[name].isEmptyAfterReset ? [[name, AccountRows.none] as const] : []))
)

/** The rows of a larger account would fill the memory. */
const maximumCustomers = 10_000

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const outbox = yield* Outbox
  const entropy = yield* Entropy
  const rows = yield* StoredAccounts.make
  /** `undefined` for an account that was too large. */
  const remembered = new Map<string, StoredAccounts.Rows | undefined>()

  const isLarge = (accountId: string) =>
    Effect.map(
      sql`SELECT 1 FROM customers WHERE account_id = ${accountId} LIMIT 1 OFFSET ${maximumCustomers}`,
      (rows) => rows.length > 0
    )

  const rememberAs = (accountId: string, present: StoredAccounts.Rows) =>
    Effect.sync(() => void remembered.set(accountId, { ...present, ...emptyAfterReset }))

  /** A reproducible system must not make ids again that an earlier system of the same seed has made. */
  const mix = (present: StoredAccounts.Rows) => entropy.mix(accountTableNames.map((name) => present[name]))

  /**
   * A transaction that changes an account and its messages. The messages are replaced last, before the rows can be seen. Nothing can interrupt
   * between that and the commit. If the commit fails, the messages are restored.
   */
  const change = <A, E>(accountId: string, messages: ReadonlyArray<Message>, effect: Effect.Effect<A, E>) =>
    Effect.uninterruptible(
      Effect.flatMap(outbox.list({ account_id: accountId }), (before) => {
        let isReplaced = false
        const replace = Effect.suspend(() => {
          isReplaced = true
          return outbox.replace(accountId, messages)
        })
        return sql
          .withTransaction(Effect.zipLeft(effect, replace))
          .pipe(Effect.onError(() => (isReplaced && !outbox.isStored ? outbox.replace(accountId, before) : Effect.void)))
      })
    )

  return {
    snapshot: (accountId) =>
      // One transaction with the outbox, so that both have the same state.
      Effect.zipRight(
        rows.expect(accountId),
        Effect.zipWith(rows.read(accountId), outbox.list({ account_id: accountId }), (tables, messages) =>
          Snapshot.make({ account_id: accountId, tables, outbox: messages })
        )
      ).pipe(
        sql.withTransaction,
        Effect.catchTag("SqlError", (error) => Effect.die(error))
      ),

    restore: (snapshot) =>
      Effect.gen(function* () {
        const { account_id, outbox, tables } = yield* Snapshot.decode(snapshot)
        const isNew = yield* change(
          account_id,
          outbox,
          Effect.gen(function* () {
            const exists = yield* rows.exists(account_id)
            yield* rows.write(account_id, tables)
            return !exists
          })
        )
        yield* mix(tables)
        if (isNew) yield* rememberAs(account_id, tables)
      }).pipe(
        Effect.uninterruptible,
        Effect.catchTag("SqlError", refusedBy),
        // `withTransaction` turns an error of the commit into a defect.
        Effect.catchSomeDefect((defect) => (defect instanceof SqlError ? Option.some(refusedBy(defect)) : Option.none()))
      ),

    reset: (accountId) =>
      Effect.gen(function* () {
        const tables = remembered.get(accountId)
        if (tables !== undefined) return yield* change(accountId, [], rows.write(accountId, tables))
        yield* rows.expect(accountId)
        if (remembered.has(accountId)) {
          return yield* new UnknownAccount({
            message: `The account ${accountId} had more than ${maximumCustomers} customers, so its state was not kept, and there is nothing that it can be reset to.`,
            account_id: accountId
          })
        }
        return yield* new UnknownAccount({
          message: `The account ${accountId} was not there when this system started, so there is nothing that it can be reset to.`,
          account_id: accountId
        })
      }).pipe(Effect.catchTag("SqlError", (error) => Effect.die(error))),

    fork: (accountId, as) =>
      Effect.gen(function* () {
        yield* rows.expect(accountId)
        if (!isAccountId(as)) {
          return yield* new UnusableAccountId({
            message: "A fork needs an account id: P (production) or T (test) and 8 digits, such as T12345678.",
            account_id: as
          })
        }
        if (yield* rows.exists(as)) {
          return yield* new UnusableAccountId({ message: `There is an account ${as} already.`, account_id: as })
        }
        yield* rows.copy(accountId, as)
        return yield* rows.read(as)
      }).pipe(
        (copy) => change(as, [], copy),
        Effect.catchTag("SqlError", (error) => Effect.die(error)),
        Effect.flatMap((copied) => rememberAs(as, copied)),
        Effect.uninterruptible
      ),

    remember: (accountId) =>
      Effect.gen(function* () {
        if (!(yield* rows.exists(accountId))) return
        const isTooLarge = yield* isLarge(accountId)
        if (isTooLarge) remembered.set(accountId, undefined)
        if (isTooLarge && !entropy.isReproducible) return
        const present = yield* rows.read(accountId)
        yield* mix(present)
        if (!isTooLarge) yield* rememberAs(accountId, present)
      }).pipe(Effect.orDie)
  } satisfies SnapshotsService
})
