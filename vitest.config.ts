import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { configDefaults, defineConfig } from "vitest/config"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** They look at what belongs to the whole process: every metric, or every timer. */
const needOwnProcess = ["test/http/deadlines.test.ts", "test/observability/tables.test.ts", "test/tokens/metrics.test.ts"]

const processes = Math.max(2, availableParallelism() - 1)

export default defineConfig({
  resolve: {
    alias: [
      { find: /^effect-dintero$/, replacement: source("./src/index.ts") },
      { find: /^effect-dintero\/embedded$/, replacement: source("./src/embedded.ts") },
      { find: /^effect-dintero\/redis$/, replacement: source("./src/redis.ts") },
      { find: /^effect-dintero\/undici$/, replacement: source("./src/undici.ts") }
    ]
  },
  test: {
    pool: "forks",
    poolOptions: {
      forks: {
        // Loading Effect and the library takes five seconds of CPU time, more than the tests of most files: the files of a process share both.
        isolate: false,
        // Many tests wait for processes and timers of their own: one file at a time would leave half of a small machine idle.
        maxForks: processes,
        minForks: 1
      },
      threads: { isolate: true, maxThreads: processes, minThreads: 1 }
    },
    reporters: ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "shared",
          include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
          // `examples/shop` is an application of its own, with its own packages: `npm run check:shop` runs its tests.
          exclude: [...configDefaults.exclude, "examples/shop/**", ...needOwnProcess],
          sequence: { groupOrder: 0 }
        }
      },
      {
        extends: true,
        test: {
          name: "alone",
          include: needOwnProcess,
          // Its isolation is that of a process: with another pool, since one pool either reuses all of its workers or none.
          pool: "threads",
          sequence: { groupOrder: 1 }
        }
      }
    ],
    // What hangs is stopped; what a busy machine takes long for is not.
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
