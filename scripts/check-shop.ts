/**
 * `npm run check:shop`: `examples/shop` as its reader gets it. Packs the library, copies the shop to an empty folder, and runs the two commands of its
 * README there: its tests, and the shop itself, to which a customer then signs in with curl. Nothing in that folder comes from this one.
 * `npm run check:shop -- FILE.tgz` takes a package that was packed before.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { argv, env } from "node:process"
import { bin, failed, ok, type Result, root, run, runSteps, type Step } from "./lib/Shell.js"
import { packInto } from "./lib/Tarball.js"

interface Manifest {
  readonly name: string
  readonly version: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

const source = join(root, "examples", "shop")
const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest

const work = mkdtempSync(join(tmpdir(), "effect-dintero-shop-"))
const shop = join(work, "shop")

/** The shell blocks of the shop's README before its first heading, in order. */
const commands = (): ReadonlyArray<string> => {
  const [, beginning = ""] = readFileSync(join(source, "README.md"), "utf8").split(/^# .*$/m)
  const [first = ""] = beginning.split(/^## /m)
  return [...first.matchAll(/^```sh\n(.*?)\n```$/gms)].map(([, text = ""]) => text)
}

/** What npm would otherwise look up or say. */
const environment = { ...env, npm_config_prefer_offline: "true", npm_config_audit: "false", npm_config_fund: "false" }

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => done(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

const pinned = (): Result => {
  const own = manifestOf(root)
  const { dependencies, devDependencies } = manifestOf(source)
  const wrong = Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, version]) => {
    const expected = name === own.name ? own.version : own.devDependencies?.[name]
    if (!/^\d+\.\d+\.\d+$/.test(version)) return [`${name} ${version} is not an exact version`]
    return expected === undefined || expected === version ? [] : [`${name} is ${version}, and ${expected} in this project`]
  })
  return wrong.length === 0 ? ok() : failed(`examples/shop/package.json: ${wrong.join("; ")}.`)
}

const pack = async (): Promise<Result> => {
  const packed = await packInto(work, argv[2])
  if (packed.code !== 0) return packed
  cpSync(source, shop, { recursive: true, filter: (path) => !["node_modules", "dist", "data"].includes(basename(path)) })
  const path = join(shop, "package.json")
  const { name } = manifestOf(root)
  const manifest = manifestOf(shop)
  const dependencies = { ...manifest.dependencies, [name]: `file:${join(work, packed.output)}` }
  writeFileSync(path, JSON.stringify({ ...manifest, dependencies }))
  return packed
}

/** Runs a command of the README to its end. */
const shell = (command: string): Promise<Result> =>
  new Promise((done) => {
    let output = ""
    const child = spawn("sh", ["-c", command], { cwd: shop, env: environment, stdio: ["ignore", "pipe", "pipe"] })
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text))
    child.on("error", ({ message }) => done(failed(message)))
    child.on("close", (code) => done({ code: code ?? 1, output, stdout: output }))
  })

const tests = async (): Promise<Result> => {
  const [, command] = commands()
  if (command === undefined) return failed("The README of the shop has to begin with two commands: its start, and its tests.")
  const result = await shell(command)
  if (result.code !== 0) return result
  const skipped = /Tests .*\d+ skipped/.exec(result.output)?.[0]
  if (skipped !== undefined && env.CI !== undefined) return failed(`${skipped}\n${result.output}`)
  return ok(/Tests +(.*)/.exec(result.output)?.[1]?.trim())
}

interface Running {
  readonly child: ChildProcess
  readonly output: () => string
  /** The first match of what it has printed or will print. */
  readonly printed: (what: RegExp) => Promise<string>
  readonly ended: Promise<unknown>
}

const start = (command: string, port: number): Running => {
  let output = ""
  const child = spawn("sh", ["-c", command], {
    cwd: shop,
    env: { ...environment, PORT: String(port) },
    // A group of its own, which gets a signal as a terminal sends it: to the shop and to npm.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"]
  })
  const ended = new Promise((done) => child.once("close", done))
  const printed = (what: RegExp) =>
    new Promise<string>((done, refuse) => {
      const look = () => {
        const match = what.exec(output)
        if (match !== null) done(match[1] ?? match[0])
      }
      look()
      child.stdout.on("data", look)
      child.once("close", () => refuse(new Error(`It ended before it printed ${what}:\n${output}`)))
    })
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text))
  return { child, output: () => output, printed, ended }
}

const signal = ({ child }: Running, name: NodeJS.Signals): void => {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name)
  } catch {
    // It has ended already.
  }
}

const visit = async (): Promise<Result> => {
  const [command] = commands()
  if (command === undefined) return failed("The README of the shop has no command that starts it.")
  const port = await freePort()
  const url = `http://localhost:${port}`
  const running = start(command, port)
  const curl = async (path: string, ...args: ReadonlyArray<string>) => {
    const jar = join(work, "cookies")
    const all = ["--silent", "--show-error", "--write-out", "\n%{http_code}", "--cookie", jar, "--cookie-jar", jar, ...args]
    const { code, output, stdout } = await run("curl", [...all, `${url}${path}`])
    const lines = stdout.split("\n")
    return { status: code === 0 ? lines.at(-1) : output, body: lines.slice(0, -1).join("\n") }
  }
  const json = (body: object) => ["--header", "content-type: application/json", "--data", JSON.stringify(body)]
  const wrong: Array<string> = []
  const expected = (
    what: string,
    { body, status }: { readonly status: string | undefined; readonly body: string },
    want: number
  ) => {
    if (status !== String(want)) wrong.push(`${what}: ${status} in the place of ${want}, ${body}`)
  }
  try {
    await running.printed(/The shop is at/)
    expected(
      "sign-in",
      await curl("/sign-in", ...json({ email: "ada@example.com", password: "correct horse battery staple" })),
      202
    )
    const code = await running.printed(/sms to \S+: (\d+)/)
    expected("the code", await curl("/sign-in/code", ...json({ code })), 200)
    const me = await curl("/me")
    expected("/me", me, 200)
    if (!me.body.includes("ada@example.com")) wrong.push(`/me says ${me.body}`)
    expected("sign-out", await curl("/sign-out", "--request", "POST"), 204)
    expected("/me afterwards", await curl("/me"), 401)
    signal(running, "SIGTERM")
    await running.ended
    if (!running.output().includes("The shop has ended.")) wrong.push("it did not end by itself after SIGTERM")
    if (!/spans: .*customers\.users\.get/.test(running.output())) wrong.push("its collector got no span of customers.users.get")
    return wrong.length === 0 ? ok() : failed(`${wrong.join("\n")}\n\n${running.output()}`)
  } catch (error) {
    return failed(String(error))
  } finally {
    signal(running, "SIGKILL")
  }
}

const steps: ReadonlyArray<Step> = [
  { name: "pinned", hint: "The shop has the versions that this project is tested with.", run: async () => pinned() },
  { name: "pack", run: pack },
  { name: "test", run: tests },
  {
    name: "effect",
    run: () =>
      run(bin("effect-language-service"), [
        "diagnostics",
        "--project",
        join(shop, "tsconfig.json"),
        "--format",
        "text",
        "--strict"
      ])
  },
  { name: "start", run: visit }
]

try {
  await runSteps("shop", steps)
} finally {
  rmSync(work, { recursive: true, force: true })
}
