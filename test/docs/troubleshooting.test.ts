/** docs/troubleshooting.md has a section for each error tag that a user can get, and for no other. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import * as core from "effect-dintero"
import * as embedded from "effect-dintero/embedded"
import * as redis from "effect-dintero/redis"
import * as undici from "effect-dintero/undici"
import { root } from "../../scripts/lib/Shell.js"

const page = readFileSync(join(root, "docs", "troubleshooting.md"), "utf8")

const isModule = (value: unknown): value is object => Object.prototype.toString.call(value) === "[object Module]"

const tagOf = (value: unknown): string | undefined => {
  if (typeof value !== "function" || !(value.prototype instanceof Error)) return undefined
  // A schema of an error has its tag, and an error without a schema its prototype.
  const found: unknown =
    Reflect.get(value, "_tag") ?? Reflect.get(value.prototype, "_tag") ?? Reflect.get(value.prototype, "name")
  return String(found)
}

const tagsOf = (module: object): ReadonlyArray<string> =>
  Object.values(module).flatMap((value: unknown) => (isModule(value) ? tagsOf(value) : (tagOf(value) ?? [])))

const exported = [...new Set([core, embedded, redis, undici].flatMap(tagsOf))].sort()

interface Section {
  readonly tag: string
  readonly text: string
}

const sections: ReadonlyArray<Section> = page.split(/^(?=#{1,3} )/m).flatMap((text) => {
  const [, tag] = /^### `(\w+)`$/m.exec(text) ?? []
  return tag === undefined ? [] : [{ tag, text }]
})

describe("docs/troubleshooting.md", () => {
  it("has a section for each error tag that is exported, and no other", () => {
    assert.isAbove(exported.length, 40)
    assert.deepStrictEqual(sections.map(({ tag }) => tag).sort(), exported)
  })

  it("says of each: cause, what to look at, what to do", () => {
    for (const { tag, text } of sections) {
      const found = [...text.matchAll(/^- \*\*([\w ]+)\*\*: \S/gm)].map(([, part]) => part)
      assert.deepStrictEqual(found, ["Cause", "Look at", "Do"], tag)
    }
  })

  it("names every reason of an error that has reasons", () => {
    const errors = {
      TokenStoreError: core.TokenStoreError,
      SessionExpired: core.SessionExpired,
      ForeignAccount: core.ForeignAccount
    }
    for (const [tag, { fields }] of Object.entries(errors)) {
      const text = sections.find((section) => section.tag === tag)?.text ?? ""
      const reasons = String(fields.reason).match(/"[\w-]+"/g) ?? []
      assert.isAbove(reasons.length, 1, tag)
      for (const reason of reasons) assert.include(text, `\`${reason.slice(1, -1)}\``, tag)
    }
  })
})
