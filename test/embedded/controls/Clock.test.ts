import { assert, describe, it } from "@effect/vitest"
import { DateTime, Duration, Effect, Redacted, TestClock } from "effect"
import { Customers } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, Snapshot } from "effect-dintero/embedded"
import { audience } from "../../utils/Account.js"

const { Embedded } = DinteroEmbedded
const layer = DinteroEmbedded.layer({ passwordHashing: PasswordHashing.fastForTests })
const iso = ({ now }: { readonly now: DateTime.Utc }): string => DateTime.formatIso(now)

const calls = Effect.flatMap(Embedded, ({ journal }) =>
  Effect.map(journal.list(), (entries) => entries.map(({ operation, status }) => `${operation} ${status}`))
)

describe("the system's clock", () => {
  it.effect("follows the clock of a test, both sides at once", () =>
    Effect.gen(function* () {
      const { clock } = yield* Embedded
      const { settings } = yield* Customers
      yield* settings.get()
      yield* TestClock.adjust("24 hours")
      assert.strictEqual(iso(yield* clock.state), "1970-01-02T00:00:00.000Z")
      yield* settings.get()
      // The client knew that its token had expired.
      assert.deepStrictEqual(yield* calls, [
        "auth.token 200",
        "customers.settings.get 200",
        "auth.token 200",
        "customers.settings.get 200"
      ])
    }).pipe(Effect.provide(layer))
  )

  it.effect("runs ahead of it: a token expires that the client takes for valid", () =>
    Effect.gen(function* () {
      const { clock } = yield* Embedded
      const { settings } = yield* Customers
      yield* settings.get()
      assert.strictEqual(iso(yield* clock.advance("24 hours")), "1970-01-02T00:00:00.000Z")
      yield* settings.get()
      assert.deepStrictEqual((yield* calls).slice(2), [
        "customers.settings.get 401",
        "auth.token 200",
        "customers.settings.get 200"
      ])
      yield* TestClock.adjust("1 hour")
      const state = yield* clock.state
      assert.strictEqual(iso(state), "1970-01-02T01:00:00.000Z")
      assert.strictEqual(state.offset_millis, Duration.toMillis("24 hours"))
    }).pipe(Effect.provide(layer))
  )

  it.effect("can be stopped, moved while it is stopped, and started again", () =>
    Effect.gen(function* () {
      const { clock } = yield* Embedded
      yield* clock.freeze
      yield* TestClock.adjust("1 hour")
      assert.deepInclude(yield* clock.state, { is_frozen: true, offset_millis: -3_600_000 })
      assert.strictEqual(iso(yield* clock.advance("1 minute")), "1970-01-01T00:01:00.000Z")
      assert.strictEqual(iso(yield* clock.set("2026-02-03T04:05:06Z")), "2026-02-03T04:05:06.000Z")
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(iso(yield* clock.resume), "2026-02-03T04:05:06.000Z")
      yield* TestClock.adjust("1 second")
      assert.strictEqual(iso(yield* clock.state), "2026-02-03T04:05:07.000Z")
      assert.deepInclude(yield* clock.reset, { is_frozen: false, offset_millis: 0 })
    }).pipe(Effect.provide(layer))
  )

  it.effect("only moves forward, and the error says so", () =>
    Effect.gen(function* () {
      const { clock } = yield* Embedded
      yield* clock.set("2026-01-01T00:00:00Z")
      const wrong = [
        clock.set("2025-12-31T23:59:59Z"),
        clock.set("yesterday"),
        clock.set(Number.NaN),
        clock.advance(Duration.infinity),
        clock.advance("soon" as never),
        clock.advance(Number.MAX_SAFE_INTEGER),
        clock.advance(-5),
        clock.advance("-5 seconds"),
        clock.advance([-1, 0])
      ]
      for (const attempt of wrong) {
        const error = yield* Effect.flip(attempt)
        assert.strictEqual(error._tag, "InvalidTime")
        assert.isAtLeast(error.message.length, 20)
      }
      assert.strictEqual(iso(yield* clock.state), "2026-01-01T00:00:00.000Z")
    }).pipe(Effect.provide(layer))
  )

  it.live("runs on from the last possible time", () =>
    Effect.gen(function* () {
      const { accounts, clock, journal } = yield* Embedded
      const { settings } = yield* Customers
      const beyond = yield* Effect.flip(clock.set(8.64e15))
      assert.strictEqual(beyond.message, "The clock cannot be moved beyond the year 9999.")
      yield* clock.set("9999-12-31T23:59:59.999Z")
      yield* Effect.sleep("5 millis")
      yield* settings.get()
      assert.isAbove(DateTime.toEpochMillis((yield* clock.state).now), Date.UTC(9999, 11, 31, 23, 59, 59, 999))
      assert.lengthOf(yield* journal.list(), 2)
      assert.lengthOf(yield* accounts.list, 1)
    }).pipe(Effect.provide(layer))
  )

  it.effect("stores whole milliseconds when it was moved by a fraction, so that snapshots can be read", () =>
    Effect.gen(function* () {
      const { accounts, clock, journal } = yield* Embedded
      const customers = yield* Customers
      yield* clock.advance("500 micros")
      yield* clock.advance(1000.7)
      const password = Redacted.make(DinteroEmbedded.demoPassword)
      yield* customers.password.login({ type: "customer", email: "ada@example.com", password, audience })
      const [entry] = yield* journal.list()
      assert.strictEqual(entry && DateTime.toEpochMillis(entry.at), 1001)
      const snapshot = yield* accounts.snapshot("T12345678")
      yield* Snapshot.decode(JSON.parse(JSON.stringify(snapshot)))
    }).pipe(Effect.provide(layer))
  )

  it.effect("is separate for each system", () =>
    Effect.gen(function* () {
      const one = yield* DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests })
      const other = yield* DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests })
      yield* one.clock.advance("1 day")
      assert.strictEqual(iso(yield* other.clock.state), "1970-01-01T00:00:00.000Z")
      assert.strictEqual(yield* Effect.clockWith((clock) => clock.currentTimeMillis), 0)
    }).pipe(Effect.scoped)
  )

  it.effect("starts at a known time in a reproducible system: it follows a test's clock, or stands still", () =>
    Effect.gen(function* () {
      const options = { passwordHashing: PasswordHashing.fastForTests, reproducible: "a" }
      const { clock } = yield* DinteroEmbedded.make(options)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(iso(yield* clock.state), "2026-01-01T00:00:01.000Z")
    }).pipe(Effect.scoped)
  )

  it.live("stands still over the machine's clock in a reproducible system", () =>
    Effect.gen(function* () {
      const options = { passwordHashing: PasswordHashing.fastForTests, reproducible: "a" }
      const { clock } = yield* DinteroEmbedded.make(options)
      yield* Effect.sleep("5 millis")
      assert.deepInclude(yield* clock.state, { is_frozen: true })
      assert.strictEqual(iso(yield* clock.state), "2026-01-01T00:00:00.000Z")
    }).pipe(Effect.scoped)
  )
})
