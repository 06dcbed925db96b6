/** The modules that a user can import, as `exports` of package.json names them. */
import { join } from "node:path"
import ts from "typescript"
import { manifest } from "./Manifest.js"
import { root } from "./Shell.js"

export interface PublicModule {
  /** How a user imports it, such as `effect-dintero/redis`. */
  readonly specifier: string
  /** Its source, as an absolute path. */
  readonly path: string
  /** Whether it is one of the entries, such as `effect-dintero/redis`, and not a module with a subpath of its own. */
  readonly isEntry: boolean
}

/** In the order of package.json: the entries first, then the modules that have a subpath of their own. */
export const publicModules = (): ReadonlyArray<PublicModule> => {
  const { exports, name } = manifest()
  return Object.entries(exports).flatMap(([subpath, target]) => {
    const file = typeof target === "string" ? target : target?.default
    const source = /^\.\/dist\/(.+)\.js$/.exec(file ?? "")?.[1]
    if (source === undefined) return []
    return [{ specifier: `${name}${subpath.slice(1)}`, path: join(root, "src", `${source}.ts`), isEntry: !source.includes("/") }]
  })
}

/** The options with which the package is built. */
export const buildConfig = (): ts.ParsedCommandLine => {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, "tsconfig.build.json"),
    { declarationMap: false, sourceMap: false },
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
        throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"))
      }
    }
  )
  if (config === undefined) throw new Error("tsconfig.build.json cannot be read.")
  return config
}
