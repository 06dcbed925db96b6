/** `npm run notices` writes THIRD-PARTY-NOTICES.md. `npm run check:release -- notices` says whether it is fresh. */
import { writeFileSync } from "node:fs"
import { bundled, notices, noticesFile } from "./lib/Notices.js"
import { shown } from "./lib/Shell.js"

writeFileSync(noticesFile, notices(bundled()))
console.log(`wrote ${shown(noticesFile)}`)
