/**
 * `npm pack` runs this first: builds the package, and lets everybody read its files. The modes of the files go into the package, and would
 * otherwise be those that the umask of the person gave them who packs it.
 */
import { chmodSync } from "node:fs"
import { join } from "node:path"
import { bin, root, run } from "./lib/Shell.js"

interface Packed {
  readonly files: ReadonlyArray<{ readonly path: string; readonly mode: number }>
}

const must = async (command: string, ...args: ReadonlyArray<string>): Promise<string> => {
  const { code, output, stdout } = await run(command, args)
  if (code !== 0) throw new Error(output)
  return stdout
}

await must(bin("tsx"), "scripts/build.ts")
const list = await must("npm", "pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error")
// Seam: npm's own format, with one package.
const packages = JSON.parse(list) as ReadonlyArray<Packed>
for (const { mode, path } of packages.flatMap(({ files }) => files)) {
  chmodSync(join(root, path), (mode & 0o100) === 0 ? 0o644 : 0o755)
}
