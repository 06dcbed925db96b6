/**
 * The errors of a schema as paths and expectations, without the value, which may be a password. The formatters of Effect print the value.
 */
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as AST from "effect/SchemaAST"
import type { Issue } from "../schemas/DinteroError.js"

const kindOf = (value: unknown): string => {
  if (value === null) return "null"
  if (value === undefined) return "nothing"
  if (Array.isArray(value)) return "an array"
  const type = typeof value
  return type === "object" ? "an object" : `a ${type}`
}

const describe = (ast: AST.AST): string => {
  const annotated = Option.orElse(AST.getDescriptionAnnotation(ast), () => AST.getTitleAnnotation(ast))
  switch (ast._tag) {
    case "TypeLiteral":
      return "an object"
    case "TupleType":
      return "an array"
    case "StringKeyword":
      return "a string"
    case "NumberKeyword":
      return "a number"
    case "BooleanKeyword":
      return "true or false"
    case "Literal":
      return JSON.stringify(ast.literal)
    case "Union":
      return Option.getOrElse(annotated, () =>
        isLiteral(ast) ? `one of ${ast.types.map(describe).join(", ")}` : [...new Set(ast.types.map(describe))].join(" or ")
      )
    case "Transformation":
      return Option.getOrElse(annotated, () => describe(ast.from))
    case "Declaration":
      return String(ast).startsWith("Redacted") ? "a Redacted value, made with Redacted.make" : String(ast)
    default:
      return Option.getOrElse(annotated, () => String(ast))
  }
}

/** `users.tags[0].name` */
export const render = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    ""
  )

interface Found extends Issue {
  /** The key is absent. */
  readonly missing: boolean
}

const found = (path: ReadonlyArray<PropertyKey>, message: string, missing = false): Found => ({
  path: render(path),
  message,
  missing
})

const expected = (path: ReadonlyArray<PropertyKey>, what: string, actual: unknown): Found =>
  found(path, `expected ${what}, got ${kindOf(actual)}`)

const same = (a: Found) => (b: Found) => a.path === b.path && a.message === b.message

const isLiteral = (ast: AST.AST): boolean => ast._tag === "Literal" || (ast._tag === "Union" && ast.types.every(isLiteral))

const signaturesOf = (ast: AST.AST): ReadonlyArray<AST.PropertySignature> => {
  switch (ast._tag) {
    case "TypeLiteral":
      return ast.propertySignatures
    case "Refinement":
    case "Transformation":
      return signaturesOf(ast.from)
    default:
      return []
  }
}

/** The keys in which the members of a union differ: they are literals in several members, and not the same literal in all. */
const discriminators = (ast: AST.Union): ReadonlyArray<PropertyKey> => {
  const literals = new Map<PropertyKey, Array<string>>()
  for (const { name, type } of ast.types.flatMap(signaturesOf)) {
    if (isLiteral(type)) literals.set(name, [...(literals.get(name) ?? []), describe(type)])
  }
  return [...literals].filter(([, texts]) => new Set(texts).size > 1).map(([key]) => key)
}

/** The issues of the member of a union that was meant. */
const meant = (
  ast: AST.Union,
  path: ReadonlyArray<PropertyKey>,
  actual: unknown,
  members: ReadonlyArray<ReadonlyArray<Found>>
): ReadonlyArray<Found> => {
  const own = render(path)
  if (members.every(([issue, ...more]) => more.length === 0 && issue?.path === own && !issue.missing)) {
    return [expected(path, describe(ast), actual)]
  }
  const keys = discriminators(ast)
  const paths = keys.map((key) => render([...path, key]))
  const contenders = members.filter((issues) => !issues.some((issue) => paths.includes(issue.path)))
  const [key] = keys
  // The key in which they differ has the literal of no member, so the message lists the literals.
  if (contenders.length === 0 && key !== undefined) return [found([...path, key], `expected ${describe(ast)}`)]
  const missing = (issues: ReadonlyArray<Found>) => issues.filter((issue) => issue.missing).length
  const [first = [], ...others] = [...contenders].sort((a, b) => missing(a) - missing(b) || a.length - b.length)
  if (others.length === 0) return first
  const inAll = first.filter((issue) => others.every((other) => other.some(same(issue))))
  const rest = first.filter((issue) => !inAll.includes(issue))
  // They differ in absent keys only, so the message lists the choices instead of one of them.
  return rest.length > 0 && rest.every((issue) => issue.missing)
    ? [...inAll, found(path, `expected ${describe(ast)}`, true)]
    : first
}

const walk = (issue: ParseResult.ParseIssue, path: ReadonlyArray<PropertyKey>): ReadonlyArray<Found> => {
  switch (issue._tag) {
    case "Pointer":
      return walk(issue.issue, path.concat(issue.path))
    case "Composite": {
      if (isLiteral(issue.ast)) return [expected(path, describe(issue.ast), issue.actual)]
      const issues: ReadonlyArray<ParseResult.ParseIssue> = "_tag" in issue.issues ? [issue.issues] : issue.issues
      const children = issues.map((child) => walk(child, path))
      return issue.ast._tag === "Union" ? meant(issue.ast, path, issue.actual, children) : children.flat()
    }
    case "Refinement":
      return issue.kind === "Predicate" && issue.issue._tag !== "Pointer" && issue.issue._tag !== "Composite"
        ? [found(path, `expected ${describe(issue.ast)}`)]
        : walk(issue.issue, path)
    case "Transformation":
      return walk(issue.issue, path)
    case "Missing":
      return [found(path, "is missing", true)]
    case "Unexpected":
      return [found(path, "is not a known field")]
    case "Type":
    case "Forbidden":
      return [expected(path, describe(issue.ast), issue.actual)]
  }
}

/** All issues in the order of the schema's fields, without duplicates. */
export const issuesOf = (error: ParseResult.ParseError | ParseResult.ParseIssue): ReadonlyArray<Issue> => {
  const issues = new Map<string, Issue>()
  for (const { message, path } of walk(ParseResult.isParseError(error) ? error.issue : error, [])) {
    issues.set(`${path}\0${message}`, { path, message })
  }
  return [...issues.values()]
}

export { sentence } from "../schemas/Sentence.js"
