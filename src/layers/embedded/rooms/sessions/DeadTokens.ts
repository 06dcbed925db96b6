/**
 * Deletes refresh tokens that no request can use any more, a few at each login: so what sessions leave behind does not grow with time, and no
 * login waits for all of it.
 *
 * A family is dead when it was revoked, or when all of its tokens are expired. A request with one of its tokens is then refused like one with a
 * token that was never issued. The used tokens of a family that lives are kept, however old they are: a request with one ends the session.
 */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Millis } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import type { RefreshTokenRules } from "./RefreshTokenRules.js"

/** How many families each login looks at. It adds one, so with three at most a third of what is stored is dead in the long run. */
const looksAt = 3

/** How many tokens one login deletes at most of a family. */
const mostDeleted = 100

/** How many accounts have a place at which the next login goes on. */
const mostAccounts = 1_000

const decode = Table.decodeRows(
  Schema.Struct({ family: Schema.String, logged_in_at: Millis, active_at: Millis, tokens: Millis, revoked: Millis })
)

/** For inside the transaction of a login. */
export type DeleteSome = (accountId: string, now: number) => Effect.Effect<void, SqlError>

export const make = (sql: SqlClient, rules: Pick<RefreshTokenRules, "absoluteLifetime" | "idleLifetime">): DeleteSome => {
  /** By account: the last family that was looked at. */
  const places = new Map<string, string>()

  return (accountId, now) =>
    Effect.gen(function* () {
      const place = places.get(accountId) ?? ""
      const families = yield* decode(
        sql`SELECT family, MAX(logged_in_at) AS logged_in_at, MAX(active_at) AS active_at, COUNT(*) AS tokens, COUNT(revoked_at) AS revoked
          FROM refresh_tokens WHERE account_id = ${accountId} AND family > ${place}
          GROUP BY family ORDER BY family LIMIT ${looksAt}`
      )
      // Behind the last family comes the first one again.
      let next = families.length < looksAt ? "" : (families.at(-1)?.family ?? "")
      for (const { active_at, family, logged_in_at, revoked, tokens } of families) {
        const isDead = revoked === tokens || now >= logged_in_at + rules.absoluteLifetime || now >= active_at + rules.idleLifetime
        if (!isDead) continue
        yield* sql`DELETE FROM refresh_tokens WHERE account_id = ${accountId} AND token_digest IN
          (SELECT token_digest FROM refresh_tokens WHERE account_id = ${accountId} AND family = ${family} LIMIT ${mostDeleted})`
        if (tokens > mostDeleted) {
          // The next login deletes more of it.
          next = place
          break
        }
      }
      if (places.size >= mostAccounts) places.clear()
      places.set(accountId, next)
    })
}
