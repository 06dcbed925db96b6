/** The tables of docs/observability.md, read from the source: spans with their attributes, metrics with their tags, and events. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import ts from "typescript"
import { root } from "./Shell.js"

const parse = (file: string) =>
  ts.createSourceFile(file, readFileSync(join(root, "src", file), "utf8"), ts.ScriptTarget.Latest, true)

/** The comment of a declaration as one line. */
const commentOf = (node: ts.Node): string =>
  ts
    .getJSDocCommentsAndTags(node)
    .filter(ts.isJSDoc)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? "")
    .join(" ")
    .replace(/\s+/g, " ")
    .trim()

const nameOf = (name: ts.PropertyName | undefined): string =>
  name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteral(name)) ? name.text : ""

export interface Attribute {
  readonly name: string
  /** Not every span of this name has it. */
  readonly isOptional: boolean
  readonly about: string
}

export interface Span {
  readonly name: string
  readonly about: string
  readonly attributes: ReadonlyArray<Attribute>
}

const interfacesOf = (source: ts.SourceFile) =>
  new Map(source.statements.filter(ts.isInterfaceDeclaration).map((declaration) => [declaration.name.text, declaration]))

const attributesOf = (name: string, all: ReadonlyMap<string, ts.InterfaceDeclaration>): ReadonlyArray<Attribute> => {
  const declaration = all.get(name)
  if (declaration === undefined) throw new Error(`SpanAttributes.ts has no ${name}`)
  const inherited = (declaration.heritageClauses ?? []).flatMap(({ types }) =>
    types.flatMap(({ expression }) => attributesOf(expression.getText(), all))
  )
  return [
    ...inherited,
    ...declaration.members.filter(ts.isPropertySignature).map((member) => ({
      name: nameOf(member.name),
      isOptional: member.questionToken !== undefined,
      about: commentOf(member)
    }))
  ]
}

export const spans = (): ReadonlyArray<Span> => {
  const all = interfacesOf(parse("layers/http/SpanAttributes.ts"))
  return (all.get("Spans")?.members.filter(ts.isPropertySignature) ?? []).map((member) => ({
    name: nameOf(member.name),
    about: commentOf(member),
    attributes: attributesOf(member.type?.getText() ?? "", all)
  }))
}

export interface MetricRow {
  readonly module: string
  /** The constant of the module that has it. */
  readonly constant: string
  readonly name: string
  readonly kind: string
  readonly tags: ReadonlyArray<string>
  readonly about: string
}

/** A comment names them after the word `tag` or `tags`; their values are in brackets. */
const tagsIn = (about: string): ReadonlyArray<string> => {
  const [, list = ""] = /\btags? ((?:`\w+`(?:, | and |, and )?)+)/i.exec(about.replace(/ \([^)]*\)/g, "")) ?? []
  return [...list.matchAll(/`(\w+)`/g)].map(([, tag = ""]) => tag)
}

const metricIn = (initializer: ts.Expression | undefined): readonly [kind: string, name: string] | undefined => {
  if (initializer === undefined || !ts.isCallExpression(initializer)) return undefined
  const [name] = initializer.arguments
  const [, kind] = /^Metric\.(\w+)$/.exec(initializer.expression.getText()) ?? []
  return kind !== undefined && name !== undefined && ts.isStringLiteral(name) ? [kind, name.text] : undefined
}

const modules = ["RetryMetrics", "TokenMetrics", "SessionMetrics"] as const

export const metrics = (): ReadonlyArray<MetricRow> =>
  modules.flatMap((module) =>
    parse(`policies/${module}.ts`)
      .statements.filter(ts.isVariableStatement)
      .flatMap((statement) =>
        statement.declarationList.declarations.flatMap(({ initializer, name }) => {
          const [kind, metric] = metricIn(initializer) ?? []
          const about = commentOf(statement)
          return kind === undefined || metric === undefined
            ? []
            : [{ module, constant: name.getText(), name: metric, kind, tags: tagsIn(about), about }]
        })
      )
  )

export interface EventRow {
  readonly name: string
  readonly fields: ReadonlyArray<string>
  readonly about: string
}

export const events = (): ReadonlyArray<EventRow> => {
  const union = parse("services/AccessTokens.ts")
    .statements.filter(ts.isTypeAliasDeclaration)
    .find(({ name }) => name.text === "TokenEvent")
  if (union === undefined || !ts.isUnionTypeNode(union.type)) throw new Error("TokenEvent is no union")
  const about = new Map(
    [...commentOf(union).matchAll(/- `(\w+)`: (.*?)(?= - `|$)/g)].map(([, name = "", text = ""]) => [name, text])
  )
  return union.type.types.filter(ts.isTypeLiteralNode).map((type) => {
    const members = type.members.filter(ts.isPropertySignature)
    const tag = members.find(({ name }) => nameOf(name) === "_tag")?.type?.getText() ?? ""
    const name = tag.replaceAll('"', "")
    return {
      name,
      fields: members.map(({ name }) => nameOf(name)).filter((name) => name !== "_tag"),
      about: about.get(name) ?? ""
    }
  })
}

const code = (text: string): string => `\`${text}\``

export const spansTable = (): string =>
  [
    "| span | attribute | |",
    "|---|---|---|",
    ...spans().flatMap(({ about, attributes, name }) => [
      `| ${code(name)} | | ${about} |`,
      ...attributes.map(({ about, isOptional, name }) => `| | ${code(name)}${isOptional ? ", optional" : ""} | ${about} |`)
    ])
  ].join("\n")

export const metricsTable = (): string =>
  [
    "| metric | kind | tags | in the package | |",
    "|---|---|---|---|---|",
    ...metrics().map(
      ({ about, constant, kind, module, name, tags }) =>
        `| ${code(name)} | ${kind} | ${tags.map(code).join(", ")} | ${code(`${module}.${constant}`)} | ${about} |`
    )
  ].join("\n")

export const eventsTable = (): string =>
  [
    "| event | fields | when |",
    "|---|---|---|",
    ...events().map(({ about, fields, name }) => `| ${code(name)} | ${fields.map(code).join(", ")} | ${about} |`)
  ].join("\n")
