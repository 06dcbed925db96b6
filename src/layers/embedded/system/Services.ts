/**
 * Everything that the handlers work with.
 *
 * Made one after the other and not by layers, which would make a fiber, a scope and a memo for each: three quarters of what it takes to
 * start a system, and tests start one each.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as AccountsControl from "../controls/accounts/AccountsControl.js"
import * as AccountsOverview from "../controls/accounts/AccountsOverview.js"
import * as Snapshots from "../controls/accounts/Snapshots.js"
import * as EmbeddedClock from "../controls/clock/EmbeddedClock.js"
import * as Faults from "../controls/faults/Faults.js"
import * as Journal from "../controls/journal/Journal.js"
import * as Outbox from "../controls/outbox/Outbox.js"
import * as SharedOutbox from "../controls/outbox/SharedOutbox.js"
import * as Accounts from "../rooms/accounts/Accounts.js"
import * as ApiClients from "../rooms/clients/ApiClients.js"
import * as CustomerLogins from "../rooms/logins/CustomerLogins.js"
import * as CustomerRecords from "../rooms/logins/CustomerRecords.js"
import * as FailedLogins from "../rooms/logins/FailedLogins.js"
import type { GuessingRules } from "../rooms/logins/GuessingRules.js"
import * as OneTimeCodes from "../rooms/logins/OneTimeCodes.js"
import * as PasswordHashing from "../rooms/logins/PasswordHashing.js"
import * as AccessTokenIssuer from "../rooms/sessions/AccessTokenIssuer.js"
import type { RefreshTokenRules } from "../rooms/sessions/RefreshTokenRules.js"
import * as StoredTokens from "../rooms/sessions/StoredTokens.js"
import * as SigningKeys from "../rooms/signing/SigningKeys.js"
import * as Authorization from "../serving/Authorization.js"
import * as Database from "../storage/Database.js"
import type * as DatabaseName from "../storage/DatabaseName.js"
import * as Entropy from "./Entropy.js"

export interface Choices {
  readonly db: DatabaseName.Database
  readonly guessing: GuessingRules
  readonly entropy: Effect.Effect<Entropy.EntropyService>
  readonly keys: SigningKeys.KeySource
  readonly passwordHashing: PasswordHashing.PasswordHashing
  readonly refreshTokens: RefreshTokenRules
  readonly startsAtKnownTime: boolean
  readonly wrongCredentialStatus: CustomerLogins.WrongCredentialStatus
}

/** Adds a service that is made from those before it. */
const add =
  <I, S, E, R>(tag: Context.Tag<I, S>, make: Effect.Effect<S, E, R>) =>
  <Before, E0, R0>(
    before: Effect.Effect<Context.Context<Before>, E0, R0>
  ): Effect.Effect<Context.Context<Before | I>, E0 | E, R0 | Exclude<R, Before>> =>
    Effect.flatMap(before, (context) =>
      Effect.map(Effect.provide(make, context), (service) => Context.add(context, tag, service))
    )

/** They end with the scope, the database as the last. */
export const make = (choices: Choices) =>
  Effect.flatMap(Database.connect(choices.db), ({ shared, sql }) => over(sql, shared, choices))

const over = (sql: SqlClient.SqlClient, shared: Option.Option<SqlClient.SqlClient>, choices: Choices) =>
  Effect.succeed(Context.make(SqlClient.SqlClient, sql)).pipe(
    add(EmbeddedClock.EmbeddedClock, EmbeddedClock.make(choices.startsAtKnownTime, shared)),
    add(Outbox.Outbox, Option.match(shared, { onNone: () => Outbox.make, onSome: SharedOutbox.make })),
    add(Faults.Faults, Faults.make),
    add(Journal.Journal, Journal.make(shared)),
    add(Entropy.Entropy, choices.entropy),
    add(PasswordHashing.PasswordHasher, PasswordHashing.make(choices.passwordHashing)),
    add(Snapshots.Snapshots, Snapshots.make),
    add(AccountsOverview.AccountsOverview, AccountsOverview.make),
    add(CustomerRecords.CustomerRecords, CustomerRecords.make),
    add(FailedLogins.FailedLogins, FailedLogins.make(choices.guessing)),
    add(AccountsControl.AccountsControl, AccountsControl.make),
    add(Accounts.Accounts, Accounts.make),
    add(ApiClients.ApiClients, ApiClients.make),
    add(StoredTokens.StoredTokens, StoredTokens.make(choices.refreshTokens)),
    add(OneTimeCodes.OneTimeCodes, OneTimeCodes.make),
    add(SigningKeys.SigningKeys, SigningKeys.make(choices.keys)),
    add(AccessTokenIssuer.AccessTokenIssuer, AccessTokenIssuer.make),
    add(Authorization.Authorization, Authorization.make),
    add(CustomerLogins.CustomerLogins, CustomerLogins.make(choices.wrongCredentialStatus))
  )
