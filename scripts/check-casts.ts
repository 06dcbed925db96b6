/**
 * A cast is made only where the types cannot say what is true, and a comment that begins with `Seam:` says why it is right. This finds casts in the
 * source without such a comment in the lines above them.
 */
import { readFileSync } from "node:fs"
import ts from "typescript"
import { filesBelow, shown } from "./lib/Shell.js"

/** How many lines above its beginning the comment of a cast may be: it stands above the whole statement. */
const reach = 6

const isCast = (node: ts.Node): boolean =>
  ts.isNonNullExpression(node) ||
  ts.isTypeAssertionExpression(node) ||
  (ts.isAsExpression(node) && !ts.isConstTypeReference(node.type))

let count = 0
const found: Array<string> = []
for (const path of filesBelow("src", ".ts")) {
  const text = readFileSync(path, "utf8")
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true)
  const lines = text.split("\n")
  const visit = (node: ts.Node): void => {
    if (isCast(node)) {
      count++
      const first = source.getLineAndCharacterOfPosition(node.getStart(source)).line
      const last = source.getLineAndCharacterOfPosition(node.getEnd()).line
      const near = lines.slice(Math.max(0, first - reach), last + 1).join("\n")
      if (!/\/[/*]+ Seam: /.test(near)) found.push(`${shown(path)}:${first + 1}  ${node.getText(source).slice(0, 80)}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
}

if (found.length > 0) {
  console.error(`These casts have no comment "Seam: ..." that says why they are right:\n${found.join("\n")}`)
  process.exit(1)
}
console.log(`${count} casts, each with its reason`)
