import { Effect } from "effect"
import { Customers } from "effect-dintero"
import type { tags } from "../../src/contract/Contract.js"
import { onlyPage } from "./Page.js"
import type { InputOf, SamplesOf } from "./Sample.js"

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

/** The result, once the place is there. */
const afterCreate = <Input>(input: Input) =>
  Effect.as(
    Effect.flatMap(Customers, ({ locations }) => locations.create(place)),
    input
  )

const id: InputOf<typeof tags.locations.get> = [place.location_id]

const change: InputOf<typeof tags.locations.update> = [place.location_id, { status: "Closed" }]

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
    input: id,
    fresh: afterCreate(id),
    sent: { path: `${path}/S01923` },
    replay: "safe",
    answer: { json: answer, value: answer }
  },
  update: {
    input: change,
    fresh: afterCreate(change),
    sent: { path: `${path}/S01923`, json: { status: "Closed" } },
    replay: "idempotent",
    wrong,
    answer: { json: answer, value: answer }
  },
  delete: {
    input: id,
    fresh: afterCreate(id),
    sent: { path: `${path}/S01923` },
    replay: "idempotent",
    answer: { json: answer, value: answer }
  }
}
