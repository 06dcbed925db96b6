/**
 * The refresh tokens. Only their digests are stored.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Digest from "./Digest.js"
import { Entropy } from "./Entropy.js"
import { decodeRows, encodeScopes, Scopes } from "./Rows.js"

/** What a refresh token stands for. */
export interface Session {
  readonly accountId: string
  /** The API client that the token was made for. */
  readonly clientId: string
  readonly subject: string
  readonly audience: string
  readonly scopes: ReadonlyArray<string>
}

export interface StoredTokensService {
  readonly issueRefreshToken: (session: Session) => Effect.Effect<Redacted.Redacted, SqlError>
  /** The session of a refresh token, unless it is unknown in this account or revoked. */
  readonly findSession: (accountId: string, refreshToken: Redacted.Redacted) => Effect.Effect<Option.Option<Session>, SqlError>
}

export class StoredTokens extends Context.Tag("effect-dintero/embedded/StoredTokens")<StoredTokens, StoredTokensService>() {}

const decodeSessions = decodeRows(
  Schema.Struct({
    client_id: Schema.String,
    subject: Schema.String,
    audience: Schema.String,
    scope: Scopes
  })
)

const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const entropy = yield* Entropy
  const secret = Effect.map(entropy.bytes(32), (bytes) => Buffer.from(bytes).toString("base64url"))

  return {
    issueRefreshToken: (session) =>
      Effect.gen(function* () {
        const token = yield* secret
        yield* sql`INSERT INTO refresh_tokens ${sql.insert({
          account_id: session.accountId,
          token_digest: Digest.ofToken(token),
          client_id: session.clientId,
          subject: session.subject,
          audience: session.audience,
          scope: encodeScopes(session.scopes),
          created_at: yield* Clock.currentTimeMillis
        })}`
        return Redacted.make(token)
      }),
    findSession: (accountId, refreshToken) =>
      sql`SELECT client_id, subject, audience, scope FROM refresh_tokens
        WHERE account_id = ${accountId} AND token_digest = ${Digest.ofToken(Redacted.value(refreshToken))}
        AND revoked_at IS NULL`.pipe(
        decodeSessions,
        Effect.map(([row]) =>
          row === undefined
            ? Option.none()
            : Option.some({
                accountId,
                clientId: row.client_id,
                subject: row.subject,
                audience: row.audience,
                scopes: row.scope
              })
        )
      )
  } satisfies StoredTokensService
})

export const layer: Layer.Layer<StoredTokens, never, SqlClient.SqlClient | Entropy> = Layer.effect(StoredTokens, make)
