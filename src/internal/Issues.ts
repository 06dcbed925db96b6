/**
 * What a schema found wrong, as paths and expectations. Never the value: it may be a password, and Effect's own formatters
 * print it.
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
        isLiteral(ast) ? `one of ${ast.types.map(describe).join(", ")}` : ast.types.map(describe).join(" or ")
      )
    case "Transformation":
      return Option.getOrElse(annotated, () => describe(ast.from))
    case "Declaration":
      return String(ast).startsWith("Redacted") ? "a Redacted value, made with Redacted.make" : String(ast)
    default:
      return Option.getOrElse(annotated, () => String(ast))
  }
}

const render = (path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    ""
  )

interface Found extends Issue {
  /** A key is absent. */
  readonly missing: boolean
  /** Another literal was expected: where members of a union are told apart, this is not the one that was meant. */
  readonly literal: boolean
}

const found = (path: ReadonlyArray<PropertyKey>, message: string, kind: "missing" | "literal" | "other" = "other"): Found => ({
  path: render(path),
  message,
  missing: kind === "missing",
  literal: kind === "literal"
})

const same = (a: Found) => (b: Found) => a.path === b.path && a.message === b.message

const isLiteral = (ast: AST.AST): boolean => ast._tag === "Literal" || (ast._tag === "Union" && ast.types.every(isLiteral))

/** Of the members of a union, what is wrong with the one that came closest. */
const closest = (
  ast: AST.Union,
  path: ReadonlyArray<PropertyKey>,
  members: ReadonlyArray<ReadonlyArray<Found>>
): ReadonlyArray<Found> => {
  const count = (issues: ReadonlyArray<Found>, kind: "literal" | "missing") => issues.filter((issue) => issue[kind]).length
  const [first, ...others] = [...members].sort(
    (a, b) => count(a, "literal") - count(b, "literal") || count(a, "missing") - count(b, "missing") || a.length - b.length
  )
  if (first === undefined) return []
  // A member whose literals all fit is the one that was meant, when there is no other such.
  if (count(first, "literal") === 0 && others.every((other) => count(other, "literal") > 0)) return first
  const inAll = first.filter((issue) => others.every((other) => other.some(same(issue))))
  const own = first.filter((issue) => !inAll.includes(issue))
  const description = Option.getOrUndefined(AST.getDescriptionAnnotation(ast))
  const [only] = own
  if (description === undefined || only === undefined) return first
  // The field that tells the members apart names none of them: say which there are.
  if (own.length === 1 && only.literal) return [...inAll, { ...only, message: `expected ${description}` }]
  // Nothing but absent keys tells the members apart: say what the choice is, instead of naming one of them.
  return own.every(({ missing }) => missing) ? [...inAll, found(path, `expected ${description}`, "missing")] : first
}

const walk = (issue: ParseResult.ParseIssue, path: ReadonlyArray<PropertyKey>): ReadonlyArray<Found> => {
  switch (issue._tag) {
    case "Pointer":
      return walk(issue.issue, path.concat(issue.path))
    case "Composite": {
      const issues: ReadonlyArray<ParseResult.ParseIssue> = "_tag" in issue.issues ? [issue.issues] : issue.issues
      const children = issues.map((child) => walk(child, path))
      return issue.ast._tag === "Union" ? closest(issue.ast, path, children) : children.flat()
    }
    case "Refinement":
      return issue.kind === "Predicate" && issue.issue._tag !== "Pointer" && issue.issue._tag !== "Composite"
        ? [found(path, `expected ${describe(issue.ast)}`)]
        : walk(issue.issue, path)
    case "Transformation":
      return walk(issue.issue, path)
    case "Missing":
      return [found(path, "is missing", "missing")]
    case "Unexpected":
      return [found(path, "is not a known field")]
    case "Type":
    case "Forbidden":
      return [
        found(path, `expected ${describe(issue.ast)}, got ${kindOf(issue.actual)}`, isLiteral(issue.ast) ? "literal" : "other")
      ]
  }
}

/** Every issue, in the order of the schema's fields, each once. */
export const issuesOf = (error: ParseResult.ParseError | ParseResult.ParseIssue): ReadonlyArray<Issue> => {
  const issues = new Map<string, Issue>()
  for (const { message, path } of walk(ParseResult.isParseError(error) ? error.issue : error, [])) {
    issues.set(`${path}\0${message}`, { path, message })
  }
  return [...issues.values()]
}

/** `users.head.enabled: expected true or false, got a string; …` */
export const sentence = (issues: ReadonlyArray<Issue>): string =>
  issues.map((issue) => (issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`)).join("; ")
