/**
 * `instances.ts MODULE COUNT`: what embedded systems take of a process that has COUNT of them at once. Needs --expose-gc. Prints JSON.
 *
 * MODULE is the URL of a build's `embedded.js`, of any commit, or the name of this package's entry.
 */
import { existsSync, readFileSync } from "node:fs"
import { setFlagsFromString } from "node:v8"
import { Effect } from "effect"

export interface Measured {
  /** ms of the first one, which makes the process's signing key, with secure hashes. */
  readonly first: number
  /** ms of each of the others. */
  readonly starts: ReadonlyArray<number>
  /** ms of CPU time of each, in the mean. */
  readonly cpu: number
  /** KiB of each. */
  readonly rss: number
  readonly heap: number
}

const [module = "", text = ""] = process.argv.slice(2)
const count = Number(text)

// Seam: what this program uses is the same in all builds.
const { DinteroEmbedded, PasswordHashing } = (await import(module)) as typeof import("effect-dintero/embedded")

/** Without the pages of programs, which the system reads again whenever it likes. Where that is not told, with them. */
const residentBytes = (): number => {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : ""
  const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]
  return kibibytes === undefined ? process.memoryUsage.rss() : Number(kibibytes) * 1024
}

const collect = () => {
  // What is free in half-empty pages of the heap is not theirs. Only here, since a collection that compacts takes long, and would be counted as a start.
  setFlagsFromString("--compact-on-every-full-gc")
  globalThis.gc?.()
  globalThis.gc?.()
  setFlagsFromString("--no-compact-on-every-full-gc")
  return { rss: residentBytes(), heapUsed: process.memoryUsage().heapUsed }
}

const measured = await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const begun = performance.now()
      yield* Effect.scoped(DinteroEmbedded.make())
      const first = performance.now() - begun
      const make = DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests })
      // What is made once for all of them is not counted as theirs.
      yield* Effect.replicateEffect(Effect.scoped(make), 10)
      const before = collect()
      const cpu = process.cpuUsage()
      const starts: Array<number> = []
      const systems: Array<unknown> = []
      for (let index = 0; index < count; index++) {
        const startedAt = performance.now()
        systems.push(yield* make)
        starts.push(performance.now() - startedAt)
      }
      const { system, user } = process.cpuUsage(cpu)
      const after = collect()
      const each = (bytes: number): number => bytes / systems.length / 1024
      return {
        first,
        starts,
        cpu: (user + system) / 1000 / count,
        rss: each(after.rss - before.rss),
        heap: each(after.heapUsed - before.heapUsed)
      } satisfies Measured
    })
  )
)
process.stdout.write(JSON.stringify(measured))
