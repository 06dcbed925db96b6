import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { configDefaults, defineConfig } from "vitest/config"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

// Many tests wait for processes and timers of their own: one file at a time would leave half of a small machine idle.
const lanes = Math.max(2, availableParallelism() - 1)

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
    poolOptions: {
      forks: { maxForks: lanes, minForks: 1 },
      threads: { isolate: false, maxThreads: lanes, minThreads: 1 }
    },
    reporters: ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "conformance",
          include: ["test/conformance/**/*.test.ts"],
          // Loading Effect and the library takes longer than the cases of most of these files, which are all of one kind: those of a thread
          // share what is loaded. The pool is another one than that of the others, since a pool either reuses all of its workers or none.
          pool: "threads",
          sequence: { groupOrder: 0 }
        }
      },
      {
        extends: true,
        test: {
          name: "isolated",
          include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
          // `examples/shop` is an application of its own, with its own packages: `npm run check:shop` runs its tests.
          exclude: [...configDefaults.exclude, "examples/shop/**", "test/conformance/**"],
          pool: "forks",
          sequence: { groupOrder: 1 }
        }
      }
    ],
    // What hangs is stopped; what a busy machine takes long for is not.
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
