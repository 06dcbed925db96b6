/**
 * The API clients of an account, and their grants.
 */
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { isStorable, maximumMillis } from "../../storage/Column.js"
import * as Table from "../../storage/Table.js"
import * as AtOnce from "../../system/AtOnce.js"
import * as DataVersion from "../../system/DataVersion.js"
import * as Digest from "../../system/Digest.js"
import { Entropy } from "../../system/Entropy.js"
import * as Audience from "./Audience.js"
import type { ClientRules } from "./ClientRules.js"
import * as Tables from "./Tables.js"

export interface Grant {
  readonly audience: string
  readonly type: string
  readonly scope: ReadonlyArray<string>
}

/** A grant whose OpenID provider signs users in. */
export interface ProviderGrant {
  /** The `id` of the client. */
  readonly clientId: string
  readonly scopes: ReadonlyArray<string>
  readonly provider: {
    readonly clientId: string
    readonly clientSecret: Redacted.Redacted | undefined
    readonly authority: string
  }
}

export interface ListedClient {
  readonly accountId: string
  readonly id: string
  readonly clientId: string
  readonly name: string | null
  readonly hasSecret: (secret: string) => boolean
  readonly grants: ReadonlyArray<Grant>
}

export interface NewSecret {
  readonly secret: Redacted.Redacted
  readonly digest: string
}

export interface ApiClientsService {
  /**
   * The client's `id`, when the secret is right. `name` is its `id` or its label `client_id` (assumed: basic-user-name). `now`: the time, if a
   * result that is known may be there before the effect is run.
   */
  readonly authenticate: (
    accountId: string,
    name: string,
    secret: Redacted.Redacted,
    now?: number
  ) => Effect.Effect<Option.Option<string>, SqlError>
  /** The `id` of the client that has this user name. */
  readonly find: (accountId: string, name: string) => Effect.Effect<Option.Option<string>, SqlError>
  /** The client with this `id` or label, and the URLs to which its users may be sent. */
  readonly named: (
    accountId: string,
    name: string
  ) => Effect.Effect<Option.Option<{ readonly id: string; readonly callbacks: ReadonlyArray<string> }>, SqlError>
  /** A secret for a new client, and the digest that is stored of it. */
  readonly newSecret: Effect.Effect<NewSecret>
  /** Gives the client another secret. The one before works as long as the rules say, and the one before that no more. */
  readonly rotate: (accountId: string, id: string) => Effect.Effect<Redacted.Redacted, SqlError>
  /** Of all accounts, in the order in which they were created. */
  readonly list: Effect.Effect<ReadonlyArray<ListedClient>, SqlError>
  /**
   * The scopes of all grants of the client for this audience and grant type. `None` when there is no such grant. `isAtOnce`: whether scopes that
   * are known are the result before the effect is run.
   */
  readonly scopes: (
    accountId: string,
    clientId: string,
    audience: string,
    grantType: "authorization_code" | "client_credentials" | "password",
    isAtOnce?: boolean
  ) => Effect.Effect<Option.Option<ReadonlyArray<string>>, SqlError>
  /** The client's grant for this audience that has an OpenID provider, the oldest one if there are several. `name` as for `authenticate`. */
  readonly providerGrant: (
    accountId: string,
    name: string,
    audience: string
  ) => Effect.Effect<Option.Option<ProviderGrant>, SqlError>
}

export class ApiClients extends Context.Tag("effect-dintero/embedded/ApiClients")<ApiClients, ApiClientsService>() {}

const clients = Table.select(Tables.apiClients, "id", "secret_digest", "callbacks", "previous_digest", "previous_until")
const grants = Table.select(Tables.grants, "audience", "type", "scope")
const providerGrants = Table.select(Tables.grants, "api_client_id", "audience", "scope", "oidc")
const listed = Table.select(Tables.apiClients, "account_id", "id", "client_id", "name", "secret_digest")
const listedGrants = Table.select(Tables.grants, "account_id", "api_client_id", "audience", "type", "scope")

type Client = Effect.Effect.Success<ReturnType<typeof clients.from>>[number]

/** Of each, until the data changes. */
const mostKept = 100

const keyOf = (accountId: string, id: string): string => JSON.stringify([accountId, id])

export const make = ({ secretOverlap }: ClientRules) =>
  Effect.gen(function* () {
    const sql = yield* SqlClient.SqlClient
    const entropy = yield* Entropy
    const version = yield* DataVersion.DataVersion
    // Also when there is none: an unknown client must not take longer than a known one.
    const keptClients = DataVersion.kept<ReadonlyArray<Client>>(version, mostKept)
    const keptGrants = DataVersion.kept<ReadonlyArray<Grant>>(version, mostKept)

    const named = (accountId: string, name: string, isAtOnce = false) => {
      if (!isStorable(name) || !isStorable(accountId)) return Exit.succeed(undefined)
      const key = keyOf(accountId, name)
      const known = isAtOnce ? keptClients.known(key) : undefined
      const found =
        known === undefined
          ? keptClients.find(
              key,
              clients.from(sql, sql`WHERE account_id = ${accountId} AND (id = ${name} OR client_id = ${name})`)
            )
          : Exit.succeed(known)
      return AtOnce.map(found, (found) => found.find(({ id }) => id === name) ?? found[0])
    }

    const isRightAt = (client: Client | undefined, secret: Redacted.Redacted, now: number): Option.Option<string> => {
      const given = Redacted.value(secret)
      const previous = now < (client?.previous_until ?? -maximumMillis) ? client?.previous_digest : undefined
      // Both are always compared, so that a client with one secret takes as long as one with two, or as none.
      const isRight = [client?.secret_digest, previous ?? undefined].map((digest) => Digest.isClientSecret(given, digest))
      return client !== undefined && isRight.includes(true) ? Option.some(client.id) : Option.none()
    }

    const matching = (
      grants: ReadonlyArray<Grant>,
      audience: string,
      grantType: string
    ): Option.Option<ReadonlyArray<string>> => {
      const found = grants.filter(
        (grant) => Audience.isSame(grant.audience, audience) && (grant.type === "any" || grant.type === grantType)
      )
      return found.length === 0 ? Option.none() : Option.some([...new Set(found.flatMap((grant) => grant.scope))])
    }

    const newSecret = Effect.gen(function* () {
      // 43 characters without the padding, as the sample of the documentation has.
      const secret = Buffer.from(yield* entropy.bytes(32))
        .toString("base64")
        .slice(0, 43)
      return { secret: Redacted.make(secret), digest: Digest.ofClientSecret(secret, yield* entropy.bytes(16)) }
    })

    return {
      newSecret,
      named: (accountId, name) =>
        Effect.map(named(accountId, name), (client) =>
          Option.map(Option.fromNullable(client), ({ callbacks, id }) => ({ id, callbacks: callbacks ?? [] }))
        ),
      find: (accountId, name) =>
        Effect.map(named(accountId, name), (client) => Option.map(Option.fromNullable(client), ({ id }) => id)),
      rotate: (accountId, id) =>
        Effect.gen(function* () {
          const { digest, secret } = yield* newSecret
          const now = yield* Clock.currentTimeMillis
          const until = Math.min(now + secretOverlap, maximumMillis)
          yield* secretOverlap === 0
            ? sql`UPDATE api_clients SET secret_digest = ${digest}, previous_digest = NULL, previous_until = NULL
              WHERE account_id = ${accountId} AND id = ${id}`
            : sql`UPDATE api_clients SET secret_digest = ${digest}, previous_digest = secret_digest, previous_until = ${until}
              WHERE account_id = ${accountId} AND id = ${id}`
          return secret
        }),
      authenticate: (accountId, name, secret, now) =>
        now === undefined
          ? Effect.zipWith(named(accountId, name), Clock.currentTimeMillis, (client, now) => isRightAt(client, secret, now))
          : AtOnce.map(named(accountId, name, true), (client) => isRightAt(client, secret, now)),
      list: Effect.gen(function* () {
        const grantsOf = new Map<string, Array<Grant>>()
        for (const { account_id, api_client_id, ...grant } of yield* listedGrants.from(sql, sql`ORDER BY created_at, id`)) {
          const key = keyOf(account_id, api_client_id)
          grantsOf.set(key, [...(grantsOf.get(key) ?? []), grant])
        }
        return (yield* listed.from(sql, sql`ORDER BY created_at, id`)).map(
          ({ account_id, client_id, id, name, secret_digest }) => ({
            accountId: account_id,
            id,
            clientId: client_id,
            name,
            hasSecret: (secret: string) => Digest.isClientSecret(secret, secret_digest),
            grants: grantsOf.get(keyOf(account_id, id)) ?? []
          })
        )
      }),
      scopes: (accountId, clientId, audience, grantType, isAtOnce = false) => {
        const key = keyOf(accountId, clientId)
        const known = isAtOnce ? keptGrants.known(key) : undefined
        const found =
          known === undefined
            ? keptGrants.find(
                key,
                grants.from(sql, sql`WHERE account_id = ${accountId} AND api_client_id = ${clientId} ORDER BY created_at, id`)
              )
            : Exit.succeed(known)
        return AtOnce.map(found, (grants) => matching(grants, audience, grantType))
      },
      providerGrant: (accountId, name, audience) =>
        Effect.map(
          Effect.flatMap(named(accountId, name), (client) =>
            client === undefined
              ? Effect.succeed([])
              : providerGrants.from(
                  sql,
                  sql`WHERE account_id = ${accountId} AND api_client_id = ${client.id} AND type = ${"authorization_code"} AND oidc IS NOT NULL
                    ORDER BY created_at, id`
                )
          ),
          (found) => {
            const grant = found.find((one) => Audience.isSame(one.audience, audience))
            return grant === undefined || grant.oidc === null
              ? Option.none()
              : Option.some({
                  clientId: grant.api_client_id,
                  scopes: grant.scope,
                  provider: {
                    clientId: grant.oidc.client_id,
                    clientSecret: grant.oidc.client_secret === undefined ? undefined : Redacted.make(grant.oidc.client_secret),
                    authority: grant.oidc.authority
                  }
                })
          }
        )
    } satisfies ApiClientsService
  })
