/**
 * Codes with which users log in without a password.
 *
 * A code belongs to one API client, one audience and one user of an account. Anywhere else it is handled like an unknown one. There are two
 * kinds (assumed: passwordless-codes):
 * - six digits, which the system sends to an email or a phone number. They are redeemed together with the email.
 * - a long code, which the caller delivers. It can also be redeemed alone, since nobody can guess it.
 *
 * No code is stored. Of six digits there is a hash as slow as that of a password, since all of them could be tried.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import type { Fragment } from "@effect/sql/Statement"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { isStorable } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import * as Digest from "../../system/Digest.js"
import * as Entropy from "../../system/Entropy.js"
import { folded } from "../Folded.js"
import { type CustomerRecord, CustomerRecords } from "../logins/CustomerRecords.js"
import { FailedLogins } from "../logins/FailedLogins.js"
import { PasswordHasher } from "../logins/PasswordHashing.js"
import * as SixDigits from "../SixDigits.js"
import * as Tables from "./Tables.js"

/** (assumed: one-time-codes) */
const lifetimeMillis = 10 * 60_000

/** (assumed: one-time-codes) */
const tries = 5

/** For whom a code is: the API client that redeems it, and the audience of the access token. */
export interface Purpose {
  readonly accountId: string
  readonly clientId: string
  readonly audience: string
}

type Redeemed = Effect.Effect<Option.Option<CustomerRecord>, SqlError>

export interface LoginCodesService {
  /**
   * Six digits for an email, which replace those before. `owner`: the `id` of the customer who has the email. Without one, or when the code is not
   * sent, the work is the same, and the code is wrong. With a `session`, a later call with the same one returns the same code, as long as it is
   * valid (assumed: passwordless-session).
   */
  readonly forEmail: (
    purpose: Purpose & {
      readonly email: string
      readonly owner: Option.Option<string>
      readonly isSent: boolean
      readonly session: Option.Option<string>
    }
  ) => Effect.Effect<Redacted.Redacted, SqlError>
  /** A long code for the user with this `id`, which replaces the one before. */
  readonly forUser: (purpose: Purpose & { readonly owner: string }) => Effect.Effect<Redacted.Redacted, SqlError>
  /**
   * Uses one try of the six digits for this email, and returns the customer if they are right. Then they are used up.
   *
   * A wrong code counts as a failed login of the customer, and a right code clears that count.
   */
  readonly redeemEmail: (purpose: Purpose & { readonly email: string; readonly code: Redacted.Redacted }) => Redeemed
  /** The same for a long code, and the `id` or `customer_id` of its user. */
  readonly redeemUser: (purpose: Purpose & { readonly userId: string; readonly code: Redacted.Redacted }) => Redeemed
  /** The same for a long code alone. */
  readonly redeemAlone: (purpose: Purpose & { readonly code: Redacted.Redacted }) => Redeemed
}

export class LoginCodes extends Context.Tag("effect-dintero/embedded/LoginCodes")<LoginCodes, LoginCodesService>() {}

/** Stands for a text that is not stored. No user has it as an `id`, and no code for it has an owner. */
const nobody = ""

const storable = (text: string): string => (isStorable(text) ? text : nobody)

const stored = Table.select(Tables.loginCodes, "owner_id", "code_hash", "nonce", "tries_left", "expires_at")
const owners = Table.select(Tables.loginCodes, "owner_id")
const hashes = Table.select(Tables.loginCodes, "code_hash")

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const customers = yield* CustomerRecords
  const entropy = yield* Entropy.Entropy
  const failures = yield* FailedLogins
  const hasher = yield* PasswordHasher
  const secret = Entropy.secret(entropy)

  const of = ({ accountId, audience, clientId }: Purpose, identType: "email" | "user_id") =>
    sql`account_id = ${accountId} AND client_id = ${clientId} AND audience = ${audience} AND ident_type = ${identType}`

  const emptied = (accountId: string, now: number) =>
    sql`DELETE FROM login_codes WHERE account_id = ${accountId} AND expires_at <= ${now}`

  const replaced = sql`ON CONFLICT (account_id, client_id, audience, ident_type, ident) DO UPDATE SET owner_id = excluded.owner_id,
    code_hash = excluded.code_hash, nonce = excluded.nonce, tries_left = excluded.tries_left, expires_at = excluded.expires_at`

  const insert = (purpose: Purpose, row: Omit<Table.NewRow<typeof Tables.loginCodes>, "account_id" | "client_id" | "audience">) =>
    Table.insert(sql, Tables.loginCodes, {
      account_id: purpose.accountId,
      client_id: purpose.clientId,
      audience: purpose.audience,
      ...row
    })

  const forEmail: LoginCodesService["forEmail"] = (request) =>
    Effect.gen(function* () {
      const { accountId, isSent, owner, session } = request
      const ident = storable(folded(request.email))
      const now = yield* Clock.currentTimeMillis
      const [row] = yield* stored.from(sql, sql`WHERE ${of(request, "email")} AND ident = ${ident}`)
      const isValid = row !== undefined && row.owner_id === Option.getOrNull(owner) && row.tries_left > 0 && row.expires_at > now
      const nonce = Option.isSome(session) ? yield* secret : null
      if (Option.isSome(session)) {
        // Only whoever knows the session can compute its code. Its hash tells whether this is the session.
        const earlier = Redacted.make(Digest.sixDigitsOf(session.value, row?.nonce ?? ""))
        const hash = Option.filter(Option.fromNullable(row), ({ nonce }) => isValid && nonce !== null)
        const isSame = yield* hasher.verify(
          earlier,
          Option.map(hash, ({ code_hash }) => code_hash)
        )
        if (isSame) {
          // The same work as for a new code.
          yield* hasher.hash(earlier)
          return earlier
        }
      }
      const code =
        Option.isSome(session) && nonce !== null ? Digest.sixDigitsOf(session.value, nonce) : yield* SixDigits.draw(entropy)
      const code_hash = yield* hasher.hash(Redacted.make(code))
      const expires_at = (yield* Clock.currentTimeMillis) + lifetimeMillis
      // Of two calls of one session at the same time, the second one has to send the code of the first.
      const unchanged = Option.isSome(session) ? sql`WHERE login_codes.code_hash = ${row?.code_hash ?? ""}` : sql``
      const written = yield* sql.withTransaction(
        Effect.zipRight(
          emptied(accountId, now),
          sql`${insert(request, {
            ident_type: "email",
            ident,
            // Nobody has a code that was not sent. One that is guessed must not lead to a customer either.
            owner_id: isSent ? Option.getOrNull(owner) : null,
            code_hash,
            nonce,
            tries_left: tries,
            expires_at
          })} ${replaced} ${unchanged} RETURNING ident`
        )
      )
      return written.length === 0 ? yield* forEmail(request) : Redacted.make(code)
    })

  /** `isRight` compares the code with its hash, and does the same work without one. */
  const redeem = (
    purpose: Purpose,
    which: Fragment,
    fits: (customer: CustomerRecord) => boolean,
    isRight: (hash: Option.Option<string>) => Effect.Effect<boolean>
  ): Redeemed =>
    Effect.gen(function* () {
      const { accountId } = purpose
      const now = yield* Clock.currentTimeMillis
      const open = sql`${which} AND tries_left > 0 AND expires_at > ${now}`
      // The try is taken before the code is compared, so that of any number at the same time only the first five are. During the customer's
      // delay no try is taken, so that the code is still valid after it.
      const { attempt, customer, hash } = yield* sql.withTransaction(
        Effect.gen(function* () {
          const [waiting] = yield* owners.from(sql, sql`WHERE ${open}`)
          const customer = Option.filter(yield* customers.byId(accountId, waiting?.owner_id ?? nobody), fits)
          const attempt = yield* failures.count(
            accountId,
            Option.map(customer, ({ customerId }) => customerId)
          )
          const [row] = yield* hashes.decode(sql`UPDATE login_codes SET tries_left = tries_left - ${attempt.isJudged ? 1 : 0}
            WHERE ${open} RETURNING ${sql.literal(hashes.columns)}`)
          return { attempt, customer, hash: Option.fromNullable(row?.code_hash) }
        })
      )
      const judged = Option.filter(hash, () => attempt.isJudged && Option.isSome(customer))
      if (!(yield* isRight(judged)) || Option.isNone(judged)) return Option.none()
      // Not in one transaction with the comparison, which takes long. Of several at the same time, one ends the code.
      return yield* sql.withTransaction(
        Effect.gen(function* () {
          const ended = yield* sql`DELETE FROM login_codes WHERE ${which} AND code_hash = ${judged.value} RETURNING ident`
          if (ended.length === 0) return Option.none()
          yield* attempt.succeed
          return customer
        })
      )
    })

  const isDigest = (code: Redacted.Redacted) => (hash: Option.Option<string>) =>
    Effect.sync(() => Digest.isToken(Redacted.value(code), Option.getOrUndefined(hash)))

  return {
    forEmail,
    forUser: ({ owner, ...purpose }) =>
      Effect.gen(function* () {
        const code = yield* secret
        const now = yield* Clock.currentTimeMillis
        yield* sql.withTransaction(
          Effect.zipRight(
            emptied(purpose.accountId, now),
            sql`${insert(purpose, {
              ident_type: "user_id",
              ident: owner,
              owner_id: owner,
              code_hash: Digest.ofToken(code),
              tries_left: tries,
              expires_at: now + lifetimeMillis
            })} ${replaced}`
          )
        )
        return Redacted.make(code)
      }),
    redeemEmail: ({ code, email, ...purpose }) => {
      const ident = storable(folded(email))
      return redeem(
        purpose,
        sql`${of(purpose, "email")} AND ident = ${ident}`,
        // The email can have passed to another customer since the code was sent.
        (customer) => Option.exists(customer.email, (present) => folded(present) === ident),
        (hash) => hasher.verify(code, hash)
      )
    },
    redeemUser: ({ code, userId, ...purpose }) =>
      Effect.gen(function* () {
        const user = yield* customers.byAnyId(purpose.accountId, userId)
        const ident = Option.match(user, { onNone: () => nobody, onSome: ({ id }) => id })
        return yield* redeem(purpose, sql`${of(purpose, "user_id")} AND ident = ${ident}`, () => true, isDigest(code))
      }),
    redeemAlone: ({ code, ...purpose }) =>
      redeem(
        purpose,
        sql`${of(purpose, "user_id")} AND code_hash = ${Digest.ofToken(Redacted.value(code))}`,
        () => true,
        isDigest(code)
      )
  } satisfies LoginCodesService
})
