/** What the package has in the place of `inspector/PageFiles.ts`: the same answers, without a file beside it. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./Shell.js"

const names = ["index.html", "inspector.css", "inspector.js"]

/** Under its name in `src`, of which `dist` has the compiled counterpart. */
export const path = "layers/embedded/inspector/PageFiles"

export const text = (): string => {
  const files = names.map((name) => [name, readFileSync(join(root, "src", path, "..", name), "utf8")])
  return [`const files = new Map(${JSON.stringify(files)})`, "export const read = async (name) => files.get(name)", ""].join("\n")
}
