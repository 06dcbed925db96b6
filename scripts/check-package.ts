/**
 * `npm run check:package`: what a user gets. Packs the library, lints the package, installs the tarball in an empty folder with the
 * peers, and there compiles and runs what the README and the examples show. Nothing in that folder comes from this one.
 * `npm run check:package -- FILE.tgz` takes a package that was packed before.
 */
import { createHash } from "node:crypto"
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join, relative } from "node:path"
import { argv } from "node:process"
import { pathToFileURL } from "node:url"
import ts from "typescript"
import { readmeBlocks } from "./lib/Examples.js"
import { bin, failed, filesBelow, ok, type Result, root, run, runSteps, type Step } from "./lib/Shell.js"
import { packInto } from "./lib/Tarball.js"

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, unknown>>
  readonly devDependencies: Readonly<Record<string, string>>
  readonly peerDependencies: Readonly<Record<string, string>>
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>
}

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest

/** The exact versions this project is tested with, as arguments of `npm install`. */
const pinned = (names: ReadonlyArray<string>): ReadonlyArray<string> =>
  names.map((name) => `${name}@${manifest.devDependencies[name] ?? manifest.peerDependencies[name] ?? "latest"}`)

const peers = Object.keys(manifest.peerDependencies)
const isOptional = (name: string) => manifest.peerDependenciesMeta[name]?.optional === true
const required = peers.filter((name) => !isOptional(name))
const optional = peers.filter(isOptional)

const work = mkdtempSync(join(tmpdir(), "effect-dintero-package-"))
const consumer = join(work, "consumer")
const installed = join(consumer, "node_modules")
let tarball = ""

const npmInstall = (...packages: ReadonlyArray<string>) =>
  run(
    "npm",
    [
      "install",
      "--save-exact",
      "--prefer-offline",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      "--loglevel=error",
      ...packages
    ],
    { cwd: consumer }
  )

/** Compiles these files of a consumer, library types included. Errors in other packages' types are theirs, and only counted. */
const compile = async (
  files: ReadonlyArray<string>,
  options: Readonly<Record<string, unknown>>,
  folder = consumer
): Promise<Result> => {
  const project = join(folder, "tsconfig.json")
  writeFileSync(
    project,
    JSON.stringify({
      compilerOptions: {
        target: "ES2022",
        module: "NodeNext",
        moduleResolution: "NodeNext",
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        outDir: "out",
        rootDir: ".",
        ...options
      },
      files
    })
  )
  const tsc = join(folder, "node_modules", "typescript", "bin", "tsc")
  const { code, output, stdout } = await run(process.execPath, [tsc, "--pretty", "false", "-p", project], { cwd: folder })
  const others = /^(?:\.\.\/)*node_modules\/(?!effect-dintero\/)/
  const errors = stdout.split("\n").filter((line) => /error TS\d+/.test(line))
  const ours = errors.filter((line) => !others.test(line))
  if (ours.length > 0 || (code !== 0 && errors.length === 0)) return failed(ours.length > 0 ? ours.join("\n") : output)
  const theirs = errors.length - ours.length
  return ok(`${files.length} files${theirs > 0 ? `, ${theirs} errors in the types of other packages` : ""}`)
}

/** What the declarations that an entry reaches import from other packages. */
const typesReach = (entry: string): ReadonlySet<string> => {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const visit = (path: string): void => {
    if (seen.has(path)) return
    seen.add(path)
    for (const { fileName: specifier } of ts.preProcessFile(readFileSync(path, "utf8")).importedFiles) {
      if (specifier.startsWith(".")) visit(join(dirname(path), specifier.replace(/\.js$/, ".d.ts")))
      else packages.add(specifier.startsWith("@") ? specifier.split("/").slice(0, 2).join("/") : (specifier.split("/")[0] ?? ""))
    }
  }
  visit(entry)
  return packages
}

/** Every folder below `node_modules` that is a copy of this package. */
const copiesOf = (name: string): ReadonlyArray<string> => {
  const inside = (modules: string): ReadonlyArray<string> =>
    existsSync(modules)
      ? readdirSync(modules).flatMap((entry) => {
          if (entry.startsWith(".")) return []
          const names = entry.startsWith("@") ? readdirSync(join(modules, entry)).map((scoped) => join(entry, scoped)) : [entry]
          return names.flatMap((each) => [
            ...(each === name ? [join(modules, each)] : []),
            ...inside(join(modules, each, "node_modules"))
          ])
        })
      : []
  return inside(installed)
}

/**
 * A module that exports everything of an entry anew and leaves its types to the compiler: each value as a constant, and each field of
 * an interface as what a function gives. With `declaration: true` the compiler has to find a name for every type in it.
 */
const inferred = (entry: string): string => {
  const path = join(installed, manifest.name, "dist", `${entry}.d.ts`)
  const program = ts.createProgram([path], { module: ts.ModuleKind.NodeNext, skipLibCheck: true, types: [] })
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(path)
  const lines = [`import * as Entry from "${manifest.name}${entry === "index" ? "" : `/${entry}`}"`]
  const add = (text: string) => lines.push(`export const _${lines.length} = ${text}`)
  const visit = (module: ts.Symbol, prefix: string): void => {
    for (const exported of checker.getExportsOfModule(module)) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported
      const name = `${prefix}.${exported.name}`
      if (symbol.flags & ts.SymbolFlags.ValueModule) visit(symbol, name)
      // A re-export by `export type` has no value, whatever it is of.
      else if (symbol.flags & ts.SymbolFlags.Value && exported.name !== "default" && !isTypeOnly(exported)) add(name)
      const declared = symbol.declarations?.find(ts.isInterfaceDeclaration)
      if (declared === undefined || declared.typeParameters?.some((parameter) => parameter.default === undefined)) continue
      for (const { name: field } of checker.getDeclaredTypeOfSymbol(symbol).getProperties()) {
        if (/^\w+$/.test(field) && !field.startsWith("__")) add(`(value: ${name}) => value.${field}`)
      }
    }
  }
  const module = source && checker.getSymbolAtLocation(source)
  if (module !== undefined) visit(module, "Entry")
  return `${lines.join("\n")}\n`
}

const isTypeOnly = (symbol: ts.Symbol): boolean =>
  symbol.declarations?.some((node) => ts.isExportSpecifier(node) && node.parent.parent.isTypeOnly) === true

const elsewhere = join(work, "elsewhere")

/** Packs once more, from a copy of the sources with another path, other times, and files that only their owner can read. */
const packElsewhere = async (): Promise<Result> => {
  const copy = join(elsewhere, "a folder", "with another name")
  const listed = await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
  if (listed.code !== 0) return listed
  const longAgo = new Date("2001-02-03T04:05:06Z")
  for (const file of listed.stdout.split("\0").filter((name) => name !== "" && existsSync(join(root, name)))) {
    const path = join(copy, file)
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, readFileSync(join(root, file)), { mode: 0o600 })
    utimesSync(path, longAgo, longAgo)
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "dir")
  const command = 'umask 077 && TZ=Pacific/Auckland exec npm pack --loglevel=error --pack-destination "$0"'
  return run("sh", ["-c", command, elsewhere], { cwd: copy })
}

const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex")

/** The files that differ between two tarballs, with their modes and times. */
const differenceOf = async (first: string, second: string): Promise<string> => {
  const [one = [], two = []] = await Promise.all(
    [first, second].map(async (path) => {
      const folder = `${path}.files`
      mkdirSync(folder)
      const { stdout } = await run("tar", [
        "--extract",
        "--verbose",
        "--verbose",
        "--full-time",
        "--utc",
        "-zf",
        path,
        "-C",
        folder
      ])
      return stdout
        .trim()
        .split("\n")
        .map((line) => {
          const file = join(folder, line.slice(line.indexOf("package/")))
          return `${line}  ${existsSync(file) && statSync(file).isFile() ? sha256(file).slice(0, 12) : ""}`
        })
    })
  )
  const lines = [...one.filter((line) => !two.includes(line)), ...two.filter((line) => !one.includes(line))]
  return `${lines.length} lines of the lists differ, such as:\n${lines.slice(0, 20).join("\n")}`
}

const entryNames = ["index", "embedded", "redis", "undici"]

/** What was reported by users, and what is reached only through a layer. */
const combined = `import { Effect } from "effect"
import { DinteroEmbedded, PasswordHashing } from "${manifest.name}/embedded"
export const system = Effect.flatMap(DinteroEmbedded.serve(), DinteroEmbedded.connect)
export const hasher = PasswordHashing.make(PasswordHashing.secure)
export const layer = DinteroEmbedded.layer()
export const faults = Effect.map(DinteroEmbedded.Embedded, (embedded) => embedded.faults)
`

const resolutions: ReadonlyArray<{ readonly moduleResolution: string; readonly module: string }> = [
  { moduleResolution: "node16", module: "node16" },
  { moduleResolution: "nodenext", module: "nodenext" },
  { moduleResolution: "bundler", module: "esnext" }
]

const writeDeclared = (folder: string): ReadonlyArray<string> => {
  const modules = [
    ...entryNames.map((entry) => [`all-${entry}.ts`, inferred(entry)] as const),
    ["combined.ts", combined] as const
  ]
  for (const [name, text] of modules) writeFileSync(join(folder, name), text)
  return modules.map(([name]) => name)
}

const declare = async (folder: string, files: ReadonlyArray<string>): Promise<Result> => {
  for (const resolution of resolutions) {
    const options = {
      ...resolution,
      declaration: true,
      emitDeclarationOnly: true,
      skipLibCheck: true,
      types: ["node"],
      outDir: "types"
    }
    const result = await compile(files, options, folder)
    if (result.code !== 0) return failed(`${resolution.moduleResolution}:\n${result.output}`)
  }
  return ok(resolutions.map(({ moduleResolution }) => moduleResolution).join(", "))
}

/**
 * The same packages as pnpm lays them out: each in a folder of its own below `.pnpm`, beside links to what it depends on, and in
 * `node_modules` links to what the consumer depends on. The npm layout is gone afterwards.
 */
const asPnpm = (folder: string, direct: ReadonlyArray<string>): void => {
  const modules = join(folder, "node_modules")
  mkdirSync(modules, { recursive: true })
  const link = (target: string, path: string) => {
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(target, path, "dir")
  }
  const names = readdirSync(installed).flatMap((name) =>
    name.startsWith(".") ? [] : name.startsWith("@") ? readdirSync(join(installed, name)).map((own) => `${name}/${own}`) : [name]
  )
  const places = new Map<string, string>()
  for (const name of names) {
    const { version } = JSON.parse(readFileSync(join(installed, name, "package.json"), "utf8")) as { readonly version: string }
    const place = join(modules, ".pnpm", `${name.replace("/", "+")}@${version}`, "node_modules")
    mkdirSync(dirname(join(place, name)), { recursive: true })
    renameSync(join(installed, name), join(place, name))
    places.set(name, place)
  }
  for (const [name, place] of places) {
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(place, name, "package.json"), "utf8")) as {
      readonly dependencies?: Readonly<Record<string, string>>
      readonly peerDependencies?: Readonly<Record<string, string>>
    }
    for (const other of new Set(Object.keys({ ...dependencies, ...peerDependencies }))) {
      const found = places.get(other)
      if (found !== undefined && !existsSync(join(place, name, "node_modules", other)))
        link(join(found, other), join(place, other))
    }
  }
  for (const name of direct) link(join(places.get(name) ?? "", name), join(modules, name))
}

const evaluate = (code: string) => run(process.execPath, ["--input-type=module", "--eval", code], { cwd: consumer })

/** A comment is no example of the use of the package; the first block that imports it is. */
const firstUse = () => readmeBlocks().find((block) => !block.skipped && block.code.includes(`from "${manifest.name}"`))

/** The shop is an application of its own, which `npm run check:shop` compiles. */
const examples = (): ReadonlyArray<string> =>
  filesBelow("examples", ".ts").filter((path) => !path.startsWith(join(root, "examples", "shop")))

const steps: ReadonlyArray<Step> = [
  {
    name: "pack",
    run: async () => {
      const packed = await packInto(work, argv[2])
      tarball = join(work, packed.output)
      return packed
    }
  },
  {
    name: "reproducible",
    hint: "The same sources have to give the same package, byte for byte, in any folder, at any time and for any umask.",
    run: async () => {
      const again = await packElsewhere()
      if (again.code !== 0) return again
      const [first, second] = [tarball, join(elsewhere, basename(tarball))].map(sha256)
      return first === second ? ok(`sha256 ${first}`) : failed(await differenceOf(tarball, join(elsewhere, basename(tarball))))
    }
  },
  {
    name: "contents",
    run: async () => {
      const listed = await run("tar", ["-tzf", tarball])
      if (listed.code !== 0) return listed
      const files = listed.stdout.trim().split("\n")
      const missing = [
        "LICENSE",
        "THIRD-PARTY-NOTICES.md",
        "README.md",
        "docs/README.md",
        "docs/openapi.json",
        "docs/operations/users.md",
        "dist/index.js",
        "dist/index.d.ts",
        "dist/embedded.js",
        "dist/redis.js",
        "dist/undici.js",
        "dist/cli/main.js"
      ].filter((path) => !files.includes(`package/${path}`))
      const stray = files.filter((path) => /^package\/(test|bench|examples|scripts|node_modules|\.)|\.tsbuildinfo$/.test(path))
      if (missing.length > 0) return failed(`The package lacks ${missing.join(", ")}.`)
      if (stray.length > 0) return failed(`The package has what it should not: ${stray.join(", ")}.`)
      return ok(`${files.length} files`)
    }
  },
  { name: "publint", run: () => run(bin("publint"), ["run", "--strict", tarball]) },
  {
    name: "types-wrong",
    run: async () => {
      const result = await run(bin("attw"), [
        tarball,
        "--profile",
        "esm-only",
        "--no-definitely-typed",
        "--no-emoji",
        "--no-color",
        "--format",
        "ascii"
      ])
      return result.code === 0 ? ok() : result
    }
  },
  {
    name: "install-core",
    hint: "The tarball with the required peers only.",
    run: async () => {
      mkdirSync(consumer, { recursive: true })
      writeFileSync(join(consumer, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
      const result = await npmInstall(tarball, ...pinned([...required, "typescript"]))
      if (result.code !== 0) return result
      const pulled = optional.filter((name) => existsSync(join(installed, name)))
      return pulled.length > 0 ? failed(`Optional peers were installed with it: ${pulled.join(", ")}.`) : ok(required.join(", "))
    }
  },
  {
    name: "core-alone",
    hint: "effect-dintero has to load and compile without Node's types and without any optional peer.",
    run: async () => {
      const reached = [...typesReach(join(installed, manifest.name, "dist", "index.d.ts"))].filter(
        (name) => !required.includes(name)
      )
      if (reached.length > 0) return failed(`The declarations of the core entry import ${reached.join(", ")}.`)
      const loaded = await evaluate(`await import("${manifest.name}")`)
      if (loaded.code !== 0) return loaded
      writeFileSync(join(consumer, "core.ts"), `export * from "${manifest.name}"\n`)
      return compile(["core.ts"], { types: [], noEmit: true })
    }
  },
  {
    name: "internal",
    run: async () => {
      const { code, output } = await evaluate(`await import("${manifest.name}/internal/any.js")`)
      return code !== 0 && output.includes("ERR_PACKAGE_PATH_NOT_EXPORTED") ? ok() : failed(`internal is not closed:\n${output}`)
    }
  },
  {
    name: "install-all",
    run: () =>
      npmInstall(...pinned([...optional, "@types/node", "@effect/vitest", "vitest"])).then((r) => (r.code === 0 ? ok() : r))
  },
  {
    name: "one-effect",
    run: async () => {
      const copies = copiesOf("effect")
      return copies.length === 1 ? ok() : failed(`There are ${copies.length} copies of effect:\n${copies.join("\n")}`)
    }
  },
  {
    name: "compile",
    run: async () => {
      const block = firstUse()
      if (block === undefined) return failed(`README.md has no example that imports ${manifest.name}.`)
      if (!existsSync(join(root, "examples", "quickstart.ts"))) return failed("There is no examples/quickstart.ts.")
      writeFileSync(join(consumer, "readme.ts"), block.code)
      const placed = examples().map((path) => relative(join(root, "examples"), path))
      for (const path of placed) {
        mkdirSync(dirname(join(consumer, path)), { recursive: true })
        copyFileSync(join(root, "examples", path), join(consumer, path))
      }
      return compile(["readme.ts", ...placed], { types: ["node"] })
    }
  },
  {
    name: "quickstart",
    run: async () => {
      const result = await run(process.execPath, [join("out", "quickstart.js")], { cwd: consumer })
      return result.code === 0 ? ok() : result
    }
  },
  {
    name: "entries",
    run: async () => {
      const result = await evaluate(
        Object.keys(manifest.exports)
          .filter((path) => !/\*|json/.test(path))
          .map((path) => `await import("${manifest.name}${path.slice(1)}")`)
          .join(";")
      )
      return result.code === 0 ? ok() : result
    }
  },
  {
    name: "inspector",
    hint: "scripts/build.ts puts the page into dist/layers/embedded/inspector/PageFiles.js.",
    run: async () => {
      const path = join(installed, manifest.name, "dist", "layers", "embedded", "inspector", "InspectorPage.js")
      const { code, output, stdout } = await evaluate(
        `import { load } from ${JSON.stringify(pathToFileURL(path))}; import * as Effect from "effect/Effect"\n` +
          `console.log(Buffer.byteLength((await Effect.runPromise(load)).html))`
      )
      return code === 0 ? ok(`${stdout.trim()} bytes`) : failed(output)
    }
  },
  {
    name: "command",
    run: async () => {
      const result = await run("npx", ["--no", "--", manifest.name, "--help"], { cwd: consumer })
      if (result.code !== 0) return result
      return result.stdout.includes("effect-dintero") ? ok() : failed(`--help does not name the command:\n${result.output}`)
    }
  },
  {
    name: "declarations",
    hint: "TS2742: a module that declares a public type needs a subpath of its own in `exports`, where the compiler can find it.",
    run: () => declare(consumer, writeDeclared(consumer))
  },
  {
    name: "declarations-pnpm",
    hint: "The last step: it takes the npm layout apart.",
    run: () => {
      const folder = join(work, "pnpm")
      mkdirSync(folder)
      const direct = [manifest.name, ...peers, "typescript", "@types/node"]
      // The compiler looks here for the packages whose types a declaration may name.
      const dependencies = Object.fromEntries(direct.map((name) => [name, "*"]))
      writeFileSync(
        join(folder, "package.json"),
        JSON.stringify({ name: "consumer", private: true, type: "module", dependencies })
      )
      const files = writeDeclared(folder)
      asPnpm(folder, direct)
      return declare(folder, files)
    }
  }
]

try {
  await runSteps("package", steps)
} finally {
  rmSync(work, { recursive: true, force: true })
}
