import type { tags } from "../../src/contract/Contract.js"
import type { SamplesOf } from "./Sample.js"

const path = "/accounts/T12345678/customers/settings"

export const settings: SamplesOf<typeof tags.settings> = {
  get: {
    input: [],
    sent: { path },
    replay: "safe",
    answer: {
      json: { users: { customer_id_format: "sequence", head: { enabled: true } }, later: { of: 1 } },
      // Unknown fields are kept, and a section that is there has its defaults.
      value: { users: { customer_id_format: "sequence", head: { enabled: true } }, ...{ later: { of: 1 } } }
    }
  },
  update: {
    input: [{ users: { customer_id_format: "sequence" } }],
    sent: { path, json: { users: { customer_id_format: "sequence" } } },
    replay: "idempotent",
    wrong: {
      json: { users: { customer_id_format: "ulid", head: { enabled: "yes" } }, attributes: [{ name: 1, type: "x" }] },
      paths: ["users.customer_id_format", "users.head.enabled", "attributes.0.name", "attributes.0.type"]
    },
    answer: {
      json: { users: { customer_id_format: "sequence" } },
      value: { users: { customer_id_format: "sequence" } }
    }
  }
}
