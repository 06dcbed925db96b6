/**
 * Keeps the messages that the system sends. They are in memory, unless processes share a database. The database of a single process never has
 * a code in plain text.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Changes from "../Changes.js"
import { NoMessage } from "../ControlErrors.js"
import type { OutboxControl } from "../Controls.js"
import { dateOf } from "../clock/Instant.js"
import { newest } from "../Page.js"
import * as Recent from "../Recent.js"
import { type Message, type MessageMatch, matches } from "./Message.js"

export interface OutboxService extends OutboxControl {
  /** The messages from now on, as {@link OutboxControl.changes} has them. */
  readonly sent: Changes.Changes<Message>
  readonly send: (message: Omit<Message, "id" | "at">) => Effect.Effect<void>
  /** Ends every wait for a message, since nothing more will be sent. */
  readonly end: Effect.Effect<void>
  /** Whether the messages are in the database, and so are restored when a transaction fails. */
  readonly isStored: boolean
  /** Replaces all messages of the account. */
  readonly replace: (accountId: string, messages: ReadonlyArray<Message>) => Effect.Effect<void>
}

export class Outbox extends Context.Tag("effect-dintero/embedded/Outbox")<Outbox, OutboxService>() {}

/** Enough for any test. A served system that runs for weeks must not grow without end. */
export const capacity = 10_000

/** Of the texts of all messages. Those of the system are short, but a snapshot that is restored can have any. */
export const mostBytes = 8 * 1024 * 1024

const sizeOf = ({ account_id, code, recipient, text }: Message): number =>
  account_id.length + (code?.length ?? 0) + recipient.length + text.length

interface Waiter {
  readonly fits: (message: Message) => boolean
  readonly arrived: (message: Message) => void
  readonly ended: () => void
}

export const systemClosed = new NoMessage({ message: "No message will come any more: the system is closed." })

/** The longest time that a timer can wait. */
export const maximumMillis = 2 ** 31 - 1

const describe = (match: MessageMatch): string => {
  const parts = Object.entries(match).flatMap(([field, value]) => (value === undefined ? [] : [`${field} ${value}`]))
  return parts.length === 0 ? "message" : `message with ${parts.join(", ")}`
}

const describeOther = ({ channel, recipient, template }: Message): string => `${template} by ${channel} to ${recipient}`

/** `others`: the messages that came and were not returned by an `awaitNext`. */
export const noMessage = (match: MessageMatch, waited: Duration.Duration, others: ReadonlyArray<Message>): NoMessage => {
  const last = others.slice(-5)
  const came = last.length === 0 ? "nothing else did either" : `there is ${last.map(describeOther).join("; ")}`
  return new NoMessage({ message: `No ${describe(match)} came within ${Duration.format(waited)}: ${came}.` })
}

const unscoped: Effect.Effect<OutboxService> = Effect.gen(function* () {
  const changes = Changes.make<Message>(1_024)
  const waiters = new Set<Waiter>()
  /** The messages that `awaitNext` has returned. */
  const taken = new Set<number>()
  const messages = Recent.make<Message>({
    most: capacity,
    mostSize: mostBytes,
    sizeOf,
    onDropped: ({ id }) => taken.delete(id)
  })
  let lastId = 0
  let hasEnded = false

  const take = (message: Message): Message => {
    taken.add(message.id)
    return message
  }

  const offer = (message: Message): void => {
    for (const waiter of waiters) {
      if (!waiter.fits(message)) continue
      waiter.arrived(take(message))
      break
    }
  }

  const giveBack = (message: Message): void => {
    taken.delete(message.id)
    // The message may have been deleted meanwhile.
    if (messages.all().includes(message)) offer(message)
  }

  // By the machine's own time: a test that moves its clock by hand would never end the wait.
  const nextOf = (match: MessageMatch, timeout: Duration.Duration) =>
    Effect.async<Message, NoMessage>((resume) => {
      const leave = () => {
        clearTimeout(timer)
        waiters.delete(waiter)
      }
      let handed: Message | undefined
      const waiter: Waiter = {
        fits: matches(match),
        arrived: (message) => {
          leave()
          handed = message
          resume(Effect.succeed(message))
        },
        ended: () => {
          leave()
          resume(Effect.fail(systemClosed))
        }
      }
      const timer = setTimeout(
        () => {
          leave()
          resume(
            Effect.fail(
              noMessage(
                match,
                timeout,
                messages.all().filter(({ id }) => !taken.has(id))
              )
            )
          )
        },
        Math.min(Duration.toMillis(timeout), maximumMillis)
      )
      waiters.add(waiter)
      return Effect.sync(() => {
        leave()
        // The fiber can be interrupted after the message was handed to it. Then it has not received the message.
        if (handed !== undefined) giveBack(handed)
      })
    })

  return {
    isStored: false,
    send: (message) =>
      Effect.gen(function* () {
        const sent = { ...message, id: ++lastId, at: dateOf(yield* Clock.currentTimeMillis) }
        messages.add(sent)
        offer(sent)
        yield* changes.publish(sent)
      }).pipe(Effect.uninterruptible),
    changes: changes.stream,
    sent: changes,
    list: (match = {}, page = {}) => Effect.sync(() => newest(messages.all().filter(matches(match)), page)),
    awaitNext: (match = {}, timeout = Duration.seconds(5)) =>
      Effect.suspend(() => {
        const fits = matches(match)
        const found = messages.all().find((message) => !taken.has(message.id) && fits(message))
        if (found !== undefined) return Effect.sync(() => take(found))
        return hasEnded ? Effect.fail(systemClosed) : nextOf(match, Duration.decode(timeout))
      }),
    clear: (accountId) =>
      Effect.sync(() => messages.retain((message) => accountId !== undefined && message.account_id !== accountId)),
    end: Effect.sync(() => {
      hasEnded = true
      for (const waiter of waiters) waiter.ended()
    }),
    replace: (accountId, replacement) =>
      Effect.sync(() => {
        // New numbers, since the messages may be from another system.
        const added = replacement.map((message) => ({ ...message, account_id: accountId, id: ++lastId }))
        messages.retain((message) => message.account_id !== accountId)
        added.forEach(messages.add)
        added.forEach(offer)
      })
  } satisfies OutboxService
})

/** Closing the scope ends every wait. */
export const make: Effect.Effect<OutboxService, never, Scope.Scope> = Effect.acquireRelease(unscoped, ({ end }) => end)
