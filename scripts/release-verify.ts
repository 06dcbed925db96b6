/**
 * `npm run release:verify -- TAG --repository URL [--notes FILE]`: whether the version can be published that a tag names. Writes what the
 * changelog says of it into FILE.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { manifest } from "./lib/Manifest.js"
import { nextVersion } from "./lib/NextVersion.js"
import { notesOf, problemsOf } from "./lib/Release.js"
import { root } from "./lib/Shell.js"

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { notes: { type: "string" }, repository: { type: "string" } }
})
const [tag = ""] = positionals
const { repository, version } = manifest()
const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8")
const { changesets } = await nextVersion()

const problems = problemsOf({
  tag,
  repository: values.repository ?? "",
  version,
  url: repository.url,
  changelog,
  changesets
})
if (problems.length > 0) {
  console.error(problems.join("\n"))
  process.exitCode = 1
} else {
  if (values.notes !== undefined) writeFileSync(values.notes, `${notesOf(changelog, version)}\n`)
  console.log(`${tag} can be published.`)
}
