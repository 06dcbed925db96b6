/**
 * `npm run check:platforms`: the packed package on every platform that it promises. It is installed in an empty folder with the required peers
 * only, and in another one with all peers, where it serves a system. Each platform runs `test/platforms/Script.ts` against that system, and
 * all of them have to return the same. Then each promised version of TypeScript compiles a user's program with each option.
 * `npm run check:platforms -- FILE.tgz` takes a package that was packed before.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import * as Http from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { extname, join } from "node:path"
import { argv } from "node:process"
import type { FirstCall } from "../src/cli/FirstCall.js"
import * as Browser from "../test/inspector/Browser.js"
import { type CompilerName, type CompilerOptions, compilers } from "../test/platforms/Compilers.js"
import type { PageScripts } from "../test/platforms/Page.js"
import { type Platform, type PlatformName, platforms } from "../test/platforms/Platforms.js"
import type { Given, Outcome } from "../test/platforms/Script.js"
import * as Runtimes from "../test/utils/Runtimes.js"
import * as Workerd from "../test/workers/Workerd.js"
import { bin, failed, missing, ok, type Result, root, run, runSteps, type Step } from "./lib/Shell.js"
import { packInto } from "./lib/Tarball.js"

const { devDependencies, exports, name, peerDependencies, peerDependenciesMeta } = JSON.parse(
  readFileSync(join(root, "package.json"), "utf8")
) as {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>
}

const work = mkdtempSync(join(tmpdir(), "effect-dintero-platforms-"))
/** With the required peers only. */
const core = join(work, "core")
/** With all peers. */
const whole = join(work, "whole")

const source = (file: string) => join(root, "test", "platforms", file)

const expected: Outcome = {
  token: { type: "Bearer", hidden: "<redacted>" },
  settings: "uuid",
  updated: "sequence",
  login: "Bearer",
  inSession: "sequence",
  wrongPassword: { tag: "CredentialsRefused", status: 403, operation: "customers.password.login" },
  renewed: { settings: "sequence", calls: [401, 200], tokens: [200] },
  retried: { settings: "sequence", calls: [503, 200] },
  interruption: { interrupted: true, calls: [null], next: "sequence" }
}

const install = async (folder: string, packages: ReadonlyArray<string>): Promise<Result> => {
  mkdirSync(folder)
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
  const flags = ["--save-exact", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
  return run("npm", ["install", ...flags, ...packages], { cwd: folder })
}

const pinned = (peers: ReadonlyArray<string>) => peers.map((peer) => `${peer}@${devDependencies[peer] ?? peerDependencies[peer]}`)

const peers = Object.keys(peerDependencies)
const required = peers.filter((peer) => peerDependenciesMeta[peer]?.optional !== true)

let served: { readonly child: ChildProcess; readonly call: FirstCall } | undefined

const serve = (): Promise<Result> =>
  new Promise((resolve) => {
    const command = join(whole, "node_modules", name, "dist", "cli", "main.js")
    const child = spawn(process.execPath, [command, "serve", "--json"], { cwd: whole, stdio: ["ignore", "pipe", "pipe"] })
    let errors = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text
    })
    child.stdout.setEncoding("utf8").once("data", (line: string) => {
      const call: FirstCall = JSON.parse(line)
      served = { child, call }
      resolve(ok(call.url))
    })
    child.once("close", () => resolve(failed(`serve ended: ${errors}`)))
  })

const contentTypes: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" }

/**
 * Serves the page, whose origin is so another than that of the system, and passes on what the script asks of the controls, which
 * allow no page of another origin.
 */
const stage = Http.createServer((request, response) => {
  const path = request.url ?? "/"
  const chunks: Array<Buffer> = []
  request.on("data", (chunk: Buffer) => chunks.push(chunk))
  request.on("end", () => {
    if (!path.startsWith("/controls/")) {
      const file = join(core, "dist", path === "/" ? "index.html" : path)
      response.writeHead(existsSync(file) ? 200 : 404, { "content-type": contentTypes[extname(file)] ?? "text/plain" })
      response.end(existsSync(file) ? readFileSync(file) : "")
      return
    }
    const body = Buffer.concat(chunks)
    control(request.method ?? "GET", path.slice("/controls".length), body.length > 0 ? body : undefined).then(
      async (answer) => response.writeHead(answer.status).end(await answer.text()),
      (error) => response.writeHead(502).end(String(error))
    )
  })
})

const control = (method: string, path: string, body?: BodyInit) =>
  fetch(`${served?.call.url}/_embedded${path}`, {
    method,
    headers: { authorization: `Bearer ${served?.call.admin_token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body })
  })

let accounts = 0

/** Each run has an account of its own, with the same customers and settings. */
const given = async (transport: string, isolateRequests = false): Promise<Given> => {
  const { account_id, client_id, client_secret, customer, url } = served?.call ?? {}
  const accountId = `T${20_000_000 + accounts++}`
  const forked = await control("POST", `/accounts/${account_id}/fork`, JSON.stringify({ as: accountId }))
  if (!forked.ok) throw new Error(`The account cannot be copied: ${forked.status} ${await forked.text()}`)
  return {
    baseUrl: String(url),
    controls: `http://127.0.0.1:${(stage.address() as AddressInfo).port}/controls`,
    accountId,
    clientId: String(client_id),
    clientSecret: String(client_secret),
    email: String(customer?.email),
    password: String(customer?.password),
    transport,
    isolateRequests
  }
}

/** Runs the script over each transport of a platform. `one` gives what the script returned, as JSON. */
const overAll = async (platform: Platform, one: (transport: string) => Promise<Result>): Promise<Result> => {
  for (const transport of platform.transports) {
    const result = await one(transport)
    if (result.code !== 0) return failed(`${transport}:\n${result.output}`)
    const line = result.stdout.trim()
    if (line !== JSON.stringify(expected)) return failed(`${transport}:\n${line}\nexpected:\n${JSON.stringify(expected)}`)
  }
  return ok(platform.transports.join(", "))
}

/** The core's transports have to do with the required peers. */
const asProgram = (platform: Platform, command: string, ...args: ReadonlyArray<string>) =>
  overAll(platform, async (transport) =>
    run(command, [...args, "Command.js", JSON.stringify(await given(transport))], {
      cwd: transport === "UndiciTransport" ? whole : core
    })
  )

/** The path of the program, or `undefined` if the registry has it not for this machine. */
const nodeOf = async (version: number): Promise<string | undefined> => {
  if (process.version.startsWith(`v${version}.`)) return process.execPath
  const { code, stdout } = await run("npx", ["--yes", "--prefer-offline", "--package", `node@${version}`, "which", "node"])
  const path = stdout.trim()
  return code === 0 && (await run(path, ["--version"])).stdout.startsWith(`v${version}.`) ? path : undefined
}

const withNode = async (version: number, use: (path: string) => Promise<Result>): Promise<Result> => {
  const path = await nodeOf(version)
  return path === undefined ? missing(`no Node ${version}; node@${version} has to be available from the npm registry`) : use(path)
}

const withProgram = async (
  { isThere, path, reason }: Runtimes.Program,
  use: (path: string) => Promise<Result>
): Promise<Result> => (isThere() ? use(path) : missing(reason))

const inChromium = async (): Promise<Result> => {
  if (!Browser.isThere) return missing(Browser.reason)
  for (const file of ["index.html", "Page.ts", "Script.ts"]) copyFileSync(source(file), join(core, file))
  const built = await run(bin("vite"), ["build", "--logLevel", "warn"], { cwd: core })
  if (built.code !== 0) return built
  const browser = await Browser.launch()
  try {
    const page = await browser.newPage()
    const errors: Array<string> = []
    page.on("pageerror", (error) => errors.push(String(error)))
    const { controls } = await given("FetchHttpClient")
    await page.goto(new URL("/", controls).href)
    const result = await overAll(platforms.chromium, async (transport) => {
      const argument = await given(transport)
      // Seam: the page has put its scripts there.
      const outcome = await page.evaluate((one) => (globalThis as unknown as PageScripts).runScript(one), argument)
      return ok(JSON.stringify(outcome))
    })
    if (result.code !== 0) return result
    // The browser does ask the server: a header that the server does not name is not sent.
    const refused = await page.evaluate(
      // Seam: as above.
      (one) => (globalThis as unknown as PageScripts).callWithOwnHeader(one),
      await given("FetchHttpClient")
    )
    if (refused !== "TransportError") return failed(`A header that CORS does not allow: ${refused} instead of TransportError`)
    return errors.length > 0 ? failed(errors.join("\n")) : result
  } finally {
    await browser.close()
  }
}

const inWorkerd = async (): Promise<Result> => {
  if (!Runtimes.workerd.isThere()) return missing(Runtimes.workerd.reason)
  for (const file of ["Worker.ts", "Script.ts"]) copyFileSync(source(file), join(core, file))
  const options = ["--bundle", "--format=esm", "--platform=browser", "--log-level=error", "--outfile=worker.js"]
  const built = await run(bin("esbuild"), ["Worker.ts", ...options], { cwd: core })
  if (built.code !== 0) return built
  const workerd = await Workerd.start(core, "worker.js", {})
  try {
    return await overAll(platforms.workerd, async (transport) => {
      const answer = await fetch(workerd.origin, { method: "POST", body: JSON.stringify(await given(transport, true)) })
      const text = await answer.text()
      return answer.ok ? ok(text) : failed(`${answer.status} ${text}\n${workerd.log()}`)
    })
  } finally {
    await workerd.stop()
  }
}

const runs: { readonly [Name in PlatformName]: () => Promise<Result> } = {
  "node-20": () => withNode(20, (path) => asProgram(platforms["node-20"], path)),
  "node-22": () => withNode(22, (path) => asProgram(platforms["node-22"], path)),
  "node-24": () => withNode(24, (path) => asProgram(platforms["node-24"], path)),
  bun: () => withProgram(Runtimes.bun, (path) => asProgram(platforms.bun, path)),
  deno: () =>
    withProgram(Runtimes.deno, (path) =>
      overAll(platforms.deno, async (transport) => {
        const isCore = transport !== "UndiciTransport"
        const permissions = isCore ? ["--allow-net=127.0.0.1"] : ["--allow-net=127.0.0.1", "--allow-env"]
        const argument = JSON.stringify(await given(transport))
        return run(path, ["run", "--no-prompt", ...permissions, "Command.js", argument], { cwd: isCore ? core : whole })
      })
    ),
  chromium: inChromium,
  workerd: inWorkerd
}

/** Errors in the types of other packages are theirs. */
const isOurs = (line: string) => line.includes("error TS") && !/^(?:\.\.\/)*node_modules\/(?!effect-dintero\/)/.test(line)

const compileWith = async (compiler: CompilerName, options: CompilerOptions): Promise<Result> => {
  const { exactOptionalPropertyTypes, moduleResolution } = options
  const project = join(whole, `tsconfig.${compiler}.${moduleResolution}.${exactOptionalPropertyTypes}.json`)
  const module = moduleResolution === "bundler" ? "esnext" : moduleResolution
  const compilerOptions = {
    target: "ES2022",
    module,
    ...options,
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    types: ["node"]
  }
  writeFileSync(project, JSON.stringify({ compilerOptions, files: ["Consumer.ts", "entries.ts"] }))
  const tsc = join("node_modules", `typescript-${compiler}`, "bin", "tsc")
  const { code, output, stdout } = await run(process.execPath, [tsc, "--pretty", "false", "-p", project], { cwd: whole })
  const ours = stdout.split("\n").filter(isOurs)
  if (ours.length === 0 && (code === 0 || stdout.includes("error TS"))) return ok()
  return failed(`${JSON.stringify(options)}\n${ours.length > 0 ? ours.join("\n") : output}`)
}

/** Two at a time, which is what a small machine has cores. */
const compile = async (compiler: CompilerName): Promise<Result> => {
  const waiting = [...compilers[compiler].options]
  const failures: Array<Result> = []
  const lane = async () => {
    for (let options = waiting.pop(); options !== undefined; options = waiting.pop()) {
      const result = await compileWith(compiler, options)
      if (result.code !== 0) failures.push(result)
    }
  }
  await Promise.all([lane(), lane()])
  const { options, version } = compilers[compiler]
  return failures[0] ?? ok(`TypeScript ${version}: ${options.length} combinations of options`)
}

const steps: ReadonlyArray<Step> = [
  {
    name: "install",
    run: async () => {
      const packed = await packInto(work, argv[2])
      if (packed.code !== 0) return packed
      const tarball = join(work, packed.output)
      const aliases = Object.entries(compilers).map(([alias, { version }]) => `typescript-${alias}@npm:typescript@${version}`)
      const results = await Promise.all([
        install(core, [tarball, ...pinned(required)]),
        install(whole, [tarball, ...pinned([...peers, "@types/node"]), ...aliases])
      ])
      return results.find(({ code }) => code !== 0) ?? ok(`${required.join(", ")}; all peers`)
    }
  },
  {
    name: "serve",
    run: async () => {
      await new Promise<void>((resolve) => stage.listen(0, "127.0.0.1", resolve))
      for (const folder of [core, whole]) {
        const files = [source("Script.ts"), source("Command.ts")]
        const built = await run(bin("esbuild"), [...files, "--format=esm", "--log-level=error", `--outdir=${folder}`])
        if (built.code !== 0) return built
      }
      return serve()
    }
  },
  // Seam: the keys of a constant.
  ...(Object.keys(runs) as ReadonlyArray<PlatformName>).map((platform) => ({ name: platform, run: runs[platform] })),
  {
    name: "node-18",
    hint: "A version that is not supported is refused by the command, in a sentence.",
    run: () =>
      withNode(18, async (path) => {
        const { code, output } = await run(path, [join("node_modules", name, "dist", "cli", "main.js"), "serve"], { cwd: whole })
        return code === 1 && /^effect-dintero needs Node 20 or later, and this is Node 18\.\S+\n$/.test(output)
          ? ok(output.trim())
          : failed(output)
      })
  },
  // Seam: the keys of a constant.
  ...(Object.keys(compilers) as ReadonlyArray<CompilerName>).map((compiler) => ({
    name: `typescript-${compiler}`,
    run: () => {
      copyFileSync(source("Consumer.ts"), join(whole, "Consumer.ts"))
      const entries = Object.keys(exports).filter((path) => !/\*|json/.test(path))
      writeFileSync(
        join(whole, "entries.ts"),
        entries.map((path, index) => `export * as Entry${index} from "${name}${path.slice(1)}"\n`).join("")
      )
      return compile(compiler)
    }
  }))
]

try {
  await runSteps("platforms", steps)
} finally {
  served?.child.kill()
  stage.close()
  stage.closeAllConnections()
  rmSync(work, { recursive: true, force: true })
}
