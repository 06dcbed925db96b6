/** What the docs have in JSON and for a shell. */
import { assert } from "@effect/vitest"
import type { FaultScript, Seed } from "effect-dintero/embedded"
import { type Block, blocks } from "../../scripts/lib/Examples.js"
import type { Place } from "./Inputs.js"

/** Those of the command for operators are run in `test/cli/examples.test.ts`. */
const isElsewhere = ({ file }: { readonly file: string }): boolean => file === "docs/cli.md"

/** Without what README shows word for word as a page of docs does. */
export const withoutCopies = (found: ReadonlyArray<Block>): ReadonlyArray<Block> => {
  const inDocs = new Set(found.filter(({ file }) => file.startsWith("docs/")).map(({ code }) => code))
  return found.filter(({ code, file }) => file !== "README.md" || !inDocs.has(code))
}

const texts = (...languages: ReadonlyArray<string>) => withoutCopies(blocks(languages)).filter((block) => !isElsewhere(block))

export const json = texts("json")
export const ndjson = texts("ndjson")
export const shell = texts("sh", "bash", "shell", "console")

/** The one that it is. */
export const text = (of: typeof json, { contains, file }: Place): string => {
  const found = of.filter((block) => block.file === file && block.code.includes(contains))
  assert.lengthOf(found, 1, `${file}: ${contains}`)
  return found[0]?.code ?? ""
}

const seedOfThePage: Place = { file: "docs/serving.md", contains: '"accounts"' }

export const seedText = (): string => text(json, seedOfThePage)

export const seed = (): Seed.Seed => JSON.parse(seedText())

export const faultScript = (): FaultScript.FaultScript => JSON.parse(text(json, { file: "docs/testing.md", contains: '"rules"' }))
