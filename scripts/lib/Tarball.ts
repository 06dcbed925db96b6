/** The package as npm publishes it, for the checks that install it. */
import { copyFileSync, existsSync, readdirSync } from "node:fs"
import { basename, join } from "node:path"
import { failed, ok, type Result, run } from "./Shell.js"

/**
 * Packs it into a folder, which takes a build, or copies there the one that was packed before. The output is the name of the file.
 */
export const packInto = async (folder: string, given: string | undefined): Promise<Result> => {
  if (given !== undefined) {
    if (!existsSync(given)) return failed(`There is no package at ${given}. npm pack makes one.`)
    copyFileSync(given, join(folder, basename(given)))
    return ok(basename(given))
  }
  const packed = await run("npm", ["pack", "--json", "--loglevel=error", "--pack-destination", folder])
  if (packed.code !== 0) return packed
  const name = readdirSync(folder).find((file) => file.endsWith(".tgz"))
  return name === undefined ? failed("npm pack wrote no tarball") : ok(name)
}
