import { Effect } from "effect"
import { Customers } from "effect-dintero"
import type { tags as contract } from "../../src/contract/Contract.js"
import type { SamplesOf } from "./Sample.js"

const customers = "/accounts/T12345678/customers"

const vip = { id: "a2b4d5c0-1111-4222-8333-944455556666", tag: "VIP", metadata: { color: "gold" } }

/** The id of a new tag. */
const tagId = Effect.map(
  Effect.flatMap(Customers, ({ tags }) => tags.create({ tag: "VIP" })),
  ({ id }) => id ?? "no id was given"
)

export const tags: SamplesOf<typeof contract.tags> = {
  list: {
    input: [],
    sent: { path: `${customers}/tags` },
    replay: "safe",
    answer: { json: [vip], value: [vip] }
  },
  create: {
    input: [{ tag: "VIP", metadata: { color: "gold" } }],
    sent: { path: `${customers}/tags`, json: { tag: "VIP", metadata: { color: "gold" } } },
    replay: "never",
    wrong: { json: { tag: 1, metadata: [] }, paths: ["tag", "metadata"] },
    answer: { json: vip, value: vip }
  },
  delete: {
    input: ["the tag/1"],
    fresh: Effect.map(tagId, (id) => [id]),
    sent: { path: `${customers}/tags/the%20tag%2F1` },
    replay: "idempotent",
    answer: { json: vip, value: vip }
  },
  ofCustomer: {
    input: ["ada"],
    sent: { path: `${customers}/users/ada/tags` },
    replay: "safe",
    answer: { json: [vip], value: [vip] }
  },
  setOfCustomer: {
    input: ["ada", [vip.id]],
    fresh: Effect.map(tagId, (id) => ["ada", [id]]),
    sent: { path: `${customers}/users/ada/tags`, json: [vip.id] },
    replay: "idempotent",
    wrong: { json: [1, vip.id, null], paths: ["0", "2"] },
    answer: { json: [vip], value: [vip] }
  }
}
