import { Effect } from "effect"
import { Auth } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { audience } from "../utils/Account.js"
import type { SamplesOf } from "./Sample.js"

const path = "/accounts/T12345678/auth/client-grants"

// A scope that every caller of these operations has or can give.
const given = {
  client_id: "b3d4e5f6-1111-4222-8333-944455556666",
  audience,
  scope: ["write:accounts"],
  type: "client_credentials"
} as const

const grant = { id: "c4e5f6a7-1111-4222-8333-944455556666", ...given }

const { client_id: _, ...rest } = given

/** The id of a new client. */
const clientId = Effect.map(
  Effect.flatMap(Auth, ({ clients }) => clients.create({ name: "Web shop" })),
  ({ id }) => id ?? "no id was given"
)

/** The id of a new grant. */
const grantId = Effect.gen(function* () {
  const { grants } = yield* Auth
  const { id } = yield* grants.create({ ...rest, client_id: yield* clientId, scope: ["read:customers"] })
  return id ?? "no id was given"
})

export const grants: SamplesOf<typeof tags.grants> = {
  list: {
    input: [{ audience, client_id: given.client_id }],
    sent: { path: `${path}?audience=${encodeURIComponent(audience)}&client_id=${given.client_id}` },
    replay: "safe",
    answer: { json: [grant], value: [grant] }
  },
  create: {
    input: [given],
    fresh: Effect.map(clientId, (client_id) => [{ ...rest, client_id }]),
    sent: { path, json: given },
    replay: "never",
    wrong: {
      json: { client_id: 1, scope: ["a", "b c", 1], type: "magic", oidc: { client_id: "x" } },
      paths: ["client_id", "audience", "scope.1", "scope.2", "type", "oidc.authority"]
    },
    answer: { json: grant, value: grant }
  },
  update: {
    input: ["the grant/1", { scope: ["write:accounts"] }],
    fresh: Effect.map(grantId, (id) => [id, { scope: ["write:accounts"] }]),
    sent: { path: `${path}/the%20grant%2F1`, json: { scope: ["write:accounts"] } },
    replay: "idempotent",
    wrong: { json: { scope: ["", "a\\b"] }, paths: ["scope.0", "scope.1"] },
    answer: { json: grant, value: grant }
  },
  delete: {
    input: ["the grant/1"],
    fresh: Effect.map(grantId, (id) => [id]),
    sent: { path: `${path}/the%20grant%2F1` },
    replay: "idempotent",
    answer: { json: grant, value: grant }
  }
}
