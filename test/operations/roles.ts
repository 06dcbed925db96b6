import { DateTime, Effect } from "effect"
import { Auth } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { onlyPage } from "./Page.js"
import type { SamplesOf } from "./Sample.js"

const path = "/accounts/T12345678/auth/roles"

const given = { name: "Support", description: "Looks customers up", scope: ["write:accounts"] }

const id = "a2b4d5c0-1111-4222-8333-944455558888"

const json = { id, created_at: "2026-01-01T00:00:00.000Z", ...given }

const value = { ...json, created_at: DateTime.unsafeMake(json.created_at) }

/** The id of a new role. */
export const roleId = Effect.map(
  Effect.flatMap(Auth, ({ roles }) => roles.create(given)),
  ({ id }) => id ?? "no id was given"
)

export const roles: SamplesOf<typeof tags.roles> = {
  list: {
    input: [{ search: "sup", name: "Support", include_deleted: true, limit: 5 }],
    sent: { path: `${path}?limit=5&search=sup&name=Support&include_deleted=true` },
    replay: "safe",
    answer: { json: [json], value: onlyPage([value]) }
  },
  create: {
    input: [given],
    sent: { path, json: given },
    replay: "never",
    wrong: { json: { name: 1, description: [], scope: ["read:customers", 2] }, paths: ["name", "description", "scope.1"] },
    answer: { json, value }
  },
  get: {
    input: [id],
    fresh: Effect.map(roleId, (id) => [id]),
    sent: { path: `${path}/${id}` },
    replay: "safe",
    answer: { json, value }
  },
  update: {
    input: [id, given],
    fresh: Effect.map(roleId, (id) => [id, given]),
    sent: { path: `${path}/${id}`, json: given },
    replay: "idempotent",
    wrong: { json: { name: 1, description: null }, paths: ["name", "description", "scope"] },
    answer: { json, value }
  },
  delete: {
    input: [id],
    fresh: Effect.map(roleId, (id) => [id]),
    sent: { path: `${path}/${id}` },
    replay: "idempotent",
    answer: { json, value }
  }
}
