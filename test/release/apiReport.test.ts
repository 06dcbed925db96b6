import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, assert, describe, it } from "@effect/vitest"
import ts from "typescript"
import { reportsOf } from "../../scripts/lib/ApiReport.js"
import { judgeModules } from "../../scripts/lib/Since.js"

const folders: Array<string> = []

/** These files in a folder of their own. */
const project = (files: Readonly<Record<string, string>>): ((file: string) => string) => {
  const folder = mkdtempSync(join(tmpdir(), "effect-dintero-api-"))
  folders.push(folder)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return (file) => join(folder, file)
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const options: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  noLib: true,
  declaration: true,
  stripInternal: true,
  types: []
}

describe("the API report", () => {
  const files = {
    "index.ts": 'export * as Shape from "./Shape.js"\nexport type { Size } from "./Sizes.js"\n',
    "Shape.ts": [
      'import type { Unit } from "./internal/Unit.js"',
      "const fields_ = { width: 1 as number }",
      "/** A shape. */",
      "export interface Shape { readonly fields: typeof fields_; readonly unit: Unit }",
      "/** @internal */",
      "export const hidden = 1",
      "export declare function area(shape: Shape): number",
      "export declare function area(shape: Shape, unit: Unit): number",
      "export const above = 1"
    ].join("\n"),
    "Sizes.ts": "export type Size = number\nexport type Unused = string\n",
    "internal/Unit.ts": 'export type Unit = "m" | Other\nexport type Other = "km"\nexport type Unmentioned = "mm"\n'
  }
  const report = (changes: Partial<typeof files> = {}): string => {
    const at = project({ ...files, ...changes })
    const reports = reportsOf(
      [
        { specifier: "package", path: at("index.ts"), isEntry: true },
        { specifier: "package/Shape", path: at("Shape.ts"), isEntry: false }
      ],
      options
    )
    return reports.get("index.api.md") ?? ""
  }

  it("has every export, what is private and in the type of an export, and of other modules what exports name", () => {
    const text = report()
    for (const part of [
      "interface Shape",
      "fields_",
      "area(shape: Shape, unit: Unit)",
      "type Unit =",
      "type Other =",
      "type Size ="
    ]) {
      assert.include(text, part)
    }
    for (const part of ["hidden", "Unmentioned", "Unused", "A shape."]) assert.notInclude(text, part)
  })

  it("changes with the type of a private constant that an export shows", () => {
    const changed = files["Shape.ts"].replace("width: 1", "depth: 1")
    assert.include(report({ "Shape.ts": changed }), "depth")
    assert.notInclude(report(), "depth")
  })

  it("is the same wherever in its file a declaration stands", () => {
    const lines = files["Shape.ts"].split("\n")
    const moved = [...lines.slice(0, 2), ...lines.slice(-1), ...lines.slice(2, -1)].join("\n")
    // The sources of each report are in a folder of their own, which the headings name.
    const sections = (text: string) => text.replace(/effect-dintero-api-\w+/g, "")
    assert.notStrictEqual(moved, files["Shape.ts"])
    assert.strictEqual(sections(report({ "Shape.ts": moved })), sections(report()))
  })
})

describe("@since and @category", () => {
  const heading = "/**\n * A module.\n *\n * @since 0.1.0\n */\n"
  const documented = (since: string): string => `/**\n * A value.\n *\n * @since ${since}\n * @category models\n */\n`
  const problems = (text: string, next = "0.2.0"): ReadonlyArray<string> => {
    const at = project({ "Module.ts": text })
    return judgeModules([at("Module.ts")], options, next).problems.map((problem) => problem.replace(/^.*Module\.ts:/, ""))
  }

  it("are asked of each declaration of an export, and not of what is internal or private", () => {
    assert.deepStrictEqual(
      problems(`${heading}${documented("0.1.0")}export const a = 1\n/** @internal */\nexport const b = 1\nconst c = 1\n`),
      []
    )
    assert.deepStrictEqual(problems(`${heading}${documented("0.1.0")}export const a = 1\nexport interface a {}\n`), [
      "13  a has no @since and no @category"
    ])
    assert.deepStrictEqual(problems(`${heading}/** @since 0.1.0 */\nexport const a = 1\n`), ["7  a has no @category"])
  })

  it("are asked of a module", () => {
    assert.deepStrictEqual(problems(`/** A module. */\n${documented("0.1.0")}export const a = 1\n`), [
      "1  The module has no @since"
    ])
  })

  it("may stand where an export is renamed", () => {
    assert.deepStrictEqual(problems(`${heading}const with_ = 1\nexport {\n${documented("0.1.0")}with_ as with\n}\n`), [])
    assert.deepStrictEqual(problems(`${heading}const first = 1\nconst with_ = first\nexport { with_ as with }\n`), [
      "7  with has no @since and no @category"
    ])
  })

  it("name no version after the next one, and no other text", () => {
    const since = (version: string, next: string) => problems(`${heading}${documented(version)}export const a = 1\n`, next)
    assert.deepStrictEqual(since("0.2.0", "0.2.0"), [])
    assert.deepStrictEqual(since("0.9.0", "0.10.0"), [])
    assert.deepStrictEqual(since("0.3.0", "0.2.9"), [
      "12  a is @since 0.3.0, and the next version is 0.2.9. A new export needs a changeset."
    ])
    assert.deepStrictEqual(since("soon", "0.2.0"), ["12  @since soon of a is not a version"])
  })
})
