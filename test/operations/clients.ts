import { Effect, Redacted } from "effect"
import { Auth } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import type { SamplesOf } from "./Sample.js"

const path = "/accounts/T12345678/auth/clients"

const given = {
  client_id: "ecom-123",
  name: "Web shop",
  description: "Orders of the web shop",
  callbacks: ["https://shop.example.com/callback"]
}

const client = { id: "b3d4e5f6-1111-4222-8333-944455556666", ...given }

const client_secret = "w1DVSWI3fC9tDIqZEyLEVpTqRw8hXhTbLwZ0c2dCq9M"

const withSecret = {
  json: { ...client, client_secret },
  value: { ...client, client_secret: Redacted.make(client_secret) }
}

/** The id of a new client. */
const clientId = Effect.map(
  Effect.flatMap(Auth, ({ clients }) => clients.create({ name: "Web shop" })),
  ({ id }) => id ?? "no id was given"
)

export const clients: SamplesOf<typeof tags.clients> = {
  list: {
    input: [],
    sent: { path },
    replay: "safe",
    answer: { json: [client], value: [client] }
  },
  create: {
    input: [given],
    sent: { path, json: given },
    replay: "never",
    wrong: {
      json: { client_id: "a:b", name: 1, description: [], callbacks: "https://shop.example.com" },
      paths: ["client_id", "name", "description", "callbacks"]
    },
    answer: withSecret
  },
  get: {
    input: ["the client/1"],
    fresh: Effect.map(clientId, (id) => [id]),
    sent: { path: `${path}/the%20client%2F1` },
    replay: "safe",
    answer: { json: client, value: client }
  },
  update: {
    input: ["the client/1", { description: "Orders" }],
    fresh: Effect.map(clientId, (id) => [id, { description: "Orders" }]),
    sent: { path: `${path}/the%20client%2F1`, json: { description: "Orders" } },
    replay: "idempotent",
    wrong: { json: { name: 1, description: false }, paths: ["name", "description"] },
    answer: { json: client, value: client }
  },
  delete: {
    input: ["the client/1"],
    fresh: Effect.map(clientId, (id) => [id]),
    sent: { path: `${path}/the%20client%2F1` },
    replay: "idempotent",
    answer: { json: client, value: client }
  },
  rotateSecret: {
    input: ["the client/1"],
    fresh: Effect.map(clientId, (id) => [id]),
    sent: { path: `${path}/the%20client%2F1/rotate-secret` },
    replay: "never",
    answer: withSecret
  }
}
