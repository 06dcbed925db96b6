import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import { configDefaults, defineConfig } from "vitest/config"

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

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
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    // An application of its own, with its own packages: `npm run check:shop` runs its tests.
    exclude: [...configDefaults.exclude, "examples/shop/**"],
    pool: "forks",
    // Many tests wait for processes and timers of their own: one file at a time would leave half of a small machine idle.
    poolOptions: { forks: { maxForks: Math.max(2, availableParallelism() - 1), minForks: 1 } },
    reporters: ["default"],
    // What hangs is stopped; what a busy machine takes long for is not.
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
