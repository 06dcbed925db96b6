/** Looks whether each link of the documents, and each mention of a document in a comment or a message, leads to a file and a heading that are there. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { check, type Source } from "./lib/Links.js"
import { filesBelow, root, shown } from "./lib/Shell.js"

const sourceOf = (path: string): Source => ({ file: shown(path), text: readFileSync(path, "utf8") })

const documents = [
  ...["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"].map((name) => join(root, name)).filter(existsSync),
  ...filesBelow("docs", ".md"),
  ...filesBelow("examples", ".md")
].map(sourceOf)

const sources = ["src", "test", "bench", "scripts", "examples"]
  .flatMap((folder) => [".ts", ".js", ".mjs"].flatMap((ending) => filesBelow(folder, ending)))
  // Its examples of dead links are not meant.
  .filter((path) => shown(path) !== "test/docs/links.test.ts")
  .map(sourceOf)

const { external, problems, relative } = check(documents, sources, (path) => existsSync(join(root, path)))

if (problems.length > 0) {
  console.error(problems.join("\n"))
  process.exitCode = 1
} else {
  const sites = [...external].map(([host, count]) => `${count} to ${host}`)
  console.log(`${relative} links within the project, ${sites.join(", ")}`)
}
