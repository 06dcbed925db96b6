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
import * as AccessTokenIssuer from "./AccessTokenIssuer.js"
import * as Accounts from "./Accounts.js"
import * as ApiClients from "./ApiClients.js"
import * as Authorization from "./Authorization.js"
import * as CustomerLogins from "./CustomerLogins.js"
import * as CustomerRecords from "./CustomerRecords.js"
import * as AccountsControl from "./controls/AccountsControl.js"
import * as AccountsOverview from "./controls/AccountsOverview.js"
import * as EmbeddedClock from "./controls/EmbeddedClock.js"
import * as Faults from "./controls/Faults.js"
import * as Journal from "./controls/Journal.js"
import * as Outbox from "./controls/Outbox.js"
import * as SharedOutbox from "./controls/SharedOutbox.js"
import * as Snapshots from "./controls/Snapshots.js"
import * as Entropy from "./Entropy.js"
import * as FailedLogins from "./FailedLogins.js"
import type { GuessingRules } from "./GuessingRules.js"
import * as OneTimeCodes from "./OneTimeCodes.js"
import * as PasswordHashing from "./PasswordHashing.js"
import type { RefreshTokenRules } from "./RefreshTokenRules.js"
import * as SigningKeys from "./SigningKeys.js"
import * as StoredTokens from "./StoredTokens.js"
import * as Database from "./storage/Database.js"
import type * as DatabaseName from "./storage/DatabaseName.js"

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
