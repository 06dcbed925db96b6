/**
 * `npm run openapi` writes the OpenAPI document of the contract to docs/openapi.json.
 * `npm run openapi -- --check` compares it with what is there and validates it against the OpenAPI 3.1 schema.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Validator } from "@seriousme/openapi-schema-validator"
import { openApi } from "../src/contract/OpenApi.js"
import { root, shown } from "./lib/Shell.js"

const target = join(root, "docs", "openapi.json")
const text = `${JSON.stringify(openApi(), null, 2)}\n`

/** The validator annotates what it is given, so it gets a copy. */
const parsed: unknown = JSON.parse(text)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const problems = async (): Promise<ReadonlyArray<string>> => {
  if (!isRecord(parsed)) return ["The document is not an object."]
  const { errors, valid } = await new Validator().validate(parsed)
  if (!valid) {
    return typeof errors === "string" || errors === undefined
      ? [errors ?? "The document is not valid."]
      : errors.map((error) => `${error.instancePath || "/"} ${error.message ?? error.keyword} ${JSON.stringify(error.params)}`)
  }
  const ids = (isRecord(parsed.paths) ? Object.values(parsed.paths) : [])
    .flatMap((path) => (isRecord(path) ? Object.values(path) : []))
    .flatMap((operation) => (isRecord(operation) && typeof operation.operationId === "string" ? [operation.operationId] : []))
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index)
  return ids.length === 0 ? ["The document has no operation."] : twice.map((id) => `Two operations are called ${id}.`)
}

const writes = !process.argv.includes("--check")
if (writes) {
  // Before it is judged, so that an invalid document can be looked at.
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text)
  console.log(`wrote ${shown(target)}`)
}

const invalid = await problems()
if (invalid.length > 0) {
  console.error(
    `The OpenAPI document of src/contract is not valid OpenAPI 3.1:\n${invalid.map((line) => `  ${line}`).join("\n")}`
  )
  process.exitCode = 1
} else if (!writes && (!existsSync(target) || readFileSync(target, "utf8") !== text)) {
  console.error(
    `${shown(target)} ${existsSync(target) ? "is not what the contract says" : "is missing"}. ` +
      "Run npm run openapi and commit docs/openapi.json."
  )
  process.exitCode = 1
} else {
  console.log(`${shown(target)} is ${writes ? "" : "fresh and "}valid OpenAPI 3.1`)
}
