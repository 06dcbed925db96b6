import type { tags } from "../../src/contract/Contract.js"
import { onlyPage } from "./Page.js"
import type { SamplesOf } from "./Sample.js"

const path = "/accounts/T12345678/search/external/organizations/no"

const equinor = { country: "no", organization_number: "923609016" }

const address = {
  address_line: "Forusbeen 50",
  address_line_2: "",
  postal_code: "4035",
  postal_place: "STAVANGER",
  country: "NO"
}

const named = { organization_number: "923609016", business_name: "EQUINOR ASA", business_address: address }

// A register can say more than is documented, and it is kept.
const found = { response_from: "enhetsregisteret", organization_type: "ASA", ...named, ...{ later: { of: 1 } } }

export const organizations: SamplesOf<typeof tags.organizations> = {
  get: {
    input: [equinor],
    sent: { path: `${path}/923609016` },
    replay: "safe",
    answer: {
      // A text by the documentation, and a list in its example.
      json: {
        items: [
          { ...named, office_type: "head_office" },
          { ...named, office_type: ["head_office", "branch"] }
        ]
      },
      value: {
        items: [
          { ...named, office_type: "head_office" },
          { ...named, office_type: ["head_office", "branch"] }
        ]
      }
    }
  },
  subunits: {
    input: [equinor],
    sent: { path: `${path}/923609016/subunits` },
    replay: "safe",
    answer: { json: [named], value: [named] }
  },
  search: {
    input: ["no", { name: "equinor", limit: 5 }],
    sent: { path: `${path}?limit=5&name=equinor` },
    replay: "safe",
    answer: { json: [found], value: onlyPage([found]) }
  }
}
