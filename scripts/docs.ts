/**
 * `npm run docs`: writes into the pages of docs what is written elsewhere: between `<!-- begin NAME -->` and `<!-- end -->` an example's file,
 * a table of the tests, or the register of assumptions. `npm run docs -- --check` only looks whether all of it is fresh, whether the tests that
 * the tables name exist, and whether the source and the register of assumptions name each other.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Assumption, assumptions } from "../src/contract/Assumptions.js"
import { type OperationName, operations } from "../src/contract/Contract.js"
import { notEmbedded } from "../src/layers/embedded/rooms/NotEmbedded.js"
import { table as faultTable } from "../test/embedded/controls/FaultKinds.js"
import { differences, table as differencesTable } from "../test/embedded/serving/Differences.js"
import { table as compilersTable } from "../test/platforms/Compilers.js"
import { table as platformsTable } from "../test/platforms/Platforms.js"
import { table as sessionAnswersTable } from "../test/sessions/AnswersTable.js"
import { table as decisionsTable } from "../test/truth/Decisions.js"
import { operationsTable } from "./lib/OperationsTable.js"
import { root } from "./lib/Shell.js"

const isCheck = process.argv.includes("--check")
const problems: Array<string> = []

const section = ({ client, embedded, id, question, switch: change, test: [file, title], why }: Assumption): string =>
  [
    `## ${id}`,
    `**${question}**`,
    [
      ...(client === undefined ? [] : [`- The client: ${client}`]),
      ...(embedded === undefined ? [] : [`- The embedded system: ${embedded}`]),
      `- Why: ${why}`,
      `- How to change it: ${change}`,
      `- Test: \`test/${file}\`, "${title}"`
    ].join("\n")
  ].join("\n\n")

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
  "table session answers": sessionAnswersTable,
  "table not embedded": notEmbeddedTable,
  "table differences": differencesTable,
  "table operations": operationsTable,
  "table platforms": platformsTable,
  "table typescript": compilersTable,
  assumptions: () => `\n${assumptions.map(section).join("\n\n")}\n`
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
