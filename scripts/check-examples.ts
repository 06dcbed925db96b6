/**
 * Compiles every ```ts block of the comments in src, of README.md and of docs/**, each as a module of its own, with the options of
 * the project. A block tagged ```ts no-check is counted, not compiled.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import ts from "typescript"
import { type Block, blocks } from "./lib/Examples.js"
import { root } from "./lib/Shell.js"

const folder = join(root, ".tmp", "examples")

const all = blocks()
const checked = all.filter((block) => !block.skipped)

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const origin = new Map<string, Block>()
for (const block of checked) {
  const path = join(folder, `${block.file.replace(/[^A-Za-z0-9]+/g, "-")}-${block.line}.ts`)
  writeFileSync(path, block.code)
  origin.set(resolve(path), block)
}

const config = ts.getParsedCommandLineOfConfigFile(
  join(root, "tsconfig.json"),
  // An example may name a value only to show it.
  { noEmit: true, noUnusedLocals: false, noUnusedParameters: false },
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => {
      throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n"))
    }
  }
)
const program = ts.createProgram([...origin.keys()], config?.options ?? {})

const failures = new Map<string, number>()
const lines: Array<string> = []
for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n    ")
  const block = diagnostic.file === undefined ? undefined : origin.get(resolve(diagnostic.file.fileName))
  if (diagnostic.file !== undefined && block !== undefined) {
    const at = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start ?? 0)
    const place = `${block.file}:${block.line}`
    failures.set(place, (failures.get(place) ?? 0) + 1)
    lines.push(`${block.file}:${block.line + at.line}  TS${diagnostic.code}: ${message}`)
  } else {
    // An error in src itself: `types` reports it, and no example can be trusted until it is gone.
    failures.set("src", (failures.get("src") ?? 0) + 1)
    lines.push(`${diagnostic.file?.fileName ?? "options"}  TS${diagnostic.code}: ${message}`)
  }
}

rmSync(folder, { recursive: true, force: true })
const skipped = all.length - checked.length
if (lines.length > 0) {
  console.error(lines.join("\n"))
  const failing = [...origin.values()].filter((block) => failures.has(`${block.file}:${block.line}`)).length
  console.error(
    `\n${failing} of ${checked.length} examples do not compile${failures.has("src") ? ", and src does not either" : ""}.`
  )
  process.exitCode = 1
} else {
  console.log(`${checked.length} examples compile${skipped > 0 ? `, ${skipped} skipped (no-check)` : ""}`)
}
