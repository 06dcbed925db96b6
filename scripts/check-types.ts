/**
 * Compiles all of the project, and puts its files to the rules of Effect's language service, in one program: the command of the language
 * service makes a program anew for each fifty files, and compiling is most of the work of both.
 *
 * The function that checks a file is the one that the language service gives to a patched `tsc`. Nothing is patched here.
 */
import { createRequire } from "node:module"
import { join } from "node:path"
import ts from "typescript"
import { root } from "./lib/Shell.js"

type CheckFile = (
  compiler: typeof ts,
  program: ts.Program,
  file: ts.SourceFile,
  options: ts.CompilerOptions,
  report: (diagnostic: ts.Diagnostic) => void,
  caller: "tsc"
) => void

const rules = "@effect/language-service"

// Seam: the package has no types.
const { checkSourceFileWorker } = createRequire(import.meta.url)(`${rules}/effect-lsp-patch-utils.js`) as {
  readonly checkSourceFileWorker: CheckFile
}

const config = ts.getParsedCommandLineOfConfigFile(
  join(root, "tsconfig.json"),
  { noEmit: true },
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"))
    }
  }
)
if (config === undefined) throw new Error("tsconfig.json cannot be read.")

const program = ts.createProgram(config.fileNames, config.options)
const found: Array<ts.Diagnostic> = [...config.errors, ...ts.getPreEmitDiagnostics(program)]
const names = new Set(config.fileNames)
const files = program.getSourceFiles().filter(({ fileName }) => names.has(fileName))
// Without its options the function checks nothing, and every file would pass.
if (!JSON.stringify(config.options.plugins).includes(rules)) throw new Error(`tsconfig.json does not name the plugin ${rules}.`)
for (const file of files) {
  checkSourceFileWorker(ts, program, file, config.options, (diagnostic) => void found.push(diagnostic), "tsc")
}

// Warnings count, as with `--strict`. What an editor only suggests does not.
const problems = found.filter(
  ({ category }) => category === ts.DiagnosticCategory.Error || category === ts.DiagnosticCategory.Warning
)
if (problems.length > 0) {
  const host = { getCanonicalFileName: (name: string) => name, getCurrentDirectory: () => root, getNewLine: () => "\n" }
  console.error(ts.formatDiagnostics(problems, host).trimEnd())
  process.exitCode = 1
} else {
  console.log(`${files.length} files`)
}
