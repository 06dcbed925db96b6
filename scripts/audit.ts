/** `npm run check:audit`: no package that is installed with this one, or that it is developed with, has a vulnerability that is not explained. */
import { auditCheck } from "./lib/AuditCheck.js"

const { code, output } = await auditCheck()
console.log(output)
process.exitCode = code
