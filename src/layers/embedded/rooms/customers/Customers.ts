/**
 * The customers of an account: found, created, changed and erased by the documented rules.
 *
 * Source: https://docs.dintero.com/api-reference/users/customer-collection
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { Customer as CustomerAnswer, CustomerCreate, CustomerUpdate } from "../../../../schemas/Customer.js"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import * as AtOnce from "../../system/AtOnce.js"
import { DataVersion } from "../../system/DataVersion.js"
import * as Digest from "../../system/Digest.js"
import { Entropy } from "../../system/Entropy.js"
import { Assumed } from "../Assumed.js"
import { Accounts } from "../accounts/Accounts.js"
import { folded } from "../Folded.js"
import type { Listed } from "../Handler.js"
import * as LoginState from "../logins/LoginState.js"
import { PasswordHasher } from "../logins/PasswordHashing.js"
import type { Principal } from "../Principal.js"
import { domain, duplicateBy, forbidden, methodNotAllowed, notFound, type Refusal } from "../Refusal.js"
import { countOf } from "../Sql.js"
import { AutoTokens } from "../tokens/AutoTokens.js"
import { Counters } from "./Counters.js"
import * as Customer from "./Customer.js"
import * as CustomerPages from "./CustomerPages.js"
import { customers } from "./CustomerPages.js"
import * as Rules from "./CustomerRules.js"
import * as Tables from "./Tables.js"

type Refused = Refusal<400> | Refusal<403> | Refusal<404>

export interface CustomersService {
  /** `isAtOnce`: whether a page that needs no wait may be there before the effect is run. */
  readonly list: (
    accountId: string,
    principal: Principal,
    query: CustomerPages.CustomerQuery,
    isAtOnce?: boolean
  ) => Effect.Effect<Listed<CustomerAnswer>, Refusal<400> | Refusal<403> | SqlError>
  readonly exists: (
    accountId: string,
    query: { readonly email?: string; readonly phone_number?: string }
  ) => Effect.Effect<boolean, Refusal<400> | Refusal<405> | SqlError>
  readonly create: (
    accountId: string,
    principal: Principal,
    given: CustomerCreate
  ) => Effect.Effect<CustomerAnswer, Refusal<400> | Refusal<403> | SqlError>
  /** `isAtOnce` as for `list`. */
  readonly get: (
    accountId: string,
    principal: Principal,
    customerId: string,
    isAtOnce?: boolean
  ) => Effect.Effect<CustomerAnswer, Refusal<403> | Refusal<404> | SqlError>
  readonly update: (
    accountId: string,
    principal: Principal,
    customerId: string,
    given: CustomerUpdate
  ) => Effect.Effect<CustomerAnswer, Refused | SqlError>
  readonly remove: (
    accountId: string,
    principal: Principal,
    customerId: string,
    options: { readonly deleteTokens: boolean }
  ) => Effect.Effect<CustomerAnswer, Refusal<403> | Refusal<404> | SqlError>
  readonly changeCustomerId: (
    accountId: string,
    principal: Principal,
    customerId: string,
    to: string
  ) => Effect.Effect<CustomerAnswer, Refused | SqlError>
  /** The customer with an `id`, unless it was deleted. */
  readonly byId: (
    accountId: string,
    principal: Principal,
    id: string
  ) => Effect.Effect<Option.Option<CustomerAnswer>, Refusal<403> | SqlError>
  /** Something that belongs to the customer was changed, and so the customer was. For inside a transaction. */
  readonly touch: (accountId: string, id: string) => Effect.Effect<void, SqlError>
  /** The customer has confirmed the code that was sent to this field. For inside a transaction. */
  readonly verified: (accountId: string, id: string, field: "email" | "phone_number", at: number) => Effect.Effect<void, SqlError>
  /** For the operations on what belongs to a customer. A deleted one is not found (assumed: deleted-customer). */
  readonly expect: (accountId: string, customerId: string) => Effect.Effect<Customer.CustomerRow, Refusal<404> | SqlError>
}

export class Customers extends Context.Tag("effect-dintero/embedded/Customers")<Customers, CustomersService>() {}

/** All columns. */
export const ids = Table.select(Tables.customers, "id", "customer_id")
const positions = Table.select(Tables.customers, "position")

/** A grant can name the audience of an account that is not here. */
const noSuchAccount = forbidden("There is no such account")

const noSuchCustomer = notFound("Customer")

const noSuchCursor = domain(400, "starting_after is none of this list")

const headIsOff = methodNotAllowed("The settings of the account do not have users.head.enabled")

/** How long a verification of a phone number allows another one to be set (assumed: verified-phone-change). */
const verificationMillis = 10 * 60_000

const defaultLimit = 10

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const data = yield* DataVersion
  const assumed = yield* Assumed
  const accounts = yield* Accounts
  const counters = yield* Counters
  const autoTokens = yield* AutoTokens
  const entropy = yield* Entropy
  const hasher = yield* PasswordHasher
  const { filtersOf, found, pageOf } = CustomerPages.over(sql)

  const checksAttributes = assumed.attributeTypes === "checked"

  const merging = (hidden: ReadonlySet<string>, at: number): Customer.Merging => ({
    hidden,
    consentTime: assumed.consentTime === "stamped" ? at : undefined,
    mergesConsents: assumed.consentsOnUpdate === "merged",
    mergesObjects: assumed.objectsOnUpdate === "merged"
  })

  const settingsOf = (accountId: string, isAtOnce = false): Effect.Effect<CustomersSettings, Refusal<403> | SqlError> =>
    AtOnce.flatMap(accounts.find(accountId, isAtOnce), (account) =>
      Option.isSome(account) ? Effect.succeed(account.value.settings) : noSuchAccount
    )

  const hiddenFrom = (principal: Principal, settings: CustomersSettings): ReadonlySet<string> =>
    Rules.isOwnCustomer(principal) ? Customer.privateAttributes(settings) : new Set()

  const find = (accountId: string, customerId: string) =>
    isStorable(customerId)
      ? Effect.map(
          customers.from(sql, sql`WHERE account_id = ${accountId} AND customer_id = ${customerId} AND deleted_at IS NULL`),
          ([row]) => Option.fromNullable(row)
        )
      : Effect.succeedNone

  const expect: CustomersService["expect"] = (accountId, customerId) =>
    Effect.flatMap(find(accountId, customerId), (row) => (Option.isSome(row) ? Effect.succeed(row.value) : noSuchCustomer))

  /** The same before the effect is run, where that is possible. */
  const expectAtOnce: CustomersService["expect"] = (accountId, customerId) => {
    const found = isStorable(customerId)
      ? customers.atOnce(data, "WHERE account_id = ? AND customer_id = ? AND deleted_at IS NULL", accountId, customerId)
      : []
    if (found === undefined) return expect(accountId, customerId)
    const [row] = found
    return row === undefined ? noSuchCustomer : Exit.succeed(row)
  }

  const hash = (secret: Redacted.Redacted | undefined) => (secret === undefined ? Effect.succeed(undefined) : hasher.hash(secret))

  /** Whether another customer has it. */
  const isTaken = (
    accountId: string,
    id: string,
    column: "customer_id" | "email_lower" | "phone_number",
    value: string,
    type?: string
  ) =>
    Effect.map(
      sql`SELECT 1 FROM customers WHERE account_id = ${accountId} AND ${sql(column)} = ${value} AND id <> ${id}
        ${type === undefined ? sql.literal("") : sql`AND type = ${type}`} LIMIT 1`,
      (found) => found.length > 0
    )

  const duplicate = duplicateBy(assumed.duplicateAnswer)

  /**
   * The unique fields (assumed: phone-unique-per-type). A phone number that stays as it was is not in the way of other changes: it may have been
   * shared before the settings forbade that.
   */
  const checkUnique = (row: Customer.CustomerRow, settings: CustomersSettings, before?: Customer.CustomerRow) =>
    Effect.gen(function* () {
      const { account_id, customer_id, email_lower, id, phone_number, type } = row
      if (yield* isTaken(account_id, id, "customer_id", customer_id)) return yield* duplicate("customer_id")
      if (email_lower !== null && (yield* isTaken(account_id, id, "email_lower", email_lower, type))) {
        return yield* duplicate("email")
      }
      const shared = settings.users?.phone_number_validation?.allow_duplicates === true
      const within = assumed.phoneUniqueWithin === "type" ? type : undefined
      const stays = before?.phone_number === phone_number && before.type === type
      if (!shared && !stays && phone_number !== null && (yield* isTaken(account_id, id, "phone_number", phone_number, within))) {
        return yield* duplicate("phone_number")
      }
    })

  const columns = Tables.customers.columns

  /** What searches look into. */
  const index = (row: Customer.CustomerRow) =>
    Effect.gen(function* () {
      const { account_id, position } = row
      yield* sql`DELETE FROM customer_words WHERE account_id = ${account_id} AND position = ${position}`
      yield* sql`DELETE FROM customer_attributes WHERE account_id = ${account_id} AND position = ${position}`
      if (row.deleted_at !== null) return
      const words = Customer.wordsOf(row).map((word) => ({ account_id, word, position }))
      if (words.length > 0) yield* Table.insertAll(sql, Tables.customerWords, words)
      const attributes = Customer.attributesOf(row.profile).map(([name, value]) => ({ account_id, name, value, position }))
      if (attributes.length > 0) yield* Table.insertAll(sql, Tables.customerAttributes, attributes)
    })

  const store = (row: Customer.CustomerRow) => {
    const { account_id, created_at, created_by, id, position, profile, metadata, ...values } = row
    return Effect.zipRight(
      sql`UPDATE customers SET ${sql.update({
        ...values,
        profile: columns.profile.encode(profile),
        metadata: columns.metadata.encode(metadata)
      })} WHERE account_id = ${account_id} AND id = ${id}`,
      index(row)
    )
  }

  /** `undefined` changes nothing. */
  const givenOr = (given: string | null | undefined, before: string | null) => (given === undefined ? before : given)

  const list = (
    accountId: string,
    principal: Principal,
    query: CustomerPages.CustomerQuery
  ): Effect.Effect<Listed<CustomerAnswer>, Refusal<400> | Refusal<403> | SqlError> =>
    Effect.gen(function* () {
      const { attributes_keys = [], attributes_values = [], limit = defaultLimit, since_datetime, starting_after } = query
      if (since_datetime !== undefined && starting_after !== undefined) {
        return yield* domain(400, "since_datetime and starting_after exclude each other")
      }
      if (starting_after !== undefined && !isStorable(starting_after)) return yield* noSuchCursor
      const settings = yield* settingsOf(accountId)
      const texts = [query.token_value, query.token_type, query.email, query.phone_number, query.search, query.tag_id]
      const all = [...texts, ...attributes_keys, ...attributes_values]
      // No stored text can match.
      if (all.some((text) => text !== undefined && !isStorable(text))) {
        return { items: [], ...(query.total === true ? { total: 0 } : {}) }
      }
      const filters = filtersOf(accountId, query)
      const where = sql.and([
        sql`account_id = ${accountId}`,
        ...(query.include_deleted === true ? [] : [sql`deleted_at IS NULL`]),
        ...(query.type === undefined ? [sql`type <> 'contact'`] : query.type === "any" ? [] : [sql`type = ${query.type}`]),
        ...(since_datetime === undefined ? [] : [sql`updated_at >= ${DateTime.toEpochMillis(since_datetime)}`])
      ])
      const after =
        starting_after === undefined
          ? 0
          : yield* Effect.flatMap(
              positions.from(
                sql,
                sql`WHERE account_id = ${accountId} AND (customer_id = ${starting_after} OR id = ${starting_after})
                  ORDER BY CASE WHEN customer_id = ${starting_after} THEN 0 ELSE 1 END LIMIT 1`
              ),
              ([found]) => (found === undefined ? noSuchCursor : Effect.succeed(found.position))
            )
      // (assumed: list-order)
      const rows = yield* pageOf(filters, where, since_datetime === undefined ? "position" : "updated_at", after, limit)
      const total =
        query.total === true
          ? yield* countOf(sql`SELECT count(*) AS count FROM customers WHERE ${sql.and([where, ...filters.map(found)])}`)
          : undefined
      const hidden = hiddenFrom(principal, settings)
      return {
        items: (yield* withLinked(accountId, rows)).map((row) => Customer.ofRow(row, hidden)),
        ...(total === undefined ? {} : { total })
      }
    })

  /** The page of a query that only has a cursor and a limit, which most have, before the effect is run. `undefined` where that is not possible. */
  const plainPage = (accountId: string, principal: Principal, query: CustomerPages.CustomerQuery) => {
    const {
      attributes_keys = [],
      attributes_values = [],
      include_deleted,
      limit = defaultLimit,
      starting_after,
      ...others
    } = query
    const isPlain = [...attributes_keys, ...attributes_values, ...Object.values(others)].every((value) => value === undefined)
    if (!isPlain || include_deleted === true) return undefined
    if (starting_after !== undefined && !isStorable(starting_after)) return noSuchCursor
    return AtOnce.flatMap(settingsOf(accountId, true), (settings) => {
      const [cursor] =
        starting_after === undefined
          ? [{ position: 0 }]
          : (positions.atOnce(
              data,
              `WHERE account_id = ? AND (customer_id = ? OR id = ?)
                ORDER BY CASE WHEN customer_id = ? THEN 0 ELSE 1 END LIMIT 1`,
              accountId,
              starting_after,
              starting_after,
              starting_after
            ) ?? [])
      const rows =
        cursor &&
        customers.atOnce(
          data,
          "WHERE account_id = ? AND deleted_at IS NULL AND type <> 'contact' AND position > ? ORDER BY position LIMIT ?",
          accountId,
          cursor.position,
          limit
        )
      // Without the cursor's row, or without the database, the effect says what is wrong.
      if (rows === undefined) return list(accountId, principal, query)
      const hidden = hiddenFrom(principal, settings)
      return Exit.succeed({ items: rows.map((row) => Customer.ofRow(row, hidden)) })
    })
  }

  /**
   * A contact brings the customers that it acts for, before itself and once each: so the last item of a page is one that matches
   * (assumed: linked-customers).
   */
  const withLinked = (accountId: string, rows: ReadonlyArray<Customer.CustomerRow>) =>
    Effect.gen(function* () {
      const linked = [
        ...new Set(
          rows.flatMap(({ deleted_at, profile, type }) =>
            type === "contact" && deleted_at === null ? (profile.contact_for ?? []).map(({ customer_id }) => customer_id) : []
          )
        )
      ].filter(isStorable)
      if (linked.length === 0) return rows
      const found = yield* customers.from(
        sql,
        sql`WHERE account_id = ${accountId} AND deleted_at IS NULL AND ${sql.in("customer_id", linked)} ORDER BY position`
      )
      const present = new Set(rows.map(({ id }) => id))
      return [...found.filter(({ id }) => !present.has(id)), ...rows]
    })

  return {
    list: (accountId, principal, query, isAtOnce = false) =>
      (isAtOnce ? plainPage(accountId, principal, query) : undefined) ?? list(accountId, principal, query),
    expect,
    byId: (accountId, principal, id) =>
      Effect.gen(function* () {
        const settings = yield* settingsOf(accountId)
        const [row] = yield* customers.from(sql, sql`WHERE account_id = ${accountId} AND id = ${id} AND deleted_at IS NULL`)
        return Option.map(Option.fromNullable(row), (row) => Customer.ofRow(row, hiddenFrom(principal, settings)))
      }),
    touch: (accountId, id) =>
      Effect.gen(function* () {
        const { at } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
        yield* sql`UPDATE customers SET updated_at = ${at} WHERE account_id = ${accountId} AND id = ${id}`
      }),
    verified: (accountId, id, field, at) =>
      Effect.asVoid(
        sql`UPDATE customers SET ${sql(field === "email" ? "email_verified_at" : "phone_verified_at")} = ${at}
          WHERE account_id = ${accountId} AND id = ${id}`
      ),
    exists: (accountId, { email, phone_number }) =>
      Effect.gen(function* () {
        const account = yield* accounts.find(accountId)
        if (!Option.exists(account, ({ settings }) => settings.users?.head?.enabled === true)) return yield* headIsOff
        // (assumed: head-without-filter)
        if (email === undefined && phone_number === undefined) return yield* domain(400, "email or phone_number is required")
        if (![email, phone_number].every((text) => text === undefined || isStorable(text))) return false
        const found = yield* ids.from(
          sql,
          sql`WHERE ${sql.and([
            sql`account_id = ${accountId}`,
            sql`deleted_at IS NULL`,
            ...(email === undefined ? [] : [sql`email_lower = ${folded(email)}`]),
            ...(phone_number === undefined ? [] : [sql`phone_number = ${phone_number}`])
          ])} LIMIT 1`
        )
        return found.length > 0
      }),
    get: (accountId, principal, customerId, isAtOnce = false) =>
      AtOnce.flatMap(settingsOf(accountId, isAtOnce), (settings) =>
        AtOnce.map((isAtOnce ? expectAtOnce : expect)(accountId, customerId), (row) =>
          Customer.ofRow(row, hiddenFrom(principal, settings))
        )
      ),
    create: (accountId, principal, { customer_id, email, metadata, password, phone_number, pin, type, ...profile }) =>
      Effect.gen(function* () {
        yield* Rules.checkMaySetType(principal, type)
        yield* Rules.checkMaySetPassword(principal, { password, pin })
        yield* Rules.checkStorable({ customer_id, email, phone_number })
        yield* Rules.checkType({ type, profile })
        // A hash takes long, and in a transaction nobody else could write meanwhile.
        const password_hash = (yield* hash(password)) ?? null
        const pin_hash = (yield* hash(pin)) ?? null
        return yield* sql.withTransaction(
          Effect.gen(function* () {
            const settings = yield* settingsOf(accountId)
            if (checksAttributes) yield* Rules.checkAttributes(profile.attributes, settings)
            const { at, position } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
            const generated =
              customer_id !== undefined
                ? customer_id
                : settings.users?.customer_id_format === "sequence"
                  ? yield* counters.nextInSequence(accountId)
                  : yield* entropy.uuid
            const row: Customer.CustomerRow = {
              account_id: accountId,
              id: yield* entropy.uuid,
              customer_id: generated,
              type,
              email: email ?? null,
              email_lower: email == null ? null : folded(email),
              phone_number: phone_number ?? null,
              password_hash,
              pin_hash,
              created_at: at,
              profile: Customer.mergeProfile({}, profile, merging(new Set(), at)),
              metadata: Customer.mergeMetadata({}, metadata),
              created_by: principal.subject,
              updated_at: at,
              deleted_at: null,
              deleted_by: null,
              position,
              email_verified_at: null,
              phone_verified_at: null
            }
            yield* checkUnique(row, settings)
            yield* Table.insert(sql, Tables.customers, row)
            yield* index(row)
            if (customer_id !== undefined) yield* counters.note(accountId, customer_id)
            yield* autoTokens.sync(row, settings)
            return Customer.ofRow(row, hiddenFrom(principal, settings))
          })
        )
      }),
    update: (accountId, principal, customerId, { email, metadata, password, phone_number, pin, type, ...profile }) =>
      Effect.gen(function* () {
        yield* Rules.checkMaySetPassword(principal, { password, pin })
        yield* Rules.checkStorable({ email, phone_number })
        const password_hash = yield* hash(password)
        const pin_hash = yield* hash(pin)
        return yield* sql.withTransaction(
          Effect.gen(function* () {
            const settings = yield* settingsOf(accountId)
            const before = yield* expect(accountId, customerId)
            if (type !== undefined && type !== before.type) yield* Rules.checkMaySetType(principal, type)
            const now = yield* Clock.currentTimeMillis
            const changesPhone = phone_number !== undefined && phone_number !== before.phone_number
            if (changesPhone && settings.users?.verifications?.phone_number === "sms" && before.phone_number !== null) {
              const verified = before.phone_verified_at
              if (verified === null || now - verified > verificationMillis) {
                return yield* domain(assumed.unverifiedPhoneChange, "phone_number has to be verified before it is changed")
              }
            }
            const { at } = yield* counters.tick(accountId, now)
            const hidden = hiddenFrom(principal, settings)
            const nextEmail = givenOr(email, before.email)
            const nextPhone = givenOr(phone_number, before.phone_number)
            const row: Customer.CustomerRow = {
              ...before,
              type: type ?? before.type,
              email: nextEmail,
              email_lower: nextEmail === null ? null : folded(nextEmail),
              phone_number: nextPhone,
              password_hash: password_hash ?? before.password_hash,
              pin_hash: pin_hash ?? before.pin_hash,
              profile: Customer.mergeProfile(before.profile, profile, merging(hidden, at)),
              metadata: Customer.mergeMetadata(before.metadata, metadata, assumed.metadataOnUpdate),
              updated_at: at,
              email_verified_at: nextEmail === before.email ? before.email_verified_at : null,
              phone_verified_at: nextPhone === before.phone_number ? before.phone_verified_at : null
            }
            yield* Rules.checkType({ type: row.type, profile: row.profile })
            if (checksAttributes) yield* Rules.checkAttributes(profile.attributes, settings)
            yield* checkUnique(row, settings, before)
            yield* store(row)
            yield* autoTokens.sync(row, settings)
            yield* autoTokens.passOn(before, row, settings)
            return Customer.ofRow(row, hidden)
          })
        )
      }),
    remove: (accountId, principal, customerId, { deleteTokens }) =>
      sql.withTransaction(
        Effect.gen(function* () {
          const settings = yield* settingsOf(accountId)
          const before = yield* expect(accountId, customerId)
          const { at } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          yield* store({
            ...before,
            email: null,
            email_lower: null,
            phone_number: null,
            password_hash: null,
            pin_hash: null,
            profile: {},
            metadata: {},
            updated_at: at,
            deleted_at: at,
            deleted_by: principal.subject,
            email_verified_at: null,
            phone_verified_at: null
          })
          yield* sql`DELETE FROM tagged_customers WHERE account_id = ${accountId} AND position = ${before.position}`
          yield* LoginState.end(sql, accountId, customerId, at)
          if (deleteTokens || assumed.tokensOfDeleted === "deleted")
            yield* autoTokens.removeAll(accountId, before.id, principal.subject, at)
          yield* autoTokens.passOn(before, { email: null, phone_number: null, updated_at: at }, settings)
          return {
            ...Customer.ofRow(before, hiddenFrom(principal, settings)),
            deleted_at: DateTime.unsafeMake(at),
            deleted_by: principal.subject
          }
        })
      ),
    changeCustomerId: (accountId, principal, customerId, to) =>
      sql.withTransaction(
        Effect.gen(function* () {
          yield* Rules.checkStorable({ customer_id: to })
          const settings = yield* settingsOf(accountId)
          const before = yield* expect(accountId, customerId)
          const { at } = yield* counters.tick(accountId, yield* Clock.currentTimeMillis)
          const trail = { created_at: new Date(at).toISOString(), created_by: principal.subject, old: customerId, new: to }
          // The formats of the time and of the digest in the key are not known (assumed: customer-id-trail).
          const key = `dintero_change_customer_id_${at}.${Digest.ofToken(JSON.stringify(trail)).slice(0, 8)}`
          const row: Customer.CustomerRow = {
            ...before,
            customer_id: to,
            metadata: { ...before.metadata, [key]: trail },
            updated_at: at
          }
          yield* checkUnique(row, settings, before)
          yield* store(row)
          yield* counters.note(accountId, to)
          yield* LoginState.rename(sql, accountId, customerId, to)
          return Customer.ofRow(row, hiddenFrom(principal, settings))
        })
      )
  } satisfies CustomersService
})
