/**
 * This package beside an earlier commit of it: a call, and start and memory of an embedded system.
 *
 * Both are built from their sources, with the packages that are installed here. They are measured in processes that take turns, by CPU time
 * and memory: the time that passes says little on a machine that does something else too.
 */
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Bench, type Figure, median, quantile } from "./Figure.js"
import { built, command, program, root, tsx } from "./Processes.js"
import type { Measured } from "./programs/instances.js"

/** The last one before the frame for eighty operations. */
const commit = "214514b263d0ae2f91f277f7ca35767bdb15a66d"

/** The builds, or why there is none of the earlier commit. */
const builds = async (): Promise<{ readonly now: string; readonly before: string } | string> => {
  const short = commit.slice(0, 7)
  const folder = join(root, ".tmp", "bench", short)
  const earlier = join(folder, "dist", "index.js")
  if (!existsSync(earlier)) {
    if (
      !(await command("git", ["cat-file", "-e", `${commit}^{commit}`]).then(
        () => true,
        () => false
      ))
    ) {
      return `the commit ${short} is not in this clone, which has not the whole history`
    }
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    const archive = join(root, ".tmp", "bench", `${short}.tar`)
    await command("git", ["archive", `--output=${archive}`, commit])
    await command("tar", ["-xf", archive, "-C", folder])
    rmSync(archive)
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
    await command(process.execPath, [tsx, join(folder, "scripts", "build.ts")], folder)
  }
  return { now: await built(), before: join(folder, "dist") }
}

/** Pairs of both, in turns: which of them is first changes with each. */
const inTurns = async <A>(
  pairs: number,
  measure: (dist: string) => Promise<A>,
  { before, now }: { readonly now: string; readonly before: string }
): Promise<ReadonlyArray<{ readonly now: A; readonly before: A }>> => {
  const found: Array<{ readonly now: A; readonly before: A }> = []
  for (let pair = 0; pair < pairs; pair++) {
    if (pair % 2 === 0) {
      const first = await measure(before)
      found.push({ before: first, now: await measure(now) })
    } else {
      const first = await measure(now)
      found.push({ now: first, before: await measure(before) })
    }
  }
  return found
}

const ratio = (name: string, unit: string, pairs: ReadonlyArray<{ readonly now: number; readonly before: number }>): Figure => {
  const ratios = pairs.map(({ before, now }) => now / before)
  const [now, before] = [median(pairs.map(({ now }) => now)), median(pairs.map(({ before }) => before))]
  return {
    name,
    value: median(ratios),
    unit: "×",
    note: `${now.toFixed(2)} against ${before.toFixed(2)} ${unit}; quartiles ${quantile(ratios, 0.25).toFixed(2)} and ${quantile(ratios, 0.75).toFixed(2)} of ${pairs.length} pairs`
  }
}

export const bench: Bench = async function* ({ isReduced }) {
  const built = await builds()
  const names = [
    "settings.get in process: CPU time",
    "start of an embedded system: CPU time",
    "memory of an embedded system"
  ] as const
  if (typeof built === "string") {
    for (const name of names) yield { name, value: null, unit: "×", note: built }
    return
  }
  const [pairs, pairsOfInstances] = isReduced ? [5, 3] : [9, 9]

  // The lower quartile of the rounds: what else the machine does, and the collector of garbage, only add to a round.
  const call = async (dist: string): Promise<number> =>
    // Seam: what the program prints.
    quantile((await program("settingsGet", dist, isReduced ? "15" : "31")) as ReadonlyArray<number>, 0.25)
  yield ratio(names[0], "µs", await inTurns(pairs, call, built))

  const instances = async (dist: string): Promise<Measured> =>
    // Seam: what the program prints.
    (await program("instances", pathToFileURL(join(dist, "embedded.js")).href, "200")) as Measured
  const found = await inTurns(pairsOfInstances, instances, built)
  yield ratio(
    names[1],
    "ms",
    found.map(({ before, now }) => ({ now: now.cpu, before: before.cpu }))
  )
  yield ratio(
    names[2],
    "KiB",
    found.map(({ before, now }) => ({ now: now.rss, before: before.rss }))
  )
}
