/**
 * Tokens that the service makes from a customer's email and phone number, as the settings say.
 *
 * Source: https://docs.dintero.com/api-reference/settings/customers-settings (`auto_tokens`)
 */
import { createHash, createHmac } from "node:crypto"
import * as SqlClient from "@effect/sql/SqlClient"
import type { SqlError } from "@effect/sql/SqlError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { CustomersSettings } from "../../../../schemas/CustomersSettings.js"
import * as Table from "../../storage/Table.js"
import { Entropy } from "../../system/Entropy.js"
import { Counters } from "../customers/Counters.js"
import { customers } from "../customers/Tables.js"
import { folded } from "../Folded.js"
import * as Tables from "./Tables.js"

type Source = "email" | "phone_number"

interface Owner {
  readonly account_id: string
  readonly id: string
  readonly email: string | null
  readonly phone_number: string | null
  readonly updated_at: number
}

export interface AutoTokensService {
  /** Makes the tokens that the customer should have now, and deletes the others that the service has made. For inside a transaction. */
  readonly sync: (owner: Owner, settings: CustomersSettings) => Effect.Effect<void, SqlError>
  /**
   * After the customer has given up an email or phone number: the first of the customers who still have it gets its tokens. For inside a
   * transaction.
   */
  readonly passOn: (
    before: Owner,
    after: Pick<Owner, "email" | "phone_number" | "updated_at">,
    settings: CustomersSettings
  ) => Effect.Effect<void, SqlError>
  /** Deletes all tokens of a customer. For inside a transaction. */
  readonly removeAll: (accountId: string, ownerId: string, by: string, at: number) => Effect.Effect<void, SqlError>
}

export class AutoTokens extends Context.Tag("effect-dintero/embedded/AutoTokens")<AutoTokens, AutoTokensService>() {}

type Kind = NonNullable<NonNullable<CustomersSettings["auto_tokens"]>["email"]>[number]

const isKeyed = (kind: Kind): kind is Extract<Kind, { readonly type: "HMAC-SHA256" }> => kind.type === "HMAC-SHA256"

/** The type's text, the digest's encoding, and that the value is taken as it is stored, are not known (assumed: auto-tokens). */
const tokenOf = (kind: Kind, source: Source, value: string): { readonly type: string; readonly value: string } | undefined => {
  if (isKeyed(kind)) {
    // Only an answer can lack the key.
    if (kind.secret === undefined) return undefined
    const digest = createHmac("sha256", Redacted.value(kind.secret)).update(value, "utf8").digest("hex")
    return { type: `hmac-sha256:${source}`, value: digest }
  }
  return kind.type === "SHA256"
    ? { type: `sha256:${source}`, value: createHash("sha256").update(value, "utf8").digest("hex") }
    : undefined
}

/** The tokens that a customer should have by the settings. */
export const wantedFrom = (
  owner: Pick<Owner, "email" | "phone_number">,
  source: Source,
  settings: CustomersSettings
): ReadonlyArray<{ readonly type: string; readonly value: string }> => {
  const value = owner[source]
  return value === null ? [] : (settings.auto_tokens?.[source] ?? []).flatMap((kind) => tokenOf(kind, source, value) ?? [])
}

export const sources = ["email", "phone_number"] as const satisfies ReadonlyArray<Source>

const owners = Table.select(customers, "account_id", "id", "email", "phone_number")
const made = Table.select(Tables.customerTokens, "id", "type", "value")

export const make = Effect.gen(function* () {
  const sql = yield* SqlClient.SqlClient
  const counters = yield* Counters
  const entropy = yield* Entropy

  const remove = (accountId: string, id: string, by: string | null, at: number) =>
    sql`UPDATE customer_tokens SET live = NULL, deleted_at = ${at}, deleted_by = ${by}, updated_at = ${at}
      WHERE account_id = ${accountId} AND id = ${id}`

  const syncSource = (owner: Owner, source: Source, settings: CustomersSettings) =>
    Effect.gen(function* () {
      const wanted = wantedFrom(owner, source, settings)
      const present = yield* made.from(
        sql,
        sql`WHERE account_id = ${owner.account_id} AND owner_id = ${owner.id} AND source = ${source} AND deleted_at IS NULL`
      )
      const same = (a: { type: string; value: string }) => (b: { type: string; value: string }) =>
        a.type === b.type && a.value === b.value
      for (const token of present) {
        if (!wanted.some(same(token))) yield* remove(owner.account_id, token.id, null, owner.updated_at)
      }
      for (const token of wanted) {
        if (present.some(same(token))) continue
        // A token of a deleted customer leads to nobody, so another customer gets it (assumed: deleted-customer).
        yield* sql`UPDATE customer_tokens SET live = NULL
          WHERE account_id = ${owner.account_id} AND type = ${token.type} AND live = ${token.value}
          AND owner_id IN (SELECT id FROM customers WHERE account_id = ${owner.account_id} AND deleted_at IS NOT NULL)`
        // Customers who share a phone number share its digest: the first one keeps the token.
        const taken = yield* sql`SELECT 1 FROM customer_tokens
          WHERE account_id = ${owner.account_id} AND type = ${token.type} AND live = ${token.value}`
        if (taken.length > 0) continue
        const { at, position } = yield* counters.tick(owner.account_id, owner.updated_at)
        const id = yield* entropy.uuid
        yield* Table.insert(sql, Tables.customerTokens, {
          account_id: owner.account_id,
          id,
          token_id: id,
          owner_id: owner.id,
          type: token.type,
          value: token.value,
          live: token.value,
          source,
          created_at: at,
          updated_at: at,
          position
        })
      }
    })

  return {
    sync: (owner, settings) => Effect.forEach(sources, (source) => syncSource(owner, source, settings), { discard: true }),
    passOn: (before, after, settings) =>
      Effect.forEach(
        sources,
        (source) =>
          Effect.gen(function* () {
            const value = before[source]
            if (value === null || value === after[source] || (settings.auto_tokens?.[source] ?? []).length === 0) return
            const indexed = source === "email" ? sql`email_lower = ${folded(value)}` : sql`phone_number = ${value}`
            const [heir] = yield* owners.from(
              sql,
              sql`WHERE account_id = ${before.account_id} AND ${indexed} AND ${sql(source)} = ${value} AND id <> ${before.id}
                ORDER BY position LIMIT 1`
            )
            if (heir !== undefined) yield* syncSource({ ...heir, updated_at: after.updated_at }, source, settings)
          }),
        { discard: true }
      ),
    removeAll: (accountId, ownerId, by, at) =>
      Effect.asVoid(sql`UPDATE customer_tokens SET live = NULL, deleted_at = ${at}, deleted_by = ${by}, updated_at = ${at}
        WHERE account_id = ${accountId} AND owner_id = ${ownerId} AND deleted_at IS NULL`)
  } satisfies AutoTokensService
})
