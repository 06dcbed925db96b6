/** What has to be true of a version before it is published. */
import { fieldsOf } from "./Repository.js"

export interface Release {
  readonly tag: string
  /** The repository in which the release is made, such as `https://github.com/someone/effect-dintero`. */
  readonly repository: string
  /** `version` and `repository.url` of package.json. */
  readonly version: string
  readonly url: string
  /** CHANGELOG.md. */
  readonly changelog: string
  readonly changesets: ReadonlyArray<string>
}

/** The section of a version in the changelog, without its heading. */
export const notesOf = (changelog: string, version: string): string | undefined =>
  changelog
    .split(/^## /m)
    .slice(1)
    .map((section) => section.split("\n"))
    .find(([heading]) => heading?.trim() === version)
    ?.slice(1)
    .join("\n")
    .trim()

export const problemsOf = ({ changelog, changesets, repository, tag, url, version }: Release): ReadonlyArray<string> => {
  const expected = fieldsOf(repository).repository.url
  return [
    ...(tag === `v${version}` ? [] : [`The tag is ${tag}, and package.json has the version ${version}.`]),
    ...(url === expected
      ? []
      : [`package.json has the repository ${url}, and this one is ${expected}. Run npm run repository -- ${repository}.`]),
    ...(changesets.length === 0 ? [] : [`Not in the changelog yet: ${changesets.join(", ")}. Run npm run release:version.`]),
    ...((notesOf(changelog, version) ?? "") === "" ? [`CHANGELOG.md says nothing of ${version}.`] : [])
  ]
}
