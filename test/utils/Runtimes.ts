/**
 * Other runtimes than Node, which are not dependencies: a user of Node has no need of their 100 MB each. The program is the path in a variable
 * of the environment, or the one of this name in the PATH.
 */
import { spawnSync } from "node:child_process"
import { env } from "node:process"

export interface Program {
  readonly path: string
  readonly isThere: () => boolean
  /** What is missing where it is not there, and how to get it. */
  readonly reason: string
}

const program = (name: string, variable: string): Program => {
  const path = env[variable] ?? name
  return {
    path,
    isThere: () => spawnSync(path, ["--version"], { stdio: "ignore" }).status === 0,
    reason: `no ${name}; install it in a folder of its own (npm install --prefix .tmp/${name} ${name}) and give the path of its program as ${variable}`
  }
}

export const bun = program("bun", "BUN_PATH")

export const deno = program("deno", "DENO_PATH")

export const workerd = program("workerd", "WORKERD_PATH")
