/**
 * A script: what the compiler says of the trial operation, as a whole and without each of its parts.
 */
import { join } from "node:path"
import ts from "typescript"
import { root } from "../../scripts/lib/Shell.js"
import { indexes, newTag, overlay, parts } from "./Trial.js"

export interface Problem {
  readonly file: string
  readonly message: string
}

export interface Compiled {
  readonly whole: ReadonlyArray<Problem>
  /** By the part that is left out. */
  readonly without: Readonly<Record<string, ReadonlyArray<Problem>>>
  readonly newTag: ReadonlyArray<Problem>
}

/** The compiler over the real sources, some of which are replaced. What does not change is read and bound once. */
const makeCompiler = () => {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const sources = new Map<string, ts.SourceFile | undefined>()
  const rootNames = [...new Set([...parts.flatMap(({ file, named }) => [file, named.file]), ...indexes])]
  let previous: ts.Program | undefined
  /** What the compiler says, by file. */
  return (replaced: ReadonlyMap<string, string>): ReadonlyArray<Problem> => {
    const texts = new Map([...replaced].map(([file, text]) => [join(root, file), text]))
    const base = ts.createCompilerHost(options)
    const isThere = (path: string) => texts.has(path) || base.fileExists(path)
    const program = ts.createProgram({
      rootNames: rootNames.map((file) => join(root, file)).filter(isThere),
      options,
      ...(previous === undefined ? {} : { oldProgram: previous }),
      host: {
        ...base,
        fileExists: isThere,
        readFile: (path) => texts.get(path) ?? base.readFile(path),
        getSourceFile: (path, languageVersion) => {
          const text = texts.get(path)
          if (text !== undefined) return ts.createSourceFile(path, text, languageVersion, true)
          if (!sources.has(path)) sources.set(path, base.getSourceFile(path, languageVersion))
          return sources.get(path)
        }
      }
    })
    previous = program
    return rootNames.flatMap((file) => {
      const source = program.getSourceFile(join(root, file))
      const all = source === undefined ? [] : program.getSemanticDiagnostics(source)
      return all.map(({ messageText }) => ({ file, message: ts.flattenDiagnosticMessageText(messageText, "\n") }))
    })
  }
}

const compile = makeCompiler()

const result: Compiled = {
  whole: compile(overlay(parts)),
  without: Object.fromEntries(parts.map(({ part }) => [part, compile(overlay(parts.filter((other) => other.part !== part)))])),
  newTag: compile(newTag())
}

process.stdout.write(JSON.stringify(result))
