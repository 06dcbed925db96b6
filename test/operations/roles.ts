import type { tags } from "../../src/contract/Contract.js"
import type { SamplesOf } from "./Sample.js"

export const roles: SamplesOf<typeof tags.roles> = {}
