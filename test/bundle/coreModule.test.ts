import { assert, describe, it } from "@effect/vitest"
import * as CoreModule from "../../scripts/lib/CoreModule.js"

describe("the mark of calls that a bundler may drop", () => {
  const cases = [
    [
      "a value that is made while the module is loaded",
      "const a = make(b.c(1))",
      "const a = /*#__PURE__*/ make(/*#__PURE__*/ b.c(1))"
    ],
    ["an instance", "export const a = new A()", "export const a = /*#__PURE__*/ new A()"],
    ["a chain is one value", "const a = b(1).c(2)", "const a = /*#__PURE__*/ b(1).c(2)"],
    ["what a class extends", "class A extends Tag('A')<A>() {}", "class A extends /*#__PURE__*/ Tag('A')<A>() {}"],
    [
      "not the body of a function, which runs later",
      "const a = () => { b(); return c() }",
      "const a = () => { b(); return c() }"
    ],
    ["not a method", "class A { b() { return c() } }", "class A { b() { return c() } }"],
    ["not a statement, which is run for its effect", "begin()", "begin()"],
    ["documentation goes, and its lines stay", "/** A\n * B\n */\nconst a = 1 // c", "\n\n\nconst a = 1 // c"]
  ] as const
  for (const [title, code, marked] of cases) {
    it(title, () => assert.strictEqual(CoreModule.pure(code), marked))
  }
})
