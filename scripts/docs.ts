/**
 * `npm run docs`: writes into the pages of docs what is written elsewhere: between `<!-- begin NAME -->` and `<!-- end -->` an example's file
 * or a table of the tests. `npm run docs -- --check` only looks whether all of it is fresh, and whether the tests that the tables name exist.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { differences, table as differencesTable } from "../test/embedded/Differences.js"
import { table as faultTable } from "../test/embedded/FaultKinds.js"
import { table as decisionsTable } from "../test/truth/Decisions.js"
import { root } from "./lib/Shell.js"

const isCheck = process.argv.includes("--check")
const problems: Array<string> = []

const tables: Readonly<Record<string, () => string>> = {
  "table decisions": decisionsTable,
  "table faults": faultTable,
  "table differences": differencesTable
}

const content = (name: string): string | undefined => {
  const table = tables[name]
  if (table !== undefined) return table()
  const path = join(root, name)
  // Compiled and run where it lies, so it needs no second compilation.
  return existsSync(path) ? `\`\`\`ts no-check\n${readFileSync(path, "utf8").trimEnd()}\n\`\`\`` : undefined
}

const marked = /<!-- begin (.+?) -->\n[\s\S]*?<!-- end -->/g

for (const file of readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"))) {
  const path = join(root, "docs", file)
  const old = readFileSync(path, "utf8")
  const fresh = old.replace(marked, (whole, name: string) => {
    const found = content(name)
    if (found === undefined) {
      problems.push(`docs/${file}: there is no ${name}`)
      return whole
    }
    return `<!-- begin ${name} -->\n${found}\n<!-- end -->`
  })
  if (fresh === old) continue
  if (isCheck) problems.push(`docs/${file} is not fresh: run npm run docs`)
  else writeFileSync(path, fresh)
}

for (const {
  test: [file, title],
  what
} of differences) {
  const path = join(root, "test", file)
  if (!existsSync(path) || !readFileSync(path, "utf8").includes(`"${title}"`)) {
    problems.push(`Differences.ts, ${what}: there is no test "${title}" in test/${file}`)
  }
}

if (problems.length > 0) {
  console.error(problems.join("\n"))
  process.exitCode = 1
} else {
  console.log(`${differences.length} differences, each with its test`)
}
