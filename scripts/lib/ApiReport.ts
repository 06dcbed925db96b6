/**
 * The API report: the declarations of the public modules, as a user's compiler sees them, without comments.
 *
 * API Extractor would give names such as `make_12` to the members of the namespaces, of which one more renames others.
 */
import { basename, dirname, resolve } from "node:path"
import ts from "typescript"
import type { PublicModule } from "./PublicModules.js"
import { shown } from "./Shell.js"

/** The declarations of one source. */
interface Declared {
  readonly exports: ReadonlyArray<ts.ExportDeclaration>
  /** Several statements have one name: overloads, and a type beside a value. */
  readonly statements: ReadonlyMap<string, ReadonlyArray<ts.Statement>>
  /** What a name that is imported from another source stands for; no `name` means all of it. */
  readonly imports: ReadonlyMap<string, { readonly path: string; readonly name?: string }>
}

const nameOf = (statement: ts.Statement): string => {
  const named = ts.isVariableStatement(statement) ? statement.declarationList.declarations[0] : statement
  // Seam: each statement of a declaration file that links to no other module has a name.
  return ((named as { readonly name?: ts.Node } | undefined)?.name ?? statement).getText()
}

/** The source of this package that a specifier in a declaration file names. */
const linked = (from: string, specifier: ts.Node | undefined): string | undefined =>
  specifier !== undefined && ts.isStringLiteral(specifier) && specifier.text.startsWith(".")
    ? resolve(dirname(from), specifier.text.replace(/\.js$/, ".ts"))
    : undefined

const declaredIn = (path: string, text: string): Declared => {
  const statements = new Map<string, Array<ts.Statement>>()
  const exports: Array<ts.ExportDeclaration> = []
  const imports = new Map<string, { readonly path: string; readonly name?: string }>()
  for (const statement of ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true).statements) {
    if (ts.isExportDeclaration(statement)) {
      if (statement.getText() !== "export {};") exports.push(statement)
    } else if (ts.isImportDeclaration(statement)) {
      const target = linked(path, statement.moduleSpecifier)
      const bindings = statement.importClause?.namedBindings
      if (target === undefined || bindings === undefined) continue
      if (ts.isNamespaceImport(bindings)) imports.set(bindings.name.text, { path: target })
      else {
        for (const { name, propertyName } of bindings.elements) {
          imports.set(name.text, { path: target, name: (propertyName ?? name).text })
        }
      }
    } else {
      const name = nameOf(statement)
      statements.set(name, [...(statements.get(name) ?? []), statement])
    }
  }
  return { exports, imports, statements }
}

const isNameOfMember = (node: ts.Identifier): boolean =>
  (ts.isPropertySignature(node.parent) || ts.isMethodSignature(node.parent) || ts.isPropertyDeclaration(node.parent)) &&
  node.parent.name === node

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** A type's name says enough, without the file that the compiler writes before it. */
const textOf = (statement: ts.Statement): string =>
  statement
    .getText()
    .replace(/import\("\.[^"]*"\)\./g, "")
    .replace(/import\("(?:[^"]*\/)?([^"/]+)"\)\./g, "$1.")

/** The text of each report, by the name of its file: one for each entry, and one for what no entry reaches. */
export const reportsOf = (modules: ReadonlyArray<PublicModule>, options: ts.CompilerOptions): ReadonlyMap<string, string> => {
  const specifiers = new Map(modules.map(({ path, specifier }) => [path, specifier]))

  const program = ts.createProgram(
    modules.map(({ path }) => path),
    { ...options, removeComments: true }
  )

  /** By the path of the source. */
  const declared = new Map<string, Declared>()
  program.emit(
    undefined,
    (_, text, __, ___, sources) => {
      for (const { fileName } of sources ?? []) declared.set(resolve(fileName), declaredIn(resolve(fileName), text))
    },
    undefined,
    true
  )

  /** The names of each source that a user can come upon. Of a module that is not public, these are only what others refer to. */
  const reached = new Map<string, Set<string>>()

  const reach = (path: string, name: string): void => {
    const source = declared.get(path)
    const names = reached.get(path) ?? new Set()
    if (source === undefined || names.has(name)) return
    reached.set(path, names.add(name))
    for (const statement of source.statements.get(name) ?? []) reachFrom(path, statement)
  }

  const whole = new Set<string>()

  const reachModule = (path: string): void => {
    const source = declared.get(path)
    if (source === undefined || whole.has(path)) return
    whole.add(path)
    if (!reached.has(path)) reached.set(path, new Set())
    for (const name of source.statements.keys()) reach(path, name)
    for (const statement of source.exports) {
      const target = linked(path, statement.moduleSpecifier)
      if (target === undefined) continue
      const clause = statement.exportClause
      if (specifiers.has(target) || clause === undefined || ts.isNamespaceExport(clause)) reachModule(target)
      else for (const { name, propertyName } of clause.elements) reach(target, (propertyName ?? name).text)
    }
  }

  const reachFrom = (path: string, node: ts.Node): void => {
    if (ts.isIdentifier(node) && !isNameOfMember(node)) {
      const source = declared.get(path)
      const imported = source?.imports.get(node.text)
      if (imported === undefined) reach(path, node.text)
      else if (imported.name !== undefined) reach(imported.path, imported.name)
      else if (ts.isQualifiedName(node.parent)) reach(imported.path, node.parent.right.text)
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      const target = linked(path, node.argument.literal)
      const first = node.qualifier?.getText().split(".")[0]
      if (target !== undefined && first !== undefined) reach(target, first)
    }
    ts.forEachChild(node, (child) => reachFrom(path, child))
  }

  /** Sorted, so that it does not matter where in its file a declaration stands. */
  const section = (path: string): string => {
    const { exports = [], statements } = declared.get(path) ?? {}
    const links = specifiers.has(path) ? exports.map(textOf).sort(byText) : []
    const texts = [...(reached.get(path) ?? [])].sort(byText).flatMap((name) => (statements?.get(name) ?? []).map(textOf))
    return [`## ${specifiers.get(path) ?? shown(path)}`, "", "```ts", ...links, ...texts, "```", ""].join("\n")
  }

  /** The sources that these modules reach, and no module before them. */
  const newFrom = (paths: ReadonlyArray<string>): ReadonlyArray<string> => {
    const before = new Set(reached.keys())
    paths.forEach(reachModule)
    return [...reached.keys()].filter((path) => !before.has(path))
  }

  /** A source is in the report of the first entry that reaches it. The last report has the modules that are reached only by their subpath. */
  const entries = modules.filter(({ isEntry }) => isEntry).map(({ path }) => path)
  const parts = entries.map((path) => [basename(path, ".ts"), newFrom([path])] as const)
  const others = newFrom(modules.map(({ path }) => path).filter((path) => !whole.has(path)))

  const isShown = (path: string): boolean => specifiers.has(path) || (reached.get(path)?.size ?? 0) > 0

  /** The entry itself comes first. */
  const rank = (path: string): string => (entries.includes(path) ? "" : shown(path))

  return new Map(
    [...parts, ["subpaths", others] as const].map(([name, paths]) => [
      `${name}.api.md`,
      `Made by \`npm run api\`.\n\n${paths
        .filter(isShown)
        .sort((a, b) => byText(rank(a), rank(b)))
        .map(section)
        .join("\n")}`
    ])
  )
}
