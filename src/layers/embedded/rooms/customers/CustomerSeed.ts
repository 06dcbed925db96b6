/**
 * The customers in a seed.
 *
 * @since 0.1.0
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Metadata, profileFields } from "../../../../schemas/Customer.js"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import { CustomerTokenCreate } from "../../../../schemas/CustomerToken.js"
import { optional } from "../../../../schemas/Fields.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { isPhc, PasswordHasher } from "../logins/PasswordHashing.js"
import { repetitions, type SeedPart, text, Uuid } from "../SeedPart.js"
import * as AutoTokens from "../tokens/AutoTokens.js"
import { customerTokens } from "../tokens/Tables.js"
import { attributesOf, type CustomerRow, wordsOf } from "./Customer.js"
import * as Tables from "./Tables.js"

const CustomerKey = text(/^(?! )[^\p{Cc}\p{Cs}]{1,255}(?<! )$/u, "1 to 255 characters without spaces at either end")

const { email: _email, phone_number: _phone, ...profile } = profileFields

/**
 * A customer with a `password`, with the `password_hash` of one (scrypt, as a PHC string), or with neither. A customer with neither cannot
 * log in. The fields of the profile, `metadata` and `tokens` are those of the API.
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

/** @internal */
export interface Account {
  readonly account_id: string
  readonly customers: ReadonlyArray<typeof CustomerSeed.Type>
  readonly settings?: CustomersSettings
}

/** The number of customers in one INSERT. A statement of SQLite has at most 32,766 values. */
const batch = 200

/** Lets signals, timers and output be handled, which have to wait while statements of SQLite run. */
const turn = Effect.async<void>((resume) => {
  const immediate = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(immediate))
})

/** @internal */
export const part = (
  onProgress: ((progress: SeedProgress) => void) | undefined
): SeedPart<Account, SqlClient.SqlClient | Entropy | PasswordHasher> => ({
  // Among the customers of one type, emails are unique in any case, and so are phone numbers
  // (https://docs.dintero.com/api-reference/users/customer-details).
  inconsistencies: ({ customers, settings }, at) => {
    const unique = repetitions()
    const sharedPhones = settings?.users?.phone_number_validation?.allow_duplicates === true
    return customers.flatMap(({ customer_id, email, id, password, password_hash, phone_number, tokens, type }, i) => {
      const path = `${at}.customers[${i}]`
      return [
        ...(id === undefined ? [] : unique(`${path}.id`, "id", id)),
        ...(customer_id === undefined ? [] : unique(`${path}.customer_id`, "customer_id", customer_id)),
        ...(email === undefined ? [] : unique(`${path}.email`, "email", type, email.toLowerCase())),
        ...(phone_number === undefined || sharedPhones ? [] : unique(`${path}.phone_number`, "phone", type, phone_number)),
        ...(tokens ?? []).flatMap(({ type, value }, j) => unique(`${path}.tokens[${j}]`, "token", type, value)),
        ...(password === undefined || password_hash === undefined
          ? []
          : [{ path: `${path}.password_hash`, message: "cannot stand beside password" }])
      ]
    })
  },
  prepare: (accounts) =>
    Effect.gen(function* () {
      const sql = yield* SqlClient.SqlClient
      const entropy = yield* Entropy
      const hasher = yield* PasswordHasher
      const all = accounts.flatMap(({ customers }) => customers)
      const passwords = all.filter(({ password }) => password !== undefined).length
      let passwordsHashed = 0
      let customersWritten = 0
      const tell = () => onProgress?.({ passwords, passwordsHashed, customers: all.length, customersWritten })
      tell()

      // The passwords of all accounts together, so that no thread of the hasher is idle while another account waits.
      const hashes = yield* Effect.forEach(
        all,
        ({ password, password_hash }) =>
          password === undefined
            ? Effect.succeed(password_hash ?? null)
            : Effect.tap(hasher.hash(password), () =>
                Effect.sync(() => {
                  passwordsHashed++
                  tell()
                })
              ),
        { concurrency: 4 }
      )
      const hashOf = new Map(all.map((customer, index) => [customer, hashes[index] ?? null]))

      const insertAll = <C extends Table.Columns>(table: Table.Table<C>, rows: ReadonlyArray<Table.NewRow<Table.Table<C>>>) =>
        rows.length === 0 ? Effect.void : Table.insertAll(sql, table, rows)

      return ({ account_id, customers, settings = {} }, created_at) =>
        Effect.gen(function* () {
          let position = 0
          const isTaken = new Set<string>()
          for (let from = 0; from < customers.length; from += batch) {
            const seeded = yield* Effect.forEach(customers.slice(from, from + batch), (customer, i) =>
              Effect.gen(function* () {
                const { customer_id, email, id, metadata, password, password_hash, phone_number, tokens, type, ...profile } =
                  customer
                const row: CustomerRow = {
                  account_id,
                  id: id ?? (yield* entropy.uuid),
                  customer_id: customer_id ?? (yield* entropy.uuid),
                  type,
                  email: email ?? null,
                  email_lower: email?.toLowerCase() ?? null,
                  phone_number: phone_number ?? null,
                  password_hash: hashOf.get(customer) ?? null,
                  created_at,
                  pin_hash: null,
                  profile,
                  metadata: metadata ?? {},
                  created_by: null,
                  // No two customers were changed at one time, and none in the future.
                  updated_at: created_at - (customers.length - 1 - from - i),
                  deleted_at: null,
                  deleted_by: null,
                  position: ++position,
                  email_verified_at: null,
                  phone_verified_at: null
                }
                return { row, tokens: tokens ?? [] }
              })
            )
            const rows = seeded.map(({ row }) => row)
            yield* insertAll(Tables.customers, rows)
            yield* insertAll(
              Tables.customerWords,
              rows.flatMap((row) => wordsOf(row).map((word) => ({ account_id, word, position: row.position })))
            )
            yield* insertAll(
              Tables.customerAttributes,
              rows.flatMap(({ position, profile }) =>
                attributesOf(profile).map(([name, value]) => ({ account_id, name, value, position }))
              )
            )
            for (const { row, tokens } of seeded) {
              const given = tokens.map((token) => ({ ...token, source: null }))
              const made = AutoTokens.sources.flatMap((source) =>
                AutoTokens.wantedFrom(row, source, settings).map((token) => ({
                  ...token,
                  source,
                  token_id: undefined,
                  metadata: undefined
                }))
              )
              for (const { metadata, source, token_id, type, value } of [...given, ...made]) {
                const key = JSON.stringify([type, value])
                if (isTaken.has(key)) continue
                isTaken.add(key)
                const id = yield* entropy.uuid
                yield* Table.insert(sql, customerTokens, {
                  account_id,
                  id,
                  token_id: token_id ?? id,
                  owner_id: row.id,
                  type,
                  value,
                  live: value,
                  source,
                  metadata: metadata ?? null,
                  created_at,
                  updated_at: created_at,
                  position: ++position
                })
              }
            }
            customersWritten += rows.length
            tell()
            yield* turn
          }
          yield* Table.insert(sql, Tables.customerCounters, { account_id, position, sequence: null, changed_at: created_at })
        })
    })
})
