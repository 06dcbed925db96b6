/**
 * The events of a system for any number of listeners on a port, as server-sent events.
 *
 * An event is written as text once, and all listeners with the same match get the same bytes. Events that come soon after each other are sent
 * together, so that many listeners do not take the time that requests need.
 */
import { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Changes } from "../Changes.js"
import { ClockState } from "../clock/ClockState.js"
import { fitting, type Told } from "../journal/Journal.js"
import { JournalEntry, type JournalMatch } from "../journal/JournalEntry.js"
import { Message } from "../outbox/Message.js"

/** What listeners are told of. */
export interface Sources {
  readonly requests: Changes<Told>
  readonly messages: Changes<Message>
  readonly clock: Changes<ClockState>
  readonly faults: Changes<void>
  readonly accounts: Changes<void>
}

export interface EventStreams {
  /** The body of a response, whose reader is a listener from its first read to its end. `undefined` when there are too many listeners. */
  readonly open: (match: JournalMatch) => Readable | undefined
}

/** How many bytes wait for a listener that does not read them. Beyond that it is dropped. */
export const mostWaiting = 256 * 1024

/** How long a listener that was dropped has to read that it was. By the machine's own time. */
const farewellMillis = 60_000

/** Without a byte for a longer time, a proxy would close a connection that is idle. */
const keepAliveMillis = 15_000

/** Listeners that are written to in one turn of the event loop. Requests are read between the turns. */
const inOneTurn = 50

/** The time between two sendings in ms, so that there are at most about 10,000 writes a second. */
const spacingFor = (listeners: number): number => Math.max(10, listeners / 10)

/** What has come since the last sending is sent at once when it has so many bytes. */
const mostPending = 1024 * 1024

const connected = Buffer.from(": connected\n\n")
const keepAlive = Buffer.from(": keep-alive\n\n")

const textOf = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`

const requestJson = Schema.encodeSync(Schema.parseJson(JournalEntry))
const messageJson = Schema.encodeSync(Schema.parseJson(Message))
const clockJson = Schema.encodeSync(Schema.parseJson(ClockState))

/** The last event of a listener. */
const dropped = (missed: number, message: string): Buffer => Buffer.from(textOf("dropped", JSON.stringify({ missed, message })))

const farewell = (missed: number): Buffer =>
  dropped(
    missed,
    `This listener reads more slowly than events come, and ${missed} ${missed === 1 ? "event was" : "events were"} not sent. Connect again, and read what is missing from the journal and the outbox.`
  )

/** Why there can be no more listeners. */
export const tooMany = (most: number): string =>
  `${most} listeners follow the events already, and there can be no more: end one of them and try again, or start the system by DinteroEmbedded.serve with a larger maximumListeners`

interface Waiting {
  readonly bytes: Buffer
  readonly events: number
}

/** The listeners with the same match. */
interface Group {
  readonly fits: ReturnType<typeof fitting>
  readonly listeners: Set<Listener>
  /** The events since the last sending. */
  pending: Array<Buffer>
  pendingBytes: number
}

interface Listener {
  readonly body: Readable
  /** How many of the events that are pending came before this listener. */
  late: number
  readonly send: (waiting: Waiting) => void
  readonly end: () => void
}

const keyOf = ({ account_id, customer_id, operation, status }: JournalMatch): string =>
  JSON.stringify([account_id, customer_id, operation, status])

/** `most`: of listeners at a time. `closing`: ends them, when the system closes. */
export const make = (
  sources: Sources,
  most: number,
  closing: Effect.Effect<void>
): Effect.Effect<EventStreams, never, Scope.Scope> =>
  Effect.gen(function* () {
    const groups = new Map<string, Group>()
    let count = 0
    let isClosed = false
    let stop: ReadonlyArray<() => void> = []
    /** Of the next sending. */
    let timer: NodeJS.Timeout | undefined
    let isSending = false
    /** What is left of the sending under way. */
    let sendings: Array<() => void> = []
    let sentAt = 0

    const refusal = dropped(0, tooMany(most))

    const listenersOf = () => [...groups.values()].flatMap((group) => [...group.listeners])

    /** Takes the pending events of all groups, for those who listen now. */
    const take = () => {
      const all: Array<() => void> = []
      for (const group of groups.values()) {
        const { listeners, pending } = group
        if (pending.length === 0) continue
        group.pending = []
        group.pendingBytes = 0
        const whole: Waiting = { bytes: Buffer.concat(pending), events: pending.length }
        for (const listener of listeners) {
          const { late } = listener
          listener.late = 0
          if (late === 0) all.push(() => listener.send(whole))
          else if (late < pending.length) {
            const rest = pending.slice(late)
            all.push(() => listener.send({ bytes: Buffer.concat(rest), events: rest.length }))
          }
        }
      }
      return all
    }

    const sendAll = () => {
      timer = undefined
      isSending = true
      sendings = take()
      const turn = () => {
        for (const send of sendings.splice(0, inOneTurn)) send()
        if (sendings.length > 0) return void setImmediate(turn)
        isSending = false
        sentAt = performance.now()
        // Events may have come meanwhile.
        schedule()
      }
      turn()
    }

    const schedule = () => {
      if (timer !== undefined || isSending) return
      let bytes = 0
      for (const { pendingBytes } of groups.values()) bytes = Math.max(bytes, pendingBytes)
      if (bytes === 0) return
      const wait = sentAt + spacingFor(count) - performance.now()
      timer = setTimeout(sendAll, bytes >= mostPending ? 0 : Math.max(0, wait)).unref()
    }

    const tell = (write: () => string, isFor: (group: Group) => boolean = () => true) => {
      let bytes: Buffer | undefined
      for (const group of groups.values()) {
        if (!isFor(group)) continue
        bytes ??= Buffer.from(write())
        group.pending.push(bytes)
        group.pendingBytes += bytes.length
      }
      if (bytes !== undefined) schedule()
    }

    const begin = () => {
      const { accounts, clock, faults, messages, requests } = sources
      const beats = setInterval(() => {
        for (const listener of listenersOf()) listener.send({ bytes: keepAlive, events: 0 })
      }, keepAliveMillis).unref()
      stop = [
        requests.listen(({ entry, recorded }) =>
          tell(
            () => textOf("request", requestJson(entry())),
            ({ fits }) => fits(recorded)
          )
        ),
        messages.listen((message) => tell(() => textOf("message", messageJson(message)))),
        clock.listen((state) => tell(() => textOf("clock", clockJson(state)))),
        faults.listen(() => tell(() => textOf("faults", "{}"))),
        accounts.listen(() => tell(() => textOf("accounts", "{}"))),
        () => clearInterval(beats)
      ]
    }

    const join = (match: JournalMatch, listener: Listener): (() => void) => {
      const key = keyOf(match)
      const group: Group = groups.get(key) ?? { fits: fitting(match), listeners: new Set(), pending: [], pendingBytes: 0 }
      groups.set(key, group)
      group.listeners.add(listener)
      listener.late = group.pending.length
      if (++count === 1) begin()
      return () => {
        if (!group.listeners.delete(listener)) return
        if (group.listeners.size === 0) groups.delete(key)
        if (--count > 0) return
        for (const one of stop) one()
        stop = []
      }
    }

    const open = (match: JournalMatch): Readable | undefined => {
      if (count >= most) return undefined
      let waiting: Array<Waiting> = []
      let waitingBytes = 0
      let isWanted = false
      let isEnding = false
      let leave: (() => void) | undefined
      let farewellTimer: NodeJS.Timeout | undefined

      const next = () => {
        const first = waiting.shift()
        if (first === undefined) {
          isWanted = true
          if (isEnding) body.push(null)
          return
        }
        isWanted = false
        waitingBytes -= first.bytes.length
        body.push(first.bytes)
      }

      const add = (one: Waiting) => {
        waiting.push(one)
        waitingBytes += one.bytes.length
        if (isWanted) next()
      }

      const endWith = (last: ReadonlyArray<Waiting>) => {
        leave?.()
        isEnding = true
        waiting = []
        waitingBytes = 0
        for (const one of last) add(one)
        if (isWanted) next()
      }

      const body = new Readable({
        highWaterMark: 16 * 1024,
        read() {
          if (leave === undefined) {
            // Not before: a response to a HEAD request has a body that nobody reads.
            // Others may have come since the response was begun.
            const isTooMany = count >= most
            leave = isTooMany ? () => undefined : join(match, listener)
            waiting.push({ bytes: isTooMany ? refusal : connected, events: 0 })
            if (isTooMany || isClosed) isEnding = true
          }
          next()
        },
        destroy(error, done) {
          clearTimeout(farewellTimer)
          leave?.()
          waiting = []
          done(error)
        }
      })

      const listener: Listener = {
        body,
        late: 0,
        send: (one) => {
          if (isEnding || body.destroyed) return
          // Who has read everything before gets the next one, however large it is.
          if (waiting.length === 0 || waitingBytes + one.bytes.length <= mostWaiting) return add(one)
          const missed = waiting.reduce((sum, { events }) => sum + events, one.events)
          endWith([{ bytes: farewell(missed), events: 0 }])
          farewellTimer = setTimeout(() => body.destroy(), farewellMillis).unref()
        },
        end: () => {
          // Whoever has not read what was sent would delay the end of the server.
          if (waiting.length > 0 || body.readableLength > 0) body.destroy()
          else endWith([])
        }
      }
      return body
    }

    const close = Effect.sync(() => {
      if (isClosed) return
      isClosed = true
      clearTimeout(timer)
      for (const send of [...sendings.splice(0), ...take()]) send()
      for (const { end } of listenersOf()) end()
    })
    yield* Effect.addFinalizer(() => close)
    yield* Effect.forkScoped(Effect.zipRight(closing, close))
    return { open }
  })
