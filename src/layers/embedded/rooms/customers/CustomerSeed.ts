/**
 * The customers in a seed.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Metadata, profileFields } from "../../../../schemas/Customer.js"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import { CustomerTokenCreate } from "../../../../schemas/CustomerToken.js"
import type { Issue } from "../../../../schemas/DinteroError.js"
import { optional } from "../../../../schemas/Fields.js"
import * as Table from "../../storage/Table.js"
import type { InvalidSeed } from "../../system/EmbeddedStartError.js"
import { Entropy } from "../../system/Entropy.js"
import { folded } from "../Folded.js"
import { isPhc, PasswordHasher } from "../logins/PasswordHashing.js"
import { CustomerKey, invalidSeed, repetitions, type SeedPart, text, Uuid } from "../SeedPart.js"
import { accountRows } from "../Tables.js"
import { customerTags } from "../tags/Tables.js"
import * as AutoTokens from "../tokens/AutoTokens.js"
import { customerTokens } from "../tokens/Tables.js"
import { attributesOf, type CustomerRow, wordsOf } from "./Customer.js"
import * as Tables from "./Tables.js"

const { email: _email, phone_number: _phone, ...profile } = profileFields

/**
 * A customer with a `password`, with the `password_hash` of one (scrypt, as a PHC string), or with neither. A customer with neither cannot
 * log in. The fields of the profile, `metadata` and `tokens` are those of the API. `tags` has the texts of tags of the account.
 *
 * Source: https://docs.dintero.com/api-reference/users/customer-details, and https://docs.dintero.com/api-reference/password/login-with-emailpassword (a password has 4 to 255 characters)
 *
 * @since 0.1.0
 * @category schemas
 */
export const CustomerSeed = Schema.Struct({
  id: optional(Uuid),
  customer_id: optional(CustomerKey),
  type: Schema.optionalWith(Schema.Literal("customer", "company", "contact", "employee", "other"), {
    exact: true,
    default: () => "customer" as const
  }),
  email: optional(text(/^[^\s@\p{Cc}\p{Cs}]{1,64}@[^\s@\p{Cc}\p{Cs}]{1,190}$/u, "an email address")),
  phone_number: optional(text(/^\+[0-9]{4,15}$/, "a phone number such as +4799999999")),
  password: optional(
    Schema.Redacted(
      Schema.String.pipe(Schema.minLength(4), Schema.maxLength(255, { description: "a password of 4 to 255 characters" }))
    )
  ),
  password_hash: optional(
    Schema.String.pipe(Schema.filter(isPhc, { description: "a PHC string of scrypt: $scrypt$ln=…,r=…,p=…$salt$hash" }))
  ),
  ...profile,
  metadata: optional(Metadata),
  tags: optional(Schema.Array(Schema.String)),
  tokens: optional(Schema.Array(CustomerTokenCreate))
}).annotations({ identifier: "CustomerSeed" })

/**
 * The room's fields of an account.
 *
 * @since 0.1.0
 * @category schemas
 */
export const fields = {
  customers: Schema.optionalWith(Schema.Array(CustomerSeed), { exact: true, default: () => [] })
}

/**
 * The progress of writing a seed. First the passwords are hashed, and then the customers are written. Accounts that stay as they are in the
 * database do not count.
 *
 * @since 0.1.0
 * @category models
 */
export interface SeedProgress {
  /** The number of passwords to hash. */
  readonly passwords: number
  readonly passwordsHashed: number
  readonly customers: number
  readonly customersWritten: number
}

type Customer = typeof CustomerSeed.Type

/** @internal */
export interface Account {
  readonly account_id: string
  readonly customers: ReadonlyArray<Customer>
  readonly settings?: CustomersSettings
  readonly tags: ReadonlyArray<{ readonly tag: string }>
  readonly terms: ReadonlyArray<unknown>
  readonly locations: ReadonlyArray<unknown>
  readonly roles: ReadonlyArray<unknown>
  readonly account_users: ReadonlyArray<unknown>
}

/**
 * The number of customers that are written at a time.
 *
 * @internal
 */
export const batch = 200

/** Lets signals, timers and output be handled, which have to wait while statements of SQLite run. */
const turn = Effect.async<void>((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})

const sharesPhones = (settings: CustomersSettings | undefined): boolean =>
  settings?.users?.phone_number_validation?.allow_duplicates === true

/** The values of a customer that no other one may have, with their paths. */
const uniqueOf = ({ customer_id, email, id, phone_number, tokens, type }: Customer, settings: CustomersSettings | undefined) => [
  ...(id === undefined ? [] : [{ path: "id", key: ["id", id] }]),
  ...(customer_id === undefined ? [] : [{ path: "customer_id", key: ["customer_id", customer_id] }]),
  ...(email === undefined ? [] : [{ path: "email", key: ["email", type, folded(email)] }]),
  ...(phone_number === undefined || sharesPhones(settings) ? [] : [{ path: "phone_number", key: ["phone", type, phone_number] }]),
  ...(tokens ?? []).map(({ type, value }, j) => ({ path: `tokens[${j}]`, key: ["token", type, value] }))
]

/**
 * Fields of one customer that exclude each other, and tags that the account does not have.
 *
 * @internal
 */
export const inconsistenciesOf = (
  { password, password_hash, tags }: Customer,
  isTag: (tag: string) => boolean,
  path: (field: string) => string
): ReadonlyArray<Issue> => [
  ...(password === undefined || password_hash === undefined
    ? []
    : [{ path: path("password_hash"), message: "cannot stand beside password" }]),
  ...(tags ?? []).flatMap((tag, j) =>
    isTag(tag) ? [] : [{ path: path(`tags[${j}]`), message: "is none of the tags of the account" }]
  )
]

/**
 * A customer of a seed that is read row by row. `at` says where it is, such as `line 7`.
 *
 * @internal
 */
export interface Row {
  readonly at: string
  readonly customer: Customer
}

const inserted = Table.select(Tables.customers, "id", "customer_id", "type", "email_lower", "phone_number")
const insertedTokens = Table.select(customerTokens, "type", "value")
const tagRows = Table.select(customerTags, "id", "tag")

/**
 * Writes the customers of one account, batch by batch. What it keeps between them does not grow. For inside a transaction.
 *
 * - `total`: how many customers will be written
 * - `end`: after the last of them
 */
const writer = (
  { account_id, account_users, locations, roles, settings = {}, tags, terms }: Account,
  total: number,
  created_at: number
) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const entropy = yield* Entropy
    const { add } = yield* accountRows
    const tagIds = new Map(
      (yield* tagRows.from(sql, sql`WHERE account_id = ${account_id}`)).map(({ id, tag }) => [tag, id] as const)
    )
    let position = Math.max(...[account_users, locations, roles, tags, terms].map(({ length }) => length))
    let written = 0

    const rowOf = (customer: Customer, password_hash: string | null) =>
      Effect.gen(function* () {
        const {
          customer_id,
          email,
          id,
          metadata,
          password: _,
          password_hash: __,
          phone_number,
          tags,
          tokens,
          type,
          ...profile
        } = customer
        const row: CustomerRow = {
          account_id,
          id: id ?? (yield* entropy.uuid),
          customer_id: customer_id ?? (yield* entropy.uuid),
          type,
          email: email ?? null,
          email_lower: email === undefined ? null : folded(email),
          phone_number: phone_number ?? null,
          password_hash,
          created_at,
          pin_hash: null,
          profile,
          metadata: metadata ?? {},
          created_by: null,
          // No two customers were changed at one time, and none in the future.
          updated_at: created_at - (total - ++written),
          deleted_at: null,
          deleted_by: null,
          position: ++position,
          email_verified_at: null,
          phone_verified_at: null
        }
        return { row, tags: [...new Set(tags)], tokens: tokens ?? [] }
      })

    /** The tokens that customers of these types and values have already. */
    const takenAmong = (tokens: ReadonlyArray<{ readonly type: string; readonly value: string }>) =>
      tokens.length === 0
        ? Effect.succeed([])
        : insertedTokens.from(
            sql,
            sql`WHERE account_id = ${account_id} AND ${sql.in("live", [...new Set(tokens.map(({ value }) => value))])}`
          )

    return {
      /** What a customer of this batch has in common with one of an earlier batch or of this one. */
      repeated: (rows: ReadonlyArray<Row>): Effect.Effect<ReadonlyArray<Issue>, SqlError> =>
        Effect.gen(function* () {
          const given = rows.map(({ customer }) => customer)
          const within = (column: string, values: ReadonlyArray<string | undefined>) => {
            const present = [...new Set(values.filter((value) => value !== undefined))]
            return present.length === 0
              ? Effect.succeed([])
              : inserted.from(sql, sql`WHERE account_id = ${account_id} AND ${sql.in(column, present)}`)
          }
          const ids = yield* within(
            "id",
            given.map(({ id }) => id)
          )
          const customerIds = yield* within(
            "customer_id",
            given.map(({ customer_id }) => customer_id)
          )
          const emails = yield* within(
            "email_lower",
            given.map(({ email }) => (email === undefined ? undefined : folded(email)))
          )
          const phones = yield* within(
            "phone_number",
            given.map(({ phone_number }) => phone_number)
          )
          const tokens = yield* takenAmong(given.flatMap(({ tokens }) => tokens ?? []))
          const taken = new Set(
            [
              ...ids.map(({ id }) => ["id", id]),
              ...customerIds.map(({ customer_id }) => ["customer_id", customer_id]),
              ...emails.map(({ email_lower, type }) => ["email", type, email_lower]),
              ...phones.map(({ phone_number, type }) => ["phone", type, phone_number]),
              ...tokens.map(({ type, value }) => ["token", type, value])
            ].map((key) => JSON.stringify(key))
          )
          const unique = repetitions()
          return rows.flatMap(({ at, customer }) =>
            uniqueOf(customer, settings).flatMap(({ key, path }) =>
              taken.has(JSON.stringify(key))
                ? [{ path: `${at}, ${path}`, message: "is the same as that of an earlier customer" }]
                : unique(`${at}, ${path}`, ...key)
            )
          )
        }),
      write: (customers: ReadonlyArray<{ readonly customer: Customer; readonly passwordHash: string | null }>) =>
        Effect.gen(function* () {
          const seeded = yield* Effect.forEach(customers, ({ customer, passwordHash }) => rowOf(customer, passwordHash))
          const rows = seeded.map(({ row }) => row)
          yield* add("customers", rows)
          yield* add(
            "customer_words",
            rows.flatMap((row) => wordsOf(row).map((word) => ({ account_id, word, position: row.position })))
          )
          yield* add(
            "customer_attributes",
            rows.flatMap(({ position, profile }) =>
              attributesOf(profile).map(([name, value]) => ({ account_id, name, value, position }))
            )
          )
          yield* add(
            "tagged_customers",
            seeded.flatMap(({ row, tags }) =>
              tags.map((tag) => ({ account_id, tag_id: tagIds.get(tag) ?? "", position: row.position }))
            )
          )
          const wanted = seeded.flatMap(({ row, tokens }) => [
            ...tokens.map((token) => ({ ...token, source: null, owner_id: row.id })),
            ...AutoTokens.sources.flatMap((source) =>
              AutoTokens.wantedFrom(row, source, settings).map((token) => ({ ...token, source, owner_id: row.id }))
            )
          ])
          const isTaken = new Set((yield* takenAmong(wanted)).map(({ type, value }) => JSON.stringify([type, value])))
          const tokens: Array<Table.NewRow<typeof customerTokens>> = []
          for (const token of wanted) {
            const key = JSON.stringify([token.type, token.value])
            // Customers who share a phone number share its digest: the first one keeps the token.
            if (isTaken.has(key)) continue
            isTaken.add(key)
            const id = yield* entropy.uuid
            tokens.push({
              account_id,
              id,
              token_id: id,
              metadata: null,
              ...token,
              live: token.value,
              created_at,
              updated_at: created_at,
              position: ++position
            })
          }
          yield* add("customer_tokens", tokens)
          yield* turn
        }),
      end: Effect.suspend(() => add("customer_counters", [{ account_id, position, sequence: null, changed_at: created_at }]))
    }
  })

/** Hashes passwords, several at a time. `onHashed` is called after each. */
const hashed = (customers: ReadonlyArray<Customer>, onHashed: () => void) =>
  Effect.flatMap(PasswordHasher, (hasher) =>
    Effect.forEach(
      customers,
      ({ password, password_hash }) =>
        password === undefined
          ? Effect.succeed(password_hash ?? null)
          : Effect.tap(hasher.hash(password), () => Effect.sync(onHashed)),
      { concurrency: 4 }
    )
  )

/**
 * Customers that follow those of the accounts, row by row.
 *
 * - `countOf`: how many there are, and how many of them have a password
 * - `next`: some more of an account, at most `batch`. None when there are no more. The accounts are asked for in the order of the seed.
 *
 * @internal
 */
export interface Rows {
  readonly countOf: (accountId: string) => { readonly customers: number; readonly passwords: number }
  readonly next: (accountId: string) => Effect.Effect<ReadonlyArray<Row>, InvalidSeed>
}

/**
 * A seed that is wrong everywhere is not listed whole.
 *
 * @internal
 */
export const maximumIssues = 100

/** @internal */
export const part = (
  onProgress?: (progress: SeedProgress) => void,
  more?: Rows
): SeedPart<Account, SqlClient.SqlClient | Entropy | PasswordHasher> => ({
  // Among the customers of one type, emails are unique in any case, and so are phone numbers
  // (https://docs.dintero.com/api-reference/users/customer-details).
  inconsistencies: ({ customers, settings, tags }, at) => {
    const unique = repetitions()
    const known = new Set(tags.map(({ tag }) => tag))
    return customers.flatMap((customer, i) => {
      const path = (field: string) => `${at}.customers[${i}].${field}`
      return [
        ...uniqueOf(customer, settings).flatMap(({ key, path: field }) => unique(path(field), ...key)),
        ...inconsistenciesOf(customer, (tag) => known.has(tag), path)
      ]
    })
  },
  prepare: (accounts) =>
    Effect.gen(function* () {
      const context = yield* Effect.context<SqlClient.SqlClient | Entropy | PasswordHasher>()
      const counts = accounts.map(({ account_id }) => more?.countOf(account_id) ?? { customers: 0, passwords: 0 })
      const sum = (numbers: ReadonlyArray<number>) => numbers.reduce((a, b) => a + b, 0)
      const all = accounts.flatMap(({ customers }) => customers)
      const totals = {
        passwords: all.filter(({ password }) => password !== undefined).length + sum(counts.map(({ passwords }) => passwords)),
        customers: all.length + sum(counts.map(({ customers }) => customers))
      }
      const next = more?.next ?? (() => Effect.succeed([]))
      let passwordsHashed = 0
      let customersWritten = 0
      const tell = () => onProgress?.({ ...totals, passwordsHashed, customersWritten })
      const onHashed = () => {
        passwordsHashed++
        tell()
      }
      tell()

      // The passwords of all accounts together, so that no thread of the hasher is idle while another account waits.
      const hashes = yield* hashed(all, onHashed)
      const hashOf = new Map(all.map((customer, index) => [customer, hashes[index] ?? null]))

      return (account, created_at) =>
        Effect.gen(function* () {
          const { account_id, customers } = account
          const { end, repeated, write } = yield* writer(
            account,
            customers.length + (more?.countOf(account_id).customers ?? 0),
            created_at
          )
          const written = (count: number) => {
            customersWritten += count
            tell()
          }
          for (let from = 0; from < customers.length; from += batch) {
            const some = customers.slice(from, from + batch)
            yield* write(some.map((customer) => ({ customer, passwordHash: hashOf.get(customer) ?? null })))
            written(some.length)
          }
          const issues: Array<Issue> = []
          for (let rows = yield* next(account_id); rows.length > 0; rows = yield* next(account_id)) {
            issues.push(...(yield* repeated(rows)))
            if (issues.length >= maximumIssues) break
            // What comes after a customer that is refused is only checked: none will stay.
            if (issues.length > 0) continue
            const given = rows.map(({ customer }) => customer)
            const hashes = yield* hashed(given, onHashed)
            yield* write(given.map((customer, i) => ({ customer, passwordHash: hashes[i] ?? null })))
            written(given.length)
          }
          if (issues.length > 0) return yield* invalidSeed(issues.slice(0, maximumIssues))
          yield* end
        }).pipe(Effect.provide(context))
    })
})
