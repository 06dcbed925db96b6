/**
 * Programs that tests start as processes of their own, compiled once for each test file.
 *
 * With `tsx`, each start would compile and load every module again, which takes a second of CPU time more.
 */
import { rmSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { basename, join, resolve } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { build, type Plugin } from "esbuild"

const root = fileURLToPath(new URL("../..", import.meta.url))
const source = (path: string): string => join(root, "src", path)

/** Inside the project, so that the programs find its packages. Another process of Vitest has a folder of its own. */
const folder = join(root, ".tmp", "programs", String(process.pid))
process.once("exit", () => rmSync(folder, { recursive: true, force: true }))

/** A module finds the files beside it where they were. */
const places: Plugin = {
  name: "places",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replaceAll("import.meta.url", JSON.stringify(pathToFileURL(path).href)),
      loader: "ts"
    }))
}

const compile = async (path: string, outdir: string): Promise<string> => {
  await build({
    entryPoints: [path],
    outdir,
    outExtension: { ".js": ".mjs" },
    alias: {
      "effect-dintero/embedded": source("embedded.ts"),
      "effect-dintero/redis": source("redis.ts"),
      "effect-dintero/undici": source("undici.ts"),
      "effect-dintero": source("index.ts")
    },
    bundle: true,
    // For modules that are loaded at their first use.
    splitting: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    // Names of classes are in texts.
    keepNames: true,
    plugins: [places],
    logLevel: "error"
  })
  return join(outdir, basename(path).replace(/ts$/, "mjs"))
}

const programs = new Map<string, Promise<string>>()

/** The path of the compiled program. `file`: a TypeScript file, from the root of the project unless it is absolute. */
export const compiled = (file: string): Promise<string> => {
  const path = resolve(root, file)
  const program = programs.get(path) ?? compile(path, join(folder, String(programs.size)))
  programs.set(path, program)
  return program
}
