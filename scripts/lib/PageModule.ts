/** What the package has in the place of `inspector/PageFiles.ts`: the same answer, without a bundler and without a file beside it. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { read } from "../../src/layers/embedded/inspector/PageFiles.js"
import { root } from "./Shell.js"

/** Under its name in `src`, of which `dist` has the compiled counterpart. */
export const path = "layers/embedded/inspector/PageFiles"

/** The libraries in the page. Their licences ask to go where they go. */
const libraries = ["preact", "@preact/signals", "@preact/signals-core", "htm"]

const licence = (name: string): string =>
  `/*\n${name}\n\n${readFileSync(join(root, "node_modules", name, "LICENSE"), "utf8").replaceAll("*/", "* /")}*/\n`

export const text = (): string =>
  `${libraries.map(licence).join("")}const files = ${JSON.stringify(read())}\nexport const read = () => files\n`
