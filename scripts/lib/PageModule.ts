/** What the package has in the place of `inspector/PageFiles.ts`: the same answer, without a bundler and without a file beside it. */
import { read } from "../../src/layers/embedded/inspector/PageFiles.js"
import { type Bundled, bundled } from "./Notices.js"

/** Under its name in `src`, of which `dist` has the compiled counterpart. */
export const path = "layers/embedded/inspector/PageFiles"

const licence = ({ name, text }: Bundled): string => `/*\n${name}\n\n${text.replaceAll("*/", "* /")}\n*/\n`

export const text = (): string =>
  `${bundled().map(licence).join("")}const files = ${JSON.stringify(read())}\nexport const read = () => files\n`
