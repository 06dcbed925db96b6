import { execFileSync } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as Audit from "../../scripts/lib/Audit.js"
import * as Licences from "../../scripts/lib/Licences.js"
import { bundled, notices, packagesIn } from "../../scripts/lib/Notices.js"
import * as Release from "../../scripts/lib/Release.js"
import * as Repository from "../../scripts/lib/Repository.js"
import * as Sbom from "../../scripts/lib/Sbom.js"
import { root } from "../../scripts/lib/Shell.js"
import * as Workflows from "../../scripts/lib/Workflows.js"

describe("a release", () => {
  const sound: Release.Release = {
    tag: "v0.2.0",
    repository: "https://github.com/someone/effect-dintero",
    version: "0.2.0",
    url: "git+https://github.com/someone/effect-dintero.git",
    changelog: "# Changelog\n\n## 0.2.0\n\n### Minor Changes\n\n- A change\n\n## 0.1.0\n\nThe first\n",
    changesets: []
  }
  const problems = (changes: Partial<Release.Release>) => Release.problemsOf({ ...sound, ...changes })

  it("has the version of its tag, the repository of its build, and its section of the changelog", () => {
    assert.deepStrictEqual(problems({}), [])
    assert.deepStrictEqual(problems({ tag: "v0.3.0" }), ["The tag is v0.3.0, and package.json has the version 0.2.0."])
    assert.lengthOf(problems({ tag: "0.2.0" }), 1)
    assert.match(
      problems({ url: Repository.fieldsOf("https://github.com/OWNER/effect-dintero").repository.url })[0] ?? "",
      /OWNER/
    )
    assert.match(problems({ changesets: ["late-cats-sing"] })[0] ?? "", /late-cats-sing.*release:version/)
    assert.deepStrictEqual(problems({ changelog: "# Changelog\n\n## 0.2.0\n\n## 0.1.0\n\nThe first\n" }), [
      "CHANGELOG.md says nothing of 0.2.0."
    ])
  })

  it("is announced with its section of the changelog", () => {
    assert.strictEqual(Release.notesOf(sound.changelog, "0.2.0"), "### Minor Changes\n\n- A change")
    assert.strictEqual(Release.notesOf(sound.changelog, "0.1.0"), "The first")
    assert.isUndefined(Release.notesOf(sound.changelog, "0.2"))
  })

  it("has a section of the changelog that changesets have made, above the others", () => {
    const folder = mkdtempSync(join(tmpdir(), "effect-dintero-changesets-"))
    const git = (...args: ReadonlyArray<string>) => {
      execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], { cwd: folder })
    }
    try {
      cpSync(join(root, ".changeset", "config.json"), join(folder, ".changeset", "config.json"), { recursive: true })
      cpSync(join(root, "CHANGELOG.md"), join(folder, "CHANGELOG.md"))
      writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "effect-dintero", version: "0.1.0" }))
      writeFileSync(join(folder, ".changeset", "late-cats-sing.md"), '---\n"effect-dintero": minor\n---\n\nCats sing\n')
      git("init", "--quiet", "--initial-branch=main")
      git("add", "--all")
      git("commit", "--quiet", "--message=first")
      execFileSync(process.execPath, [join(root, "node_modules", "@changesets", "cli", "bin.js"), "version"], {
        cwd: folder,
        stdio: "pipe"
      })
      const changelog = readFileSync(join(folder, "CHANGELOG.md"), "utf8")
      assert.match(readFileSync(join(folder, "package.json"), "utf8"), /"version": ?"0\.2\.0"/)
      assert.match(Release.notesOf(changelog, "0.2.0") ?? "", /^### Minor Changes\n\n- (\w+: )?Cats sing$/)
      assert.strictEqual(
        Release.notesOf(changelog, "0.1.0"),
        Release.notesOf(readFileSync(join(root, "CHANGELOG.md"), "utf8"), "0.1.0")
      )
      assert.isBelow(changelog.indexOf("## 0.2.0"), changelog.indexOf("## 0.1.0"))
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

describe("the address of the repository", () => {
  const manifest = { name: "effect-dintero", ...Repository.fieldsOf("https://github.com/someone/effect-dintero") }

  it("is said once, and every other field and link follows from it", () => {
    const page = (link: string) => new Map([["SECURITY.md", `See [this](${link}).`]])
    assert.deepStrictEqual(Repository.problemsIn(manifest, page("https://github.com/someone/effect-dintero/issues")), [])
    assert.deepStrictEqual(Repository.problemsIn(manifest, page("https://github.com/else/effect-dintero/issues")), [
      "SECURITY.md: https://github.com/else/effect-dintero is not https://github.com/someone/effect-dintero"
    ])
    assert.deepStrictEqual(Repository.problemsIn(manifest, page("https://github.com/else/another")), [])
    assert.deepStrictEqual(Repository.problemsIn({ ...manifest, bugs: "https://example.com" }, new Map()), [
      "package.json: bugs is not https://github.com/someone/effect-dintero/issues"
    ])
    assert.lengthOf(Repository.problemsIn({ ...manifest, homepage: "https://example.com" }, new Map()), 1)
  })
})

describe("a workflow", () => {
  const scripts = { test: "vitest" }
  const sound = [
    "on: push",
    "permissions:",
    "  contents: read",
    "jobs:",
    "  test:",
    "    runs-on: ubuntu-latest",
    "    timeout-minutes: 5",
    "    steps:",
    "      - uses: actions/checkout@v4",
    "      - run: npm run test -- --run",
    ""
  ].join("\n")
  const problems = (from = "", to = "") => Workflows.problemsOf("test.yml", sound.replace(from, to), scripts)

  it("has no syntax error, few permissions, actions of a fixed version, time limits, and scripts that exist", async () => {
    assert.deepStrictEqual(await problems(), [])
    assert.match((await problems("runs-on", "run-on"))[0] ?? "", /"runs-on" section is missing/)
    assert.match((await problems("npm run test", "npm run test $" + "{{ github.nothing }}"))[0] ?? "", /"nothing" is not defined/)
    assert.match((await problems("contents: read", "contents: write"))[0] ?? "", /may read the contents/)
    assert.match((await problems("checkout@v4", "checkout@main"))[0] ?? "", /checkout@main is not pinned/)
    assert.deepStrictEqual(await problems("    timeout-minutes: 5\n", ""), ["test.yml  The job test has no timeout-minutes."])
    assert.deepStrictEqual(await problems("npm run test", "npm run tests"), ["test.yml  package.json has no script tests."])
  })
})

describe("licences", () => {
  const component = (licence: string): Sbom.Component => ({ name: "a", version: "1.0.0", licenses: [{ expression: licence }] })

  it("are those of the list, also in an expression", () => {
    assert.deepStrictEqual(Licences.problemsOf(["MIT", "(MIT OR GPL-3.0-only)", "MIT AND Apache-2.0"].map(component)), [])
    assert.deepStrictEqual(Licences.problemsOf(["GPL-3.0-only", "MIT AND GPL-3.0-only", "SEE LICENSE IN x"].map(component)), [
      "a 1.0.0 has the licence GPL-3.0-only.",
      "a 1.0.0 has the licence MIT AND GPL-3.0-only.",
      "a 1.0.0 has the licence SEE LICENSE IN x."
    ])
    assert.deepStrictEqual(Licences.problemsOf([{ name: "a", version: "1.0.0" }]), ["a 1.0.0 has no single licence."])
  })

  it("of bundled libraries are in the package, each with its text", () => {
    const libraries = bundled()
    assert.includeMembers(
      libraries.map(({ name }) => name),
      ["htm", "preact"]
    )
    for (const { text } of libraries) assert.include(notices(libraries), text)
    assert.deepStrictEqual(
      packagesIn(["../node_modules/b/x.js", "src/c.ts", "node_modules/a/node_modules/@s/d/x.js", "node_modules/b/y.js"]),
      ["@s/d", "b"]
    )
  })
})

describe("a bill of materials", () => {
  const bill = (components: ReadonlyArray<unknown>, type = "library") =>
    JSON.stringify({
      $schema: "http://cyclonedx.org/schema/bom-1.5.schema.json",
      bomFormat: "CycloneDX",
      specVersion: "1.5",
      version: 1,
      components: components.map((name) => ({ type, name, version: "1.0.0" }))
    })

  it("is CycloneDX, and has every package that it needs", async () => {
    assert.deepStrictEqual(await Sbom.problemsOf(bill(["effect"]), ["effect"]), [])
    assert.deepStrictEqual(await Sbom.problemsOf(bill(["effect"]), ["effect", "jose"]), ["It lacks jose."])
    assert.match((await Sbom.problemsOf(bill(["effect"], "book"), []))[0] ?? "", /^It is not CycloneDX 1\.5/)
  })
})

describe("an audit", () => {
  const advisory = (id: string) => ({
    source: 1,
    name: "b",
    dependency: "b",
    title: "Reads too far",
    url: `https://github.com/advisories/${id}`,
    severity: "high",
    range: "<2.0.0"
  })
  const report = JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: {
      a: { name: "a", severity: "high", isDirect: true, via: ["b"], effects: [], range: "*", nodes: ["node_modules/a"] },
      b: {
        name: "b",
        severity: "high",
        isDirect: false,
        via: [advisory("GHSA-1")],
        effects: ["a"],
        range: "<2.0.0",
        nodes: ["node_modules/b"]
      }
    }
  })
  const explained = { advisory: "GHSA-1", reason: "Only the bench uses it.", expires: "2026-12-31" }

  it("finds each advisory once, and fails for one that nobody has explained or whose explanation is too old", () => {
    const advisories = Audit.advisoriesOf(report) ?? []
    assert.deepStrictEqual(
      advisories.map(({ name }) => name),
      ["b"]
    )
    assert.deepStrictEqual(Audit.problemsOf(advisories, [explained], "2026-12-31"), [])
    assert.deepStrictEqual(Audit.problemsOf(advisories, [], "2026-12-31"), [
      "GHSA-1 (high): b <2.0.0: Reads too far; not explained"
    ])
    assert.deepStrictEqual(Audit.problemsOf(advisories, [explained], "2027-01-01"), [
      "GHSA-1 (high): b <2.0.0: Reads too far; explained until 2026-12-31 only"
    ])
  })

  it("fails for an explanation that nothing needs", () => {
    assert.deepStrictEqual(Audit.problemsOf([], [explained], "2026-12-31"), [
      "GHSA-1 is explained, but no package has it any more"
    ])
  })

  it("knows an answer that is no report", () => {
    assert.isUndefined(Audit.advisoriesOf('{"message":"405 Method Not Allowed","error":{"summary":""}}'))
    assert.isUndefined(Audit.advisoriesOf(""))
    assert.deepStrictEqual(Audit.advisoriesOf('{"auditReportVersion":2,"vulnerabilities":{}}'), [])
  })
})
