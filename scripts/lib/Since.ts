/** Whether every export of a module says since which version there is it (`@since`) and where it belongs (`@category`). */
import ts from "typescript"
import { shown } from "./Shell.js"

export interface Judgement {
  readonly problems: ReadonlyArray<string>
  /** How many exports and modules there are. */
  readonly count: number
}

const partsOf = (version: string): ReadonlyArray<number> => version.replace(/-.*$/, "").split(".").map(Number)

const isLater = (version: string, than: string): boolean => {
  const others = partsOf(than)
  const at = partsOf(version).findIndex((part, index) => part !== others[index])
  return at >= 0 && (partsOf(version)[at] ?? 0) > (others[at] ?? 0)
}

/** `next` is the version that comes next: none may be later. */
export const judgeModules = (paths: ReadonlyArray<string>, options: ts.CompilerOptions, next: string): Judgement => {
  const program = ts.createProgram([...paths], options)
  const checker = program.getTypeChecker()
  const problems = new Set<string>()
  let count = 0

  const placeOf = (node: ts.Node): string => {
    const source = node.getSourceFile()
    return `${shown(source.fileName)}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}`
  }

  const judge = (place: string, name: string, tags: ReadonlyMap<string, string>, wanted: ReadonlyArray<string>): void => {
    count++
    const missing = wanted.filter((tag) => (tags.get(tag) ?? "") === "")
    if (missing.length > 0) problems.add(`${place}  ${name} has no ${missing.map((tag) => `@${tag}`).join(" and no ")}`)
    const since = tags.get("since") ?? ""
    if (since !== "" && !/^\d+\.\d+\.\d+$/.test(since)) problems.add(`${place}  @since ${since} of ${name} is not a version`)
    else if (since !== "" && isLater(since, next)) {
      problems.add(`${place}  ${name} is @since ${since}, and the next version is ${next}. A new export needs a changeset.`)
    }
  }

  const tagsOf = (node: ts.Node): ReadonlyMap<string, string> =>
    new Map(ts.getJSDocTags(node).map((tag) => [tag.tagName.text, (ts.getTextOfJSDocComment(tag.comment) ?? "").trim()]))

  /** The first comment of a file is about the module. */
  const judgeModule = (source: ts.SourceFile): void => {
    const [comment] = ts.getLeadingCommentRanges(source.text, 0) ?? []
    const text = comment === undefined ? "" : source.text.slice(comment.pos, comment.end)
    const since = /@since[ \t]+(\S+)/.exec(text)?.[1]
    judge(`${shown(source.fileName)}:1`, "The module", new Map(since === undefined ? [] : [["since", since]]), ["since"])
  }

  const seen = new Set<ts.Node>()
  const visit = (module: ts.Symbol): void => {
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      // `export { /** ... */ withAccount as with }` has its comment there.
      const renamed = (exported.declarations ?? [])
        .filter(ts.isExportSpecifier)
        .map(tagsOf)
        .find(({ size }) => size > 0)
      // Of a function with overloads the first signature has the comment.
      const isOverloaded = symbol.declarations?.every(ts.isFunctionDeclaration) === true
      for (const declaration of (symbol.declarations ?? []).slice(0, isOverloaded ? 1 : undefined)) {
        if (seen.has(declaration) || declaration.getSourceFile().isDeclarationFile) continue
        seen.add(declaration)
        if (ts.isSourceFile(declaration)) {
          judgeModule(declaration)
          visit(symbol)
        } else {
          const tags = renamed ?? tagsOf(declaration)
          if (!tags.has("internal")) judge(placeOf(declaration), exported.name, tags, ["since", "category"])
        }
      }
    }
  }

  for (const path of paths) {
    const source = program.getSourceFile(path)
    const module = source && checker.getSymbolAtLocation(source)
    if (source === undefined || module === undefined) problems.add(`${shown(path)}  is no module`)
    else if (!seen.has(source)) {
      seen.add(source)
      judgeModule(source)
      visit(module)
    }
  }

  return { count, problems: [...problems].sort() }
}
