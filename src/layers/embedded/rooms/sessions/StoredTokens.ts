/**
 * The refresh tokens. Only their digests are stored.
 *
 * The token of a login, its successor, the successor of that one and so on are a family. `RefreshTokenRules.Rotation` describes the effect of
 * a refresh.
 *
 * With some rotations a token must return the same successor again. Such a successor is an HMAC: the key is the token, and the message is a
 * nonce that is drawn at the first use of the token and stored in its row. So the successor can be computed again, and is never stored. The
 * database alone gives no valid token: the keys are random texts of 256 bits that it never had. An old token alone gives none either: the
 * nonce has as many bits, and was never sent. Both together give the successor. So a nonce is deleted as soon as it is no longer needed: with
 * `until-used`, when the successor is used; with `grace`, at the next refresh of the family after the time; and when the family is revoked.
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
import * as DeadTokens from "./DeadTokens.js"
import type { RefreshTokenRules } from "./RefreshTokenRules.js"
import { refreshTokens } from "./Tables.js"

/** The client and subject of a token, with the audience and scopes that it gives. */
export interface TokenContent {
  readonly accountId: string
  /** The API client for which the token was issued. */
  readonly clientId: string
  readonly subject: string
  /** Whether the client acts for itself. A customer can have the `id` of the client as the `customer_id`. */
  readonly isClient?: true
  /** The `id` of the auth user that logged in, if it was one. It is also the `subject` when the user is linked to no customer. */
  readonly authUser?: string | undefined
  readonly audience: string
  readonly scopes: ReadonlyArray<string>
}

/** A refresh token in a request, and the client that sent it. */
export interface Presented {
  readonly accountId: string
  readonly clientId: string
  readonly refreshToken: Redacted.Redacted
}

export interface Refreshed {
  readonly content: TokenContent
  /** The token that replaces this one. `None` without rotation. */
  readonly successor: Option.Option<Redacted.Redacted>
}

export interface StoredTokensService {
  /** The first token of a family. */
  readonly issueRefreshToken: (content: TokenContent) => Effect.Effect<Redacted.Redacted, SqlError>
  /**
   * Uses a token. `None` for a token that is unknown, expired, revoked or used, or that belongs to another account or client. A used token
   * ends its session. A token of another client changes nothing, so a client can only end its own sessions.
   */
  readonly refresh: (presented: Presented) => Effect.Effect<Option.Option<Refreshed>, SqlError>
  /** Revokes the family of a token, if the token belongs to this client. */
  readonly revoke: (presented: Presented) => Effect.Effect<void, SqlError>
  /** The client was deleted at this time: its refresh tokens are revoked. For inside the transaction of the deletion. */
  readonly endClient: (accountId: string, clientId: string, at: number) => Effect.Effect<void, SqlError>
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
  "used_at",
  "auth_user"
)

type Row = Pick<Table.Row<typeof refreshTokens>, "family" | "predecessor_digest" | "logged_in_at">

const uses = Table.select(refreshTokens, "used_at")
const families = Table.select(refreshTokens, "family")

export const make = (rules: RefreshTokenRules) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const entropy = yield* Entropy.Entropy
    const secret = Entropy.secret(entropy)
    const deleteSome = DeadTokens.make(sql, rules)

    const revokeFamily = (accountId: string, family: string, now: number) =>
      sql`UPDATE refresh_tokens SET revoked_at = ${now}, successor_nonce = NULL
        WHERE account_id = ${accountId} AND family = ${family} AND revoked_at IS NULL`

    /** Whether a token can still return its successor again. */
    const isRepeatable = (accountId: string, digest: string, usedAt: number, now: number) => {
      switch (rules.rotation) {
        case "grace":
          return Effect.succeed(now < usedAt + rules.grace)
        case "until-used":
          return Effect.map(
            uses.from(sql, sql`WHERE account_id = ${accountId} AND predecessor_digest = ${digest}`),
            ([successor]) => successor?.used_at === null
          )
        // The token got its successor when the system ran with other rules.
        case "none":
        case "strict":
          return Effect.succeed(false)
      }
    }

    /** Deletes the nonces that are no longer needed, now that this token was used for the first time. */
    const forget = (accountId: string, { family, predecessor_digest }: Row, now: number) =>
      rules.rotation === "grace"
        ? sql`UPDATE refresh_tokens SET successor_nonce = NULL
            WHERE account_id = ${accountId} AND family = ${family} AND successor_nonce IS NOT NULL
            AND used_at <= ${Math.max(-maximumMillis, now - rules.grace)}`
        : sql`UPDATE refresh_tokens SET successor_nonce = NULL
            WHERE account_id = ${accountId} AND token_digest = ${predecessor_digest}`

    const rotate = (content: TokenContent, presented: string, row: Row, now: number) =>
      Effect.gen(function* () {
        const { accountId } = content
        const digest = Digest.ofToken(presented)
        const nonce = rules.rotation === "strict" ? null : yield* secret
        const successor = nonce === null ? yield* secret : Digest.successorOf(presented, nonce)
        yield* sql`UPDATE refresh_tokens SET used_at = ${now}, active_at = ${now}, successor_nonce = ${nonce}
          WHERE account_id = ${accountId} AND token_digest = ${digest}`
        yield* Table.insert(sql, refreshTokens, {
          ...rowOf(content, successor, now),
          family: row.family,
          predecessor_digest: digest,
          logged_in_at: row.logged_in_at
        })
        yield* forget(accountId, row, now)
        return successor
      })

    return {
      issueRefreshToken: (content) =>
        Effect.gen(function* () {
          const token = yield* secret
          const now = yield* Clock.currentTimeMillis
          yield* Table.insert(sql, refreshTokens, rowOf(content, token, now))
          yield* deleteSome(content.accountId, now)
          return Redacted.make(token)
        }).pipe(sql.withTransaction),

      // The transaction has the write lock from its beginning, so of any number of concurrent refreshes, in this process or another, each sees
      // the changes of those before it. A refusal is a value and not a failure, so that the transaction is committed.
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
            // Even after a long time: the token, or its successor, was stolen from the client.
            yield* revokeFamily(accountId, row.family, now)
            return Option.none()
          }
          if (now >= row.active_at + rules.idleLifetime) return Option.none()
          const content = {
            accountId,
            clientId,
            subject: row.subject,
            ...(row.auth_user === null ? {} : { authUser: row.auth_user }),
            audience: row.audience,
            scopes: row.scope
          }
          if (usedAt === null && rules.rotation !== "none") {
            const successor = yield* rotate(content, presented, row, now)
            return Option.some({ content, successor: Option.some(Redacted.make(successor)) })
          }
          // The use renews the token and the successor that it returns again.
          yield* sql`UPDATE refresh_tokens SET active_at = ${now}
            WHERE account_id = ${accountId} AND (token_digest = ${digest} OR predecessor_digest = ${digest})`
          const successor = nonce === null ? Option.none() : Option.some(Redacted.make(Digest.successorOf(presented, nonce)))
          return Option.some({ content, successor })
        }).pipe(sql.withTransaction),

      // A token that is used, expired or revoked still belongs to its family.
      revoke: ({ accountId, clientId, refreshToken }) =>
        Effect.gen(function* () {
          const now = yield* Clock.currentTimeMillis
          const [token] = yield* families.from(
            sql,
            sql`WHERE account_id = ${accountId}
              AND token_digest = ${Digest.ofToken(Redacted.value(refreshToken))} AND client_id = ${clientId}`
          )
          if (token !== undefined) yield* revokeFamily(accountId, token.family, now)
        }).pipe(sql.withTransaction),

      endClient: (accountId, clientId, at) =>
        Effect.asVoid(sql`UPDATE refresh_tokens SET revoked_at = ${at}, successor_nonce = NULL
          WHERE account_id = ${accountId} AND client_id = ${clientId} AND revoked_at IS NULL`)
    } satisfies StoredTokensService
  })

/** The row of the first token of a family. */
const rowOf = (content: TokenContent, token: string, now: number) => {
  const digest = Digest.ofToken(token)
  return {
    account_id: content.accountId,
    token_digest: digest,
    client_id: content.clientId,
    subject: content.subject,
    audience: content.audience,
    scope: content.scopes,
    created_at: now,
    family: digest,
    logged_in_at: now,
    active_at: now,
    auth_user: content.authUser ?? null
  }
}
