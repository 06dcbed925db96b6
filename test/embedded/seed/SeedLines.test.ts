/**
 * A seed in lines of JSON, and the tags, terms and locations of any seed.
 */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import Libsql from "libsql"
import { type DinteroEmbedded, Seed, SeedLines } from "../../../src/embedded.js"
import { folder } from "../../cli/Child.js"
import { samples } from "../../utils/Claim.js"
import { account, client, start, tokenOf } from "../Api.js"

const grants = [{ type: "client_credentials", scope: ["admin:customers", "admin:locations"] }]

const address = { address_line: "Road 1", postal_place: "Oslo", country: "NO" }

const head = {
  account_id: account,
  clients: [{ ...client, grants }],
  settings: { auto_tokens: { email: [{ type: "SHA256" }] } },
  tags: [{ tag: "vip", metadata: { a: 1 } }, { tag: "staff" }],
  terms: [{ terms: "Be nice." }, { terms: "Pay in time." }],
  locations: [
    { location_id: "oslo", name: "Oslo", phone_number: "+4740000000", address },
    { location_id: "bergen", name: "Bergen", status: "active" }
  ]
}

const people = [
  { customer_id: "a", email: "A@example.com", phone_number: "+4740000001", first_name: "Ada", tags: ["vip", "staff"] },
  { customer_id: "b", email: "b@example.com", attributes: { tier: "gold" }, tokens: [{ type: "card", value: "1" }] },
  { customer_id: "c", metadata: { source: "x" }, tags: ["vip"], password: "secret" }
]

/** Lines, read as often as is wanted. */
const of = (lines: ReadonlyArray<unknown>) =>
  async function* () {
    for (const line of lines) yield typeof line === "string" ? line : JSON.stringify(line)
  }

const issuesOf = (lines: ReadonlyArray<unknown>) =>
  Effect.map(Effect.flip(SeedLines.read(of(lines))), ({ issues }) => issues.map(({ message, path }) => `${path}: ${message}`))

/** What the system answers about the account, without ids and times that the system makes. */
const answers = (seed: Seed.Seed | SeedLines.SeedLines) =>
  Effect.gen(function* () {
    const { api } = yield* start({ seed })
    const authorization = yield* tokenOf(api)
    const list = (path: string) =>
      Effect.map(api("GET", path, { authorization }), ({ status, text }) => {
        assert.strictEqual(status, 200, text)
        // Seam: the lists of these paths.
        const found = JSON.parse(text) as ReadonlyArray<{ readonly [field: string]: unknown }>
        return found.map(({ created_at: _1, id: _2, updated_at: _3, token_id: _4, ...rest }) => rest)
      })
    const [vip] =
      (JSON.parse((yield* api("GET", "/customers/tags", { authorization })).text) as ReadonlyArray<{ id: string }>) ?? []
    return {
      customers: yield* list("/customers/users"),
      vip: yield* list(`/customers/users?tag_id=${vip?.id}`),
      gold: yield* list("/customers/users?attributes_keys=tier&attributes_values=gold"),
      found: yield* list("/customers/users?search=ad"),
      tokens: yield* list("/customers/users/b/tokens"),
      tags: yield* list("/customers/tags"),
      ofA: yield* list("/customers/users/a/tags"),
      terms: yield* list("/customers/terms"),
      locations: yield* list("/locations"),
      oslo: yield* list("/locations?search=osl&country=NO")
    }
  })

describe("a seed in lines", () => {
  it.scoped("writes the same as a seed in one document", () =>
    Effect.gen(function* () {
      const lines = yield* answers(yield* SeedLines.read(of([head, "", people[0], "  ", people[1], people[2]])))
      const whole = yield* answers(yield* Seed.parse(JSON.stringify({ accounts: [{ ...head, customers: people }] })))
      assert.deepStrictEqual(lines, whole)
      const ids = (list: ReadonlyArray<{ readonly [field: string]: unknown }>) => list.map(({ customer_id }) => customer_id)
      assert.deepStrictEqual(ids(lines.customers), ["a", "b", "c"])
      assert.deepStrictEqual(ids(lines.vip), ["a", "c"])
      assert.deepStrictEqual(ids(lines.gold), ["b"])
      assert.deepStrictEqual(ids(lines.found), ["a"])
      assert.deepStrictEqual(
        lines.tokens.map(({ type }) => type),
        ["card", "sha256:email"]
      )
      assert.deepStrictEqual(lines.tags, [{ tag: "vip", metadata: { a: 1 } }, { tag: "staff" }])
      assert.deepStrictEqual(lines.ofA, [{ tag: "vip", metadata: { a: 1 } }, { tag: "staff" }])
      assert.deepStrictEqual(lines.terms, [{ terms: "Be nice." }, { terms: "Pay in time." }])
      assert.deepStrictEqual(
        lines.locations.map(({ name }) => name),
        ["Oslo", "Bergen"]
      )
      assert.deepStrictEqual(
        lines.oslo.map(({ location_id }) => location_id),
        ["oslo"]
      )
    })
  )

  it.scoped("has several accounts, some of which the database has already, and tells the progress", () =>
    Effect.gen(function* () {
      const db = join(yield* folder, "db")
      const other = { account_id: "T00000002", clients: [] }
      yield* Effect.scoped(start({ db, seed: { accounts: [{ account_id: account }] } }))
      const told: Array<DinteroEmbedded.SeedProgress> = []
      const third = { account_id: "T00000003" }
      const rows = Array.from({ length: 250 }, (_, i) => ({ customer_id: String(i), ...(i === 3 ? { password: "1234" } : {}) }))
      yield* start({
        db,
        seed: yield* SeedLines.read(of([other, { customer_id: "other" }, head, ...people, third, ...rows])),
        onSeeding: (progress) => void told.push(progress)
      })
      const file = new Libsql(db)
      const counts = file.prepare("SELECT account_id, count(*) AS count FROM customers GROUP BY account_id").all([])
      file.close()
      assert.deepStrictEqual(counts, [
        { account_id: "T00000002", count: 1 },
        { account_id: "T00000003", count: 250 }
      ])
      assert.deepStrictEqual(
        told.map(({ customers, customersWritten, passwords, passwordsHashed }) => [
          `${passwordsHashed} of ${passwords}`,
          `${customersWritten} of ${customers}`
        ]),
        [
          ["0 of 1", "0 of 251"],
          ["0 of 1", "1 of 251"],
          ["1 of 1", "1 of 251"],
          ["1 of 1", "201 of 251"],
          ["1 of 1", "251 of 251"]
        ]
      )
    })
  )

  it.effect("names the line and the field of everything that is wrong", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* issuesOf([
          { customer_id: "early" },
          { account_id: "T1", colour: "red" },
          head,
          "{",
          { customer_id: " x", email: 1 },
          '{"customer_id":"a","customer_id":"b"}',
          { tags: ["vip", "unknown"] },
          {
            password: "1234",
            password_hash: "$scrypt$ln=15,r=8,p=3$QsjG5+ykptbyZPz0MQHgKg$igQ68p4IM3lrmsfoCglEyL2i5Ld9WvTRHgtfIf9xteI"
          },
          [],
          { tokens: [{ type: "card" }] }
        ]),
        [
          "line 1: stands before the first line with an account_id",
          "line 2, colour: is not a known field",
          "line 2, account_id: expected an account id: P (production) or T (test) and 8 digits, such as T12345678",
          "line 4: it is not JSON, column 2: expected a field name in double quotes, or }, and the text ends here",
          "line 5, customer_id: expected 1 to 255 characters without spaces at either end",
          "line 5, email: expected a string, got a number",
          "line 6, customer_id: stands twice",
          "line 7, tags[1]: is none of the tags of the account",
          "line 8, password_hash: cannot stand beside password",
          "line 9: expected an object, got an array",
          "line 10, tokens[0].value: is missing"
        ]
      )
    })
  )

  it.effect("and of values that repeat", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 250 }, (_, i) => ({ customer_id: String(i), email: `${i}@example.com` }))
      const seed = yield* SeedLines.read(
        of([
          head,
          ...many,
          { customer_id: "7" },
          { email: "8@EXAMPLE.com" },
          { type: "company", email: "8@example.com" },
          { phone_number: "+4740000000", tokens: [{ type: "card", value: "1" }] },
          { phone_number: "+4740000000", tokens: [{ type: "card", value: "1" }] }
        ])
      )
      const error = yield* Effect.flip(Effect.scoped(start({ seed })))
      assert.deepStrictEqual(error._tag === "InvalidSeed" ? error.issues : [], [
        { path: "line 252, customer_id", message: "is the same as that of an earlier customer" },
        { path: "line 253, email", message: "is the same as that of an earlier customer" },
        { path: "line 256, phone_number", message: "is the same as line 255, phone_number" },
        { path: "line 256, tokens[0]", message: "is the same as line 255, tokens[0]" }
      ])
    })
  )
})

describe("an account of more than 10,000 customers", () => {
  it.scoped(
    "is not kept in memory, so it cannot be reset",
    () =>
      Effect.gen(function* () {
        const rows = Array.from({ length: 10_001 }, (_, i) => `{"customer_id":"c${i}"}`)
        const small = { account_id: "T00000002" }
        const { embedded } = yield* start({ seed: yield* SeedLines.read(of([{ account_id: account }, ...rows, small])) })
        const error = yield* Effect.flip(embedded.accounts.reset(account))
        assert.strictEqual(
          error.message,
          `The account ${account} had more than 10000 customers, so its state was not kept, and there is nothing that it can be reset to.`
        )
        yield* embedded.accounts.reset(small.account_id)
      }),
    60_000
  )
})

const { count, note } = samples(100_000, 3_000)

describe("of many rows one is wrong: it is named, and nothing is changed", () => {
  const rows = (count: number, last: object) =>
    async function* () {
      yield JSON.stringify(head)
      for (let i = 1; i < count; i++) yield `{"customer_id":"c${i}","email":"c${i}@example.com"}`
      yield JSON.stringify(last)
    }

  it.effect(
    "of 100,000 lines the last",
    () =>
      Effect.gen(function* () {
        const { message } = yield* Effect.flip(SeedLines.read(rows(100_000, { customer_id: "last", email: "nobody" })))
        assert.strictEqual(message, "The seed is not valid: line 100001, email: expected an email address.")
      }),
    180_000
  )

  it.scoped(
    `of ${count} lines the last, which repeats the first${note}`,
    () =>
      Effect.gen(function* () {
        const db = join(yield* folder, "db")
        const seed = yield* SeedLines.read(rows(count, { customer_id: "c1" }))
        const error = yield* Effect.flip(Effect.scoped(start({ db, seed })))
        assert.strictEqual(
          error.message,
          `The seed is not valid: line ${count + 1}, customer_id: is the same as that of an earlier customer.`
        )
        assert.isTrue(existsSync(db))
        const file = new Libsql(db)
        for (const table of ["accounts", "api_clients", "customers", "customer_words", "customer_tags", "locations"]) {
          assert.deepStrictEqual(file.prepare(`SELECT count(*) AS count FROM ${table}`).all([]), [{ count: 0 }], table)
        }
        file.close()
      }),
    300_000
  )

  it.effect(
    "of 100,000 customers in one document the last",
    () =>
      Effect.gen(function* () {
        const customers = Array.from({ length: 100_000 }, (_, i) => ({ customer_id: `c${i}` }))
        const wrong = { customer_id: "last", email: "nobody" }
        const { message } = yield* Effect.flip(
          Seed.parse(JSON.stringify({ accounts: [{ account_id: account, customers: [...customers.slice(1), wrong] }] }))
        )
        assert.strictEqual(message, "The seed is not valid: accounts[0].customers[99999].email: expected an email address.")
      }),
    180_000
  )
})
