import type { tags } from "../../../src/contract/Contract.js"
import type { CasesOf } from "../Case.js"

export const authUsers: CasesOf<typeof tags.authUsers> = {}
