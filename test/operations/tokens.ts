import { randomUUID } from "node:crypto"
import { DateTime, Effect } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { onlyPage } from "./Page.js"
import type { SamplesOf } from "./Sample.js"

const customers = "/accounts/T12345678/customers"

const token = { token_id: "card/1", type: "card", value: "4f53cda1", metadata: { exp_year: 30 } }

const look = { type: token.type, value: token.value }

const event = { event: "declined in the store", status: "OPT_OUT", metadata: { store_id: "S1" } }

const at = "2026-01-01T00:00:00.000Z"

const pair = {
  json: { id: "pair-1", status: "OPT_OUT", events: [{ ...event, created_at: at }], updated_at: at },
  value: {
    id: "pair-1",
    status: "OPT_OUT",
    events: [{ ...event, created_at: DateTime.unsafeMake(at) }],
    updated_at: DateTime.unsafeMake(at)
  }
}

export const tokens: SamplesOf<typeof tags.tokens> = {
  list: {
    input: ["ada", { type: "card", limit: 100 }],
    sent: { path: `${customers}/users/ada/tokens?limit=100&type=card` },
    replay: "safe",
    answer: { json: [token], value: onlyPage([token]) }
  },
  create: {
    input: ["ada", token, { delete_token_events: true }],
    sent: { path: `${customers}/users/ada/tokens?delete_token_events=true`, json: token },
    replay: "never",
    wrong: {
      json: { token_id: " card", type: "", metadata: "none" },
      paths: ["value", "token_id", "type", "metadata"]
    },
    answer: { json: token, value: token }
  },
  delete: {
    input: [{ customer_id: "ada", tid: token.token_id }],
    // No two customers have one value.
    fresh: Effect.gen(function* () {
      const { tokens } = yield* Customers
      const { token_id } = yield* tokens.create("ada", { type: "card", value: randomUUID() })
      return [{ customer_id: "ada", tid: token_id ?? "no id was given" }]
    }),
    sent: { path: `${customers}/users/ada/tokens/card%2F1` },
    replay: "idempotent",
    answer: { json: token, value: token }
  },
  "events.list": {
    input: [{ since_datetime: DateTime.unsafeMake(at), limit: 5 }],
    sent: { path: `${customers}/tokens/events?limit=5&since_datetime=2026-01-01T00%3A00%3A00.000Z` },
    replay: "safe",
    answer: { json: [pair.json], value: onlyPage([pair.value]) }
  },
  "events.lookup": {
    input: [{ token: look, event }],
    sent: { path: `${customers}/tokens/events`, json: { token: look, event } },
    replay: "never",
    wrong: {
      json: { token: { type: "", value: 1 }, event: { status: 1 } },
      paths: ["token.type", "token.value", "event.event", "event.status"]
    },
    // A status that is left out is UNKNOWN.
    answer: { json: { id: "pair-1", token }, value: { id: "pair-1", token, status: "UNKNOWN" } }
  },
  "events.delete": {
    input: [{ token: look, event: { event: "asked for it" } }],
    sent: { path: `${customers}/tokens/events`, json: { token: look, event: { event: "asked for it" } } },
    replay: "idempotent",
    wrong: { json: { token: { value: "" }, event: { event: 1 } }, paths: ["token.type", "token.value", "event.event"] },
    answer: { value: undefined }
  }
}
