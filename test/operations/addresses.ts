import type { tags } from "../../src/contract/Contract.js"
import type { SamplesOf } from "./Sample.js"

const external = "/accounts/T12345678/search/external"

const address = { address_line: "Sommerkroveien 34", postal_code: "0349", postal_place: "Oslo", country: "NO" }

const place = { country: "NO", postal_code: "0349", postal_place: "OSLO" }

export const addresses: SamplesOf<typeof tags.addresses> = {
  postalPlace: {
    input: [{ country: "no", postal_code: "0349" }],
    sent: { path: `${external}/postal_place/no/0349` },
    replay: "safe",
    answer: { json: place, value: place }
  },
  validate: {
    input: ["no", address],
    sent: { path: `${external}/address/no/validate`, json: address },
    replay: "safe",
    wrong: {
      json: { address_line: 1, address_line_2: [], postal_place: null },
      paths: ["country", "postal_code", "address_line", "address_line_2", "postal_place"]
    },
    answer: { json: { valid: false, alternatives: [address] }, value: { valid: false, alternatives: [address] } }
  }
}
