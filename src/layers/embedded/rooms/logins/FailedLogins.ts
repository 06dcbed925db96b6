/**
 * The number of failed logins of each customer and auth user since the last successful one, by password and by code, and the time until which every
 * further attempt is refused.
 *
 * An attempt is counted as failed before its credential is compared. The statement that counts it also tells whether it may be compared. So
 * concurrent attempts, in this process or another, each see those before them. A successful attempt takes its count back.
 *
 * Attempts with an unknown user name are counted in one row for the whole account. So an attempt does the same work for a known customer, for
 * an unknown one, and during a delay: one statement that writes one row.
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

/** A login that is counted as failed until it turns out to be right. */
export interface Attempt {
  /** Whether the credential may be compared. If not, the attempt was not counted, and is refused like a wrong one. */
  readonly isJudged: boolean
  /** For a right password that is followed by a code: undoes the count of this attempt. Earlier failures still count. */
  readonly forgive: Effect.Effect<void, SqlError>
  /** For a successful login: earlier failures no longer count. */
  readonly succeed: Effect.Effect<void, SqlError>
}

export interface FailedLoginsService {
  /** Counts an attempt to log in as this user, or with an unknown user name. See {@link countedAs}. */
  readonly count: (accountId: string, user: Option.Option<string>) => Effect.Effect<Attempt, SqlError>
  /** Forgets the failures of a user. */
  readonly clear: (accountId: string, user: string) => Effect.Effect<void, SqlError>
}

export class FailedLogins extends Context.Tag("effect-dintero/embedded/FailedLogins")<FailedLogins, FailedLoginsService>() {}

/** A customer is counted by the `customer_id`. An auth user is counted by its own `id`, whichever customer it is linked to. */
export const countedAs = ({ authUser, subject }: { readonly authUser?: string | undefined; readonly subject: string }): string =>
  authUser ?? subject

/** Stands for unknown user names. No customer has an empty `customer_id`. */
const unknown = ""

const counted = Table.select(Tables.failedLogins, "refused", "refused_until")

/** The delay after one more failure, in SQL that both dialects understand. */
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
      // A delay that another attempt has set meanwhile stays.
      forgive: Effect.asVoid(sql`UPDATE failed_logins SET failures = failures - 1,
        refused_until = CASE WHEN refused_until = ${until} THEN ${at} ELSE refused_until END
        WHERE account_id = ${accountId} AND customer_id = ${customerId} AND failures > 0`),
      succeed: clear(accountId, customerId)
    })

    const count: FailedLoginsService["count"] = (accountId, customer) =>
      Effect.gen(function* () {
        const customerId = Option.getOrElse(customer, () => unknown)
        const now = yield* Clock.currentTimeMillis
        // A time further away than the longest delay does not count: the clock was set back, or the row is from a snapshot of another system.
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
