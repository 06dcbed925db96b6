/** The comments of the contract's operations, as an editor shows them at the methods. */
import { readFileSync } from "node:fs"
import ts from "typescript"
import { filesBelow } from "./Shell.js"

export interface Documented {
  /** Without the request, the scopes and the source, which the entry has as data. */
  readonly text: string
  /** The code of its example. */
  readonly example: string | undefined
}

const nameOf = (property: ts.ObjectLiteralElementLike): string | undefined =>
  property.name !== undefined && (ts.isIdentifier(property.name) || ts.isStringLiteral(property.name))
    ? property.name.text
    : undefined

/** What other text of a page may need: a link of JSDoc is the name alone. */
const plain = (text: string): string => text.replace(/\{@link\s+([^}|]+?)\s*\}/g, "`$1`")

const withoutFacts = (text: string): string =>
  plain(text)
    .replace(/^`(?:GET|HEAD|POST|PUT|PATCH|DELETE) [^`]*`\.\s*/, "")
    .split(/\n{2,}/)
    .filter((paragraph) => !/^(?:Needs one of the scopes [^.]*\.|Source: \S+)$/.test(paragraph.replaceAll("\n", " ").trim()))
    .join("\n\n")
    .trim()

const textOf = (comment: string | ts.NodeArray<ts.JSDocComment> | undefined): string => ts.getTextOfJSDocComment(comment) ?? ""

const documented = (node: ts.Node): Documented => {
  const comments = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  const example = comments
    .flatMap(({ tags }) => tags ?? [])
    .filter(({ tagName }) => tagName.text === "example")
    .map(({ comment }) => /```ts\n([\s\S]*?)\n?```/.exec(textOf(comment))?.[1])
    .find((code) => code !== undefined)
  return { text: withoutFacts(comments.map(({ comment }) => textOf(comment)).join("\n\n")), example }
}

const walk = (node: ts.ObjectLiteralExpression, prefix: string, found: Map<string, Documented>): void => {
  for (const property of node.properties) {
    const name = nameOf(property)
    if (name === undefined) continue
    found.set(`${prefix}${name}`, documented(property))
    if (ts.isPropertyAssignment(property) && ts.isObjectLiteralExpression(property.initializer)) {
      walk(property.initializer, `${prefix}${name}.`, found)
    }
  }
}

/** By the name of the constant that has them and the path in it, such as `users.list`. The constant's own comment is under its name. */
export const contractDocs = (): ReadonlyMap<string, Documented> => {
  const found = new Map<string, Documented>()
  for (const path of filesBelow("src/contract", ".ts")) {
    const source = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true)
    for (const statement of source.statements) {
      if (!ts.isVariableStatement(statement)) continue
      for (const { initializer, name } of statement.declarationList.declarations) {
        if (initializer === undefined || !ts.isObjectLiteralExpression(initializer)) continue
        found.set(name.getText(), documented(statement))
        walk(initializer, `${name.getText()}.`, found)
      }
    }
  }
  return found
}
