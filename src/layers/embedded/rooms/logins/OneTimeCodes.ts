/**
 * Logins that wait for their one-time code, and the codes. Only digests of `mfa_token` and `oob_code` are stored, and only the HMAC of a code.
 *
 * A code belongs to one login of one API client of one account. With another `mfa_token`, another `oob_code` or another client, a code is
 * handled like an unknown one.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Table from "../../storage/Table.js"
import * as Digest from "../../system/Digest.js"
import * as Entropy from "../../system/Entropy.js"
import { countedAs, FailedLogins } from "./FailedLogins.js"
import * as MfaChannel from "./MfaChannel.js"
import * as Tables from "./Tables.js"

/**
 * How long an `mfa_token` is good: from the login, and anew from each code that is sent for it, so that every code has its time
 * (assumed: mfa-token-life, one-time-codes).
 */
const lifetimeMillis = 10 * 60_000

/** The number of attempts for each code that is sent (assumed: one-time-codes). */
const tries = 5

/** A login whose password was right, before its code. */
export interface PendingLogin {
  readonly accountId: string
  /** The API client that began the login. */
  readonly clientId: string
  /** Of the tokens. Empty when nobody has the user name of a recovery. */
  readonly subject: string
  /** The `id` of the auth user that logs in, if it is one. */
  readonly authUser?: string | undefined
  readonly audience: string
  /** The code is the first of two: the right one begins a login that waits for another code. */
  readonly isRecovery?: boolean
  /** The channel of the first of two codes, when the second one has to go over another. */
  readonly firstChannel?: MfaChannel.MfaChannel | undefined
}

/** Identifies a login, together with the client that asks. */
export interface LoginKey {
  readonly accountId: string
  readonly clientId: string
  readonly mfaToken: Redacted.Redacted
}

export interface SentCode {
  /** Six digits, which only the user may see (assumed: one-time-codes). */
  readonly code: Redacted.Redacted
  readonly oobCode: Redacted.Redacted
}

export interface OneTimeCodesService {
  /** Stores a login, and returns its `mfa_token`. */
  readonly begin: (login: PendingLogin) => Effect.Effect<Redacted.Redacted, SqlError>
  /** The login, if it waits. `None` for one that is unknown, expired, finished, or of another client. */
  readonly find: (login: LoginKey) => Effect.Effect<Option.Option<PendingLogin>, SqlError>
  /** A new code. The previous code becomes invalid. `None` when no such login waits. */
  readonly issue: (login: LoginKey) => Effect.Effect<Option.Option<SentCode>, SqlError>
  /**
   * Uses one attempt of the code, and returns the login if the code is right. `None` in every other case.
   *
   * A wrong code counts as a failed login of the user, and a right code clears that count, unless it is the first code of a recovery: otherwise
   * whoever gets the first code could guess the second one without end. An attempt during the user's delay uses no attempt of the code, so that the
   * code is still valid after the delay.
   */
  readonly check: (login: LoginKey & SentCode) => Effect.Effect<Option.Option<PendingLogin>, SqlError>
  /** Ends the login with its code. Returns whether the login was still waiting: of several calls at the same time, one gets `true`. */
  readonly end: (login: LoginKey & Pick<SentCode, "oobCode">) => Effect.Effect<boolean, SqlError>
}

export class OneTimeCodes extends Context.Tag("effect-dintero/embedded/OneTimeCodes")<OneTimeCodes, OneTimeCodesService>() {}

const recovery = "recovery"

const fields = ["subject", "auth_user", "audience", "stage", "first_channel"] as const
const pending = Table.select(Tables.mfaTokens, ...fields)
const challenged = Table.select(Tables.mfaTokens, ...fields, "code_mac")

const ofRow = (
  { accountId, clientId }: LoginKey,
  row: Pick<Table.Row<typeof Tables.mfaTokens>, (typeof fields)[number]>
): PendingLogin => ({
  accountId,
  clientId,
  subject: row.subject,
  authUser: row.auth_user ?? undefined,
  audience: row.audience,
  isRecovery: row.stage === recovery,
  firstChannel: MfaChannel.named(row.first_channel)
})

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const entropy = yield* Entropy.Entropy
  const failures = yield* FailedLogins
  const secret = Entropy.secret(entropy)

  /** All codes are equally likely: a number above the last whole million of 32 bits is drawn again. */
  const sixDigits: Effect.Effect<string> = Effect.flatMap(entropy.bytes(4), (bytes) => {
    const drawn = Buffer.from(bytes).readUInt32BE()
    return drawn < 4_294_000_000 ? Effect.succeed(String(drawn % 1_000_000).padStart(6, "0")) : sixDigits
  })

  const whose = ({ accountId, clientId, mfaToken }: LoginKey) =>
    sql`account_id = ${accountId} AND token_digest = ${Digest.ofToken(Redacted.value(mfaToken))} AND client_id = ${clientId}`

  const answers = (oobCode: Redacted.Redacted) => sql`oob_digest = ${Digest.ofToken(Redacted.value(oobCode))}`

  return {
    begin: ({ accountId, audience, authUser, clientId, firstChannel, isRecovery = false, subject }) =>
      Effect.gen(function* () {
        const token = yield* secret
        const now = yield* Clock.currentTimeMillis
        // Logins that were never finished are only removed here.
        yield* sql`DELETE FROM mfa_tokens WHERE account_id = ${accountId} AND expires_at <= ${now}`
        yield* Table.insert(sql, Tables.mfaTokens, {
          account_id: accountId,
          token_digest: Digest.ofToken(token),
          client_id: clientId,
          subject,
          audience,
          stage: isRecovery ? recovery : null,
          created_at: now,
          expires_at: now + lifetimeMillis,
          auth_user: authUser ?? null,
          first_channel: firstChannel ?? null
        })
        return Redacted.make(token)
      }),

    find: (login) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const [row] = yield* pending.from(sql, sql`WHERE ${whose(login)} AND expires_at > ${now}`)
        return Option.map(Option.fromNullable(row), (row) => ofRow(login, row))
      }),

    issue: (login) =>
      Effect.gen(function* () {
        const oobCode = yield* secret
        const code = yield* sixDigits
        const now = yield* Clock.currentTimeMillis
        const found = yield* sql`UPDATE mfa_tokens SET oob_digest = ${Digest.ofToken(oobCode)},
          code_mac = ${Digest.ofCode(oobCode, code)}, tries_left = ${tries}, expires_at = ${now + lifetimeMillis}
          WHERE ${whose(login)} AND expires_at > ${now} RETURNING subject`.pipe(sql.withTransaction)
        return found.length === 0 ? Option.none() : Option.some({ code: Redacted.make(code), oobCode: Redacted.make(oobCode) })
      }),

    // One statement uses an attempt before the code is compared, so that of any number of calls at the same time five are compared. The
    // attempt and the count of the customer's failures change in one transaction. The statements are the same for every result.
    check: ({ code, oobCode, ...login }) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const open = sql`${whose(login)} AND ${answers(oobCode)} AND tries_left > 0 AND expires_at > ${now}`
        const [waiting] = yield* pending.from(sql, sql`WHERE ${open}`)
        const attempt = yield* failures.count(
          login.accountId,
          Option.map(Option.fromNullable(waiting), (row) => countedAs(ofRow(login, row)))
        )
        const [row] = yield* challenged.decode(sql`UPDATE mfa_tokens SET tries_left = tries_left - ${attempt.isJudged ? 1 : 0}
          WHERE ${open} RETURNING ${sql.literal(challenged.columns)}`)
        const isRight = Digest.isCode(
          Redacted.value(oobCode),
          Redacted.value(code),
          attempt.isJudged ? (row?.code_mac ?? undefined) : undefined
        )
        if (row === undefined || !isRight) return Option.none()
        const found = ofRow(login, row)
        yield* found.isRecovery === true ? attempt.forgive : attempt.succeed
        return Option.some(found)
      }).pipe(sql.withTransaction),

    end: ({ oobCode, ...login }) =>
      Effect.map(
        sql`DELETE FROM mfa_tokens WHERE ${whose(login)} AND ${answers(oobCode)} RETURNING subject`.pipe(sql.withTransaction),
        (ended) => ended.length > 0
      )
  } satisfies OneTimeCodesService
})
