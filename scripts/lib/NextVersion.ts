/** The version that comes next: what the changesets in `.changeset` make of the one in package.json, which is the last that was prepared. */
import getReleasePlan from "@changesets/get-release-plan"
import { manifest } from "./Manifest.js"
import { root } from "./Shell.js"

export interface NextVersion {
  readonly version: string
  /** The names of the changesets that make it. */
  readonly changesets: ReadonlyArray<string>
}

/** The version stays as it is without changesets. */
export const nextVersion = async (): Promise<NextVersion> => {
  const { name, version } = manifest()
  const { changesets, releases } = await getReleasePlan(root)
  return {
    version: releases.find((release) => release.name === name)?.newVersion ?? version,
    changesets: changesets.map(({ id }) => id)
  }
}
