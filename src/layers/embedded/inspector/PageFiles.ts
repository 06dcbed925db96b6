/**
 * The script and the style of the page, made from its modules beside this one. The build puts a module in the place of this one that
 * has them in it: a user of the package needs neither the modules nor a bundler, and every bundle of the package has the page in it.
 */
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"

export interface PageFiles {
  readonly script: string
  readonly style: string
}

export const read = (): PageFiles => {
  const { outputFiles } = buildSync({
    entryPoints: [fileURLToPath(new URL("page/main.ts", import.meta.url))],
    outdir: "page",
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    tsconfigRaw: {}
  })
  const textOf = (ending: string) => outputFiles.find(({ path }) => path.endsWith(ending))?.text.trimEnd() ?? ""
  return { script: textOf(".js"), style: textOf(".css") }
}
