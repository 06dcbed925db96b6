/** What the docs have in JSON and for a shell. */
import { assert } from "@effect/vitest"
import type { FaultScript, Seed } from "effect-dintero/embedded"
import { blocks } from "../../scripts/lib/Examples.js"
import type { Place } from "./Inputs.js"

/** Those of the command for operators are run in `test/cli/examples.test.ts`. */
const isElsewhere = ({ file }: { readonly file: string }): boolean => file === "docs/cli.md"

export const json = blocks(["json"]).filter((block) => !isElsewhere(block))
export const ndjson = blocks(["ndjson"])
export const shell = blocks(["sh", "bash", "shell", "console"]).filter((block) => !isElsewhere(block))

/** The one that it is. */
export const text = (of: typeof json, { contains, file }: Place): string => {
  const found = of.filter((block) => block.file === file && block.code.includes(contains))
  assert.lengthOf(found, 1, `${file}: ${contains}`)
  return found[0]?.code ?? ""
}

export const readmeSeed = (): Seed.Seed => JSON.parse(text(json, { file: "README.md", contains: '"accounts"' }))

export const faultScript = (): FaultScript.FaultScript => JSON.parse(text(json, { file: "docs/testing.md", contains: '"rules"' }))
