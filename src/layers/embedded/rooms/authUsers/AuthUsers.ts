/**
 * Docs tag `auth-users`: names with passwords, apart from the profiles of customers.
 *
 * Source: https://docs.dintero.com/management-auth-api/auth-users/aid_auth_users_post
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { operations } from "../../../../contract/Contract.js"
import type { AuthLink, AuthUser, AuthUserMfa } from "../../../../schemas/AuthUser.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Assumed } from "../Assumed.js"
import { Accounts } from "../accounts/Accounts.js"
import { Audit } from "../audit/Audit.js"
import { Counters } from "../customers/Counters.js"
import type { Handlers } from "../Handler.js"
import { CustomerRecords } from "../logins/CustomerRecords.js"
import { FailedLogins } from "../logins/FailedLogins.js"
import * as LoginState from "../logins/LoginState.js"
import { isTooLong, PasswordHasher } from "../logins/PasswordHashing.js"
import type { Principal } from "../Principal.js"
import { domain, duplicateBy, forbidden, notFound } from "../Refusal.js"
import * as Links from "./Links.js"
import * as Tables from "./Tables.js"

const authUsers = Table.select(
  Tables.authUsers,
  "id",
  "username",
  "links",
  "mfa",
  "customer",
  "created_at",
  "created_by",
  "updated_at"
)

type Row = Pick<
  Table.Row<typeof Tables.authUsers>,
  "id" | "username" | "links" | "mfa" | "customer" | "created_at" | "created_by" | "updated_at"
>

const ofRow = (row: Row): AuthUser => ({
  id: row.id,
  created_at: DateTime.unsafeMake(row.created_at),
  ...(row.created_by === null ? {} : { created_by: row.created_by }),
  updated_at: DateTime.unsafeMake(row.updated_at),
  username: row.username,
  ...(row.links.length === 0 ? {} : { links: row.links }),
  ...(row.mfa === null ? {} : { mfa: row.mfa })
})

/** Longer passwords are never hashed: that would keep the server busy (assumed: auth-user-password). */
const checkPassword = (password: Redacted.Redacted) =>
  isTooLong(password) ? domain(400, "password has more than 1024 bytes") : Effect.void

const checkUsername = (username: string) =>
  isStorable(username) ? Effect.void : domain(400, "username has a NUL character or half a surrogate pair in it")

const checkLinks = (links: ReadonlyArray<AuthLink>, accountId: string, host: string | undefined) =>
  Effect.forEach(
    links,
    (link, i) => {
      const mistake = Links.mistakeIn(link, accountId, host)
      return mistake === undefined ? Effect.void : domain(400, `links[${i}].href ${mistake}`)
    },
    { discard: true }
  )

const checkMfa = (mfa: AuthUserMfa | null, links: ReadonlyArray<AuthLink>) => {
  const mistake = Links.mistakeInMfa(mfa, links)
  return mistake === undefined ? Effect.void : domain(400, `${mistake.field} ${mistake.message}`)
}

const noSuchUser = notFound("Auth user")

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const accounts = yield* Accounts
  const assumed = yield* Assumed
  const audit = yield* Audit
  const counters = yield* Counters
  const customers = yield* CustomerRecords
  const entropy = yield* Entropy
  const failures = yield* FailedLogins
  const hasher = yield* PasswordHasher

  /** (assumed: auth-user-names) */
  const duplicate = duplicateBy(assumed.duplicateAnswer)("username")

  /** The time of a change. A grant can name the audience of an account that is not here. */
  const changeAt = (accountId: string) =>
    Effect.gen(function* () {
      if (Option.isNone(yield* accounts.find(accountId))) return yield* forbidden("There is no such account")
      return (yield* counters.tick(accountId, yield* Clock.currentTimeMillis)).at
    })

  const find = (accountId: string, username: string) =>
    isStorable(username)
      ? Effect.map(authUsers.from(sql, sql`WHERE account_id = ${accountId} AND username = ${username}`), ([row]) =>
          Option.fromNullable(row)
        )
      : Effect.succeedNone

  const expect = (accountId: string, username: string) =>
    Effect.flatMap(find(accountId, username), (row) => (Option.isSome(row) ? Effect.succeed(row.value) : noSuchUser))

  /** The `id` of the customer in the links. It has to be there already (assumed: auth-user-links). */
  const customerOf = (links: ReadonlyArray<AuthLink>, accountId: string, host: string | undefined) =>
    Option.match(Links.customer(links, accountId, host), {
      onNone: () => Effect.succeed(null),
      onSome: (named) =>
        Effect.flatMap(customers.byAnyId(accountId, named), (customer) =>
          Option.isSome(customer)
            ? Effect.succeed(customer.value.id)
            : domain(400, `links name the customer ${named}, who is not there`)
        )
    })

  const record = (accountId: string, principal: Principal, action: string, { id, username }: Pick<Row, "id" | "username">) =>
    audit.record({ accountId, principal, action, entity: { type: "auth_user", id, username } })

  return {
    "auth.users.create": ({ accountId, body: { links = [], mfa = null, password, username }, host, principal }) =>
      Effect.gen(function* () {
        yield* checkUsername(username)
        yield* checkPassword(password)
        yield* checkLinks(links, accountId, host)
        yield* checkMfa(mfa, links)
        // A hash takes long, and in a transaction nobody else could write meanwhile.
        const password_hash = yield* hasher.hash(password)
        return yield* sql.withTransaction(
          Effect.gen(function* () {
            const at = yield* changeAt(accountId)
            if (Option.isSome(yield* find(accountId, username))) return yield* duplicate
            const row = {
              account_id: accountId,
              id: yield* entropy.uuid,
              username,
              password_hash,
              links,
              mfa,
              customer: yield* customerOf(links, accountId, host),
              created_at: at,
              created_by: principal.subject,
              updated_at: at
            }
            yield* Table.insert(sql, Tables.authUsers, row)
            yield* record(accountId, principal, "auth.users.create", row)
            return ofRow(row)
          })
        )
      }),
    "auth.users.update": ({
      accountId,
      body: { links: given, mfa: factor, password },
      host,
      parameters: { username },
      principal
    }) =>
      Effect.gen(function* () {
        yield* checkPassword(password)
        yield* checkLinks(given ?? [], accountId, host)
        const password_hash = yield* hasher.hash(password)
        return yield* sql.withTransaction(
          Effect.gen(function* () {
            const before = yield* expect(accountId, username)
            // What is not given stays (assumed: auth-user-update).
            const links = given ?? before.links
            const mfa = factor ?? before.mfa
            yield* checkMfa(mfa, links)
            const customer = given === undefined ? before.customer : yield* customerOf(given, accountId, host)
            const updated_at = yield* changeAt(accountId)
            const { columns } = Tables.authUsers
            yield* sql`UPDATE auth_users SET ${sql.update({
              password_hash,
              links: columns.links.encode(links),
              mfa: columns.mfa.encode(mfa),
              customer,
              updated_at
            })} WHERE account_id = ${accountId} AND id = ${before.id}`
            // A new password ends no session, and the sessions of another customer end (assumed: auth-user-sessions).
            if (customer !== before.customer) yield* LoginState.endOfAuthUser(sql, accountId, before.id, updated_at)
            yield* record(accountId, principal, "auth.users.update", before)
            return ofRow({ ...before, links, mfa, updated_at })
          })
        )
      }),
    "auth.users.delete": ({ accountId, parameters: { username }, principal }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const row = yield* expect(accountId, username)
          const at = yield* changeAt(accountId)
          yield* LoginState.endOfAuthUser(sql, accountId, row.id, at)
          yield* failures.clear(accountId, row.id)
          yield* sql`DELETE FROM auth_users WHERE account_id = ${accountId} AND id = ${row.id}`
          yield* record(accountId, principal, "auth.users.delete", row)
          return { ...ofRow(row), deleted_at: DateTime.unsafeMake(at), deleted_by: principal.subject }
        })
      ),
    "auth.users.changeUsername": ({ accountId, body: { username: to }, parameters: { username }, principal }) =>
      Effect.gen(function* () {
        yield* checkUsername(to)
        return yield* sql.withTransaction(
          Effect.gen(function* () {
            const before = yield* expect(accountId, username)
            if (to !== username && Option.isSome(yield* find(accountId, to))) return yield* duplicate
            const updated_at = yield* changeAt(accountId)
            yield* sql`UPDATE auth_users SET username = ${to}, updated_at = ${updated_at}
              WHERE account_id = ${accountId} AND id = ${before.id}`
            const row = { ...before, username: to, updated_at }
            yield* record(accountId, principal, "auth.users.changeUsername", row)
            return ofRow(row)
          })
        )
      })
  } satisfies Partial<Handlers<typeof operations>>
})
