/** What embedded systems take of a process: start and memory, for one and for many that run at once. */
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { type Bench, median, quantile } from "./Figure.js"
import { built, program } from "./Processes.js"
import type { Measured } from "./programs/instances.js"

export const bench: Bench = async function* () {
  // What a user installs: the sources would be compiled by tsx, which gives each closure a name and so takes more memory.
  const embedded = pathToFileURL(join(await built(), "embedded.js")).href
  const measure = async (count: number): Promise<Measured> =>
    // Seam: what the program prints.
    (await program("instances", embedded, String(count))) as Measured
  const fresh: Array<Measured> = []
  for (let process_ = 0; process_ < 5; process_++) fresh.push(await measure(20))
  const firsts = fresh.map(({ first }) => first)
  yield {
    name: "first start in a process, with secure hashes: worst of 5",
    value: Math.max(...firsts),
    unit: "ms",
    note: `median ${median(firsts).toFixed(0)}`
  }
  yield { name: "a later start: median", value: median(fresh.flatMap(({ starts }) => starts)), unit: "ms" }
  const { heap, rss, starts } = await measure(1_000)
  yield {
    name: "start of 1,000 at once: worst",
    value: Math.max(...starts),
    unit: "ms",
    note: `median ${median(starts).toFixed(2)}, p99 ${quantile(starts, 0.99).toFixed(2)}`
  }
  yield {
    name: "memory of each of 1,000",
    value: rss,
    unit: "KiB",
    note: `of which ${heap.toFixed(0)} are JavaScript's heap`
  }
}
