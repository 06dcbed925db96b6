/** What the package has in the place of `inspector/PageFiles.ts`: the same answer, without a bundler and without a file beside it. */
import { read } from "../../src/layers/embedded/inspector/PageFiles.js"

/** Under its name in `src`, of which `dist` has the compiled counterpart. */
export const path = "layers/embedded/inspector/PageFiles"

export const text = (): string => `const files = ${JSON.stringify(read())}\nexport const read = () => files\n`
