/**
 * A comparison makes only things of its own, and removes them however it ends.
 */
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import * as Own from "../../../src/cli/compare/Own.js"
import { mostNames } from "../../../src/cli/compare/Target.js"
import type { DinteroEmbedded } from "../../../src/embedded.js"
import * as Systems from "./Systems.js"

const patience = 180_000

type System = DinteroEmbedded.EmbeddedService

/** An account in which other people have been at work. */
const busy = Effect.gen(function* () {
  const service = yield* Systems.start()
  const other = yield* Systems.targetOf(service, "somebody-else")
  for (let i = 0; i < 3; i++) {
    const customer_id = `customer-${i}`
    const path = { customer_id }
    yield* other.expect("customers.users.create", {
      body: { type: "customer", customer_id, email: `${customer_id}@people.example`, password: Systems.person.password }
    })
    yield* other.expect("customers.tokens.create", { path, body: { type: "card", value: `${i}` } })
    yield* other.expect("customers.tokens.events.lookup", {
      body: { token: { type: "card", value: `${i}` }, event: { event: "activation", status: "ACTIVE" } }
    })
    const { json } = yield* other.expect("customers.tags.create", { body: { tag: `tag ${i}` } })
    const tag = yield* Own.textAt({ status: 200, headers: {}, json }, "id")
    yield* other.expect("customers.tags.setOfCustomer", { path, body: [tag] })
    yield* other.expect("customers.terms.create", { body: { terms: `terms ${i}` } })
    yield* other.expect("customers.locations.create", { body: { location_id: `location-${i}`, name: "Shop" } })
    yield* other.expect("customers.password.login", {
      body: {
        type: "customer",
        email: `${customer_id}@people.example`,
        password: Systems.person.password,
        audience: other.audience
      }
    })
  }
  yield* other.expect("customers.users.delete", { path: { customer_id: "customer-2" } })
  return service
})

/** The rows of an account by table. */
const rowsOf = (service: System) =>
  Effect.map(Effect.orDie(service.accounts.snapshot(Systems.account)), ({ tables }) => {
    const rows = new Map<string, ReadonlyArray<string>>()
    for (const [table, text] of Object.entries(tables)) {
      const all: ReadonlyArray<unknown> = JSON.parse(text)
      // Counts how many things were ever made, for the order of lists.
      if (table === "customer_counters") continue
      const texts = all.map((row) => JSON.stringify(row))
      // Any login may delete refresh tokens that were revoked.
      rows.set(table, table === "refresh_tokens" ? texts.filter((text) => text.includes('"revoked_at":null')) : texts)
    }
    return rows
  })

/** Everything that the API shows and that is not deleted. */
const shown = (service: System) =>
  Effect.gen(function* () {
    const reader = yield* Systems.targetOf(service, "reader")
    const lists = [
      yield* reader.expect("customers.users.list", { query: { type: "any", limit: "100" } }),
      yield* reader.expect("customers.tags.list"),
      yield* reader.expect("customers.terms.list", { query: { limit: "100" } }),
      yield* reader.expect("customers.locations.list", { query: { limit: "100" } }),
      yield* reader.expect("customers.settings.get")
    ]
    return JSON.stringify(lists.map(({ json }) => json))
  })

const everySecond = [1, ...Array.from({ length: 60 }, (_, i) => 2 * i + 3)] as const

describe("what a comparison makes", () => {
  it.scopedLive(
    "is removed, every row of others is byte for byte as it was, and nobody got a message",
    () =>
      Effect.gen(function* () {
        const service = yield* busy
        const [before, seen] = [yield* rowsOf(service), yield* shown(service)]
        const { report, run } = yield* Systems.compare(service)
        assert.deepStrictEqual(report.leftovers, [])
        assert.strictEqual(yield* shown(service), seen)
        const after = yield* rowsOf(service)
        const added = [...after].flatMap(([table, rows]) => {
          const old = before.get(table) ?? []
          assert.includeMembers([...rows], [...old], `a row of ${table} is not as it was`)
          return rows.filter((row) => !old.includes(row)).map((row) => ({ row, table }))
        })
        // What stays is erased: ids and times of customers, terms and tokens of this run.
        const ids = added
          .filter(({ row, table }) => table === "customers" && row.includes(run))
          .flatMap(({ row }) => /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g.exec(row)?.[0] ?? [])
        const pairs = added
          .filter(({ row, table }) => table === "token_pairs" && row.includes(run))
          .flatMap(({ row }) => /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g.exec(row)?.[0] ?? [])
        const strange = added.filter(({ row }) => ![run, ...ids, ...pairs].some((own) => row.includes(own)))
        assert.deepStrictEqual(strange, [])
        assert.isAbove(ids.length, 30)
        assert.deepStrictEqual(yield* service.outbox.list(), [])
      }),
    patience
  )

  it.scopedLive(
    "is removed when the answers to its creation are lost",
    () =>
      Effect.gen(function* () {
        const service = yield* busy
        const seen = yield* shown(service)
        const lost = (operation: string) => ({
          match: { operation, calls: everySecond },
          fault: { kind: "drop" as const, when: "after_commit" as const }
        })
        yield* service.faults.script({
          rules: [
            "customers.users.create",
            "customers.tags.create",
            "customers.terms.create",
            "customers.locations.create",
            "customers.tokens.create"
          ].map(lost)
        })
        const { report } = yield* Systems.compare(service)
        const active = yield* service.faults.list
        assert.isTrue(active.every(({ applied }) => applied > 0))
        yield* service.faults.clear
        assert.isAbove(Systems.unclear(report).length, 5)
        assert.deepStrictEqual(Systems.differences(report), [])
        assert.deepStrictEqual(report.leftovers, [])
        assert.strictEqual(yield* shown(service), seen)
      }),
    patience
  )

  it.scopedLive(
    "is removed when the comparison is interrupted in the middle of a probe",
    () =>
      Effect.gen(function* () {
        const service = yield* busy
        const seen = yield* shown(service)
        for (const operation of [
          "customers.users.create",
          "customers.users.update",
          "customers.users.changeCustomerId",
          "customers.tokens.create",
          "customers.tags.create",
          "customers.terms.get",
          "customers.locations.update"
        ]) {
          // Made, and then it hangs.
          yield* service.faults.script({
            rules: [{ match: { operation, calls: [1] }, fault: { kind: "stall", when: "after_commit" } }]
          })
          const fiber = yield* Effect.fork(Systems.compare(service))
          yield* Effect.repeat(Effect.delay(service.faults.list, "10 millis"), { until: ([rule]) => rule?.applied === 1 })
          yield* Fiber.interrupt(fiber)
          yield* service.faults.clear
          assert.strictEqual(yield* shown(service), seen, operation)
        }
      }),
    patience
  )

  it.scopedLive(
    "that cannot be removed is named, and is removed later by the name of the run",
    () =>
      Effect.gen(function* () {
        const service = yield* busy
        const seen = yield* shown(service)
        const refused = (operation: string) => ({ match: { operation }, fault: { kind: "status" as const, status: 503 } })
        yield* service.faults.script({
          rules: [
            "customers.users.delete",
            "customers.tags.delete",
            "customers.terms.delete",
            "customers.locations.delete",
            "customers.tokens.events.delete"
          ].map(refused)
        })
        const { report, run } = yield* Systems.compare(service)
        for (const what of ["the customer", "the location", "the tag", "the terms that begin with", "the events of the token"]) {
          assert.isTrue(
            report.leftovers.some((leftover) => leftover.what.startsWith(`${what} ${run}-`)),
            what
          )
        }
        yield* service.faults.clear
        assert.notStrictEqual(yield* shown(service), seen)
        const target = yield* Systems.targetOf(service, run)
        yield* Own.removeAll(target, run)
        assert.deepStrictEqual(yield* target.leftovers, [])
        assert.strictEqual(yield* shown(service), seen)
      }),
    patience
  )

  it.scopedLive(
    "has fewer names than the removal by the name of a run tries",
    () =>
      Effect.gen(function* () {
        const service = yield* Systems.start()
        const { run } = yield* Systems.compare(service)
        const rows = [...(yield* rowsOf(service)).values()].flat().join("\n")
        for (const [kind, most] of Object.entries(mostNames)) {
          const numbers = [...rows.matchAll(new RegExp(`${run}-${kind}-(\\d+)`, "g"))].map(([, number]) => Number(number))
          assert.isBelow(Math.max(0, ...numbers), most, kind)
        }
      }),
    patience
  )
})

describe("the settings", () => {
  it.scopedLive(
    "are put back, and are kept in a file when that fails",
    () =>
      Effect.gen(function* () {
        const service = yield* Systems.start({ assumed: { settingsUpdate: "whole" } })
        const reader = yield* Systems.targetOf(service, "reader")
        const read = Effect.map(reader.expect("customers.settings.get"), ({ json }) => json)
        const before = yield* read
        const copies = () => readdirSync(".").filter((name) => name.endsWith("-settings.json"))
        const first = yield* Systems.compare(service)
        assert.deepStrictEqual(first.report.leftovers, [])
        assert.deepStrictEqual(yield* read, before)
        assert.deepStrictEqual(copies(), [])

        // The first PUT is that of the question, the second one would put them back.
        yield* service.faults.script({
          rules: [{ match: { operation: "customers.settings.update", calls: [2] }, fault: { kind: "status", status: 503 } }]
        })
        const { report, run } = yield* Systems.compare(service)
        const file = `${run}-settings.json`
        yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(file, { force: true })))
        assert.notDeepEqual(yield* read, before)
        assert.deepStrictEqual(report.leftovers, [
          {
            what: "the change of the settings for customers",
            how: `PUT …/customers/settings with the settings of the file ${file}`
          }
        ])
        assert.deepStrictEqual(JSON.parse(readFileSync(file, "utf8")), before)
        assert.strictEqual(statSync(file).mode & 0o777, 0o600)
      }),
    patience
  )
})

describe("a service that is busy", () => {
  it.scoped("is waited for as long as it asks, and a probe gives up when it asks for too much", () =>
    Effect.gen(function* () {
      const service = yield* Systems.start()
      const target = yield* Systems.targetOf(service, "busy")
      const limit = (seconds: number, times: number) =>
        service.faults.script({
          rules: [
            {
              match: { operation: "customers.tags.list", times },
              fault: { kind: "status", status: 429, retry_after: { form: "seconds", seconds } }
            }
          ]
        })
      yield* limit(30, 2)
      const done = yield* Deferred.make<number>()
      yield* Effect.fork(Effect.flatMap(target.expect("customers.tags.list"), ({ status }) => Deferred.succeed(done, status)))
      yield* TestClock.adjust("59 seconds")
      assert.isFalse(yield* Deferred.isDone(done))
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual(yield* Deferred.await(done), 200)
      yield* limit(3_600, 1)
      const { reason } = yield* Effect.flip(target.call("customers.tags.list"))
      assert.include(reason, "customers.tags.list was answered with 429")
    })
  )
})
