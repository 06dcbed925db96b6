/**
 * The outbox of several processes. It is in their database, so that each process sees the messages of all.
 */
import type * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { Millis } from "../../storage/Column.js"
import { decodeRows } from "../../storage/Table.js"
import * as Changes from "../Changes.js"
import { dateOf } from "../clock/Instant.js"
import { inParts } from "../Page.js"
import { Message, matches } from "./Message.js"
import { capacity, mostBytes, noMessage, type OutboxService, systemClosed } from "./Outbox.js"

const Stored = Schema.parseJson(Message.omit("id"))

const encode = Schema.encodeSync(Stored)

const decode = decodeRows(Schema.Struct({ id: Millis, message: Stored, is_taken: Schema.Boolean }))
const decodeIds = decodeRows(Schema.Struct({ id: Millis }))

/** Of the messages that are listed with one statement. */
const partSize = 1_000

/** The time between two looks of a waiting `awaitNext`. */
const pauseMillis = 50

// By the machine's own time: a test that moves its clock by hand would never end the wait.
const pause = Effect.async<void>((resume) => {
  const timer = setTimeout(() => resume(Effect.void), pauseMillis)
  return Effect.sync(() => clearTimeout(timer))
})

const unscoped = (sql: SqlClient.SqlClient): Effect.Effect<OutboxService> =>
  Effect.gen(function* () {
    const changes = Changes.make<Message>(1_024)
    let hasEnded = false

    const add = (message: Omit<Message, "id">) =>
      Effect.flatMap(
        decodeIds(
          sql`INSERT INTO effect_dintero_outbox (account_id, message) VALUES (${message.account_id}, ${encode(message)}) RETURNING id`
        ),
        ([row]) => (row === undefined ? Effect.dieMessage("An INSERT has one row") : Effect.succeed({ ...message, id: row.id }))
      )

    const all = Effect.map(decode(sql`SELECT id, message, is_taken FROM effect_dintero_outbox ORDER BY id`), (rows) =>
      rows.map(({ id, is_taken, message }) => ({ isTaken: is_taken, message: { ...message, id } }))
    )

    const before = (id: number | undefined, limit: number) => {
      const older = id === undefined ? sql`TRUE` : sql`id < ${id}`
      return Effect.map(
        decode(sql`SELECT id, message, is_taken FROM effect_dintero_outbox WHERE ${older} ORDER BY id DESC LIMIT ${limit}`),
        (rows) => rows.map(({ id, message }) => ({ ...message, id })).reverse()
      )
    }

    const dropOld = (newest: number) => sql`DELETE FROM effect_dintero_outbox WHERE id <= ${newest - capacity}`

    const dropMany = sql`DELETE FROM effect_dintero_outbox WHERE id IN (
      SELECT id FROM (
        SELECT id, sum(octet_length(message)) OVER (ORDER BY id DESC) AS bytes, row_number() OVER (ORDER BY id DESC) AS position
        FROM effect_dintero_outbox
      ) AS newer WHERE bytes > ${mostBytes} AND position > 1
    )`

    /** Takes the first matching message. Of several concurrent callers, one gets it. */
    const take = (fits: (message: Message) => boolean) =>
      Effect.gen(function* () {
        for (const { isTaken, message } of yield* all) {
          if (isTaken || !fits(message)) continue
          const taken =
            yield* sql`UPDATE effect_dintero_outbox SET is_taken = TRUE WHERE id = ${message.id} AND NOT is_taken RETURNING id`
          if (taken.length > 0) return message
        }
        return undefined
      }).pipe(Effect.orDie)

    const giveBack = ({ id }: Message) => Effect.ignore(sql`UPDATE effect_dintero_outbox SET is_taken = FALSE WHERE id = ${id}`)

    return {
      isStored: true,
      send: (message) =>
        Effect.gen(function* () {
          const sent = yield* add({ ...message, at: dateOf(yield* Clock.currentTimeMillis) })
          yield* dropOld(sent.id)
          // It reads all messages, which are short.
          if (sent.id % 100 === 0) yield* dropMany
          yield* changes.publish(sent)
        }).pipe(Effect.orDie, Effect.uninterruptible),
      changes: changes.stream,
      sent: changes,
      list: (match = {}, page = {}) => Effect.orDie(inParts(before, page, partSize, matches(match))),
      awaitNext: (match = {}, timeout = Duration.seconds(5)) =>
        Effect.suspend(() => {
          const until = performance.now() + Duration.toMillis(timeout)
          const fits = matches(match)
          const next: ReturnType<OutboxService["awaitNext"]> = Effect.uninterruptibleMask((restore) =>
            Effect.flatMap(take(fits), (found) =>
              found !== undefined
                ? // The fiber can be interrupted before it receives the message. Then the message is given back.
                  Effect.onInterrupt(restore(Effect.succeed(found)), () => giveBack(found))
                : hasEnded
                  ? Effect.fail(systemClosed)
                  : performance.now() >= until
                    ? Effect.flatMap(Effect.orDie(all), (kept) =>
                        Effect.fail(
                          noMessage(
                            match,
                            Duration.decode(timeout),
                            kept.flatMap(({ isTaken, message }) => (isTaken ? [] : [message]))
                          )
                        )
                      )
                    : restore(
                        Effect.zipRight(
                          pause,
                          Effect.suspend(() => next)
                        )
                      )
            )
          )
          return next
        }),
      clear: (accountId) =>
        Effect.asVoid(
          Effect.orDie(
            accountId === undefined
              ? sql`DELETE FROM effect_dintero_outbox`
              : sql`DELETE FROM effect_dintero_outbox WHERE account_id = ${accountId}`
          )
        ),
      end: Effect.sync(() => {
        hasEnded = true
      }),
      replace: (accountId, messages) =>
        Effect.gen(function* () {
          yield* sql`DELETE FROM effect_dintero_outbox WHERE account_id = ${accountId}`
          for (const { id: _, ...message } of messages) {
            const { id } = yield* add({ ...message, account_id: accountId })
            yield* dropOld(id)
          }
          yield* dropMany
        }).pipe(Effect.orDie)
    } satisfies OutboxService
  })

/** Closing the scope ends every wait. */
export const make = (sql: SqlClient.SqlClient): Effect.Effect<OutboxService, never, Scope.Scope> =>
  Effect.acquireRelease(unscoped(sql), ({ end }) => end)
