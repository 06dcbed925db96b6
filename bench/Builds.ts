/** Builds of the client alone, as `npm run build` makes them. */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as CoreModule from "../scripts/lib/CoreModule.js"
import { node, root } from "./Processes.js"

export const tsc = join(root, "node_modules", "typescript", "lib", "tsc.js")

/** Writes a package below the root, where its dependencies are found, and returns its folder. */
export const write = async (source: string, place: string): Promise<string> => {
  mkdirSync(place, { recursive: true })
  writeFileSync(
    join(place, "tsconfig.json"),
    JSON.stringify({
      extends: join(root, "tsconfig.build.json"),
      compilerOptions: { outDir: join(place, "dist"), rootDir: source, noUnusedLocals: false, plugins: [] },
      include: [],
      files: [join(source, "index.ts")]
    })
  )
  writeFileSync(
    join(place, "package.json"),
    JSON.stringify({
      name: "effect-dintero",
      type: "module",
      sideEffects: [],
      exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } }
    })
  )
  await node([tsc, "-p", place])
  await CoreModule.write(source, join(place, "dist"))
  return place
}
