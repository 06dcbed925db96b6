/**
 * The users that can log in: customers with their own password, and auth users.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import * as Links from "../authUsers/Links.js"
import { authUsers } from "../authUsers/Tables.js"
import { type CustomerRecord, CustomerRecords, type HashColumn } from "./CustomerRecords.js"
import * as MfaChannel from "./MfaChannel.js"
import type { PendingLogin } from "./OneTimeCodes.js"

/**
 * - `subject`: of the tokens. The `customer_id` of the customer, or of the customer that the auth user is linked to. Without a link, the `id` of
 *   the auth user.
 * - `authUser`: the `id` of the auth user. `undefined` for a customer with an own password.
 * - `customer`: the customer, if there is one
 * - `channels`: those over which the auth user gets one-time codes. `undefined` when it has no second factor of its own.
 */
export interface LoginUser {
  readonly subject: string
  readonly authUser: string | undefined
  readonly customer: Option.Option<CustomerRecord>
  readonly passwordHash: Option.Option<string>
  readonly pinHash: Option.Option<string>
  readonly channels: ReadonlyArray<MfaChannel.MfaChannel> | undefined
  readonly phoneNumber: Option.Option<string>
  readonly email: Option.Option<string>
}

type Found = Effect.Effect<Option.Option<LoginUser>, SqlError>

export interface LoginUsersService {
  /** The auth user with this name, or else the customer with it (assumed: password-grant-user-name). */
  readonly byUsername: (accountId: string, username: string) => Found
  /** The user whose login waits for a code. */
  readonly ofLogin: (login: PendingLogin) => Found
  /** Replaces a hash by a better one of the same password or PIN, unless that was changed meanwhile. */
  readonly rehash: (accountId: string, user: LoginUser, of: HashColumn, from: string, to: string) => Effect.Effect<void, SqlError>
}

export class LoginUsers extends Context.Tag("effect-dintero/embedded/LoginUsers")<LoginUsers, LoginUsersService>() {}

export const addressOf = ({ email, phoneNumber }: LoginUser, channel: MfaChannel.MfaChannel): Option.Option<string> =>
  channel === "sms" ? phoneNumber : email

/** Source: https://docs.dintero.com/api-reference/password/login-with-emailpassword */
const canLogIn = ({ type }: CustomerRecord): boolean => type === "customer" || type === "company"

/** A customer with an own password. `None` for one of a type that cannot log in. */
export const ofCustomer = (found: Option.Option<CustomerRecord>): Option.Option<LoginUser> =>
  Option.map(Option.filter(found, canLogIn), (customer) => ({
    subject: customer.customerId,
    authUser: undefined,
    customer: Option.some(customer),
    passwordHash: customer.passwordHash,
    pinHash: customer.pinHash,
    channels: undefined,
    phoneNumber: customer.phoneNumber,
    email: customer.email
  }))

const selection = Table.select(authUsers, "id", "password_hash", "links", "mfa", "customer")

type Row = Pick<Table.Row<typeof authUsers>, "id" | "password_hash" | "links" | "mfa">

/** Its codes go to its own links, or else to the addresses of its customer (assumed: auth-user-codes). */
const ofRow = ({ id, links, mfa, password_hash }: Row, customer: Option.Option<CustomerRecord>): LoginUser => ({
  subject: Option.match(customer, { onNone: () => id, onSome: ({ customerId }) => customerId }),
  authUser: id,
  customer,
  passwordHash: Option.some(password_hash),
  pinHash: Option.none(),
  channels: mfa === null ? undefined : MfaChannel.ofUser(mfa),
  phoneNumber: Option.orElse(Links.phoneNumber(links), () => Option.flatMap(customer, ({ phoneNumber }) => phoneNumber)),
  email: Option.orElse(Links.email(links), () => Option.flatMap(customer, ({ email }) => email))
})

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const customers = yield* CustomerRecords

  const find = (accountId: string, which: Fragment) =>
    Effect.map(selection.from(sql, sql`WHERE account_id = ${accountId} AND ${which}`), ([row]) => Option.fromNullable(row))

  /** A user whose customer was deleted cannot log in (assumed: auth-user-links). */
  const ofAuthUser = (accountId: string, row: Row & { readonly customer: string | null }): Found =>
    row.customer === null
      ? Effect.succeedSome(ofRow(row, Option.none()))
      : Effect.map(customers.byId(accountId, row.customer), (found) =>
          Option.map(found, (customer) => ofRow(row, Option.some(customer)))
        )

  return {
    byUsername: (accountId, username) =>
      isStorable(username)
        ? Effect.flatMap(find(accountId, sql`username = ${username}`), (found) =>
            Option.isSome(found)
              ? ofAuthUser(accountId, found.value)
              : Effect.map(customers.byUsername(accountId, username), ofCustomer)
          )
        : Effect.succeedNone,
    ofLogin: ({ accountId, authUser, subject }) =>
      authUser === undefined
        ? Effect.map(customers.byCustomerId(accountId, subject), ofCustomer)
        : Effect.flatMap(find(accountId, sql`id = ${authUser}`), (found) =>
            Option.isSome(found) ? ofAuthUser(accountId, found.value) : Effect.succeedNone
          ),
    rehash: (accountId, { authUser, customer }, of, from, to) =>
      authUser !== undefined
        ? Effect.asVoid(sql`UPDATE auth_users SET password_hash = ${to}
            WHERE account_id = ${accountId} AND id = ${authUser} AND password_hash = ${from}`)
        : Option.match(customer, {
            onNone: () => Effect.void,
            onSome: ({ id }) => customers.rehash(accountId, id, of, from, to)
          })
  } satisfies LoginUsersService
})
