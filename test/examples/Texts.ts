/** What the docs have in JSON and for a shell. */
import { assert } from "@effect/vitest"
import type { FaultScript, Seed } from "effect-dintero/embedded"
import { blocks } from "../../scripts/lib/Examples.js"
import type { Place } from "./Inputs.js"

export const json = blocks(["json"])
export const ndjson = blocks(["ndjson"])
export const shell = blocks(["sh", "bash", "shell", "console"])

/** The one that it is. */
export const text = (of: typeof json, { contains, file }: Place): string => {
  const found = of.filter((block) => block.file === file && block.code.includes(contains))
  assert.lengthOf(found, 1, `${file}: ${contains}`)
  return found[0]?.code ?? ""
}

export const readmeSeed = (): Seed.Seed => JSON.parse(text(json, { file: "README.md", contains: '"accounts"' }))

export const faultScript = (): FaultScript.FaultScript => JSON.parse(text(json, { file: "docs/testing.md", contains: '"rules"' }))
