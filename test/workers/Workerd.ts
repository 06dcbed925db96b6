/**
 * Starts workerd, the runtime of Cloudflare Workers, with one worker.
 */
import { spawn } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Runtimes from "../utils/Runtimes.js"

const config = (worker: string, bindings: Readonly<Record<string, string>>) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", network = (allow = ["private", "public"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "${worker}")],
  compatibilityDate = "2026-11-01",
  bindings = [${Object.entries(bindings)
    .map(([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`)
    .join(", ")}]
);
`

export interface Workerd {
  readonly origin: string
  readonly log: () => string
  readonly stop: () => Promise<void>
}

/** `worker` is the name of a bundled module in the folder, where the configuration is written too. */
export const start = (folder: string, worker: string, bindings: Readonly<Record<string, string>>): Promise<Workerd> => {
  const path = join(folder, "worker.capnp")
  writeFileSync(path, config(worker, bindings))
  const child = spawn(Runtimes.workerd.path, ["serve", "--control-fd=3", path], { stdio: ["ignore", "pipe", "pipe", "pipe"] })
  let log = ""
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      log += text
    })
  }
  const stop = () =>
    new Promise<void>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once("close", () => resolve())
      child.kill("SIGKILL")
    })
  return new Promise((resolve, reject) => {
    child.stdio[3]?.on("data", (bytes: Buffer) => {
      const told = /"port":\s*(\d+)/.exec(bytes.toString())
      if (told !== null) resolve({ origin: `http://127.0.0.1:${told[1]}`, log: () => log, stop })
    })
    child.once("error", reject)
    child.once("close", () => reject(new Error(`workerd ended: ${log}`)))
  })
}
