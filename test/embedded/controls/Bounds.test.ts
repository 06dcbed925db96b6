/**
 * The journal and the outbox are bounded by the number of their entries and by their bytes.
 */
import { assert, describe, it } from "@effect/vitest"
import { DateTime, Effect, FastCheck as fc, Redacted, TestClock } from "effect"
import { make as makeClock } from "../../../src/layers/embedded/controls/clock/EmbeddedClock.js"
import * as CutBody from "../../../src/layers/embedded/controls/journal/CutBody.js"
import * as Journal from "../../../src/layers/embedded/controls/journal/Journal.js"
import * as Outbox from "../../../src/layers/embedded/controls/outbox/Outbox.js"
import * as Recent from "../../../src/layers/embedded/controls/Recent.js"
import { ada, login, start, tokenOf } from "../Api.js"
import { onEach } from "../Databases.js"

const mebibyte = 1024 * 1024

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

const secret = "the-secret-of-this-test"

const leaf = fc.oneof(
  fc.constantFrom(null, true, 7, "", "ø😀", "x".repeat(300), "😀".repeat(10_000), new Date(0), undefined),
  fc.integer({ min: 1, max: 500 }).map((times) => Redacted.make(secret.repeat(times)))
)

/** Any JSON, with secrets in it, and with texts, keys and lists that are too long to be kept. */
const body = fc.letrec<{ readonly value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 6 }),
    fc.tuple(leaf, fc.integer({ min: 1, max: 400 })).map(([value, times]) => Array.from({ length: times }, () => value)),
    fc.dictionary(fc.oneof(fc.string({ maxLength: 20 }), fc.constant("k".repeat(9_000))), tie("value"), { maxKeys: 6 })
  )
})).value

describe("what was added last", () => {
  it("is bounded by number and size, whatever the sizes are; the newest is kept, and so is the order", () =>
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 90, max: 300 }), fc.constant("retain" as const)), {
          maxLength: 300
        }),
        (steps) => {
          const [most, mostSize] = [8, 100]
          const dropped: Array<number> = []
          const recent = Recent.make<{ readonly id: number; readonly size: number }>({
            most,
            mostSize,
            sizeOf: ({ size }) => size,
            onDropped: ({ id }) => dropped.push(id)
          })
          let model: Array<{ readonly id: number; readonly size: number }> = []
          const sum = () => model.reduce((total, { size }) => total + size, 0)
          const gone: Array<number> = []
          steps.forEach((step, id) => {
            if (step === "retain") {
              gone.push(...model.filter(({ id }) => id % 3 === 0).map(({ id }) => id))
              model = model.filter(({ id }) => id % 3 !== 0)
              recent.retain(({ id }) => id % 3 !== 0)
            } else {
              model.push({ id, size: step })
              while (model.length > 1 && (model.length > most || sum() > mostSize)) gone.push(model.shift()?.id ?? -1)
              recent.add({ id, size: step })
            }
            assert.deepStrictEqual(recent.all(), model)
          })
          assert.deepStrictEqual(dropped, gone)
        }
      ),
      { numRuns: 50 }
    ))
})

describe("a body that is too long for the journal", () => {
  it("is kept cut, as JSON of a bounded length without a secret; a short one is kept whole", () =>
    fc.assert(
      fc.property(body, (value) => {
        const size = CutBody.sizeOf(value, null)
        if (value === undefined) return assert.strictEqual(size, 0)
        const { json, length } = CutBody.make(value, null)
        assert.isAtMost(json.length, 2 * CutBody.mostBytes)
        assert.notInclude(json, secret)
        const whole: unknown = JSON.parse(JSON.stringify(value))
        if (length === null) assert.deepStrictEqual(JSON.parse(json), whole)
        else {
          assert.strictEqual(length, bytesOf(value))
          assert.notDeepEqual(JSON.parse(json), whole)
        }
        // What is kept whole is not longer than what is kept of a long one, with all its secrets.
        if (size <= CutBody.mostBytes) assert.isAtMost(JSON.stringify(value).length, 3 * CutBody.mostBytes)
      }),
      { numRuns: 40 }
    ))

  it("keeps the first fields and items, and says how many there were more", () => {
    const customers = Array.from({ length: 400 }, (_, index) => ({ customer_id: `c${index}`, email: `c${index}@example.com` }))
    const { json, length } = CutBody.make({ total: 400, note: "n".repeat(9_000), customers, last: true, more: 1 }, null)
    const kept = JSON.parse(json)
    assert.strictEqual(kept.total, 400)
    assert.strictEqual(kept.note, `${"n".repeat(512)}…`)
    const shown = kept.customers.length - 1
    // The last one that is shown can be cut itself.
    assert.deepStrictEqual(kept.customers.slice(0, shown - 1), customers.slice(0, shown - 1))
    assert.strictEqual(kept.customers.at(-1), `… and ${400 - shown} more`)
    assert.strictEqual(kept["…"], "and 2 more")
    assert.isAbove(shown, 100)
    assert.isAbove(length ?? 0, 20_000)
  })
})

const noteOf =
  (response: unknown, length: number | null = null) =>
  (note: Journal.Note) =>
    Effect.sync(() => {
      note.responseLength = length
      note.operation = "customers.users.list"
      note.status = 200
      note.response = response
    })

describe("the journal in memory", () => {
  it.effect("has at most 8 MiB, and always the newest entry", () =>
    Effect.gen(function* () {
      const journal = yield* Journal.make()
      const customers = Array.from({ length: 2_000 }, (_, index) => ({ customer_id: `customer-${index}`, name: "n".repeat(70) }))
      const length = bytesOf(customers)
      for (let i = 0; i < 1_500; i++) yield* journal.record("GET", "/v1/x", noteOf(customers, length))
      const entries = yield* journal.list()
      const last = entries.at(-1)
      assert.strictEqual(last?.id, 1_500)
      assert.deepStrictEqual([last?.response_length, last?.request_length], [length, null])
      assert.isAtMost(bytesOf(entries), 8.5 * mebibyte)
      assert.isAbove(entries.length, 500)
      assert.deepStrictEqual(
        entries.map(({ id }) => id),
        Array.from({ length: entries.length }, (_, index) => 1_501 - entries.length + index)
      )
      // A path is bounded by the server alone.
      yield* journal.record("GET", `/${"x".repeat(9 * mebibyte)}`, noteOf(null))
      assert.deepStrictEqual(
        (yield* journal.list()).map(({ id }) => id),
        [1_501]
      )
      yield* journal.record("GET", "/v1/x", noteOf({ customer_id: "a" }))
      const [after] = yield* journal.list()
      assert.deepStrictEqual([after?.id, after?.response, after?.response_length], [1_502, { customer_id: "a" }, null])
    })
  )

  it.effect("keeps the first requests for no operation for `verify`, and the number of all", () =>
    Effect.gen(function* () {
      const journal = yield* Journal.make()
      const unknown = (note: Journal.Note) =>
        Effect.sync(() => {
          note.status = 404
        })
      for (let i = 1; i <= 1_200; i++) yield* journal.record("GET", `/${i}`, unknown)
      const { message } = yield* Effect.flip(journal.verify)
      assert.strictEqual(
        message,
        "1200 requests were for no operation of the API: GET /1; GET /2; GET /3; GET /4; GET /5; and 1195 more."
      )
      yield* journal.clear
      yield* journal.verify
    })
  )
})

const message = (recipient: string, text: string) => ({
  account_id: "T12345678",
  channel: "sms" as const,
  template: "mfa_code" as const,
  recipient,
  text,
  code: null
})

describe("the outbox in memory", () => {
  it.scoped("has at most 10,000 messages and 8 MiB, and always the newest", () =>
    Effect.gen(function* () {
      const outbox = yield* Outbox.make
      for (let i = 1; i <= 10_001; i++) yield* outbox.send(message("+1", "1"))
      const many = yield* outbox.list()
      assert.deepStrictEqual([many.length, many[0]?.id], [10_000, 2])
      for (let i = 0; i < 12; i++) yield* outbox.send(message("+2", "x".repeat(mebibyte)))
      assert.isAtMost(bytesOf(yield* outbox.list()), 8 * mebibyte)
      yield* outbox.send(message("+3", "x".repeat(9 * mebibyte)))
      assert.deepStrictEqual(
        (yield* outbox.list()).map(({ recipient }) => recipient),
        ["+3"]
      )
      assert.strictEqual((yield* outbox.awaitNext()).recipient, "+3")
    })
  )
})

describe("a test's clock at the end of time", () => {
  for (const end of [8.64e15 + 1, Number.MAX_SAFE_INTEGER]) {
    it.scoped(`of ${end} ms: the journal, the outbox and the clock can still be read`, () =>
      Effect.gen(function* () {
        const { api, embedded } = yield* start()
        yield* TestClock.setTime(end)
        yield* api("GET", "/customers/settings")
        const authorization = yield* tokenOf(api)
        yield* api("POST", "/customers/change_password", {
          authorization,
          body: { type: "customer", email: ada.email, audience: "x" }
        })
        const entries = yield* embedded.journal.list()
        assert.deepStrictEqual(
          entries.map(({ at, duration_millis, status }) => [DateTime.formatIso(at), duration_millis, status]).slice(0, 2),
          [
            ["+010999-12-31T23:59:59.999Z", 0, 401],
            ["+010999-12-31T23:59:59.999Z", 0, 200]
          ]
        )
        const state = yield* embedded.clock.state
        assert.deepStrictEqual([DateTime.formatIso(state.now), state.offset_millis], ["+010999-12-31T23:59:59.999Z", 0])
        yield* embedded.outbox.list()
        yield* embedded.accounts.list
        yield* embedded.accounts.auditEvents("T12345678")
        yield* embedded.accounts.customers("T12345678")
      })
    )
  }

  it.scoped("outside of a system too", () =>
    Effect.gen(function* () {
      const journal = yield* Journal.make()
      const outbox = yield* Outbox.make
      const sent = {
        account_id: "T12345678",
        channel: "sms" as const,
        template: "mfa_code" as const,
        recipient: "+1",
        text: "1",
        code: null
      }
      for (const end of [Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY]) {
        yield* TestClock.setTime(end)
        yield* journal.record("GET", "/v1/x", noteOf(null))
        yield* outbox.send(sent)
      }
      const times = [...(yield* journal.list()), ...(yield* outbox.list())].map(({ at }) => DateTime.toEpochMillis(at))
      assert.deepStrictEqual(times, [8.64e15, 8.64e15, 8.64e15, 8.64e15])
      assert.deepStrictEqual(
        (yield* journal.list()).map(({ duration_millis }) => duration_millis),
        [0, 0]
      )
    })
  )

  it.effect("a system that begins at a known time goes on from its own time when the clock is set back", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Number.POSITIVE_INFINITY)
      const clock = yield* makeClock(true)
      assert.strictEqual(DateTime.formatIso((yield* clock.state).now), "2026-01-01T00:00:00.000Z")
      yield* clock.freeze
      yield* clock.resume
      assert.strictEqual(DateTime.formatIso((yield* clock.state).now), "2026-01-01T00:00:00.000Z")
    })
  )
})

onEach("a long body in the journal", (database) => {
  it.scoped("of a request and of an answer is kept cut, with its length and without a secret", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({ db: yield* database })
      const authorization = yield* tokenOf(api)
      const metadata = Object.fromEntries(
        Array.from({ length: 400 }, (_, index) => [`field${index}`, `${"v".repeat(100)}${index}`])
      )
      const credentials = { email: "long@example.com", password: "a-password-that-nobody-may-see" }
      const created = { type: "customer", customer_id: "long", ...credentials, metadata }
      const { status, text } = yield* api("POST", "/customers/users", { authorization, body: created })
      assert.strictEqual(status, 200)
      const one = yield* api("GET", "/customers/users/long", { authorization })
      const again = yield* api("GET", "/customers/users/long", { authorization })
      const etag = one.headers.etag ?? ""
      yield* api("GET", "/customers/users/long", { authorization, headers: { "if-none-match": etag } })
      yield* login(api, authorization, credentials)
      assert.strictEqual(again.text, one.text)

      const entries = yield* embedded.journal.list({ customer_id: "long" })
      assert.deepStrictEqual(
        entries.map(({ operation, request_length, response_length, status }) => [
          operation,
          status,
          request_length === null,
          response_length
        ]),
        [
          ["customers.users.create", 200, false, text.length],
          ["customers.users.get", 200, true, one.text.length],
          ["customers.users.get", 200, true, one.text.length],
          ["customers.users.get", 304, true, one.text.length],
          ["customers.password.login", 200, true, null]
        ]
      )
      const [, first, second] = entries
      assert.deepStrictEqual(second?.response, first?.response)
      // Seam: the form of the body is that of the operation.
      const kept = first?.response as { readonly customer_id: string; readonly metadata: Readonly<Record<string, string>> }
      assert.strictEqual(kept.customer_id, "long")
      assert.strictEqual(kept.metadata.field0, metadata.field0)
      assert.match(kept.metadata["…"] ?? "", /^and \d+ more$/)
      const all = JSON.stringify(yield* embedded.journal.list())
      assert.include(all, "<redacted>")
      assert.notInclude(all, credentials.password)
      assert.notInclude(all, authorization.slice("Bearer ".length))
      assert.isAtMost(all.length, 7 * 10 * 1024)
    })
  )
})

onEach("the bytes of the journal and the outbox", (database) => {
  it.scoped("are bounded, and the newest are there", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({ db: yield* database })
      // In the database the oldest go at each hundredth request.
      for (let i = 1; i <= 100; i++) yield* api("GET", `//${"x".repeat(200_000)}/${i}`)
      const entries = yield* embedded.journal.list()
      assert.isAtMost(bytesOf(entries), 8.5 * mebibyte)
      assert.isAbove(entries.length, 30)
      assert.deepStrictEqual(
        entries.map(({ id }) => id),
        Array.from({ length: entries.length }, (_, index) => 101 - entries.length + index)
      )

      // Seam: the value is a system, and its type here only has the controls.
      const outbox = embedded.outbox as Outbox.OutboxService
      const at = DateTime.unsafeMake(0)
      const messages = Array.from({ length: 12 }, (_, index) => ({
        ...message(`+${index}`, "x".repeat(mebibyte)),
        id: index + 1,
        at
      }))
      yield* outbox.replace("T12345678", messages)
      const kept = yield* outbox.list()
      assert.isAtMost(bytesOf(kept), 8.5 * mebibyte)
      assert.deepStrictEqual(
        kept.map(({ recipient }) => recipient),
        Array.from({ length: kept.length }, (_, index) => `+${12 - kept.length + index}`)
      )
      yield* outbox.replace("T12345678", [{ ...message("+1", "x".repeat(9 * mebibyte)), id: 1, at }])
      assert.lengthOf(yield* outbox.list(), 1)
    })
  )
})
