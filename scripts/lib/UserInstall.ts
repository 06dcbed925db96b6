/**
 * What a user installs, with the versions that this project is tested with: the package and all its peers, as a project of its own without
 * the packages that are only for development. The libraries in the inspector page count too, since the package has them in it. npm makes
 * its lock file from ours, and needs no network for it.
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { manifest } from "./Manifest.js"
import { bundled } from "./Notices.js"
import { root, run } from "./Shell.js"

const make = async (): Promise<string> => {
  const { description, devDependencies, license, name, peerDependencies, peerDependenciesMeta, version } = manifest()
  // npm names the project of a bill of materials after its folder.
  const folder = join(root, ".tmp", "user", name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const versionsOf = (names: ReadonlyArray<string>) =>
    Object.fromEntries(names.map((peer) => [peer, devDependencies[peer] ?? peerDependencies[peer]]))
  const isOptional = (peer: string) => peerDependenciesMeta[peer]?.optional === true
  const peers = Object.keys(peerDependencies)
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({
      name,
      version,
      description,
      license,
      dependencies: {
        ...versionsOf(peers.filter((peer) => !isOptional(peer))),
        ...Object.fromEntries(bundled().map((library) => [library.name, library.version]))
      },
      optionalDependencies: versionsOf(peers.filter(isOptional))
    })
  )
  copyFileSync(join(root, "package-lock.json"), join(folder, "package-lock.json"))
  const args = ["install", "--package-lock-only", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
  const { code, output } = await run("npm", args, { cwd: folder })
  if (code !== 0) throw new Error(`npm cannot make the lock file of a user:\n${output}`)
  return folder
}

let made: Promise<string> | undefined

/** Its folder, which is made once. */
export const userInstall = (): Promise<string> => {
  made ??= make()
  return made
}
