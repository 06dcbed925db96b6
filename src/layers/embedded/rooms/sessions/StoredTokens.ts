/**
 * The refresh tokens: what they stand for, and what became of them. Only their digests are stored.
 *
 * A login founds a family: its token, the successor of that one, and so on. What the rules make of a use is said at
 * `RefreshTokenRules.Rotation`.
 *
 * Where a token is to answer the same successor again, the successor is its HMAC: the key is the token, the message a nonce that is drawn
 * at its first use and stored with it. So it can be made again and is stored nowhere. The database alone gives no live token: its digests
 * and nonces are no keys, and the keys are random texts of 256 bits that it never had. An old token alone gives none either: the nonce
 * is as long, and no answer ever held one. The two together do give the successor, which is why a nonce is forgotten as soon as no answer
 * needs it: with the rotation `until-used` when the successor is used, and then the token before it is still good; with `grace` at the
 * next refresh of the family after the time is over; and when the family is revoked.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { maximumMillis } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import * as Digest from "../../system/Digest.js"
import * as Entropy from "../../system/Entropy.js"
import type { RefreshTokenRules } from "./RefreshTokenRules.js"
import { refreshTokens } from "./Tables.js"

/** What a refresh token stands for. */
export interface Session {
  readonly accountId: string
  /** The API client that the token was made for. */
  readonly clientId: string
  readonly subject: string
  readonly audience: string
  readonly scopes: ReadonlyArray<string>
}

/** Who presents which token. */
export interface Presented {
  readonly accountId: string
  readonly clientId: string
  readonly refreshToken: Redacted.Redacted
}

export interface Refreshed {
  readonly session: Session
  /** What takes the token's place. None without rotation. */
  readonly successor: Option.Option<Redacted.Redacted>
}

export interface StoredTokensService {
  /** The first token of a family. */
  readonly issueRefreshToken: (session: Session) => Effect.Effect<Redacted.Redacted, SqlError>
  /**
   * Uses a token. None for one that is unknown, expired or revoked, for one that is used up, and then its family is revoked, and for one
   * of another account or client, which changes nothing: who is not the client of a token cannot end its session by showing it.
   */
  readonly refresh: (presented: Presented) => Effect.Effect<Option.Option<Refreshed>, SqlError>
  /** Revokes the family of a token, if it is one of this client. */
  readonly revoke: (presented: Presented) => Effect.Effect<void, SqlError>
}

export class StoredTokens extends Context.Tag("effect-dintero/embedded/StoredTokens")<StoredTokens, StoredTokensService>() {}

const tokens = Table.select(
  refreshTokens,
  "subject",
  "audience",
  "scope",
  "family",
  "predecessor_digest",
  "successor_nonce",
  "logged_in_at",
  "active_at",
  "used_at"
)

type Row = Pick<Table.Row<typeof refreshTokens>, "family" | "predecessor_digest" | "logged_in_at">

const uses = Table.select(refreshTokens, "used_at")
const families = Table.select(refreshTokens, "family")

export const make = (rules: RefreshTokenRules) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const entropy = yield* Entropy.Entropy
    const secret = Entropy.secret(entropy)

    const revokeFamily = (accountId: string, family: string, now: number) =>
      sql`UPDATE refresh_tokens SET revoked_at = ${now}, successor_nonce = NULL
        WHERE account_id = ${accountId} AND family = ${family} AND revoked_at IS NULL`

    /** Whether a token that has a successor can still answer it. */
    const isRepeatable = (accountId: string, digest: string, usedAt: number, now: number) => {
      switch (rules.rotation) {
        case "grace":
          return Effect.succeed(now < usedAt + rules.grace)
        case "until-used":
          return Effect.map(
            uses.from(sql, sql`WHERE account_id = ${accountId} AND predecessor_digest = ${digest}`),
            ([successor]) => successor?.used_at === null
          )
        // Other rules may have given it a successor, before the system was started with these.
        case "none":
        case "strict":
          return Effect.succeed(false)
      }
    }

    /** Nonces that no answer needs any more, now that this token was used for the first time. */
    const forget = (accountId: string, { family, predecessor_digest }: Row, now: number) =>
      rules.rotation === "grace"
        ? sql`UPDATE refresh_tokens SET successor_nonce = NULL
            WHERE account_id = ${accountId} AND family = ${family} AND successor_nonce IS NOT NULL
            AND used_at <= ${Math.max(-maximumMillis, now - rules.grace)}`
        : sql`UPDATE refresh_tokens SET successor_nonce = NULL
            WHERE account_id = ${accountId} AND token_digest = ${predecessor_digest}`

    const rotate = (session: Session, presented: string, row: Row, now: number) =>
      Effect.gen(function* () {
        const { accountId } = session
        const digest = Digest.ofToken(presented)
        const nonce = rules.rotation === "strict" ? null : yield* secret
        const successor = nonce === null ? yield* secret : Digest.successorOf(presented, nonce)
        yield* sql`UPDATE refresh_tokens SET used_at = ${now}, active_at = ${now}, successor_nonce = ${nonce}
          WHERE account_id = ${accountId} AND token_digest = ${digest}`
        yield* Table.insert(sql, refreshTokens, {
          ...rowOf(session, successor, now),
          family: row.family,
          predecessor_digest: digest,
          logged_in_at: row.logged_in_at
        })
        yield* forget(accountId, row, now)
        return successor
      })

    return {
      issueRefreshToken: (session) =>
        Effect.gen(function* () {
          const token = yield* secret
          yield* Table.insert(sql, refreshTokens, rowOf(session, token, yield* Clock.currentTimeMillis))
          return Redacted.make(token)
        }),

      // One transaction, which has the write lock from its beginning: what it reads is so until it ends, and of any number of refreshes
      // at the same time, in this process or another one, each sees what those before it did. What it refuses it has to keep too.
      refresh: ({ accountId, clientId, refreshToken }) =>
        Effect.gen(function* () {
          const presented = Redacted.value(refreshToken)
          const digest = Digest.ofToken(presented)
          const now = yield* Clock.currentTimeMillis
          const [row] = yield* tokens.from(
            sql,
            sql`WHERE account_id = ${accountId} AND token_digest = ${digest} AND client_id = ${clientId} AND revoked_at IS NULL`
          )
          if (row === undefined || now >= row.logged_in_at + rules.absoluteLifetime) return Option.none()
          const { successor_nonce: nonce, used_at: usedAt } = row
          if (usedAt !== null && (nonce === null || !(yield* isRepeatable(accountId, digest, usedAt, now)))) {
            // However long ago: who shows a used token has what only its client had, or is the client from whom somebody took it.
            yield* revokeFamily(accountId, row.family, now)
            return Option.none()
          }
          if (now >= row.active_at + rules.idleLifetime) return Option.none()
          const session = { accountId, clientId, subject: row.subject, audience: row.audience, scopes: row.scope }
          if (usedAt === null && rules.rotation !== "none") {
            const successor = yield* rotate(session, presented, row, now)
            return Option.some({ session, successor: Option.some(Redacted.make(successor)) })
          }
          // The successor that is answered again is as fresh as the token that is used again.
          yield* sql`UPDATE refresh_tokens SET active_at = ${now}
            WHERE account_id = ${accountId} AND (token_digest = ${digest} OR predecessor_digest = ${digest})`
          const successor = nonce === null ? Option.none() : Option.some(Redacted.make(Digest.successorOf(presented, nonce)))
          return Option.some({ session, successor })
        }).pipe(sql.withTransaction),

      // Used, expired or revoked, it is still one of its family.
      revoke: ({ accountId, clientId, refreshToken }) =>
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          const [token] = yield* families.from(
            sql,
            sql`WHERE account_id = ${accountId}
              AND token_digest = ${Digest.ofToken(Redacted.value(refreshToken))} AND client_id = ${clientId}`
          )
          if (token !== undefined) yield* revokeFamily(accountId, token.family, now)
        }).pipe(sql.withTransaction)
    } satisfies StoredTokensService
  })

/** The row of a token that founds a family. */
const rowOf = (session: Session, token: string, now: number) => {
  const digest = Digest.ofToken(token)
  return {
    account_id: session.accountId,
    token_digest: digest,
    client_id: session.clientId,
    subject: session.subject,
    audience: session.audience,
    scope: session.scopes,
    created_at: now,
    family: digest,
    logged_in_at: now,
    active_at: now
  }
}
