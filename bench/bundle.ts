/**
 * What the smallest client costs before its first call: the size of its bundle, and the time of its imports. Beside it, what a program costs that
 * does the same by hand with Effect's own `HttpClient` and `Schema`: `bundles/Bare.ts`.
 */
import { rmSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Builds from "./Builds.js"
import * as Bundles from "./bundles/Bundles.js"
import { type Bench, type Figure, median } from "./Figure.js"
import { node, root } from "./Processes.js"

/** Programs are written in both forms, and esbuild keeps more of a module that is imported from a package. */
const forms: ReadonlyArray<readonly [Bundles.Imports, string]> = [
  ["modules", "module by module"],
  ["packages", "from the packages"]
]

const kB = (bytes: number): string => (bytes / 1000).toFixed(1)

const size = async (imports: Bundles.Imports, what: string): Promise<ReadonlyArray<Figure>> => {
  const minimal = await Bundles.of("Minimal", imports)
  const bare = await Bundles.of("Bare", imports)
  const more = [...minimal.modules]
    .map(([path, bytes]) => [path, bytes - (bare.modules.get(path) ?? 0)] as const)
    .sort(([, a], [, b]) => b - a)
  return [
    {
      name: `bundle of the minimal client, ${what}`,
      value: minimal.gzip / bare.gzip,
      unit: "×",
      note: `${kB(minimal.gzip)} against ${kB(bare.gzip)} kB, minified and gzipped`
    },
    {
      name: `modules of which it has a part, ${what}`,
      value: minimal.modules.size,
      unit: "",
      note: `${bare.modules.size} in the other; the largest additions before gzip: ${more
        .slice(0, 12)
        .map(([path, bytes]) => `${path} ${kB(bytes)}`)
        .join(", ")}`
    }
  ]
}

/** ms. `process.cpuUsage` does not count the time for which another process has the core. */
const importTime = async (modules: ReadonlyArray<string>): Promise<number> => {
  const code = `
    const begun = process.cpuUsage()
    await Promise.all(${JSON.stringify(modules)}.map((specifier) => import(specifier)))
    const { system, user } = process.cpuUsage(begun)
    process.stdout.write(String((user + system) / 1000))`
  return Number(await node(["--input-type=module", "--eval", code], root))
}

export const bench: Bench = async function* ({ isReduced }) {
  for (const [imports, what] of forms) yield* await size(imports, what)

  const place = join(root, ".tmp", "bench", "bundle")
  rmSync(place, { recursive: true, force: true })
  const built = pathToFileURL(join(await Builds.write(join(root, "src"), place), "dist", "index.js")).href
  for (const [imports, what] of forms) {
    const own = [built, ...Bundles.importsOf("Minimal", imports)]
    const bare = Bundles.importsOf("Bare", imports)
    const rounds = isReduced ? 9 : 31
    const times: Array<readonly [own: number, bare: number]> = []
    await importTime(bare)
    await importTime(own)
    for (let round = 0; round < rounds; round++) {
      if (round % 2 === 0) times.push([await importTime(own), await importTime(bare)])
      else {
        const before = await importTime(bare)
        times.push([await importTime(own), before])
      }
    }
    yield {
      name: `import of the minimal client, ${what}`,
      value: median(times.map(([own, bare]) => own / bare)),
      unit: "×",
      note: `${median(times.map(([own]) => own)).toFixed(0)} against ${median(times.map(([, bare]) => bare)).toFixed(0)} ms of CPU, ${rounds} rounds`
    }
  }
}
