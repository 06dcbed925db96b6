import { Effect } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { onlyPage } from "./Page.js"
import type { SamplesOf } from "./Sample.js"

const path = "/accounts/T12345678/locations"

const place = {
  location_id: "S01923",
  name: "Corner shop",
  status: "Active",
  address: { address_line: "Road 1", postal_place: "Oslo", country: "NO", latitude: 59.942112, longitude: 10.716991 }
}

// An answer can have more than is documented, and it is kept.
const answer = { account_id: "T12345678", ...place, ...{ later: { of: 1 } } }

const wrong = {
  json: { location_id: " S1", name: 1, address: { address_line: 1, latitude: "north" } },
  paths: ["location_id", "name", "address.country", "address.postal_place", "address.address_line", "address.latitude"]
} as const

/** The id of a new place. */
const locationId = Effect.map(
  Effect.flatMap(Customers, ({ locations }) => locations.create({ name: "Corner shop" })),
  ({ location_id }) => location_id ?? "no id was given"
)

export const locations: SamplesOf<typeof tags.locations> = {
  list: {
    input: [{ search: "corner", status: ["Active", "Closed"], country: ["NO"], limit: 5 }],
    sent: { path: `${path}?limit=5&search=corner&status=Active&status=Closed&country=NO` },
    replay: "safe",
    answer: { json: [answer], value: onlyPage([answer]) }
  },
  create: {
    input: [place],
    sent: { path, json: place },
    replay: "never",
    wrong,
    answer: { json: answer, value: answer }
  },
  get: {
    input: ["S01923"],
    fresh: Effect.map(locationId, (id) => [id]),
    sent: { path: `${path}/S01923` },
    replay: "safe",
    answer: { json: answer, value: answer }
  },
  update: {
    input: ["S01923", { status: "Closed" }],
    fresh: Effect.map(locationId, (id) => [id, { status: "Closed" }]),
    sent: { path: `${path}/S01923`, json: { status: "Closed" } },
    replay: "idempotent",
    wrong,
    answer: { json: answer, value: answer }
  },
  delete: {
    input: ["S01923"],
    fresh: Effect.map(locationId, (id) => [id]),
    sent: { path: `${path}/S01923` },
    replay: "idempotent",
    answer: { json: answer, value: answer }
  }
}
