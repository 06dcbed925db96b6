import { DateTime, Effect, Redacted } from "effect"
import { Auth } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { roleId } from "./roles.js"
import type { SamplesOf } from "./Sample.js"

const path = "/accounts/T12345678/management/users"

const id = "a2b4d5c0-1111-4222-8333-944455559999"

const fields = { name: "Grace Hopper", scope: ["write:accounts"], agreement: { version: "2" } }

const given = { email: "grace@example.com", ...fields, roles: [{ id: "a role" }] }

const json = { id, created_at: "2026-01-01T00:00:00.000Z", email: given.email, ...fields }

const value = { ...json, created_at: DateTime.unsafeMake(json.created_at) }

/** The id of a new account user, whose email nobody has. */
const userId = Effect.map(
  Effect.flatMap(Auth, ({ accountUsers }) => accountUsers.create({ ...fields, email: `${crypto.randomUUID()}@example.com` })),
  ({ id }) => id ?? "no id was given"
)

const event = {
  id: "a2b4d5c0-1111-4222-8333-944455550000",
  created_at: "2026-01-01T00:00:00.000Z",
  action: "auth.token",
  entity: { type: "account_user", id },
  context: { ip: "192.0.2.1" },
  actor: { id }
}

const seen = { updated_at: "2026-01-01T00:00:00.000Z", enabled: true }

const own = {
  id,
  configuration: { mfa: { sms: seen } },
  accounts: [{ account_id: "T12345678", business_name: "Prøve AS", user: { id, email: given.email, scope: ["admin:accounts"] } }]
}

const verified = { account_id: "12345678", access_token: "a-token", expires_in: 14_400, token_type: "Bearer" }

export const accountUsers: SamplesOf<typeof tags.accountUsers> = {
  list: {
    input: [{ expand: ["roles"], search: "grace" }],
    sent: { path: `${path}?expand=roles&search=grace` },
    replay: "safe",
    answer: {
      json: [{ ...json, roles: [{ id: "a role", scope: [] }], configuration: { mfa: { sms: seen } } }],
      value: [
        {
          ...value,
          roles: [{ id: "a role", scope: [] }],
          configuration: { mfa: { sms: { ...seen, updated_at: DateTime.unsafeMake(seen.updated_at) } } }
        }
      ]
    }
  },
  create: {
    input: [given],
    fresh: Effect.map(roleId, (id) => [{ ...given, roles: [{ id }] }]),
    sent: { path, json: given },
    replay: "never",
    wrong: {
      json: { name: 1, scope: "all", roles: [{}, { id: 1 }], authentication_type: "internal" },
      paths: ["email", "name", "scope", "roles.0.id", "roles.1.id", "authentication_type"]
    },
    answer: { json, value }
  },
  update: {
    input: [id, fields],
    fresh: Effect.map(userId, (id) => [id, fields]),
    sent: { path: `${path}/${id}`, json: fields },
    replay: "idempotent",
    wrong: { json: { name: null, scope: [1], agreement: [] }, paths: ["name", "scope.0", "agreement"] },
    answer: { json, value }
  },
  delete: {
    input: [id],
    fresh: Effect.map(userId, (id) => [id]),
    sent: { path: `${path}/${id}` },
    replay: "idempotent",
    answer: { json, value }
  },
  activities: {
    input: [id],
    sent: { path: `${path}/${id}/activities` },
    replay: "safe",
    answer: { json: [event], value: [{ ...event, created_at: DateTime.unsafeMake(event.created_at) }] }
  },
  "own.get": {
    input: [],
    sent: { path: "/account/user" },
    replay: "safe",
    answer: { json: own, value: own }
  },
  "own.setMfaSms": {
    input: [{ enabled: true, phone_number: "+4799999999" }],
    sent: { path: "/account/user/mfa/sms", json: { enabled: true, phone_number: "+4799999999" } },
    replay: "idempotent",
    wrong: { json: { enabled: "yes", phone_number: "12" }, paths: ["enabled", "phone_number"] },
    answer: { value: undefined }
  },
  "own.changePassword": {
    input: [{ previous_password: Redacted.make("the old one"), proposed_password: Redacted.make("the new one") }],
    sent: { path: "/account/user/password", json: { previous_password: "the old one", proposed_password: "the new one" } },
    replay: "never",
    wrong: { json: { previous_password: 1 }, paths: ["previous_password", "proposed_password"] },
    answer: { value: undefined }
  },
  "own.verifySignup": {
    input: [{ verification_code: Redacted.make("a code"), authorize: "Bearer" }],
    sent: { path: "/accounts/T12345678/signup/verify?verification_code=a%20code&authorize=Bearer" },
    replay: "never",
    answer: {
      json: verified,
      value: { ...verified, access_token: Redacted.make(verified.access_token) }
    }
  }
}
