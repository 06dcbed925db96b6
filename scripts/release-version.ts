/**
 * `npm run release:version`: makes the next version of the changesets. They become the section of this version in CHANGELOG.md, and
 * package.json, the lock file and src/internal/Version.ts get its number.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { manifest } from "./lib/Manifest.js"
import { bin, root, run } from "./lib/Shell.js"

const must = async (command: string, ...args: ReadonlyArray<string>): Promise<void> => {
  const { code, output } = await run(command, args)
  if (code !== 0) throw new Error(output)
}

await must(bin("changeset"), "version")
const { version } = manifest()
const file = join(root, "src", "internal", "Version.ts")
writeFileSync(file, readFileSync(file, "utf8").replace(/^export const version = ".*"$/m, `export const version = "${version}"`))
await must("npm", "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund")
console.log(`This is ${version}. Look at the diff, commit it, and tag the commit with v${version} when it is merged.`)
