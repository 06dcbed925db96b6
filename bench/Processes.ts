/** Programs in processes of their own, for figures that one process would spoil for the next. */
import { execFile } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"

export const root = resolve(fileURLToPath(new URL("..", import.meta.url)))

/** The command that runs TypeScript, as a script for Node. */
export const tsx = join(root, "node_modules", "tsx", "dist", "cli.mjs")

/** Standard output of a command. Rejects with its standard error. */
export const command = async (name: string, args: ReadonlyArray<string>, cwd: string = root): Promise<string> => {
  const { stdout } = await promisify(execFile)(name, args, { cwd, maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

export const node = (args: ReadonlyArray<string>, cwd?: string): Promise<string> => command(process.execPath, args, cwd)

/** Runs a program of `bench/programs`, and reads the JSON that it prints. */
export const program = async (name: string, ...args: ReadonlyArray<string>): Promise<unknown> =>
  JSON.parse(
    await node(["--expose-gc", "--import", "tsx", fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url)), ...args])
  )

/** When the newest file below a folder was written. */
const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(folder, { recursive: true, withFileTypes: true }).map(
      ({ name, parentPath }) => statSync(join(parentPath, name)).mtimeMs
    )
  )

/** The folder of the build, which is made again when a source is newer. */
export const built = async (): Promise<string> => {
  const main = join(root, "dist", "index.js")
  // A step of CI before this one has built it.
  if (!existsSync(main) || statSync(main).mtimeMs < newest(join(root, "src"))) await node([tsx, join("scripts", "build.ts")])
  return join(root, "dist")
}
