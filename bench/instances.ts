/**
 * What an embedded system takes of a process: start and memory, for many that run at once. Printed by `npm run bench`; needs --expose-gc.
 */
import { Effect } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"

const count = Number(process.argv[2] ?? 1_000)

const collect = (): NodeJS.MemoryUsage => {
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage()
}

await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const make = DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests })
      // What is made once for all of them is not theirs.
      yield* Effect.scoped(make)
      const before = collect()
      const startedAt = performance.now()
      const systems = yield* Effect.forEach(Array.from({ length: count }), () => make)
      const took = performance.now() - startedAt
      const after = collect()
      const each = (bytes: number): string => `${(bytes / count / 1024).toFixed(0)} KiB`
      console.log(`\n${systems.length} embedded systems in one process`)
      console.log(`  start   ${(took / count).toFixed(1)} ms each`)
      console.log(
        `  memory  ${each(after.rss - before.rss)} each of the process, of which ${each(after.heapUsed - before.heapUsed)} are JavaScript's heap`
      )
    })
  )
)
