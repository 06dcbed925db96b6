/**
 * `npm run docs:api`: the reference of every public module, made from the comments of its exports, in `.tmp/api-docs`. A warning, such as
 * a link to nothing or a type that no public module exports, is a failure.
 */
import { join } from "node:path"
import { Application, LogLevel, type Reflection } from "typedoc"
import { manifest } from "./lib/Manifest.js"
import { publicModules } from "./lib/PublicModules.js"
import { root, shown } from "./lib/Shell.js"

const { homepage, name, version } = manifest()
const out = join(root, ".tmp", "api-docs")
const modules = publicModules()

const app = await Application.bootstrap({
  entryPoints: modules.map(({ path }) => path),
  tsconfig: join(root, "tsconfig.build.json"),
  // `npm run check -- types` reports them.
  skipErrorChecking: true,
  name,
  includeVersion: true,
  readme: "none",
  excludeInternal: true,
  disableGit: true,
  sourceLinkTemplate: `${homepage.replace(/#.*$/, "")}/blob/v${version}/{path}#L{line}`,
  basePath: root,
  navigation: { includeCategories: false, includeGroups: false },
  hideGenerator: true,
  // Types whose names say nothing to a reader: each is shown where it is used.
  intentionallyNotExported: [
    "src/layers/http/Connection.ts:ConnectionService",
    "src/schemas/DinteroError.ts:Answered",
    "src/services/ServiceOf.ts:MethodOf",
    "src/services/ServiceOf.ts:StreamOf",
    // Of `operation`, which makes the contract.
    "src/contract/Operation.ts:Definition",
    "src/contract/Operation.ts:NamesIn",
    "src/contract/Operation.ts:TypeOf",
    "src/contract/PathParameters.ts:AccountName"
  ],
  logLevel: LogLevel.Warn,
  treatWarningsAsErrors: true
})

const project = await app.convert()
if (project !== undefined) {
  // TypeDoc names a module after its file, and a user knows it by its import.
  const specifiers = new Map(modules.map(({ path, specifier }) => [shown(path), specifier]))
  const rename = (reflection: Reflection & { readonly sources?: ReadonlyArray<{ readonly fileName: string }> }) => {
    const specifier = specifiers.get(reflection.sources?.[0]?.fileName ?? "")
    if (specifier !== undefined) reflection.name = specifier
  }
  for (const module of project.children ?? []) rename(module)
  app.validate(project)
  await app.generateDocs(project, out)
}

if (project === undefined || app.logger.hasErrors() || app.logger.hasWarnings()) {
  console.error(`${app.logger.errorCount} errors and ${app.logger.warningCount} warnings`)
  process.exitCode = 1
} else {
  console.log(`${modules.length} modules in ${shown(join(out, "index.html"))}`)
}
