/**
 * `npm run bench`: every figure, bench by bench. `npm run bench -- NAME…` runs those alone; `reduced` makes fewer rounds.
 *
 * On a shared machine absolute times say little. Where two things are compared they take turns, and the figure is the median of the ratios.
 */
import { cpus, loadavg } from "node:os"
import { benches, figuresOf, names } from "./Benches.js"
import { show } from "./Figure.js"

const given = process.argv.slice(2)
const isReduced = given.includes("reduced")
const wanted = given.filter((text) => text !== "reduced")
const unknown = wanted.filter((text) => !names.some((name) => name === text))

if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}. The benches:`)
  for (const name of names) console.error(`  ${name.padEnd(16)} ${benches[name].about}`)
  process.exit(2)
}

const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(" ")

console.log(`Node ${process.version}, ${cpus().length} cores, load ${load()}`)
for (const name of names.filter((name) => (wanted.length === 0 ? benches[name].isSlow !== true : wanted.includes(name)))) {
  console.log(`\n${name}: ${benches[name].about}`)
  for await (const figure of figuresOf(name, { isReduced })) console.log(`  ${figure.name.padEnd(64)} ${show(figure)}`)
}
console.log(`\nload ${load()}`)
