/** `npm run sbom -- FILE`: writes the bill of materials (CycloneDX) of the package and its peers, by default to `.tmp/sbom.cdx.json`. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { sbom } from "./lib/Sbom.js"
import { root } from "./lib/Shell.js"

const file = process.argv[2] ?? join(root, ".tmp", "sbom.cdx.json")
writeFileSync(file, await sbom())
console.log(`wrote ${file}`)
