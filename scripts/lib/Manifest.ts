/** package.json of this project, as its scripts use it. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "./Shell.js"

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly homepage: string
  readonly bugs: string
  readonly repository: { readonly type: string; readonly url: string }
  readonly exports: Readonly<Record<string, string | { readonly default: string } | null>>
  readonly files: ReadonlyArray<string>
  readonly scripts: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>
}

export const manifestPath = join(root, "package.json")

// Seam: the file is part of this project, and `npm run check:release -- manifest` checks these fields.
export const manifest = (): Manifest => JSON.parse(readFileSync(manifestPath, "utf8")) as Manifest
