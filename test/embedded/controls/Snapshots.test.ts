import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Runtime from "effect/Runtime"
import * as Tracer from "effect/Tracer"
import { version } from "../../../src/internal/Version.js"
import * as AccountsOverview from "../../../src/layers/embedded/controls/accounts/AccountsOverview.js"
import * as CustomersOverview from "../../../src/layers/embedded/controls/accounts/CustomersOverview.js"
import * as Snapshot from "../../../src/layers/embedded/controls/accounts/Snapshot.js"
import * as Snapshots from "../../../src/layers/embedded/controls/accounts/Snapshots.js"
import * as Outbox from "../../../src/layers/embedded/controls/outbox/Outbox.js"
import * as Accounts from "../../../src/layers/embedded/rooms/accounts/Accounts.js"
import * as FailedLogins from "../../../src/layers/embedded/rooms/logins/FailedLogins.js"
import * as GuessingRules from "../../../src/layers/embedded/rooms/logins/GuessingRules.js"
import * as OneTimeCodes from "../../../src/layers/embedded/rooms/logins/OneTimeCodes.js"
import * as StoredTokens from "../../../src/layers/embedded/rooms/sessions/StoredTokens.js"
import * as Tables from "../../../src/layers/embedded/rooms/Tables.js"
import { demoSeed } from "../../../src/layers/embedded/seed/DemoSeed.js"
import * as Seed from "../../../src/layers/embedded/seed/Seed.js"
import * as Seeding from "../../../src/layers/embedded/seed/Seeding.js"
import * as Migrations from "../../../src/layers/embedded/storage/Migrations.js"
import type * as Table from "../../../src/layers/embedded/storage/Table.js"
import * as Digest from "../../../src/layers/embedded/system/Digest.js"
import { layerServices } from "../Services.js"

const account = "T12345678"
const other = "T00000002"

const stack = layerServices({ guessing: GuessingRules.make("limited") })

/** Runs with an empty system. */
const system = <A, E>(effect: Effect.Effect<A, E, Layer.Layer.Success<typeof stack>>) =>
  Effect.zipRight(Migrations.migrate("test", Tables.all), effect).pipe(Effect.provide(stack))

const seed = (value: unknown) => Effect.flatMap(Seed.decode(value), Seeding.apply)

const clients = [
  {
    client_id: "shop",
    // JSON allows several spellings of these characters.
    name: 'x"\\/\u2028\u007f\u0001\n\t\b\u00e6<&',
    client_secret: "shop-secret",
    grants: [
      { scope: ["a"] },
      { scope: ["b", "c"], audience: `https://${account}@api.dintero.com` },
      { scope: ["d"], audience: `https://api.dintero.com/v1/accounts/${account}/` },
      { scope: ["e"], audience: `https://example.com/${account}` },
      { scope: ["f"], audience: `https://api.dintero.com/v1/accounts/${other}` }
    ]
  }
]

const seedOf = (account_id: string, customers: number) => ({
  accounts: [
    {
      account_id,
      clients,
      customers: Array.from({ length: customers }, (_, i) => ({
        customer_id: `c${i}`,
        email: `User.${i}"\\\u00e6\u{1f600}@example.com`,
        ...(i % 3 === 0 ? {} : { phone_number: `+47${String(i).padStart(8, "0")}` }),
        ...(i < 3 ? { password: "1234" } : {})
      }))
    }
  ]
})

/** Also with a session, a waiting login, a failed login, settings and a message. */
const populate = (account_id: string, customers = 5) =>
  Effect.gen(function* () {
    yield* seed(seedOf(account_id, customers))
    const tokens = yield* StoredTokens.StoredTokens
    const session = { accountId: account_id, clientId: "shop", subject: "c0", audience: `https://${account_id}@api.dintero.com` }
    yield* tokens.issueRefreshToken({ ...session, scopes: ["a"] })
    yield* Effect.flatMap(OneTimeCodes.OneTimeCodes, (codes) => codes.begin(session))
    yield* Effect.flatMap(FailedLogins.FailedLogins, (failures) => failures.count(account_id, Option.some("c0")))
    yield* Effect.flatMap(Accounts.Accounts, (accounts) =>
      accounts.updateSettings(
        account_id,
        { attributes: [{ name: "a", type: "string", multiple_values: false, private: false }] },
        { isWhole: false }
      )
    )
    yield* send(account_id, "+4799999999")
  })

const send = (account_id: string, recipient: string) =>
  Effect.flatMap(Outbox.Outbox, (outbox) =>
    outbox.send({ account_id, channel: "sms", template: "mfa_code", recipient, text: "Your code is 123456", code: "123456" })
  )

const json = (snapshot: Snapshot.Snapshot): string => JSON.stringify(snapshot)

const take = (accountId: string) =>
  Effect.flatMap(Snapshots.Snapshots, (snapshots) => Effect.map(snapshots.snapshot(accountId), json))

/** A document that a test can change. */
interface Document {
  [field: string]: unknown
  version: unknown
  account_id: unknown
  tables: { [table: string]: Array<Array<unknown>> }
  outbox: Array<{ [field: string]: unknown }>
}

const open = (text: string): Document => JSON.parse(text)

/** The state after a reset of an account that was remembered with these rows. */
const afterReset = (text: string): string => {
  const document = open(text)
  return JSON.stringify({ ...document, tables: { ...document.tables, failed_logins: [] }, outbox: [] })
}

type Change = (sql: SqlClient.SqlClient) => Effect.Effect<unknown, SqlError, Outbox.Outbox>

/** With the words that refer to them. */
const deleteCustomers = (sql: SqlClient.SqlClient, which: Fragment) =>
  Effect.zipRight(
    sql`DELETE FROM customer_words WHERE (account_id, position) IN (SELECT account_id, position FROM customers WHERE ${which})`,
    sql`DELETE FROM customers WHERE ${which}`
  )

/** Changes of an account between a snapshot and its restore. */
const changes: ReadonlyArray<Change> = [
  (sql) => sql`UPDATE customers SET email = 'x' || email, email_lower = NULL WHERE account_id = ${account}`,
  (sql) => sql`UPDATE customers SET phone_number = NULL WHERE account_id = ${account} AND customer_id = 'c1'`,
  // Two customers swap a unique value.
  (sql) =>
    sql`UPDATE customers SET customer_id = 'c0 ' WHERE account_id = ${account} AND customer_id = 'c0'`.pipe(
      Effect.zipRight(sql`UPDATE customers SET customer_id = 'c0' WHERE account_id = ${account} AND customer_id = 'c1'`),
      Effect.zipRight(sql`UPDATE customers SET customer_id = 'c1' WHERE account_id = ${account} AND customer_id = 'c0 '`)
    ),
  (sql) => deleteCustomers(sql, sql`account_id = ${account} AND customer_id = 'c2'`),
  (sql) => sql`DELETE FROM refresh_tokens WHERE account_id = ${account}`,
  (sql) => sql`UPDATE refresh_tokens SET revoked_at = 1 WHERE account_id = ${account}`,
  (sql) => sql`UPDATE accounts SET settings = '{}', access_token_lifetime = 1 WHERE account_id = ${account}`,
  (sql) => sql`UPDATE api_clients SET secret_digest = '', name = 'x' WHERE account_id = ${account}`,
  (sql) => sql`UPDATE failed_logins SET failures = 7, refused_until = 1 WHERE account_id = ${account}`,
  (sql) => sql`DELETE FROM grants WHERE account_id = ${account}`,
  (sql) =>
    sql`INSERT INTO customers (account_id, id, customer_id, type, created_at, profile, metadata, updated_at, position)
      VALUES (${account}, 'new', 'new', 'customer', 1, '{}', '{}', 1, 99)`,
  (sql) =>
    sql`INSERT INTO api_clients (account_id, id, client_id, secret_digest, created_at) VALUES (${account}, '0', '0', '', 1)`.pipe(
      Effect.zipRight(sql`UPDATE grants SET api_client_id = '0' WHERE account_id = ${account}`),
      Effect.zipRight(sql`DELETE FROM api_clients WHERE account_id = ${account} AND id <> '0'`)
    ),
  (sql) =>
    Effect.forEach(
      [...Tables.accountTableNames].reverse(),
      (name) => sql`DELETE FROM ${sql(name)} WHERE account_id = ${account}`
    ),
  () => send(account, "+4711111111"),
  () => Effect.flatMap(Outbox.Outbox, (outbox) => outbox.clear(account))
]

describe("a snapshot", () => {
  it.effect("restores exactly the earlier state after any changes", () =>
    system(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const snapshots = yield* Snapshots.Snapshots
        const runtime = yield* Effect.runtime<Layer.Layer.Success<typeof stack>>()
        yield* populate(account)
        yield* populate(other)
        yield* snapshots.remember(account)
        const before = yield* snapshots.snapshot(account)
        const others = yield* take(other)
        const read = yield* Snapshot.parse(json(before))
        yield* Effect.promise(() =>
          FastCheck.assert(
            FastCheck.asyncProperty(
              FastCheck.array(FastCheck.constantFrom(...changes), { minLength: 1, maxLength: 6 }),
              FastCheck.boolean(),
              (some, isRead) =>
                Effect.gen(function* () {
                  // Some changes are not possible after others.
                  for (const change of some) yield* Effect.exit(change(sql))
                  yield* snapshots.restore(isRead ? read : before)
                  assert.strictEqual(yield* take(account), json(before))
                  for (const change of some) yield* Effect.exit(change(sql))
                  yield* snapshots.reset(account)
                  assert.strictEqual(yield* take(account), afterReset(json(before)))
                  assert.strictEqual(yield* take(other), others)
                }).pipe(Runtime.runPromise(runtime))
            ),
            { numRuns: 150 }
          )
        )
        assert.deepStrictEqual(yield* sql`PRAGMA foreign_key_check`, [])
      })
    )
  )

  it.effect("is the same for the same state, in whichever order it was made", () =>
    system(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const insert = (id: string) =>
          sql`INSERT INTO customers (account_id, id, customer_id, type, created_at, profile, metadata, updated_at, position)
            VALUES (${account}, ${id}, ${id}, 'customer', 1, '{}', '{}', 1, ${ids.indexOf(id)})`
        yield* seed(seedOf(account, 0))
        const ids = ["b", "B", "\u00e6", "a", "\u{1f600}", "~", "aa"]
        yield* Effect.forEach(ids, insert)
        const one = yield* take(account)
        yield* deleteCustomers(sql, sql`true`)
        yield* Effect.forEach([...ids].reverse(), insert)
        assert.strictEqual(yield* take(account), one)
      })
    )
  )

  it.effect("is a document with its format and versions, and without a secret", () =>
    system(
      Effect.gen(function* () {
        yield* populate(account)
        const snapshot = yield* Effect.flatMap(Snapshots.Snapshots, (snapshots) => snapshots.snapshot(account))
        const document = open(json(snapshot))
        assert.deepStrictEqual(Object.keys(document), [
          "format",
          "version",
          "tables_version",
          "written_by",
          "account_id",
          "tables",
          "outbox"
        ])
        assert.deepInclude(document, {
          format: "effect-dintero snapshot",
          version: 1,
          tables_version: Migrations.version,
          written_by: `effect-dintero ${version}`,
          account_id: account
        })
        assert.deepStrictEqual(Object.keys(document.tables), [...Tables.accountTableNames])
        assert.notInclude(json(snapshot), "shop-secret")
        assert.notInclude(json(snapshot), '"1234"')
        const read = yield* Snapshot.parse(json(snapshot))
        assert.deepStrictEqual([read.tables, read.outbox], [snapshot.tables, snapshot.outbox])
        assert.strictEqual(json(read), json(snapshot))
      })
    )
  )

  it.effect("creates an account in another system, which a reset there restores", () =>
    Effect.gen(function* () {
      const text = yield* system(Effect.zipRight(populate(account), take(account)))
      yield* system(
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const snapshots = yield* Snapshots.Snapshots
          yield* send(other, "+4711111111")
          yield* snapshots.restore(yield* Snapshot.parse(text))
          assert.strictEqual(yield* take(account), text)
          yield* deleteCustomers(sql, sql`true`)
          yield* snapshots.reset(account)
          assert.strictEqual(yield* take(account), afterReset(text))
          const outbox = yield* Outbox.Outbox
          assert.strictEqual((yield* outbox.list({ account_id: other })).length, 1)
        })
      )
    })
  )

  it.effect("can have texts that look like the JSON between two rows", () =>
    Effect.gen(function* () {
      const ends = ["],[", "x],[", '"],["', "]],[[", "],"]
      const customers = ["a", "b", "c", "d"].flatMap((name) => ends.map((end) => ({ customer_id: `${name}${end}` })))
      const text = yield* system(
        Effect.zipRight(seed({ accounts: [{ account_id: account, clients: [], customers }] }), take(account))
      )
      yield* system(
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const snapshots = yield* Snapshots.Snapshots
          const snapshot = yield* Snapshot.parse(text)
          yield* snapshots.restore(snapshot)
          assert.strictEqual(yield* take(account), text)
          yield* sql`UPDATE customers SET type = 'company' WHERE customer_id LIKE 'a%'`
          yield* snapshots.restore(snapshot)
          assert.strictEqual(yield* take(account), text)
        })
      )
    })
  )

  it.effect("needs an account that exists", () =>
    system(
      Effect.gen(function* () {
        const snapshots = yield* Snapshots.Snapshots
        yield* snapshots.remember(account)
        for (const id of [account, "", "x\0y", "' OR 1 = 1 --"]) {
          const errors = [snapshots.snapshot(id), snapshots.reset(id), snapshots.fork(id, other)]
          for (const error of yield* Effect.forEach(errors, Effect.flip)) {
            assert.strictEqual(error._tag, "UnknownAccount")
            assert.strictEqual(error.message, `The system has no account ${id}.`)
          }
        }
        yield* populate(account)
        assert.match((yield* Effect.flip(snapshots.reset(account))).message, /was not there when this system started/)
      })
    )
  )

  it.effect("a reset restores the state that was remembered last", () =>
    system(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const snapshots = yield* Snapshots.Snapshots
        yield* seed(seedOf(account, 2))
        yield* snapshots.remember(account)
        yield* deleteCustomers(sql, sql`customer_id = 'c0'`)
        const second = yield* take(account)
        yield* snapshots.remember(account)
        yield* deleteCustomers(sql, sql`true`)
        yield* snapshots.reset(account)
        assert.strictEqual(yield* take(account), second)
      })
    )
  )
})

describe("a change by a snapshot", () => {
  it.effect("is seen completely or not at all", () =>
    system(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const snapshots = yield* Snapshots.Snapshots
        yield* populate(account, 50)
        const full = yield* snapshots.snapshot(account)
        yield* deleteCustomers(sql, sql`true`)
        yield* Effect.flatMap(Outbox.Outbox, (outbox) => outbox.clear())
        const empty = yield* snapshots.snapshot(account)
        const known = [json(full), json(empty)]
        const writers = Effect.forEach(
          Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? full : empty)),
          (snapshot) => Effect.zipRight(Effect.yieldNow(), snapshots.restore(snapshot)),
          { concurrency: 4, discard: true }
        )
        const readers = Effect.forEach(Array.from({ length: 60 }), () => Effect.zipRight(Effect.yieldNow(), take(account)), {
          concurrency: 6
        })
        const [, seen] = yield* Effect.all([writers, readers], { concurrency: 2 })
        for (const one of seen) assert.include(known, one)
      })
    )
  )

  it.effect("is made completely or not at all when it is interrupted", () =>
    system(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const snapshots = yield* Snapshots.Snapshots
        yield* populate(account, 20)
        const before = yield* snapshots.snapshot(account)
        for (let yields = 0; yields < 30; yields++) {
          yield* deleteCustomers(sql, sql`true`)
          yield* Effect.flatMap(Outbox.Outbox, (outbox) => outbox.clear())
          const changed = yield* take(account)
          const fiber = yield* Effect.fork(snapshots.restore(before))
          for (let i = 0; i < yields; i++) yield* Effect.yieldNow()
          yield* Fiber.interrupt(fiber)
          assert.include([changed, json(before)], yield* take(account))
        }
      })
    )
  )

  it.effect("is undone completely when the database refuses a row", () =>
    system(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const snapshots = yield* Snapshots.Snapshots
        yield* populate(account)
        const before = yield* snapshots.snapshot(account)
        yield* deleteCustomers(sql, sql`true`)
        yield* send(account, "+4711111111")
        const changed = yield* take(account)
        yield* sql`CREATE TRIGGER no BEFORE INSERT ON customers WHEN NEW.customer_id = 'c3' BEGIN SELECT RAISE(ABORT, 'no'); END`
        const error = yield* Effect.flip(snapshots.restore(before))
        assert.strictEqual(error.message, "The snapshot does not fit: the database refuses a row of it. Nothing was changed.")
        assert.strictEqual(yield* take(account), changed)
        // A database may refuse the commit.
        yield* sql`DROP TRIGGER no`
        yield* sql`CREATE TRIGGER late AFTER INSERT ON customers WHEN NEW.customer_id = 'c3' BEGIN
          INSERT INTO grants (account_id, id, api_client_id, audience, type, scope, created_at, updated_at)
          VALUES (NEW.account_id, 'late', 'nobody', '', 'any', '[]', 1, 1); END`
        assert.strictEqual((yield* Effect.flip(snapshots.restore(before))).message, error.message)
        assert.strictEqual(yield* take(account), changed)
        // An error of the database itself is a defect.
        yield* sql`DROP TABLE mfa_tokens`
        assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.orElse(snapshots.restore(before), () => Effect.void))))
      })
    )
  )
})

describe("a fork", () => {
  it.effect("is equal except for the account's id, and has no messages", () =>
    system(
      Effect.gen(function* () {
        const snapshots = yield* Snapshots.Snapshots
        yield* populate(account)
        const original = yield* take(account)
        yield* snapshots.fork(account, "P87654321")
        const forked = open(yield* take("P87654321"))
        assert.deepStrictEqual(forked.outbox, [])
        // Other audiences are not changed, also not that of another account.
        const stays = `https://example.com/${account}`
        const renamed = open(original.replaceAll(account, "P87654321").replaceAll("https://example.com/P87654321", stays))
        assert.deepStrictEqual(forked, { ...renamed, outbox: [] })
        assert.include(JSON.stringify(forked), `https://api.dintero.com/v1/accounts/${other}`)
        assert.strictEqual(yield* take(account), original)
      })
    )
  )

  it.effect("is independent, and a reset restores its first state", () =>
    system(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const snapshots = yield* Snapshots.Snapshots
        yield* populate(account)
        yield* snapshots.fork(account, other)
        const [one, two] = [yield* take(account), yield* take(other)]
        yield* deleteCustomers(sql, sql`account_id = ${other}`)
        assert.strictEqual(yield* take(account), one)
        yield* snapshots.reset(other)
        assert.strictEqual(yield* take(other), afterReset(two))
      })
    )
  )

  it.effect("needs an account id that is not in use", () =>
    system(
      Effect.gen(function* () {
        const snapshots = yield* Snapshots.Snapshots
        yield* populate(account)
        yield* populate(other)
        const before = yield* take(other)
        for (const as of ["", "T1", "t12345678", "T12345678\n", "T1234567\0"]) {
          const error = yield* Effect.flip(snapshots.fork(account, as))
          assert.strictEqual(error._tag, "UnusableAccountId")
          assert.strictEqual(
            error.message,
            "A fork needs an account id: P (production) or T (test) and 8 digits, such as T12345678."
          )
        }
        for (const as of [account, other]) {
          const error = yield* Effect.flip(snapshots.fork(account, as))
          assert.deepStrictEqual([error._tag, error.message], ["UnusableAccountId", `There is an account ${as} already.`])
        }
        assert.strictEqual(yield* take(other), before)
      })
    )
  )
})

describe("a document that is not a snapshot", () => {
  /** The message for a changed document. */
  const said = (change: (document: Document) => unknown) =>
    system(
      Effect.gen(function* () {
        yield* populate(account)
        const document = open(yield* take(account))
        const changed = change(document) ?? document
        const error = yield* Effect.flip(Snapshot.decode(changed))
        return { message: error.message, issues: error.issues.map(({ message, path }) => `${path}: ${message}`) }
      })
    )

  const set = (table: string, row: number, column: string, value: unknown) => (document: Document) => {
    const names = Object.keys(Object.entries(Tables.accountTables).find(([name]) => name === table)?.[1].columns ?? {})
    const cells = document.tables[table]?.[row]
    if (cells !== undefined) cells[names.indexOf(column)] = value
  }

  const cases: ReadonlyArray<readonly [string, (document: Document) => unknown, ReadonlyArray<string>]> = [
    ["no object", () => [], [": expected an object"]],
    ["another format", () => ({}), ['format: expected "effect-dintero snapshot"']],
    ["a version that is none", (d) => ({ ...d, version: "1" }), ["version: expected 1"]],
    ["another account's id", (d) => ({ ...d, account_id: "x" }), ["account_id: expected an account id: P or T and 8 digits"]],
    ["an unknown field", (d) => ({ ...d, more: 1 }), ["more: is not a known field"]],
    ["no tables", (d) => void Reflect.deleteProperty(d, "tables"), ["tables: expected an object"]],
    ["a table that is missing", (d) => void Reflect.deleteProperty(d.tables, "grants"), ["tables.grants: is missing"]],
    [
      "an unknown table",
      (d) => ({ ...d, tables: { ...d.tables, sqlite_master: [] } }),
      ["tables.sqlite_master: is not a known table"]
    ],
    ["no rows", (d) => void Object.assign(d.tables, { grants: {} }), ["tables.grants: expected an array"]],
    ["a short row", (d) => void d.tables.customers?.[3]?.pop(), ["tables.customers[3]: expected an array of 19 values"]],
    ["a wrong type", set("customers", 3, "email", 1), ["tables.customers[3].email: expected a string or null"]],
    ["a NULL", set("customers", 3, "type", null), ["tables.customers[3].type: expected a string"]],
    [
      "a NUL",
      set("customers", 3, "type", "a\0"),
      ["tables.customers[3].type: expected a string without NUL characters and half surrogate pairs"]
    ],
    [
      "a fraction",
      set("accounts", 0, "access_token_lifetime", 1.5),
      ["tables.accounts[0].access_token_lifetime: expected an integer of 32 bits"]
    ],
    [
      "a lifetime that no seed may have",
      set("accounts", 0, "access_token_lifetime", 0),
      ["tables.accounts[0].access_token_lifetime: expected 1 to 31536000 seconds"]
    ],
    [
      "no time",
      set("refresh_tokens", 0, "revoked_at", 1e16),
      ["tables.refresh_tokens[0].revoked_at: expected a time in milliseconds since 1970 or null"]
    ],
    [
      "no settings",
      set("accounts", 0, "settings", "{"),
      ["tables.accounts[0].settings: expected the JSON of an account's settings"]
    ],
    [
      "other settings",
      set("accounts", 0, "settings", '{"users":1}'),
      ["tables.accounts[0].settings: expected the JSON of an account's settings"]
    ],
    ["no scopes", set("grants", 1, "scope", "{}"), ["tables.grants[1].scope: expected the JSON of a list of scopes"]],
    [
      "a stray row",
      set("grants", 1, "account_id", other),
      ["tables.grants[1].account_id: expected the account_id of the snapshot"]
    ],
    ["no account", (d) => ({ ...d, tables: { ...d.tables, accounts: [] } }), ["tables.accounts: expected one row"]],
    [
      "a reference to nothing",
      set("grants", 1, "api_client_id", "x"),
      ["tables.grants[1].api_client_id: names nothing in tables.api_clients"]
    ],
    [
      "a repeated key",
      (d) =>
        void d.tables.customers?.push(["T12345678", d.tables.customers[0]?.[1], "x", ...(d.tables.customers[1] ?? []).slice(3)]),
      ["tables.customers[5]: has the same id as tables.customers[0]"]
    ],
    ["no outbox", (d) => void Reflect.deleteProperty(d, "outbox"), ["outbox: expected an array, got nothing"]],
    [
      "no message",
      (d) => ({ ...d, outbox: [{ ...d.outbox[0], channel: "fax", code: 1 }] }),
      [
        'outbox[0].channel: expected one of "sms", "email", got a string',
        "outbox[0].code: expected a string or null, got a number"
      ]
    ],
    [
      "a stray message",
      (d) => ({ ...d, outbox: [{ ...d.outbox[0], account_id: other }] }),
      ["outbox[0].account_id: expected the account_id of the snapshot"]
    ]
  ]

  for (const [name, change, issues] of cases) {
    it.effect(`is refused for ${name}`, () =>
      Effect.gen(function* () {
        const found = yield* said(change)
        assert.deepStrictEqual(found.issues.slice(0, issues.length), issues)
        assert.match(found.message, /^The snapshot is not valid: .+\.$/)
      })
    )
  }

  it.effect("of another version is refused with its writer and a proposal", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        (yield* said((d) => ({ ...d, version: 2, written_by: "effect-dintero 9.1.0" }))).message,
        `The snapshot has version 2 of the format, written by effect-dintero 9.1.0, and this release, effect-dintero ${version}, reads version 1: restore it with the release that wrote it, or take a new one with this release.`
      )
      assert.match(
        (yield* said((d) => ({ ...d, tables_version: 1, written_by: "<script>" }))).message,
        /^The snapshot has version 1 of the tables, written by another release, and this release, .+ reads version \d+: /
      )
    })
  )

  it.effect("has at most 100 issues, without values", () =>
    Effect.gen(function* () {
      const found = yield* said((d) => {
        d.tables.customers = Array.from({ length: 500 }, () => ["hush", ...Array.from({ length: 18 }, () => ["hush"])])
        d.tables.accounts?.[0]?.splice(2, 1, '{"hush":')
        d.outbox = [{ hush: 1, code: ["hush"], text: { a: "hush" } }]
      })
      assert.strictEqual(found.issues.length, 100)
      assert.notInclude(JSON.stringify(found), "hush")
      assert.match(found.message, /; and at least 90 more\.$/)
    })
  )

  it.effect("is refused by parse too, and by restore when it was not made by decode", () =>
    system(
      Effect.gen(function* () {
        const snapshots = yield* Snapshots.Snapshots
        yield* populate(account)
        const snapshot = yield* snapshots.snapshot(account)
        assert.strictEqual((yield* Effect.flip(Snapshot.parse("{"))).message, "The snapshot is not valid: it is not JSON.")
        const madeUp = { ...snapshot, account_id: other, toJSON: () => ({}) }
        assert.strictEqual((yield* Effect.flip(snapshots.restore(madeUp)))._tag, "InvalidSnapshot")
        assert.isTrue(Object.isFrozen(snapshot) && Object.isFrozen(snapshot.tables) && Object.isFrozen(snapshot.outbox))
      })
    )
  )

  /** Every place in a document. */
  const places = (value: unknown, at: ReadonlyArray<PropertyKey> = []): ReadonlyArray<ReadonlyArray<PropertyKey>> => [
    at,
    ...(Array.isArray(value)
      ? value.flatMap((item, i) => places(item, [...at, i]))
      : Predicate.isRecord(value)
        ? Object.keys(value).flatMap((key) => places(value[key], [...at, key]))
        : [])
  ]

  const replaceAt = (value: unknown, [key, ...rest]: ReadonlyArray<PropertyKey>, by: unknown): unknown => {
    if (key === undefined) return by
    if (Array.isArray(value)) return value.map((item, i) => (i === key ? replaceAt(item, rest, by) : item))
    return Predicate.isRecord(value) && typeof key === "string" ? { ...value, [key]: replaceAt(value[key], rest, by) } : value
  }

  it.effect(
    "is refused completely, or restored exactly, wherever it is damaged",
    () =>
      system(
        Effect.gen(function* () {
          const snapshots = yield* Snapshots.Snapshots
          const runtime = yield* Effect.runtime<Layer.Layer.Success<typeof stack>>()
          yield* populate(account, 3)
          const valid = open(yield* take(account))
          const counts = { refused: 0, accepted: 0 }
          yield* Effect.promise(() =>
            FastCheck.assert(
              FastCheck.asyncProperty(
                FastCheck.constantFrom(...places(valid)),
                FastCheck.oneof(
                  FastCheck.jsonValue(),
                  FastCheck.constantFrom<unknown>(
                    null,
                    "",
                    "a\0",
                    "\ud800",
                    -1,
                    0,
                    1.5,
                    1e300,
                    "{}",
                    "[]",
                    account,
                    other,
                    [],
                    {}
                  ),
                  FastCheck.string({ unit: "binary" }),
                  FastCheck.integer()
                ),
                (place, value) =>
                  Effect.gen(function* () {
                    const before = yield* take(account)
                    const damaged = JSON.parse(JSON.stringify(replaceAt(valid, place, value)))
                    const outcome = yield* Effect.either(Effect.flatMap(Snapshot.decode(damaged), snapshots.restore))
                    const after = yield* take(account)
                    if (outcome._tag === "Left") {
                      counts.refused++
                      assert.strictEqual(after, before)
                    } else {
                      counts.accepted++
                      // The writer and the numbers of the messages are not part of the account. The database decides the order of rows.
                      const sorted = (document: Document) => ({
                        ...document,
                        written_by: "",
                        tables: Object.entries(document.tables).map(([name, rows]) => [
                          name,
                          rows.map((row) => JSON.stringify(row)).sort()
                        ]),
                        outbox: document.outbox.map((message) => ({
                          ...message,
                          id: 0,
                          at: DateTime.formatIso(DateTime.unsafeMake(String(message.at)))
                        }))
                      })
                      assert.deepStrictEqual(sorted(open(after)), sorted(damaged))
                    }
                  }).pipe(Runtime.runPromise(runtime))
              ),
              { numRuns: 600 }
            )
          )
          // Both results occur.
          assert.isAbove(counts.refused, 100)
          assert.isAbove(counts.accepted, 20)
        })
      ),
    120_000
  )
})

describe("restoring", () => {
  it.effect("an account with 1,000 customers needs no more statements than one with ten", () => {
    const statements = (customers: number) =>
      system(
        Effect.gen(function* () {
          const sql = yield* SqlClient.SqlClient
          const snapshots = yield* Snapshots.Snapshots
          yield* populate(account, customers)
          const before = yield* snapshots.snapshot(account)
          yield* sql`UPDATE customers SET phone_number = NULL WHERE customer_id LIKE 'c%7'`
          const native = yield* Effect.tracer
          let count = 0
          const counting = Tracer.make({
            span: (...args) => {
              if (args[0] === "sql.execute") count++
              return native.span(...args)
            },
            context: (f, fiber) => native.context(f, fiber)
          })
          yield* Effect.withTracer(snapshots.restore(before), counting)
          assert.deepStrictEqual(yield* snapshots.snapshot(account), before)
          return count
        })
      )
    return Effect.gen(function* () {
      const few = yield* statements(10)
      assert.isAbove(few, 0)
      assert.strictEqual(yield* statements(1_000), few)
    })
  })
})

describe("the tables of an account", () => {
  it("have the account's id as their first column and in their primary key", () => {
    for (const table of Object.values(Tables.accountTables)) {
      assert.strictEqual(Object.keys(table.columns)[0], "account_id")
      assert.include(table.primaryKey, "account_id")
    }
  })

  it("have unique keys and references", () => {
    const { primaryKey, references, unique } = Tables.accountTables.customers
    assert.deepStrictEqual(primaryKey, ["account_id", "id"])
    assert.deepStrictEqual(unique, [
      ["account_id", "id"],
      ["account_id", "customer_id"],
      ["account_id", "type", "email_lower"],
      ["account_id", "position"]
    ])
    assert.deepStrictEqual(references, [{ columns: ["account_id"], table: "accounts", target: ["account_id"] }])
  })

  it("come after the tables to which they refer", () => {
    const before = new Set<string>()
    for (const [name, table] of Object.entries<Table.Table>(Tables.accountTables)) {
      assert.strictEqual(table.name, name)
      for (const reference of table.references) assert.isTrue(before.has(reference.table), `${name} ${reference.table}`)
      before.add(name)
    }
  })
})

describe("the overview", () => {
  it.effect("shows accounts, customers and the secrets that are still valid", () =>
    system(
      Effect.gen(function* () {
        const sql = yield* SqlClient.SqlClient
        const overview = yield* AccountsOverview.AccountsOverview
        const customersOverview = yield* CustomersOverview.CustomersOverview
        const secrets = new Map<string, string>(demoSeed.accounts[0].clients.map((one) => [one.client_id, one.client_secret]))
        yield* seed(demoSeed)
        yield* seed({ accounts: [{ account_id: other }] })
        const list = overview.list((accountId, clientId) => (accountId === account ? secrets.get(clientId) : undefined))
        const [first, second] = yield* Effect.map(list, (accounts) => [...accounts].reverse())
        assert.strictEqual(first?.account_id, account)
        assert.strictEqual(first?.customers, demoSeed.accounts[0].customers.length)
        assert.deepStrictEqual(first?.clients.map((one) => [one.client_id, one.client_secret]).sort(), [...secrets].sort())
        assert.isTrue(first?.clients.every(({ grants }) => grants.every(({ scope }) => scope.length > 0)))
        assert.deepStrictEqual([second?.account_id, second?.customers, second?.clients], [other, 0, []])
        // A secret that was changed is not shown.
        yield* sql`UPDATE api_clients SET secret_digest = ${Digest.ofClientSecret("new", new Uint8Array(16))}`
        assert.deepStrictEqual(
          (yield* list).flatMap(({ clients }) => clients.map((one) => one.client_secret)),
          [...secrets].map(() => null)
        )
        const customers = yield* customersOverview.customers(account)
        assert.deepStrictEqual(
          customers.map(({ email, has_password }) => [email, has_password]).sort(),
          demoSeed.accounts[0].customers.map((one) => [one.email, true]).sort()
        )
        assert.strictEqual((yield* Effect.flip(customersOverview.customers("T99999999")))._tag, "UnknownAccount")
      })
    )
  )
})
