import { DateTime, Effect } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { onlyPage } from "./Page.js"
import type { SamplesOf } from "./Sample.js"

const path = "/accounts/T12345678/customers/terms"

const id = "a2b4d5c0-1111-4222-8333-944455557777"

const json = { id, created_at: "2026-01-01T00:00:00.000Z", terms: "Be nice." }

const value = { ...json, created_at: DateTime.unsafeMake(json.created_at) }

/** The id of new terms. */
const termsId = Effect.map(
  Effect.flatMap(Customers, ({ terms }) => terms.create({ terms: "Be nice." })),
  ({ id }) => id ?? "no id was given"
)

export const terms: SamplesOf<typeof tags.terms> = {
  list: {
    input: [{ limit: 5, include_deleted: true }],
    sent: { path: `${path}?limit=5&include_deleted=true` },
    replay: "safe",
    answer: { json: [json], value: onlyPage([value]) }
  },
  create: {
    input: [{ terms: "Be nice." }],
    sent: { path, json: { terms: "Be nice." } },
    replay: "never",
    wrong: { json: { terms: ["Be nice."] }, paths: ["terms"] },
    answer: { json, value }
  },
  get: {
    input: [id],
    fresh: Effect.map(termsId, (id) => [id]),
    sent: { path: `${path}/${id}` },
    replay: "safe",
    answer: { json, value }
  },
  delete: {
    input: [id],
    fresh: Effect.map(termsId, (id) => [id]),
    sent: { path: `${path}/${id}` },
    replay: "idempotent",
    answer: { json, value }
  }
}
