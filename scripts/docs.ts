/**
 * `npm run docs`: writes into the pages of docs and the README what is written elsewhere: the pages of docs/operations, and in the others between
 * `<!-- begin NAME -->` and `<!-- end -->` an example's file, a table, the register of assumptions, or the link to the next page.
 * `npm run docs -- --check` only looks whether all of it is fresh, whether the tests that the tables name exist, and whether the source and the
 * register of assumptions name each other.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { type Assumption, assumptions } from "../src/contract/Assumptions.js"
import { type OperationName, operations } from "../src/contract/Contract.js"
import { notEmbedded } from "../src/layers/embedded/rooms/NotEmbedded.js"
import { table as faultTable } from "../test/embedded/controls/FaultKinds.js"
import { differences, table as differencesTable } from "../test/embedded/serving/Differences.js"
import { table as compilersTable } from "../test/platforms/Compilers.js"
import { table as platformsTable } from "../test/platforms/Platforms.js"
import { table as sessionAnswersTable } from "../test/sessions/AnswersTable.js"
import { table as decisionsTable } from "../test/truth/Decisions.js"
import { costsTable } from "./lib/CostsTable.js"
import { eventsTable, metricsTable, spansTable } from "./lib/ObservabilityTables.js"
import {
  assumedOfEveryCall,
  assumedOfEveryList,
  methodsTable,
  operationPages,
  operationsOf,
  tagsTable
} from "./lib/OperationPages.js"
import { files, next, pagesTable } from "./lib/Pages.js"
import { filesBelow, root, shown } from "./lib/Shell.js"

const isCheck = process.argv.includes("--check")
const problems: Array<string> = []

const section = (assumption: Assumption): string => {
  const {
    client,
    embedded,
    id,
    question,
    switch: change,
    test: [file, title],
    why
  } = assumption
  return [
    `## ${id}`,
    `**${question}**`,
    [
      `- Operations: ${operationsOf(assumption)}`,
      ...(client === undefined ? [] : [`- The client: ${client}`]),
      ...(embedded === undefined ? [] : [`- The embedded system: ${embedded}`]),
      `- Why: ${why}`,
      `- How to change it: ${change}`,
      `- Test: \`test/${file}\`, "${title}"`
    ].join("\n")
  ].join("\n\n")
}

const notEmbeddedTable = (): string => {
  const reasons: { readonly [Name in OperationName]?: string } = notEmbedded
  return [
    "| operation | request | why |",
    "|---|---|---|",
    ...Object.entries(operations).flatMap(([name, { method, path }]) => {
      // Seam: `Object.entries` types the keys of a constant as string.
      const reason = reasons[name as OperationName]
      return reason === undefined ? [] : [`| \`${name}\` | \`${method} ${path}\` | ${reason} |`]
    })
  ].join("\n")
}

const tables: Readonly<Record<string, () => string>> = {
  "table decisions": decisionsTable,
  "table faults": faultTable,
  "table costs": costsTable,
  "table session answers": sessionAnswersTable,
  "table not embedded": notEmbeddedTable,
  "table differences": differencesTable,
  "table platforms": platformsTable,
  "table typescript": compilersTable,
  "table methods": methodsTable,
  "table tags": tagsTable,
  "list assumed for every call": assumedOfEveryCall,
  "list assumed for every list": assumedOfEveryList,
  "table spans": spansTable,
  "table metrics": metricsTable,
  "table events": eventsTable,
  pages: pagesTable,
  assumptions: () => `\n${assumptions.map(section).join("\n\n")}\n`
}

const content = (file: string, name: string): string | undefined => {
  if (name === "next") return next(file)
  const table = tables[name]
  if (table !== undefined) return table()
  const path = join(root, name)
  // Compiled and run where it lies, so it needs no second compilation.
  return existsSync(path) ? `\`\`\`ts no-check\n${readFileSync(path, "utf8").trimEnd()}\n\`\`\`` : undefined
}

const marked = /<!-- begin (.+?) -->\n[\s\S]*?<!-- end -->/g

/** `file`: from the root of the project. */
const write = (file: string, old: string | undefined, fresh: string): void => {
  if (fresh === old) return
  if (isCheck) problems.push(`${file} is not fresh: run npm run docs`)
  else {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), fresh)
  }
}

const textOf = (file: string): string | undefined => {
  const path = join(root, file)
  return existsSync(path) ? readFileSync(path, "utf8") : undefined
}

/** The text with what is written elsewhere. `page`: its name in docs, for what differs from page to page. */
const filled = (file: string, page: string, old: string): string =>
  old.replace(marked, (whole, name: string) => {
    const found = content(page, name)
    if (found === undefined) {
      problems.push(`${file}: there is no ${name}`)
      return whole
    }
    return `<!-- begin ${name} -->\n${found}\n<!-- end -->`
  })

const generated = operationPages(problems)
for (const [page, fresh] of generated) write(`docs/${page}`, textOf(`docs/${page}`), fresh)

for (const page of files.filter((page) => !generated.has(page))) {
  const file = `docs/${page}`
  const old = textOf(file)
  if (old === undefined) {
    problems.push(`${file} is in scripts/lib/Pages.ts and not there`)
    continue
  }
  const fresh = filled(file, page, old)
  if (!fresh.includes("<!-- begin next -->")) problems.push(`${file} has no <!-- begin next --> at its end`)
  write(file, old, fresh)
}
for (const path of filesBelow("docs", ".md").map((path) => shown(path).slice("docs/".length))) {
  if (!files.includes(path)) problems.push(`docs/${path} is not in the order of scripts/lib/Pages.ts`)
}
const readme = textOf("README.md") ?? ""
write("README.md", readme, filled("README.md", "", readme))
// A figure that was typed in would stay when the library changes.
const [typed] = /\d+(?:\.\d+)? ?(?:µs|ms|kB|KiB|MB|×)/.exec(readme.replace(marked, "")) ?? []
if (typed !== undefined)
  problems.push(`README.md has the figure ${typed} outside of the table that is made from bench/recorded.json`)

const titled = [
  ...differences.map(({ test, what }) => ({ test, of: `Differences.ts, ${what}` })),
  ...assumptions.map(({ id, test }) => ({ test, of: `Assumptions.ts, ${id}` }))
]
for (const {
  of,
  test: [file, title]
} of titled) {
  const path = join(root, "test", file)
  if (!existsSync(path) || !readFileSync(path, "utf8").includes(`"${title}"`)) {
    problems.push(`${of}: there is no test "${title}" in test/${file}`)
  }
}

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(?:ts|js)$/.test(name))
  .map((name) => ({ file: `src/${name}`, text: readFileSync(join(root, "src", name), "utf8") }))
  .filter(({ file }) => file !== "src/contract/Assumptions.ts")

const known = new Set(assumptions.map(({ id }) => id))
const cited = new Set<string>()
for (const { file, text } of sources) {
  // A comment may break the line in the middle of a list of ids.
  for (const [, ids = ""] of text.replace(/\n\s*(?:\*|\/\/)\s*/g, " ").matchAll(/\(assumed\b(?!\.\w| \?\?)([^)]*)\)/g)) {
    const names = ids
      .replace(/^:/, "")
      .split(",")
      .map((name) => name.trim())
    for (const id of names) {
      cited.add(id)
      if (!known.has(id)) problems.push(`${file}: (assumed${ids}) is not in src/contract/Assumptions.ts`)
    }
  }
  if (/API\s+(?:\*\s+|\/\/\s+)?reference/.test(text))
    problems.push(`${file}: "API reference" is no document that a reader can open`)
}
for (const { id } of assumptions) {
  if (!cited.has(id)) problems.push(`Assumptions.ts: no comment in src says (assumed: ${id})`)
}

if (problems.length > 0) {
  console.error(problems.join("\n"))
  process.exitCode = 1
} else {
  console.log(`${differences.length} differences and ${assumptions.length} assumptions, each with its test`)
}
