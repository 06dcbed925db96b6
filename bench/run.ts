/** One bench, in this process: `run.ts NAME [reduced]` writes each figure as a line of JSON. */
import { benches, names } from "./Benches.js"

const name = names.find((name) => name === process.argv[2])
if (name === undefined) throw new Error(`There is no bench ${process.argv[2]}`)

const bench = await benches[name].load()
try {
  for await (const figure of bench({ isReduced: process.argv[3] === "reduced" })) {
    process.stdout.write(`${JSON.stringify(figure)}\n`)
  }
} catch (error) {
  console.error(error)
  process.exitCode = 1
}
