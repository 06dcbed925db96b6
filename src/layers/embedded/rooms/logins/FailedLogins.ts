/**
 * The failed logins of each customer since the last one that was right, by password and by code alike; and until when every further
 * attempt is refused.
 *
 * An attempt is counted before anything is looked at, by one statement that also says whether it may be: of any number at the same time,
 * in this process or another one, each sees what those before it did. What turns out to be right takes its count back.
 *
 * Whoever is no customer is counted too, all of an account as one customer that nobody is. So an attempt does the same work for one who is
 * there, for one who is not, and during a delay: one statement that writes one row.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Table from "../../storage/Table.js"
import type { GuessingRules } from "./GuessingRules.js"
import * as Tables from "./Tables.js"

/** A login, counted as one that failed. */
export interface Attempt {
  /** Whether it may be looked at. If not, it is refused like a wrong one, and was not counted. */
  readonly isJudged: boolean
  /** What was given is right, and more is asked for: as if it had not been counted. What failed before still counts. */
  readonly forgive: Effect.Effect<void, SqlError>
  /** It is right: nothing that failed before counts any more. */
  readonly succeed: Effect.Effect<void, SqlError>
}

export interface FailedLoginsService {
  /** Counts an attempt to log in as the customer with this `customer_id`, or as somebody who is no customer. */
  readonly count: (accountId: string, customerId: Option.Option<string>) => Effect.Effect<Attempt, SqlError>
  /** Nothing that failed before counts any more. */
  readonly clear: (accountId: string, customerId: string) => Effect.Effect<void, SqlError>
}

export class FailedLogins extends Context.Tag("effect-dintero/embedded/FailedLogins")<FailedLogins, FailedLoginsService>() {}

/** The `customer_id` of those who are no customer: one that no customer can have. */
const nobody = ""

const counted = Table.select(Tables.failedLogins, "refused", "refused_until")

/** The delay after one failure more than there are, in the SQL of either dialect. */
const nextDelay = ({ delay, failures, maximumDelay }: GuessingRules): string => {
  const next = "failed_logins.failures + 1"
  const doublings = Math.ceil(Math.log2(maximumDelay / delay))
  return `CASE WHEN ${next} < ${failures} THEN 0 WHEN ${next} >= ${failures + doublings} THEN ${maximumDelay}
    ELSE CAST(${delay} AS BIGINT) << (${next} - ${failures}) END`
}

const unlimited: Attempt = { isJudged: true, forgive: Effect.void, succeed: Effect.void }

export const make = (rules: GuessingRules) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient

    const clear: FailedLoginsService["clear"] = (accountId, customerId) =>
      Effect.asVoid(sql`DELETE FROM failed_logins WHERE account_id = ${accountId} AND customer_id = ${customerId}`)

    if (rules.failures === Number.POSITIVE_INFINITY) return { count: () => Effect.succeed(unlimited), clear }

    const delay = sql.literal(nextDelay(rules))

    const attempt = (accountId: string, customerId: string, at: number, until: number): Attempt => ({
      isJudged: true,
      // What another attempt has set since, stays.
      forgive: Effect.asVoid(sql`UPDATE failed_logins SET failures = failures - 1,
        refused_until = CASE WHEN refused_until = ${until} THEN ${at} ELSE refused_until END
        WHERE account_id = ${accountId} AND customer_id = ${customerId} AND failures > 0`),
      succeed: clear(accountId, customerId)
    })

    const count: FailedLoginsService["count"] = (accountId, customer) =>
      Effect.gen(function* () {
        const customerId = Option.getOrElse(customer, () => nobody)
        const now = yield* Clock.currentTimeMillis
        // No longer than the longest delay: the clock may have been set back, or be another one than that of a snapshot.
        const isDelayed = sql`(failed_logins.refused_until > ${now}
          AND failed_logins.refused_until <= ${now + rules.maximumDelay})`
        const [row] = yield* counted
          .decode(sql`${Table.insert(sql, Tables.failedLogins, {
            account_id: accountId,
            customer_id: customerId,
            failures: 1,
            refused: 0,
            refused_until: rules.failures === 1 ? now + rules.delay : now
          })} ON CONFLICT (account_id, customer_id) DO UPDATE SET
          failures = CASE WHEN ${isDelayed} THEN failed_logins.failures ELSE failed_logins.failures + 1 END,
          refused = CASE WHEN ${isDelayed} THEN failed_logins.refused + 1 ELSE 0 END,
          refused_until = CASE WHEN ${isDelayed} THEN failed_logins.refused_until ELSE CAST(${now} AS BIGINT) + ${delay} END
          RETURNING ${sql.literal(counted.columns)}`)
          .pipe(sql.withTransaction)
        if (row === undefined) return yield* Effect.dieMessage("An upsert has one row")
        return row.refused === 0 ? attempt(accountId, customerId, now, row.refused_until) : { ...unlimited, isJudged: false }
      })

    return { count, clear } satisfies FailedLoginsService
  })
