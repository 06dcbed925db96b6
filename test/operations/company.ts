import type { tags } from "../../src/contract/Contract.js"
import type { SamplesOf } from "./Sample.js"

const answer = [{ organization_number: "123456789", departments: ["IT", "Økonomi"] }]

export const company: SamplesOf<typeof tags.company> = {
  departments: {
    input: [{ organization_number: "123456789" }],
    sent: { path: "/accounts/T12345678/customers/company/departments?organization_number=123456789" },
    replay: "safe",
    answer: { json: answer, value: answer }
  }
}
