/**
 * Docs tag `communication`: codes that verify a customer's email or phone number.
 *
 * Source: https://docs.dintero.com/customers-api/communication/aid_customers_cid_verify_post
 */
import * as SqlClient from "@effect/sql/SqlClient"
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { operations } from "../../../../contract/Contract.js"
import { Outbox } from "../../controls/outbox/Outbox.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Assumed } from "../Assumed.js"
import { Customers } from "../customers/Customers.js"
import type { Handlers } from "../Handler.js"
import { PasswordHasher } from "../logins/PasswordHashing.js"
import { domain } from "../Refusal.js"
import * as SixDigits from "../SixDigits.js"
import * as Tables from "./Tables.js"

/** (assumed: one-time-codes) */
const lifetimeMillis = 10 * 60_000

/** (assumed: one-time-codes) */
const tries = 5

const codes = Table.select(Tables.verificationCodes, "address", "code_hash")

const verifiedAt = (millis: number | null) => (millis === null ? {} : { verified_at: DateTime.unsafeMake(millis) })

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const assumed = yield* Assumed
  const customers = yield* Customers
  const entropy = yield* Entropy
  const hasher = yield* PasswordHasher
  const outbox = yield* Outbox

  /** The same for a code that is wrong, used, expired or was never sent (assumed: wrong-verification-code). */
  const wrongCode = domain(assumed.wrongVerificationCode, "The verification code is wrong or has expired")

  return {
    // Nobody sets `allowed`, and its meaning is not documented, so it is left out (assumed: communication-shape).
    "customers.communication.get": ({ accountId, parameters: { customer_id } }) =>
      Effect.map(customers.expect(accountId, customer_id), (row) => ({
        id: row.id,
        created_at: DateTime.unsafeMake(row.created_at),
        updated_at: DateTime.unsafeMake(row.updated_at),
        communication: { email: verifiedAt(row.email_verified_at), phone_number: verifiedAt(row.phone_verified_at) }
      })),
    "customers.communication.sendCode": ({ accountId, parameters: { customer_id, field } }) =>
      Effect.gen(function* () {
        const customer = yield* customers.expect(accountId, customer_id)
        const address = customer[field]
        if (address === null) return yield* domain(400, `The customer has no ${field}`)
        const code = yield* SixDigits.draw(entropy)
        // As slow to guess as a password, for somebody who has the database.
        const code_hash = yield* hasher.hash(Redacted.make(code))
        const expires_at = (yield* Clock.currentTimeMillis) + lifetimeMillis
        yield* sql.withTransaction(
          Effect.gen(function* () {
            yield* sql`DELETE FROM verification_codes WHERE account_id = ${accountId} AND owner_id = ${customer.id} AND field = ${field}`
            yield* Table.insert(sql, Tables.verificationCodes, {
              account_id: accountId,
              owner_id: customer.id,
              field,
              address,
              code_hash,
              tries_left: tries,
              expires_at
            })
          })
        )
        yield* outbox.send({
          account_id: accountId,
          channel: field === "email" ? "email" : "sms",
          template: "verification_code",
          recipient: address,
          text: `Your code is ${code}. It is good for 10 minutes. Give it to nobody who asks you for it.`,
          code
        })
      }),
    "customers.communication.confirmCode": ({ accountId, body, parameters: { customer_id, field } }) =>
      Effect.gen(function* () {
        const customer = yield* customers.expect(accountId, customer_id)
        const now = yield* Clock.currentTimeMillis
        const own = sql`account_id = ${accountId} AND owner_id = ${customer.id} AND field = ${field}`
        // The try is taken before the code is compared, so that of any number at the same time only the first five are.
        const [row] = yield* codes.decode(
          sql`UPDATE verification_codes SET tries_left = tries_left - 1
            WHERE ${own} AND tries_left > 0 AND expires_at > ${now} AND address = ${customer[field] ?? ""}
            RETURNING ${sql.literal(codes.columns)}`.pipe(sql.withTransaction)
        )
        const isRight = yield* hasher.verify(body.code, Option.fromNullable(row?.code_hash))
        if (row === undefined || !isRight) return yield* wrongCode
        const ended = yield* sql.withTransaction(
          Effect.tap(
            sql`DELETE FROM verification_codes WHERE ${own} AND code_hash = ${row.code_hash} RETURNING field`,
            (ended) => (ended.length === 0 ? Effect.void : customers.verified(accountId, customer.id, field, now))
          )
        )
        // Of several at the same time, one ends the code.
        if (ended.length === 0) return yield* wrongCode
      })
  } satisfies Partial<Handlers<typeof operations>>
})
