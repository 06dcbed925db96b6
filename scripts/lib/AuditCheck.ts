/** Asks the registry for known vulnerabilities: of what a user installs, and of what this project is developed with. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { advisoriesOf, type Explained, problemsOf } from "./Audit.js"
import { failed, ok, type Result, root, run } from "./Shell.js"
import { userInstall } from "./UserInstall.js"

const explainedFile = "scripts/audit-explained.json"

export const auditCheck = async (): Promise<Result> => {
  // Seam: the file is part of this project.
  const explained = JSON.parse(readFileSync(join(root, explainedFile), "utf8")) as ReadonlyArray<Explained>
  const ask = async (cwd: string, ...args: ReadonlyArray<string>) =>
    advisoriesOf((await run("npm", ["audit", "--json", "--package-lock-only", "--fetch-retries=0", ...args], { cwd })).stdout)
  const users = await ask(await userInstall(), "--omit=dev")
  const ours = await ask(root)
  // A build must not depend on a service of the registry that not every mirror has.
  if (users === undefined || ours === undefined) return ok("skipped: the registry has no audit endpoint, or cannot be reached")
  const problems = problemsOf([...users, ...ours], explained, new Date().toISOString().slice(0, 10))
  return problems.length === 0
    ? ok(`${explained.length} advisories, all explained`)
    : failed(`${problems.join("\n")}\nUpdate the packages, or explain an advisory in ${explainedFile}.`)
}
