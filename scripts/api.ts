/**
 * `npm run api` writes the API report into `api`: a file for each entry of the package, with the declarations of the public modules that it
 * reaches. A change of the public surface so shows in the diff of a change. `npm run api -- --check` says whether the committed report is fresh.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { reportsOf } from "./lib/ApiReport.js"
import { buildConfig, publicModules } from "./lib/PublicModules.js"
import { root } from "./lib/Shell.js"

const modules = publicModules()
const reports = reportsOf(modules, buildConfig().options)

const folder = join(root, "api")
const pathOf = (name: string): string => join(folder, name)
if (process.argv.includes("--check")) {
  const stale = [...reports].filter(([name, text]) => !existsSync(pathOf(name)) || readFileSync(pathOf(name), "utf8") !== text)
  const left = existsSync(folder) ? readdirSync(folder).filter((name) => !reports.has(name)) : []
  if (stale.length + left.length > 0) {
    const names = [...stale.map(([name]) => name), ...left].map((name) => `api/${name}`).join(", ")
    console.error(`The API report differs from the source: ${names}. Run npm run api, look at the diff, and commit it.`)
    process.exitCode = 1
  }
} else {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder)
  for (const [name, text] of reports) writeFileSync(pathOf(name), text)
}
if (process.exitCode === undefined) console.log(`${modules.length} modules in ${reports.size} reports`)
