import type { tags } from "../../../src/contract/Contract.js"
import type { CasesOf } from "../Case.js"

export const clients: CasesOf<typeof tags.clients> = {}
