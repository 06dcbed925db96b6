/**
 * What sessions and logins keep under the `customer_id` of a customer, or the `id` of an auth user. The functions are for inside the
 * transaction that changes the customer or the auth user (assumed: sessions-of-a-customer, auth-user-sessions).
 */
import type { SqlClient } from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Effect from "effect/Effect"

/** The rows of a customer, and not of an auth user whose `id` is the same text. */
const ofCustomer = (sql: SqlClient, accountId: string, customerId: string) =>
  sql`account_id = ${accountId} AND subject = ${customerId} AND (auth_user IS NULL OR auth_user <> ${customerId})`

/** The customer has another `customer_id`. Otherwise the sessions would belong to the next customer with the old one. */
export const rename = (sql: SqlClient, accountId: string, from: string, to: string): Effect.Effect<void, SqlError> =>
  from === to
    ? Effect.void
    : Effect.all(
        [
          sql`UPDATE refresh_tokens SET subject = ${to} WHERE ${ofCustomer(sql, accountId, from)}`,
          sql`UPDATE mfa_tokens SET subject = ${to} WHERE ${ofCustomer(sql, accountId, from)}`,
          // Of a customer who had this id before.
          sql`DELETE FROM failed_logins WHERE account_id = ${accountId} AND customer_id = ${to}`,
          sql`UPDATE failed_logins SET customer_id = ${to} WHERE account_id = ${accountId} AND customer_id = ${from}`
        ],
        { discard: true }
      )

/** The customer was deleted at this time. */
export const end = (sql: SqlClient, accountId: string, customerId: string, at: number): Effect.Effect<void, SqlError> =>
  Effect.all(
    [
      sql`UPDATE refresh_tokens SET revoked_at = ${at}, successor_nonce = NULL
        WHERE ${ofCustomer(sql, accountId, customerId)} AND revoked_at IS NULL`,
      sql`DELETE FROM mfa_tokens WHERE ${ofCustomer(sql, accountId, customerId)}`,
      sql`DELETE FROM failed_logins WHERE account_id = ${accountId} AND customer_id = ${customerId}`,
      // They have the email of the customer.
      sql`DELETE FROM login_codes WHERE account_id = ${accountId} AND owner_id =
        (SELECT id FROM customers WHERE account_id = ${accountId} AND customer_id = ${customerId})`
    ],
    { discard: true }
  )

/** The auth user was deleted at this time, or stands for another customer from now on. */
export const endOfAuthUser = (sql: SqlClient, accountId: string, id: string, at: number): Effect.Effect<void, SqlError> =>
  Effect.all(
    [
      sql`UPDATE refresh_tokens SET revoked_at = ${at}, successor_nonce = NULL
        WHERE account_id = ${accountId} AND auth_user = ${id} AND revoked_at IS NULL`,
      sql`DELETE FROM mfa_tokens WHERE account_id = ${accountId} AND auth_user = ${id}`
    ],
    { discard: true }
  )
