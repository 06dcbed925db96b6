/** `npm run build`: dist from nothing, with the core in one file, and the command made executable. */
import { chmodSync, existsSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as CoreModule from "./lib/CoreModule.js"
import * as PageModule from "./lib/PageModule.js"
import { bin, root, run } from "./lib/Shell.js"

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
  await CoreModule.write(join(root, "src"), join(root, "dist"))
  chmodSync(command, 0o755)
  writeFileSync(join(root, "dist", `${PageModule.path}.js`), PageModule.text())
  // To standard error, since `npm pack --json` owns standard output.
  console.error("built dist")
}
