/** `npm run build`: dist from nothing, one file per module, and the command made executable. */
import { chmodSync, copyFileSync, existsSync, rmSync } from "node:fs"
import { join, relative } from "node:path"
import { bin, filesBelow, root, run } from "./lib/Shell.js"

const command = join(root, "dist", "cli", "main.js")

rmSync(join(root, "dist"), { recursive: true, force: true })
const { code, output } = await run(bin("tsc"), ["-p", "tsconfig.build.json"])
if (code !== 0) {
  console.error(output.trimEnd())
  process.exitCode = code
} else if (!existsSync(command)) {
  console.error("The build has no dist/cli/main.js, which package.json names as the command.")
  process.exitCode = 1
} else {
  chmodSync(command, 0o755)
  // tsc writes only what it compiles; InspectorPage.js reads these beside it.
  for (const asset of [".html", ".css", ".js"].flatMap((ending) => filesBelow("src/layers/embedded/inspector", ending))) {
    copyFileSync(asset, join(root, "dist", relative(join(root, "src"), asset)))
  }
  // To standard error, since `npm pack --json` owns standard output.
  console.error("built dist")
}
