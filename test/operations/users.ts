import { DateTime, Effect } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { onlyPage } from "./Page.js"
import type { SamplesOf } from "./Sample.js"

const path = "/accounts/T12345678/customers/users"

/** A `customer_id` as a merchant can choose it, and the segment of a path that it becomes. */
const id = "../ås 100%/שלום"
const segment = "..%2F%C3%A5s%20100%25%2F%D7%A9%D7%9C%D7%95%D7%9D"

const json = {
  customer_id: id,
  id: "0d9f8a36-7c1b-4e52-9f64-2a8e5b7c3d18",
  type: "customer",
  first_name: "Åse 👩‍🚀",
  last_name: "لوفلايس",
  email: "åse+club@example.com",
  created_at: "2026-11-26T08:00:00.000Z",
  marketing_consent: { email: { consent: true, updated_at: "2026-11-26T08:00:00.000Z" }, club: { consent: true } },
  attributes: { size: 41 },
  metadata: { "": null, nested: { list: [1, "two"] } },
  later: { of: 1 }
} as const

const at = DateTime.unsafeMake("2026-11-26T08:00:00.000Z")

const value = {
  ...json,
  created_at: at,
  marketing_consent: { email: { consent: true, updated_at: at }, club: { consent: true } }
}

const given = {
  type: "customer",
  first_name: "Åse 👩‍🚀",
  last_name: "لوفلايس",
  marketing_consent: { email: { consent: true } },
  metadata: { "": null, nested: { list: [1, "two"] } }
} as const

export const users: SamplesOf<typeof tags.users> = {
  list: {
    input: [{ email: "åse+club@example.com", type: "any", attributes_keys: ["size", "a&b"], since_datetime: at, limit: 3 }],
    sent: {
      path:
        `${path}?limit=3&email=%C3%A5se%2Bclub%40example.com&type=any&attributes_keys=size&attributes_keys=a%26b` +
        "&since_datetime=2026-11-26T08%3A00%3A00.000Z"
    },
    replay: "safe",
    answer: {
      json: [json, { customer_id: "2" }],
      // A customer whose type is left out is one of the type `customer`.
      value: onlyPage([value, { customer_id: "2", type: "customer" }])
    }
  },
  exists: {
    input: [{ email: "åse+club@example.com", phone_number: "+4799999999" }],
    // An account answers only when its settings say so.
    fresh: Effect.as(
      Effect.flatMap(Customers, (customers) =>
        customers.settings.update({ users: { customer_id_format: "uuid", head: { enabled: true } } })
      ),
      [{ email: "ada@example.com" }]
    ),
    sent: { path: `${path}?email=%C3%A5se%2Bclub%40example.com&phone_number=%2B4799999999` },
    replay: "safe",
    answer: { value: true }
  },
  create: {
    input: [given],
    sent: { path, json: given },
    replay: "never",
    wrong: {
      json: {
        customer_id: " ",
        first_name: 1,
        email: [],
        marketing_consent: { sms: true },
        addresses: {},
        company: {},
        metadata: [],
        password: "abc",
        pin: "12345"
      },
      paths: [
        "type",
        "customer_id",
        "first_name",
        "email",
        "marketing_consent.sms",
        "addresses",
        "company.bussiness_name",
        "metadata",
        "password",
        "pin"
      ]
    },
    answer: { json, value }
  },
  get: {
    input: [id],
    fresh: Effect.succeed(["ada"]),
    sent: { path: `${path}/${segment}` },
    replay: "safe",
    answer: { json, value }
  },
  update: {
    input: [id, { first_name: null, metadata: { "": null } }],
    fresh: Effect.succeed(["ada", { first_name: null, metadata: { "": null } }]),
    sent: { path: `${path}/${segment}`, json: { first_name: null, metadata: { "": null } } },
    replay: "idempotent",
    wrong: {
      json: { type: "robot", last_name: {}, term: { accepted_at: "yesterday" }, contact_for: [{}], pin: "abcdef" },
      paths: ["type", "last_name", "term.accepted_at", "contact_for.0.customer_id", "pin"]
    },
    answer: { json, value }
  },
  delete: {
    input: [id, { delete_tokens: true }],
    fresh: Effect.succeed(["ada", { delete_tokens: true }]),
    sent: { path: `${path}/${segment}?delete_tokens=true` },
    replay: "idempotent",
    answer: { json, value }
  },
  changeCustomerId: {
    input: [id, { customer_id: "a/b" }],
    fresh: Effect.succeed(["ada", { customer_id: "a/b" }]),
    sent: { path: `${path}/${segment}/change_customer_id`, json: { customer_id: "a/b" } },
    replay: "never",
    wrong: { json: { customer_id: "a ".repeat(128) }, paths: ["customer_id"] },
    answer: { json, value }
  }
}
