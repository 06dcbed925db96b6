/** The bill of materials of what a user installs, as CycloneDX. */
import { Spec, Validation } from "@cyclonedx/cyclonedx-library"
import { run } from "./Shell.js"
import { userInstall } from "./UserInstall.js"

export interface Component {
  readonly name: string
  readonly version: string
  readonly licenses?: ReadonlyArray<{
    readonly expression?: string
    readonly license?: { readonly id?: string; readonly name?: string }
  }>
}

interface Bill {
  readonly components: ReadonlyArray<Component>
}

export const sbom = async (): Promise<string> => {
  const args = ["sbom", "--package-lock-only", "--omit", "dev", "--sbom-format", "cyclonedx", "--sbom-type", "library"]
  const { code, output, stdout } = await run("npm", [...args, "--loglevel=error"], { cwd: await userInstall() })
  if (code !== 0) throw new Error(`npm cannot make the bill of materials:\n${output}`)
  return stdout
}

export const componentsOf = (text: string): ReadonlyArray<Component> => (JSON.parse(text) as Bill).components

/** What makes the text no bill of materials of CycloneDX 1.5, and which of these packages it lacks. */
export const problemsOf = async (text: string, needed: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const errors = await new Validation.JsonStrictValidator(Spec.Version.v1dot5).validate(text)
  if (errors !== null) return [`It is not CycloneDX 1.5: ${JSON.stringify(errors)}`]
  const names = new Set(componentsOf(text).map(({ name }) => name))
  return needed.filter((name) => !names.has(name)).map((name) => `It lacks ${name}.`)
}
