/** What `npm run check -- links` finds. */
import { assert, describe, it } from "@effect/vitest"
import { anchorsOf, check } from "../../scripts/lib/Links.js"

const page = (text: string) => ({ file: "docs/a.md", text })

const other = {
  file: "docs/b.md",
  text: "# Other page\n\n## `customers.users.list`\n\n## A *word*, and more\n\n## Twice\n\n## Twice\n"
}

const exists = (path: string): boolean => ["docs/a.md", "docs/b.md", "README.md", "docs"].includes(path)

const problemsOf = (text: string) => check([page(text), other], [], exists).problems

const problemsOfSource = (text: string) => check([other], [{ file: "src/A.ts", text }], exists).problems

describe("a link", () => {
  it("to a file and a heading that are there is none of the problems, also in a table and in a list", () => {
    const text = [
      "# Page",
      "[b](b.md) [up](../README.md) [folder](../docs) [own](#page) [named](b.md#other-page)",
      "",
      "- in a list, [nested **deep**](b.md#a-word-and-more)",
      "",
      "| a | b |",
      "|---|---|",
      "| [code](b.md#customersuserslist) | [second](b.md#twice-1) |",
      "",
      "[by reference][1]",
      "",
      "[1]: b.md"
    ].join("\n")
    const found = check([page(text), other], [], exists)
    assert.deepStrictEqual(found.problems, [])
    assert.strictEqual(found.relative, 9)
  })

  it("to a file that is not there is named", () => {
    assert.deepStrictEqual(problemsOf("[c](c.md)"), ["docs/a.md: c.md: there is no docs/c.md"])
    assert.deepStrictEqual(problemsOf("| x |\n|---|\n| [c](c.md) |"), ["docs/a.md: c.md: there is no docs/c.md"])
    assert.deepStrictEqual(problemsOf("- [c][1]\n\n[1]: c.md"), ["docs/a.md: c.md: there is no docs/c.md"])
    assert.deepStrictEqual(problemsOf("[out](../../x.md)"), ["docs/a.md: ../../x.md leaves the project"])
  })

  it("to a heading that is not there is named", () => {
    assert.deepStrictEqual(problemsOf("[b](b.md#nothing)"), ["docs/a.md: b.md#nothing: docs/b.md has no heading #nothing"])
    assert.deepStrictEqual(problemsOf("[own](#nothing)"), ["docs/a.md: #nothing: docs/a.md has no heading #nothing"])
    assert.deepStrictEqual(problemsOf("[b](b.md#twice-2)"), ["docs/a.md: b.md#twice-2: docs/b.md has no heading #twice-2"])
  })

  it("to another site is https, and of a host that is listed", () => {
    const found = check(
      [page("[a](https://effect.website/docs) <https://docs.dintero.com> [m](mailto:a@example.com)")],
      [],
      exists
    )
    assert.deepStrictEqual(found.problems, [])
    assert.deepStrictEqual(
      [...found.external],
      [
        ["effect.website", 1],
        ["docs.dintero.com", 1]
      ]
    )
    assert.deepStrictEqual(problemsOf("[a](http://effect.website)"), ["docs/a.md: http://effect.website is not https"])
    assert.deepStrictEqual(problemsOf("[a](https://)"), ["docs/a.md: https:// is no URL"])
    assert.deepStrictEqual(problemsOf("[a](https://evil.example/x)"), [
      "docs/a.md: https://evil.example/x is of evil.example, which is not in the list of scripts/lib/Links.ts"
    ])
  })

  it("in an example or in a comment of HTML is text", () => {
    assert.deepStrictEqual(problemsOf("```md\n[c](c.md)\n# not a heading\n```\n\n`[c](c.md)`\n\n<!-- [c](c.md) -->"), [])
    assert.deepStrictEqual([...anchorsOf('```md\n# not a heading\n```\n\n# One\n\n<a id="two"></a>')], ["one", "two"])
  })
})

describe("a mention in a comment or a message", () => {
  it("leads to a document and a heading that are there", () => {
    assert.deepStrictEqual(problemsOfSource("// as docs/b.md says, and `docs/b.md#twice`; see README.md"), [])
    assert.deepStrictEqual(problemsOfSource('fail("see docs/c.md")'), ["src/A.ts: docs/c.md: there is no docs/c.md"])
    assert.deepStrictEqual(problemsOfSource("* docs/b.md#gone."), ["src/A.ts: docs/b.md#gone: docs/b.md has no heading #gone"])
    assert.deepStrictEqual(problemsOfSource("* README.md#gone"), ["src/A.ts: README.md#gone: README.md has no heading #gone"])
  })

  it("of a source is of a host that is listed", () => {
    assert.deepStrictEqual(problemsOfSource("* Source: https://docs.dintero.com/x"), [])
    assert.lengthOf(problemsOfSource("* Source: https://evil.example/x"), 1)
  })
})
