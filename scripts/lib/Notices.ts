/** The libraries that are bundled into the package, and their licences, which ask to go where the libraries go. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { buildSync } from "esbuild"
import { root } from "./Shell.js"

export interface Bundled {
  readonly name: string
  readonly version: string
  readonly license: string
  /** The text of its licence. */
  readonly text: string
}

/** The packages among the files of a bundle. */
export const packagesIn = (files: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(files.flatMap((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? []))].sort()

/** The inspector page is the only bundle in the package. */
export const bundled = (): ReadonlyArray<Bundled> => {
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: ["src/layers/embedded/inspector/page/main.ts"],
    outdir: "page",
    write: false,
    bundle: true,
    format: "esm",
    metafile: true,
    tsconfigRaw: {}
  })
  return packagesIn(Object.keys(metafile.inputs)).map((name) => {
    const folder = join(root, "node_modules", name)
    const { license, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      readonly license: string
      readonly version: string
    }
    return { name, version, license, text: readFileSync(join(folder, "LICENSE"), "utf8").trim() }
  })
}

export const noticesFile = join(root, "THIRD-PARTY-NOTICES.md")

export const notices = (libraries: ReadonlyArray<Bundled>): string => {
  const intro =
    "The inspector page, which is in this package as `dist/layers/embedded/inspector/PageFiles.js`, contains the libraries below. The package " +
    "contains no other code of others."
  const texts = libraries.map(
    ({ license, name, text, version }) => `## ${name} ${version} (${license})\n\n\`\`\`text\n${text}\n\`\`\``
  )
  return `${["# Third-party notices", intro, ...texts].join("\n\n")}\n`
}
