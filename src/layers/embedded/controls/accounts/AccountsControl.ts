/**
 * The controls of accounts: seeds, snapshots and overviews.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { Accounts } from "../../rooms/accounts/Accounts.js"
import { Audit } from "../../rooms/audit/Audit.js"
import { CustomerRecords } from "../../rooms/logins/CustomerRecords.js"
import { countedAs, FailedLogins } from "../../rooms/logins/FailedLogins.js"
import { LoginUsers } from "../../rooms/logins/LoginUsers.js"
import { PasswordHasher } from "../../rooms/logins/PasswordHashing.js"
import * as Seed from "../../seed/Seed.js"
import * as Seeding from "../../seed/Seeding.js"
import type { InvalidSeed } from "../../system/EmbeddedStartError.js"
import { Entropy } from "../../system/Entropy.js"
import * as Changes from "../Changes.js"
import { UnknownCustomer } from "../ControlErrors.js"
import type { AccountControl } from "../Controls.js"
import { EmbeddedClock } from "../clock/EmbeddedClock.js"
import * as AccountsOverview from "./AccountsOverview.js"
import { CustomersOverview } from "./CustomersOverview.js"
import { Snapshots } from "./Snapshots.js"
import * as StoredAccounts from "./StoredAccounts.js"

export interface AccountsControlService extends AccountControl {
  /** Writes the seed with which the system starts. */
  readonly start: (
    seed: Seed.DecodedSeed,
    options: Pick<Seeding.SeedingOptions, "more" | "onProgress"> & { readonly onlyIfEmpty: boolean }
  ) => Effect.Effect<void, SqlError | InvalidSeed>
  /** When a control has changed accounts or their data. */
  readonly changes: Changes.Changes<void>
}

export class AccountsControl extends Context.Tag("effect-dintero/embedded/AccountsControl")<
  AccountsControl,
  AccountsControlService
>() {}

/** The most audit events that are listed. */
const mostEvents = 1_000

export const make = Effect.gen(function* () {
  const accounts = yield* Accounts
  const audit = yield* Audit
  const snapshots = yield* Snapshots
  const overview = yield* AccountsOverview.AccountsOverview
  const clock = yield* EmbeddedClock
  const customers = yield* CustomerRecords
  const customersOverview = yield* CustomersOverview
  const failures = yield* FailedLogins
  const users = yield* LoginUsers
  const rows = yield* StoredAccounts.make
  // Only these, since the others would stay in memory as long as the system.
  const context = Context.pick(
    SqlClient.SqlClient,
    Entropy,
    PasswordHasher
  )(yield* Effect.context<SqlClient.SqlClient | Entropy | PasswordHasher>())
  const changes = Changes.make<void>(1)
  const changed = changes.publish()
  /** The secrets in seeds, by account and client. The database has only digests. */
  const secrets = new Map<string, string>()
  const keyOf = (accountId: string, clientId: string): string => `${accountId} ${clientId}`

  /** Remembers the secrets of a seed, and the state to which these accounts can be reset. */
  const written = (seed: Seed.DecodedSeed, accountIds: ReadonlyArray<string>) =>
    Effect.gen(function* () {
      for (const { account_id, clients } of seed.accounts) {
        for (const { client_id, client_secret } of clients)
          secrets.set(keyOf(account_id, client_id), Redacted.value(client_secret))
      }
      yield* Effect.forEach(accountIds, snapshots.remember, { discard: true })
      yield* changed
    })

  return {
    changes,
    start: (seed, { onlyIfEmpty, ...options }) =>
      Effect.gen(function* () {
        yield* onlyIfEmpty ? Seeding.applyToEmpty(seed, options) : Seeding.apply(seed, options)
        // Also the accounts that existed before this start.
        yield* written(
          seed,
          (yield* accounts.list).map(({ accountId }) => accountId)
        )
      }).pipe(Effect.provide(context)),
    list: overview.list((accountId, clientId) => secrets.get(keyOf(accountId, clientId))),
    customers: customersOverview.customers,
    customer: (accountId, customerId) => clock.within(customersOverview.customer(accountId, customerId)),
    tags: customersOverview.tags,
    auditEvents: (accountId, match = {}) =>
      Effect.zipRight(rows.expect(accountId), audit.list(accountId, match, mostEvents)).pipe(
        Effect.catchTag("SqlError", (error) => Effect.die(error))
      ),
    seed: (seed, { replace = false } = {}) =>
      Effect.gen(function* () {
        const decoded = yield* Seed.decode(seed)
        // What is written is also remembered, even if the caller is interrupted meanwhile.
        yield* Effect.uninterruptibleMask((restore) =>
          Effect.flatMap(restore(Seeding.apply(decoded, { replace })), (accountIds) => written(decoded, accountIds))
        )
      }).pipe(Effect.catchTag("SqlError", Effect.die), clock.within, Effect.provide(context)),
    snapshot: (accountId) => clock.within(snapshots.snapshot(accountId)),
    restore: (snapshot) => Effect.zipLeft(snapshots.restore(snapshot), changed),
    reset: (accountId) => Effect.zipLeft(snapshots.reset(accountId), changed),
    fork: (accountId, as) =>
      snapshots.fork(accountId, as).pipe(
        Effect.tap(() => {
          for (const [key, secret] of secrets) {
            if (key.startsWith(`${accountId} `)) secrets.set(key.replace(accountId, as), secret)
          }
          return changed
        })
      ),
    unblock: (accountId, customerId) =>
      Effect.gen(function* () {
        yield* rows.expect(accountId)
        const customer = yield* customers.byCustomerId(accountId, customerId)
        const authUser = Option.filter(yield* users.byUsername(accountId, customerId), ({ authUser }) => authUser !== undefined)
        if (Option.isNone(customer) && Option.isNone(authUser)) {
          return yield* new UnknownCustomer({
            message: `The account ${accountId} has no customer ${customerId}.`,
            account_id: accountId,
            customer_id: customerId
          })
        }
        yield* failures.clear(accountId, customerId)
        if (Option.isSome(authUser)) yield* failures.clear(accountId, countedAs(authUser.value))
        yield* changed
      }).pipe(Effect.catchTag("SqlError", (error) => Effect.die(error)))
  } satisfies AccountsControlService
})
