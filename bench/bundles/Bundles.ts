/** The two programs of this folder as esbuild bundles them: one ES module, minified and compressed with gzip. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import * as Esbuild from "esbuild"
import * as CoreModule from "../../scripts/lib/CoreModule.js"
import { root } from "../Processes.js"

/**
 * How a program imports.
 *
 * - `modules`: each module by itself, as in `import * as Effect from "effect/Effect"`. Bundlers then leave out what is not used of each.
 * - `packages`: from the root of each package, as in `import { Effect } from "effect"`. esbuild then keeps the whole of each module that is named.
 */
export type Imports = "modules" | "packages"

export type Program = "Minimal" | "Bare"

/** Of the library, the file and whether the name is the module itself. */
const own: { readonly [name: string]: string } = {
  Customers: 'import { Customers } from "./src/services/Customers.js"',
  Dintero: 'import * as Dintero from "./src/layers/Dintero.js"'
}

const textOf = (program: Program, imports: Imports): string => {
  const text = readFileSync(join(root, "bench", "bundles", `${program}.ts`), "utf8")
  return imports === "packages"
    ? text
    : text.replace(/^import \{ (.+) \} from "(.+)"$/gm, (_, names: string, from: string) =>
        names
          .split(", ")
          .map((name) => (from === "effect-dintero" ? own[name] : `import * as ${name} from "${from}/${name}"`))
          .join("\n")
      )
}

/** The specifiers of what a program imports of Effect. */
export const importsOf = (program: Program, imports: Imports): ReadonlyArray<string> =>
  [...textOf(program, imports).matchAll(/^import .+ from "((?:@effect\/|effect(?!-)).*)"$/gm)].flatMap(([, from]) => from ?? [])

export interface Bundle {
  readonly code: string
  /** Bytes. */
  readonly gzip: number
  /** Bytes of each module after minification, without the modules of which nothing is in the bundle. */
  readonly modules: ReadonlyMap<string, number>
  /** All modules that an import leads to, also those of which nothing is in the bundle. */
  readonly reached: ReadonlyArray<string>
}

export const of = async (program: Program, imports: Imports): Promise<Bundle> => {
  const { metafile, outputFiles } = await Esbuild.build({
    absWorkingDir: root,
    stdin: { contents: textOf(program, imports), resolveDir: root, loader: "ts" },
    alias: { "effect-dintero": join(root, "src", "index.ts") },
    plugins: [CoreModule.pureIn(join(root, "src"))],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    metafile: true,
    write: false,
    logLevel: "silent"
  })
  const [output] = Object.values(metafile.outputs)
  const code = outputFiles[0]?.text ?? ""
  return {
    code,
    gzip: gzipSync(code, { level: 9 }).length,
    modules: new Map(
      Object.entries(output?.inputs ?? {}).flatMap(([path, { bytesInOutput }]) =>
        bytesInOutput === 0 ? [] : [[path.replace(/^.*node_modules\//, ""), bytesInOutput]]
      )
    ),
    reached: Object.keys(metafile.inputs)
  }
}
