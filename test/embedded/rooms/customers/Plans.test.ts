/**
 * How the databases find customers, and what belongs to them: by their indices, however many customers there are.
 */

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import Libsql from "libsql"
import { createdAt, fillPostgres, fillSqlite, seed, tag } from "../../../utils/ManyCustomers.js"
import * as PostgresServer from "../../../utils/PostgresServer.js"
import * as Spans from "../../../utils/Spans.js"
import { type Api, start, tokenOf } from "../../Api.js"

const server = PostgresServer.ofFile()

const users = "/customers/users"

/** Lists, of customers as `ManyCustomers` makes them. */
const lists = [
  "",
  "limit=100&starting_after=customer-700",
  "type=company",
  "type=any&include_deleted=true",
  "email=person700@example.com",
  "email=person",
  "phone_number=%2B4700000700",
  "token_value=card00000700",
  "token_type=card&token_value=card00000700",
  "token_type=card",
  "search=last00000700",
  "search=first7",
  "search=customer-",
  `tag_id=${tag}`,
  "attributes_keys=number&attributes_values=700",
  "attributes_keys=tier&attributes_values=gold",
  "attributes_keys=tier",
  `attributes_keys=tier&attributes_values=gold&tag_id=${tag}&search=first&starting_after=customer-700`,
  "attributes_keys=tier&attributes_values=gold&email=person700@example.com",
  `since_datetime=${createdAt(700)}`,
  `since_datetime=${createdAt(700)}&attributes_keys=tier&attributes_values=gold`
].map((query) => ({ method: "GET" as const, path: `${users}?${query}` }))

const one = `${users}/customer-700`

/** The operations on one customer, on tokens and on the lists of the account. */
const others = [
  { method: "GET" as const, path: one },
  { method: "GET" as const, path: `${one}/tokens?limit=1` },
  { method: "GET" as const, path: `${one}/tags` },
  { method: "GET" as const, path: `${one}/communication` },
  { method: "PUT" as const, path: one, body: { first_name: "Ada" } },
  { method: "PUT" as const, path: `${one}/tags`, body: [tag] },
  { method: "POST" as const, path: `${one}/tokens`, body: { type: "card", value: "new" } },
  { method: "POST" as const, path: users, body: { type: "customer", email: "new@example.com", phone_number: "+4740000000" } },
  { method: "POST" as const, path: `${users}/customer-701/change_customer_id`, body: { customer_id: "changed" } },
  { method: "DELETE" as const, path: `${users}/customer-702?delete_tokens=true` },
  {
    method: "POST" as const,
    path: "/customers/tokens/events",
    body: { token: { type: "card", value: "card00000703" }, event: { event: "USED" } }
  },
  { method: "GET" as const, path: "/customers/tokens/events" },
  { method: "GET" as const, path: `/customers/tokens/events?since_datetime=${createdAt(1)}` },
  { method: "GET" as const, path: "/customers/terms" },
  { method: "GET" as const, path: "/locations?search=x" }
]

type Call = (typeof lists)[number] | (typeof others)[number]

const call = (api: Api, { method, path, ...rest }: Call, authorization: string) =>
  Effect.map(api(method, path, { authorization, ...rest }), ({ status, text }) => {
    assert.isBelow(status, 300, `${method} ${path} ${text}`)
  })

/** Collects the statements that an effect runs. */
const collecting = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const statements = new Set<string>()
    const { tracer } = Spans.make({
      attribute: (_, key, value) => {
        if (key === "db.query.text") statements.add(String(value))
      }
    })
    return Effect.as(Effect.withTracer(effect, tracer), statements)
  })

/**
 * The steps that read more rows of an account than those that are looked for. Steps through an index in the order of a list are none: they end
 * with the page.
 */
const wide = (plan: ReadonlyArray<string>): ReadonlyArray<string> => {
  const isSorted = plan.some((step) => step.startsWith("USE TEMP B-TREE"))
  return plan.filter((step) => {
    if (step.startsWith("SCAN")) return !/^SCAN (?:some_matches|CONSTANT ROW)$/.test(step)
    const [, index = "", columns = ""] = /^SEARCH \S+ USING (?:COVERING )?INDEX (\S+) \((.*)\)$/.exec(step) ?? []
    if (columns !== "account_id=?") return false
    // One row for each account.
    if (/^sqlite_autoindex_(?:accounts|customer_counters)_/.test(index)) return false
    return isSorted || !/_by_(?:position|change)$|^sqlite_autoindex_customers_4$/.test(index)
  })
}

const filled = (path: string) =>
  Effect.sync(() => {
    const db = new Libsql(path)
    db.exec(`INSERT INTO customer_tags (account_id, id, tag, created_at, position) VALUES ('T12345678', '${tag}', 'a tag', 0, 1)`)
    for (const i of [700, 701, 702]) {
      db.exec(`INSERT INTO customers (account_id, id, customer_id, type, created_at, profile, metadata, updated_at, position)
        VALUES ('T12345678', 'id-${i}', 'customer-${i}', 'customer', 0, '{}', '{}', ${i}, ${i})`)
    }
    db.close()
  })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-dintero-plans-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

/** The first numbers that fit, beginning after one. */
const first = (count: number, fits: (i: number) => boolean, after = 0): ReadonlyArray<string> =>
  Array.from({ length: 12_000 }, (_, i) => i + 1)
    .filter((i) => i > after && fits(i))
    .slice(0, count)
    .map((i) => `customer-${i}`)

describe("a page of 12,000 customers", () => {
  it.scopedLive(
    "has the right customers, whether few or many match, near the beginning or far from it",
    () =>
      Effect.gen(function* () {
        const path = join(yield* folder, "db")
        yield* fillSqlite(path, 12_000)
        const db = new Libsql(path)
        // Most match, and none of them is among the first 6,000.
        db.exec("DELETE FROM customer_words WHERE word LIKE 'customer-%' AND position <= 6000")
        db.exec("UPDATE customers SET deleted_at = 0 WHERE position = 7")
        db.close()
        const { api } = yield* start({ db: path, seed })
        const authorization = yield* tokenOf(api)
        const all = (_: number) => true
        const gold = (i: number) => i % 10 === 0
        const tagged = (i: number) => i % 100 === 0
        const cases: ReadonlyArray<readonly [query: string, expected: ReadonlyArray<string>]> = [
          ["limit=3", first(3, all)],
          ["limit=2&starting_after=customer-6", first(2, all, 7)],
          ["limit=2&starting_after=customer-11998", first(2, all, 11_998)],
          ["email=person11999@example.com", ["customer-11999"]],
          ["limit=3&email=PERSON1199", first(3, (i) => String(i).startsWith("1199"))],
          ["limit=3&email=person&starting_after=customer-9000", first(3, all, 9_000)],
          ["limit=3&search=last", first(3, all)],
          ["limit=3&search=first7%20&starting_after=customer-7000", first(3, (i) => i % 100 === 7, 7_000)],
          ["limit=3&search=first7", first(3, (i) => /^7/.test(String(i % 100)) && i !== 7)],
          ["limit=3&search=customer-", first(3, all, 6_000)],
          ["limit=3&search=customer-&starting_after=customer-11000", first(3, all, 11_000)],
          ["limit=3&search=customer-&attributes_keys=tier&attributes_values=gold", first(3, gold, 6_000)],
          [`limit=3&tag_id=${tag}&starting_after=customer-5000`, first(3, tagged, 5_000)],
          ["limit=3&attributes_keys=tier&attributes_values=gold&starting_after=customer-11960", first(3, gold, 11_960)],
          ["limit=3&attributes_keys=tier", first(3, (i) => i !== 7)],
          ["attributes_keys=number&attributes_values=11", ["customer-11"]],
          [`limit=3&tag_id=${tag}&attributes_keys=tier&attributes_values=gold&search=first0`, first(3, tagged)],
          ["attributes_keys=tier&attributes_values=gold&email=person9999@", []],
          ["limit=2&token_type=card&starting_after=customer-10000", first(2, all, 10_000)],
          ["token_value=card00010001", ["customer-10001"]],
          [`limit=2&since_datetime=${createdAt(11_000)}`, first(2, all, 10_999)],
          [`limit=2&since_datetime=${createdAt(11_000)}&attributes_keys=tier&attributes_values=gold`, first(2, gold, 10_999)],
          [`limit=2&since_datetime=${createdAt(11_000)}&search=last0001100`, first(2, all, 10_999)]
        ]
        for (const [query, expected] of cases) {
          const { text } = yield* api("GET", `${users}?${query}`, { authorization })
          // Seam: a list of customers.
          const found = JSON.parse(text) as ReadonlyArray<{ readonly customer_id: string }>
          assert.deepStrictEqual(
            found.map(({ customer_id }) => customer_id),
            expected,
            query
          )
        }
      }),
    120_000
  )
})

describe("no query reads all customers of an account", () => {
  it.scoped("on SQLite, by the plan of each statement", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "db")
      const { api } = yield* start({ db: path, seed })
      yield* filled(path)
      const authorization = yield* tokenOf(api)
      const statements = yield* collecting(Effect.forEach([...lists, ...others], (one) => call(api, one, authorization)))
      const db = new Libsql(path)
      const found = [...statements]
        .filter((statement) => /^(?:SELECT|UPDATE|DELETE)\b/.test(statement))
        .map((statement) => {
          const parameters = Array.from({ length: statement.split("?").length - 1 }, () => null)
          // Seam: the columns of EXPLAIN QUERY PLAN.
          const rows = db.prepare(`EXPLAIN QUERY PLAN ${statement}`).all(parameters) as ReadonlyArray<{ readonly detail: string }>
          return { statement, wide: wide(rows.map(({ detail }) => detail)) }
        })
      db.close()
      assert.isAbove(found.filter(({ statement }) => /\bcustomers\b/.test(statement)).length, 20)
      assert.deepStrictEqual(
        found.filter(({ wide }) => wide.length > 0),
        []
      )
    })
  )

  it.scopedLive.skipIf(PostgresServer.isSkipped)(
    `on PostgreSQL, by the number of rows that it reads of 20,000 customers${PostgresServer.note}`,
    () =>
      Effect.gen(function* () {
        const count = 20_000
        const db = yield* Effect.flatMap(server, ({ database }) => database)
        yield* fillPostgres(db, count)
        // The server counts what a connection has read when the connection ends.
        const read = Effect.map(
          PostgresServer.query(
            db,
            `SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE schemaname = current_schema())
              + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE schemaname = current_schema())`
          ),
          Number
        )
        const readBy = (calls: ReadonlyArray<Call>) =>
          Effect.gen(function* () {
            const before = yield* read
            yield* Effect.scoped(
              Effect.gen(function* () {
                const { api } = yield* start({ db, seed })
                const authorization = yield* tokenOf(api)
                yield* Effect.forEach(calls, (one) => call(api, one, authorization))
              })
            )
            yield* PostgresServer.untilGone(db)
            return (yield* read) - before
          })
        const atStart = yield* readBy([])
        const rows = (yield* readBy([...lists, ...others])) - atStart
        // About 31,000, most of them to find out whether few match. Reading all customers once more would be too many.
        assert.isBelow(rows, 2 * count)
      }),
    180_000
  )
})
