/** `npm run check:release`: what a release needs beyond the package itself, which `npm run check:package` checks. */
import { existsSync, readFileSync } from "node:fs"
import { auditCheck } from "./lib/AuditCheck.js"
import * as Licences from "./lib/Licences.js"
import { manifest } from "./lib/Manifest.js"
import { nextVersion } from "./lib/NextVersion.js"
import { bundled, notices, noticesFile } from "./lib/Notices.js"
import * as Repository from "./lib/Repository.js"
import * as Sbom from "./lib/Sbom.js"
import { failed, filesBelow, ok, type Result, runSteps, type Step, shown } from "./lib/Shell.js"
import * as Workflows from "./lib/Workflows.js"

const judged = (problems: ReadonlyArray<string>, note: string): Result =>
  problems.length === 0 ? ok(note) : failed(problems.join("\n"))

const { peerDependencies, scripts } = manifest()
let bill = ""

const steps: ReadonlyArray<Step> = [
  {
    name: "repository",
    hint: "Run npm run repository -- with the address of the repository.",
    run: async () => judged(Repository.problems(), Repository.baseOf(manifest()))
  },
  {
    name: "changesets",
    run: async () => {
      const { changesets, version } = await nextVersion()
      return ok(changesets.length === 0 ? `${version}, without changes` : `${changesets.length} make ${version}`)
    }
  },
  {
    name: "workflows",
    run: async () => {
      const files = filesBelow(".github/workflows", ".yml")
      const problems = await Promise.all(
        files.map((path) => Workflows.problemsOf(shown(path), readFileSync(path, "utf8"), scripts))
      )
      return judged(files.length === 0 ? ["There is no workflow."] : problems.flat(), files.map(shown).join(", "))
    }
  },
  {
    name: "notices",
    hint: "Run npm run notices, and commit THIRD-PARTY-NOTICES.md.",
    run: async () => {
      const libraries = bundled()
      const committed = existsSync(noticesFile) ? readFileSync(noticesFile, "utf8") : ""
      const stale = committed === notices(libraries) ? [] : [`${shown(noticesFile)} is not what the bundles contain.`]
      return judged(stale, libraries.map(({ name }) => name).join(", "))
    }
  },
  {
    name: "sbom",
    run: async () => {
      bill = await Sbom.sbom()
      const needed = [...Object.keys(peerDependencies), ...bundled().map(({ name }) => name)]
      return judged(await Sbom.problemsOf(bill, needed), `${Sbom.componentsOf(bill).length} packages, CycloneDX 1.5`)
    }
  },
  {
    name: "licences",
    hint: "The licences that a package may have are in scripts/lib/Licences.ts.",
    run: async () => judged(Licences.problemsOf(Sbom.componentsOf(bill)), Licences.summary(Sbom.componentsOf(bill)))
  },
  { name: "audit", run: auditCheck }
]

await runSteps("release", steps)
