/**
 * Where the project lives. `repository.url` of package.json says it once: the other fields of package.json and the links of the pages are made
 * from it, with `npm run repository -- URL`.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Manifest, manifest, manifestPath } from "./Manifest.js"
import { filesBelow, root, shown } from "./Shell.js"

/** `https://github.com/someone/effect-dintero`, without what npm writes around it. */
export const baseOf = ({ repository }: Pick<Manifest, "repository">): string =>
  repository.url.replace(/^git\+/, "").replace(/\.git$/, "")

type Fields = Pick<Manifest, "bugs" | "homepage" | "repository">

export const fieldsOf = (base: string): Fields => ({
  homepage: `${base}#readme`,
  bugs: `${base}/issues`,
  repository: { type: "git", url: `git+${base}.git` }
})

/** The pages that may link to the repository. */
const pages = (): ReadonlyArray<string> => [
  ...["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"].map((name) => join(root, name)),
  ...filesBelow("docs", ".md"),
  ...filesBelow("examples", ".md")
]

/** The links to a repository of this name, whosever it is. */
const linksIn = (text: string, name: string): ReadonlyArray<string> =>
  [...text.matchAll(/https:\/\/[\w.-]+\/[\w.-]+\/([\w.-]+?)(?=[/#)\s"'>]|\.git)/g)].flatMap(([link, repository]) =>
    repository === name ? [link] : []
  )

export const problemsIn = (given: Fields & Pick<Manifest, "name">, texts: ReadonlyMap<string, string>): ReadonlyArray<string> => {
  const base = baseOf(given)
  const { bugs, homepage } = fieldsOf(base)
  return [
    ...(/^https:\/\/[^/]+\/[^/]+\/[^/]+$/.test(base) ? [] : [`package.json: repository.url is ${given.repository.url}`]),
    ...(given.homepage === homepage ? [] : [`package.json: homepage is not ${homepage}`]),
    ...(given.bugs === bugs ? [] : [`package.json: bugs is not ${bugs}`]),
    ...[...texts].flatMap(([file, text]) =>
      linksIn(text, given.name)
        .filter((link) => link !== base)
        .map((link) => `${file}: ${link} is not ${base}`)
    )
  ]
}

export const problems = (): ReadonlyArray<string> =>
  problemsIn(manifest(), new Map(pages().map((path) => [shown(path), readFileSync(path, "utf8")])))

/** Writes the address into package.json and the pages. */
export const move = (base: string): void => {
  const before = baseOf(manifest())
  for (const path of [manifestPath, ...pages()]) {
    const text = readFileSync(path, "utf8")
    const moved = text.replaceAll(before, base)
    if (moved !== text) writeFileSync(path, moved)
  }
}
