import { request } from "node:http"
import type { Readable } from "node:stream"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Cause, DateTime, Deferred, Effect, Redacted, Stream } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import * as Changes from "../../../src/layers/embedded/controls/Changes.js"
import type { ClockState } from "../../../src/layers/embedded/controls/clock/ClockState.js"
import * as EventStreams from "../../../src/layers/embedded/controls/http/EventStreams.js"
import type { Told } from "../../../src/layers/embedded/controls/journal/Journal.js"
import type { JournalEntry, JournalMatch } from "../../../src/layers/embedded/controls/journal/JournalEntry.js"
import type { Message } from "../../../src/layers/embedded/controls/outbox/Message.js"

const sources = () => ({
  requests: Changes.make<Told>(1),
  messages: Changes.make<Message>(1),
  clock: Changes.make<ClockState>(1),
  faults: Changes.make<void>(1),
  accounts: Changes.make<void>(1)
})

/** A request that ended, and how often its entry was made. */
const told = (id: number, operation: string, response: unknown = null) => {
  const made = { count: 0 }
  const note = {
    operation,
    accountId: null,
    caller: null,
    customerIds: [],
    request: null,
    response: null,
    responseLength: null,
    status: 200,
    fault: null,
    nearMisses: [],
    hint: null
  }
  const entry = (): JournalEntry => {
    made.count++
    return {
      id,
      at: DateTime.unsafeMake(0),
      duration_millis: 0,
      method: "GET",
      path: "/",
      operation,
      account_id: null,
      caller: null,
      customer_ids: [],
      request: null,
      request_length: null,
      status: 200,
      response,
      response_length: null,
      fault: null,
      near_misses: [],
      hint: null
    }
  }
  const recorded = { id, at: 0, method: "GET", path: "/", duration: 0, note, size: 0 }
  return { made, told: { recorded, entry } satisfies Told }
}

const make = (most = 10, closing: Effect.Effect<void> = Effect.never) =>
  Effect.gen(function* () {
    const from = sources()
    const streams = yield* EventStreams.make(from, most, closing)
    const open = (match: JournalMatch = {}): Readable => {
      const body = streams.open(match)
      assert.isDefined(body)
      return body
    }
    return { from, streams, open }
  })

/** Reads, and keeps what it has read. */
const read = (body: Readable) => {
  const chunks: Array<Buffer> = []
  body.on("data", (chunk: Buffer) => void chunks.push(chunk))
  return { chunks, text: () => Buffer.concat(chunks).toString("utf8") }
}

const until = (holds: () => boolean) =>
  Effect.sync(holds).pipe(Effect.delay("2 millis"), Effect.repeat({ until: (is) => is }), Effect.timeout("30 seconds"))

const closed = (body: Readable) => until(() => body.closed)

const idsIn = (text: string): ReadonlyArray<number> => [...text.matchAll(/"id":(\d+)/g)].map(([, id]) => Number(id))

/** 8 KiB, the most that the journal keeps of a body. */
const long = "x".repeat(8 * 1024)

describe("event streams", () => {
  it.scopedLive("each event is written once, and listeners with the same match get the same bytes in one piece", () =>
    Effect.gen(function* () {
      const { from, open } = yield* make()
      const readers = [open(), open(), open({ operation: "a" })].map(read)
      yield* until(() => readers.every(({ text }) => text() === ": connected\n\n"))
      const all = [told(1, "a"), told(2, "b"), told(3, "a")]
      for (const { told } of all) yield* from.requests.publish(told)
      yield* until(() => readers.every(({ text }) => text().includes('"id":3')))
      assert.deepStrictEqual(
        readers.map(({ text }) => idsIn(text())),
        [
          [1, 2, 3],
          [1, 2, 3],
          [1, 3]
        ]
      )
      assert.deepStrictEqual(
        all.map(({ made }) => made.count),
        [1, 1, 1]
      )
      // The first piece is `: connected`.
      assert.lengthOf(readers[0]?.chunks ?? [], 2)
      assert.strictEqual(readers[0]?.chunks[1], readers[1]?.chunks[1])
    })
  )

  it.scopedLive("nothing is written without a listener, and nothing is left of one that has gone", () =>
    Effect.gen(function* () {
      const { from, open, streams } = yield* make(1)
      const unread = streams.open({})
      const before = told(1, "a")
      yield* from.requests.publish(before.told)
      assert.strictEqual(before.made.count, 0)
      assert.isFalse(from.requests.hasListener())
      unread?.destroy()

      const body = open()
      const { text } = read(body)
      yield* until(() => text() !== "")
      assert.isTrue(from.requests.hasListener())
      assert.isUndefined(streams.open({}))
      body.destroy()
      yield* closed(body)
      assert.isFalse(from.requests.hasListener())
      assert.isDefined(streams.open({}))
    })
  )

  it.scopedLive("a listener gets no event from before it came", () =>
    Effect.gen(function* () {
      const { from, open } = yield* make()
      const first = read(open())
      yield* until(() => first.text() !== "")
      // Sent at once, so that the next ones wait for the next sending.
      yield* from.requests.publish(told(1, "a").told)
      yield* until(() => first.text().includes('"id":1'))
      yield* from.requests.publish(told(2, "a").told)
      const second = open()
      const reader = read(second)
      // Its first read is in this turn of the event loop.
      second.read(0)
      yield* from.requests.publish(told(3, "a").told)
      yield* until(() => reader.text().includes('"id":3') && first.text().includes('"id":3'))
      assert.deepStrictEqual(idsIn(first.text()), [1, 2, 3])
      assert.deepStrictEqual(idsIn(reader.text()), [3])
    })
  )

  it.scopedLive("a listener that does not read is dropped, is told so when it reads again, and delays nobody", () =>
    Effect.gen(function* () {
      const { from, open, streams } = yield* make(2)
      const slow = open()
      const seen = read(slow)
      const healthy = read(open())
      yield* until(() => seen.text() !== "" && healthy.text() !== "")
      slow.pause()
      const count = 200
      for (let id = 1; id <= count; id++) {
        yield* from.requests.publish(told(id, "a", long).told)
        if (id % 10 === 0) yield* until(() => idsIn(healthy.text()).length >= id)
      }
      assert.lengthOf(idsIn(healthy.text()), count)
      // Its place is free again.
      assert.isDefined(streams.open({}))
      slow.resume()
      yield* closed(slow)
      const text = seen.text()
      const [, missed, message] = /event: dropped\ndata: \{"missed":(\d+),"message":"([^"]*)"\}\n\n$/.exec(text) ?? []
      const got = idsIn(text)
      // Events that came after it was dropped are not known to be missed.
      assert.isAbove(Number(missed), 0)
      assert.isAtMost(got.length + Number(missed), count)
      assert.deepStrictEqual(
        got,
        Array.from(got, (_, index) => index + 1)
      )
      assert.match(message ?? "", /^This listener reads more slowly than events come, and \d+ events were not sent\./)
      assert.isAtMost(Buffer.byteLength(text), 2 * EventStreams.mostWaiting)
    })
  )

  it.scopedLive("a listener that reads gets all of a burst, however large it is", () =>
    Effect.gen(function* () {
      const { from, open } = yield* make()
      const reader = read(open())
      yield* until(() => reader.text() !== "")
      // All in one turn of the event loop, so they are sent together.
      for (let id = 1; id <= 60; id++) Effect.runSync(from.requests.publish(told(id, "a", long).told))
      yield* until(() => reader.text().includes('"id":60,') || reader.text().includes("event: dropped"))
      assert.lengthOf(idsIn(reader.text()), 60)
      assert.notInclude(reader.text(), "event: dropped")
    })
  )

  it.scopedLive("of those that come in the same moment, not more than can be become listeners", () =>
    Effect.gen(function* () {
      const { from, open } = yield* make(2)
      const readers = Array.from({ length: 5 }, () => read(open()))
      yield* until(() => readers.every(({ text }) => text() !== ""))
      yield* from.faults.publish()
      yield* until(() => readers.slice(0, 2).every(({ text }) => text().includes("event: faults")))
      for (const { text } of readers.slice(2)) {
        assert.match(
          text(),
          /^event: dropped\ndata: \{"missed":0,"message":"2 listeners follow the events already, [^"]*"\}\n\n$/
        )
      }
    })
  )

  it.scopedLive("streams end with the last events when the system closes, also that of a listener that does not read", () =>
    Effect.gen(function* () {
      const closing = yield* Deferred.make<void>()
      const { from, open } = yield* make(10, Deferred.await(closing))
      const slow = open()
      const reader = read(open())
      read(slow)
      yield* until(() => reader.text() !== "")
      slow.pause()
      yield* from.requests.publish(told(1, "a", long).told)
      yield* from.faults.publish()
      yield* Deferred.succeed(closing, undefined)
      yield* closed(slow)
      yield* until(() => reader.text().endsWith("event: faults\ndata: {}\n\n"))
      assert.isFalse(from.requests.hasListener())
    })
  )
})

const adminToken = Redacted.make("the-admin-token-of-this-test")

/** A listener on a port. */
const listen = (url: string, method = "GET") =>
  Effect.acquireRelease(
    Effect.async<{
      readonly status: number
      readonly retryAfter: string | undefined
      readonly text: () => string
      readonly leave: () => void
    }>((resume) => {
      const headers = { authorization: `Bearer ${Redacted.value(adminToken)}` }
      const sent = request(`${url}/_embedded/events`, { method, headers, agent: false }, (response) => {
        let text = ""
        response.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk
        })
        response.on("error", () => undefined)
        resume(
          Effect.succeed({
            status: response.statusCode ?? 0,
            retryAfter: response.headers["retry-after"],
            text: () => text,
            leave: () => sent.destroy()
          })
        )
      })
      sent.on("error", () => undefined)
      sent.end()
    }),
    ({ leave }) => Effect.sync(leave)
  )

describe("event streams on a port", () => {
  it.effect("a number of listeners that cannot be is refused", () =>
    Effect.gen(function* () {
      for (const maximumListeners of [-1, 1.5, Number.NaN]) {
        const cause = yield* Effect.sandbox(Effect.scoped(DinteroEmbedded.serve({ maximumListeners }))).pipe(
          Effect.asVoid,
          Effect.flip
        )
        assert.match(Cause.pretty(cause), /RangeError: maximumListeners: give a whole number from 0 on\./)
      }
    })
  )

  it.scopedLive("one listener too many gets a 503 that says so, until another one leaves", () =>
    Effect.gen(function* () {
      const passwordHashing = PasswordHashing.fastForTests
      const { url } = yield* DinteroEmbedded.serve({ adminToken, maximumListeners: 2, passwordHashing })
      // A HEAD request takes no place.
      assert.strictEqual((yield* listen(url, "HEAD")).status, 200)
      const first = yield* listen(url)
      const second = yield* listen(url)
      yield* until(() => first.text() !== "" && second.text() !== "")
      const refused = yield* listen(url)
      assert.strictEqual(refused.status, 503)
      assert.strictEqual(refused.retryAfter, "10")
      yield* until(() => refused.text() !== "")
      assert.match(refused.text(), /"_tag":"TooManyListeners","message":"2 listeners follow the events already/)
      const remote = yield* DinteroEmbedded.connect({ url, adminToken })
      const unavailable = yield* Effect.flip(Stream.runDrain(remote.journal.changes()))
      assert.strictEqual(unavailable._tag, "ControlsUnavailable")
      assert.match(unavailable.message, /cannot be used: as many listeners follow its events as it allows/)

      first.leave()
      yield* Effect.flatMap(listen(url), ({ status }) => Effect.succeed(status)).pipe(
        Effect.delay("5 millis"),
        Effect.repeat({ until: (status) => status === 200 }),
        Effect.timeout("30 seconds")
      )
    }).pipe(Effect.provide(NodeHttpClient.layerUndici))
  )
})
