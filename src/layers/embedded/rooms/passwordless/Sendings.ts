/**
 * How often codes were sent to an email, and the time until which no more are.
 *
 * An email that nobody has is counted too, so that a refusal does not tell who is a customer.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Table from "../../storage/Table.js"
import type { PasswordlessRules } from "./PasswordlessRules.js"
import * as Tables from "./Tables.js"

export interface SendingsService {
  /** Counts a code for an email in lower case. If it comes too early, it is not counted, and the result is the time to wait, in seconds. */
  readonly count: (accountId: string, email: string) => Effect.Effect<Option.Option<number>, SqlError>
}

export class Sendings extends Context.Tag("effect-dintero/embedded/Sendings")<Sendings, SendingsService>() {}

const hour = 3_600_000

const counted = Table.select(Tables.sendings, "refused", "sendings", "began_at", "sent_at")

export const make = (rules: PasswordlessRules) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    if (rules.hourly === Number.POSITIVE_INFINITY) return { count: () => Effect.succeed(Option.none()) } satisfies SendingsService

    return {
      // One statement counts and decides, so that of any number at the same time only those within the limits are counted.
      count: (accountId, email) =>
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          // A time in the future does not count: the clock was set back, or the row is from a snapshot of another system.
          const isPaused = sql`(login_code_sendings.sent_at > ${now - rules.pause} AND login_code_sendings.sent_at <= ${now})`
          const isOpen = sql`(login_code_sendings.began_at > ${now - hour} AND login_code_sendings.began_at <= ${now})`
          const isEarly = sql`(${isPaused} OR (${isOpen} AND login_code_sendings.sendings >= ${rules.hourly}))`
          yield* sql`DELETE FROM login_code_sendings WHERE account_id = ${accountId} AND began_at <= ${now - hour}
            AND sent_at <= ${now - rules.pause}`
          const [row] = yield* counted.decode(sql`${Table.insert(sql, Tables.sendings, {
            account_id: accountId,
            email,
            sendings: 1,
            refused: 0,
            began_at: now,
            sent_at: now
          })} ON CONFLICT (account_id, email) DO UPDATE SET
            sendings = CASE WHEN ${isEarly} THEN login_code_sendings.sendings WHEN ${isOpen} THEN login_code_sendings.sendings + 1 ELSE 1 END,
            refused = CASE WHEN ${isEarly} THEN login_code_sendings.refused + 1 ELSE 0 END,
            began_at = CASE WHEN ${isEarly} OR ${isOpen} THEN login_code_sendings.began_at ELSE CAST(${now} AS BIGINT) END,
            sent_at = CASE WHEN ${isEarly} THEN login_code_sendings.sent_at ELSE CAST(${now} AS BIGINT) END
            RETURNING ${sql.literal(counted.columns)}`)
          if (row === undefined) return yield* Effect.dieMessage("An upsert has one row")
          if (row.refused === 0) return Option.none()
          const until = Math.max(row.sent_at + rules.pause, row.sendings >= rules.hourly ? row.began_at + hour : 0)
          return Option.some(Math.ceil((until - now) / 1000))
        }).pipe(sql.withTransaction)
    } satisfies SendingsService
  })
