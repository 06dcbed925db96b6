/**
 * The core of the package in one file. `src/index.ts` reaches about 170 modules, and opening so many files takes longer than running them. So the
 * build puts their code into `dist/core.js`, and each of them exports its part of it.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative, sep } from "node:path"
import { pathToFileURL } from "node:url"
import * as Esbuild from "esbuild"
import ts from "typescript"

/**
 * Marks each call that runs while the module is loaded, and leaves out the documentation.
 *
 * These calls make values and have no other effect. With the mark, a bundler drops the values that a program does not use.
 */
export const pure = (code: string): string => {
  const source = ts.createSourceFile("module.ts", code, ts.ScriptTarget.ES2022, true)
  const edits = new Map<number, { readonly end: number; readonly text: string }>()
  const visit = (node: ts.Node, isLoading: boolean): void => {
    for (const { end, pos } of ts.getLeadingCommentRanges(code, node.getFullStart()) ?? []) {
      // The lines stay, so that the source map is right.
      edits.set(pos, { end, text: code.slice(pos, end).replace(/[^\n]+/g, "") })
    }
    const runs = isLoading && !ts.isFunctionLike(node)
    if (runs && (ts.isCallExpression(node) || ts.isNewExpression(node))) {
      const start = node.getStart(source)
      edits.set(start, { end: start, text: "/*#__PURE__*/ " })
    }
    ts.forEachChild(node, (child) => visit(child, runs))
  }
  for (const statement of source.statements)
    visit(statement, ts.isVariableStatement(statement) || ts.isClassDeclaration(statement))
  let marked = ""
  let last = 0
  for (const [start, { end, text }] of [...edits].sort(([a], [b]) => a - b)) {
    marked += code.slice(last, start) + text
    last = end
  }
  return marked + code.slice(last)
}

/** Reads the modules of this folder as {@link pure} changes them. */
export const pureIn = (source: string): Esbuild.Plugin => ({
  name: "pure",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, ({ path }) =>
      path.startsWith(source + sep) ? { contents: pure(readFileSync(path, "utf8")), loader: "ts" } : undefined
    )
  }
})

const bundle = (source: string, options: Esbuild.BuildOptions) =>
  Esbuild.build({
    absWorkingDir: source,
    bundle: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    packages: "external",
    logLevel: "silent",
    ...options
  })

/** What `index.ts` reaches without itself, as paths from the source without their ending. */
const modulesOfCore = async (source: string): Promise<ReadonlyArray<string>> => {
  const { metafile } = await bundle(source, { entryPoints: ["index.ts"], write: false, metafile: true, treeShaking: false })
  return Object.keys(metafile?.inputs ?? {})
    .map((path) => path.replace(/\.ts$/, ""))
    .filter((path) => path !== "index")
    .sort()
}

/**
 * The names of classes as the source has them. esbuild renames a class that mentions itself to `_Name`, which an error would show in its stack and
 * in `inspect`.
 */
const withClassNames = (code: string): string =>
  [...code.matchAll(/^var (\w+) = class _\1 /gm)].reduce(
    (text, [, name = ""]) => text.replace(new RegExp(`\\b_${name}\\b`, "g"), name),
    code
  )

interface Exported {
  readonly name: string
  /** Its name among the exports of `core.js`. */
  readonly inCore: string
}

const exporting = (names: ReadonlyArray<Exported>, from: string, to: string): string => {
  const list = names.map(({ inCore, name }) => `${inCore} as ${name}`).join(", ")
  const path = relative(dirname(from), to).split(sep).join("/")
  return `export { ${list} } from "${path.startsWith(".") ? path : `./${path}`}";\n`
}

/** Writes `core.js`, and replaces each of its modules. In `dist` is what the compiler made of the source. */
export const write = async (source: string, dist: string): Promise<void> => {
  const modules = new Map<string, ReadonlyArray<Exported>>()
  for (const [index, path] of (await modulesOfCore(source)).entries()) {
    const names = Object.keys(await import(pathToFileURL(join(dist, `${path}.js`)).href))
    modules.set(
      path,
      names.map((name) => ({ name, inCore: `m${index}_${name}` }))
    )
  }
  const { outputFiles } = await bundle(source, {
    stdin: {
      contents: [...modules]
        .map(
          ([path, names]) =>
            `export { ${names.map(({ inCore, name }) => `${name} as ${inCore}`).join(", ")} } from "./${path}.js"`
        )
        .join("\n"),
      resolveDir: source
    },
    outfile: join(dist, "core.js"),
    sourcemap: true,
    sourcesContent: false,
    write: false,
    plugins: [pureIn(source)]
  })
  for (const { path, text } of outputFiles ?? []) writeFileSync(path, path.endsWith(".js") ? withClassNames(text) : text)
  for (const [path, names] of modules) {
    writeFileSync(join(dist, `${path}.js`), exporting(names, path, "core.js"))
    rmSync(join(dist, `${path}.js.map`))
  }
  // The index exports straight from the core. A namespace stays a module: a bundler drops what is not used of it.
  const index = join(dist, "index.js")
  writeFileSync(
    index,
    readFileSync(index, "utf8").replace(/^export \* from "\.\/(.+)\.js";\n/gm, (_, path: string) =>
      exporting(modules.get(path) ?? [], "index", "core.js")
    )
  )
}
