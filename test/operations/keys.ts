import type { tags } from "../../src/contract/Contract.js"
import type { SamplesOf } from "./Sample.js"

const key = { kid: "k1", kty: "RSA", use: "sig", alg: "RS256", n: "AQAB", e: "AQAB" }

export const keys: SamplesOf<typeof tags.keys> = {
  keys: {
    input: [],
    sent: { path: "/accounts/T12345678/auth/keys" },
    replay: "safe",
    answer: { json: [key], value: [key] }
  }
}
