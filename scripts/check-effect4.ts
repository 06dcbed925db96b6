/**
 * Keeps a later move to Effect 4 cheap: modules that change are imported in few files, and code that would not compile or would behave
 * differently there is refused. The rules and their reasons are in docs/architecture.md, "Ready for Effect 4".
 */
import { join } from "node:path"
import ts from "typescript"
import { root, shown } from "./lib/Shell.js"

/** Modules that change, and the files that may import them. Other files use a function of one of these files. */
const modules: ReadonlyArray<readonly [module: RegExp, files: RegExp]> = [
  [/^effect\/SchemaAST$/, /^src\/(schemas\/OpenEnum|internal\/(Absent|Decoder|Issues)|layers\/http\/CompiledOperation)\.ts$/],
  [/^effect\/ParseResult$/, /^src\/internal\/(Absent|Codec|Decoder|Issues)\.ts$/],
  [
    /^@effect\/platform\/(HttpApi\w*|OpenApi)$/,
    /^src\/(contract\/OpenApi|layers\/embedded\/controls\/(http\/\w+|ControlErrors))\.ts$/
  ],
  [/^effect\/Runtime$/, /^src\/internal\/Forks\.ts$/],
  [/^effect\/FiberRefs?$/, /^src\/internal\/(FiberLocals|Forks)\.ts$/],
  [/^effect\/MetricLabel$/, /^src\/internal\/MetricLabels\.ts$/],
  [/^@effect\/platform\/HttpClientError$/, /^src\/internal\/HttpErrors\.ts$/]
]

const words = (text: string): ReadonlyArray<string> => text.split(" ")

/** What a schema of the two APIs is built from. `Fields.ts` has helpers for what is written differently in Effect 4. */
const schemaRooms = /^src\/(schemas|contract)\//
const parts = words(
  "Schema BrandSchema Struct String NonEmptyString Int Finite Boolean Array Literal Union Record TaggedError brand filter pattern"
)

/** Further parts, and the only file that may use them. */
const furtherParts: Readonly<Record<string, ReadonlyArray<string>>> = {
  // Reads answers that differ from the documentation, or from older documentation.
  "src/schemas/AccessToken.ts": words("NullOr Number Redacted optionalToOptional optionalToRequired positive transform"),
  "src/schemas/ApiClient.ts": words("transform typeSchema"),
  // The only secret with a length.
  "src/schemas/CustomerLogin.ts": words("Redacted"),
  // Errors have defaults in their constructors, and can be turned into JSON.
  "src/schemas/DinteroError.ts": words(
    "DurationFromSelf NonNegativeInt OptionFromNullOr RedactedFromSelf propertySignature transform withConstructorDefault"
  ),
  "src/schemas/Fields.ts": words("DateTimeUtc DateTimeUtcFromSelf NullOr Redacted compose maxLength minLength optionalWith"),
  "src/schemas/JsonValue.ts": words("Unknown"),
  "src/schemas/OpenEnum.ts": words("make"),
  "src/schemas/RequestInfo.ts": words("DateTimeUtc nonNegative"),
  // An answer without content.
  "src/schemas/RevokeToken.ts": words("Unknown Void transform"),
  // A query travels as text.
  "src/contract/customers/Query.ts": words("BooleanFromString NumberFromString between int maxItems"),
  "src/contract/OpenApi.ts": words("attachPropertySignature extend")
}

const config = ts.getParsedCommandLineOfConfigFile(
  join(root, "tsconfig.build.json"),
  { noEmit: true },
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"))
    }
  }
)
const program = ts.createProgram(config?.fileNames ?? [], config?.options ?? {})
const checker = program.getTypeChecker()

const found: Array<string> = []
const report = (node: ts.Node, what: string, why: string): void => {
  const source = node.getSourceFile()
  const { character, line } = source.getLineAndCharacterOfPosition(node.getStart(source))
  found.push(`${shown(source.fileName)}:${line + 1}:${character + 1}  ${what}  ${why}`)
}

const membersOf = (type: ts.Type): ReadonlyArray<ts.Type> => (type.isUnion() ? type.types : [type])

/** The file of Effect that declares a type, such as `Either`. */
const declaredIn = (type: ts.Type): string | undefined =>
  (type.aliasSymbol ?? type.symbol)?.declarations
    ?.map((declaration) => /\/node_modules\/effect\/.*\/(\w+)\.d\.ts$/.exec(declaration.getSourceFile().fileName)?.[1])
    .find((name) => name !== undefined)

const isFrom = (type: ts.Type, ...files: ReadonlyArray<string>): boolean =>
  membersOf(type).some((member) => files.includes(declaredIn(member) ?? ""))

const isError = (type: ts.Type): boolean => ["name", "message", "stack"].every((name) => type.getProperty(name) !== undefined)

const visit = (node: ts.Node, file: string): void => {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    const { text } = node.moduleSpecifier
    for (const [module, files] of modules) {
      if (module.test(text) && !files.test(file)) {
        report(node, text, "changes in Effect 4. Only the files that scripts/check-effect4.ts names import it.")
      }
    }
  } else if (ts.isPropertyAccessExpression(node)) {
    const part = node.name.text
    const isPart = ts.isIdentifier(node.expression) && node.expression.text === "Schema" && schemaRooms.test(file)
    if (isPart && !parts.includes(part) && furtherParts[file]?.includes(part) !== true) {
      report(node, `Schema.${part}`, "is not among the parts of scripts/check-effect4.ts. Use a helper of src/schemas/Fields.ts.")
    }
    if (part === "attachPropertySignature" && file !== "src/contract/OpenApi.ts") {
      report(node, part, "is gone in Effect 4. Endpoints are made in src/contract/OpenApi.ts.")
    }
    if (part === "_tag" && isFrom(checker.getTypeAtLocation(node.expression), "Either", "Cause")) {
      report(node, "_tag", "has other values in Effect 4. Use Either.isRight, Either.isLeft, Cause.failureOption and the like.")
    }
  } else if (ts.isYieldExpression(node) && node.expression !== undefined) {
    if (isFrom(checker.getTypeAtLocation(node.expression), "Option", "Either")) {
      report(node, "yield*", "of an Option or Either does not work in Effect 4. Match it, or fail with its left side.")
    }
  } else if (ts.isSpreadAssignment(node)) {
    const type = checker.getTypeAtLocation(node.expression)
    const made = ts.findAncestor(node, ts.isNewExpression)
    if (isError(type) && made !== undefined && checker.getTypeAtLocation(made) !== type) {
      report(node, node.getText(), "hands the hidden fields of one error to another. Name the fields.")
    }
  }
  ts.forEachChild(node, (child) => visit(child, file))
}

const sources = program.getSourceFiles().filter((source) => shown(source.fileName).startsWith("src/"))
for (const source of sources) visit(source, shown(source.fileName))

if (found.length > 0) {
  console.error(found.join("\n"))
  process.exitCode = 1
} else {
  console.log(`${sources.length} files`)
}
