/**
 * `npm run bench`: every figure, bench by bench. `npm run bench -- NAME…` runs those alone; `reduced` makes fewer rounds. `record` measures what the
 * README shows and writes it to `recorded.json`; `npm run docs` then writes the README's table from it. `record NAME…` measures anew with these alone.
 *
 * On a shared machine absolute times say little. Where two things are compared they take turns, and the figure is the median of the ratios.
 */
import { cpus, loadavg } from "node:os"
import { benches, figuresOf, type Name, names } from "./Benches.js"
import { costs } from "./Costs.js"
import { type Figure, show } from "./Figure.js"
import * as Recorded from "./Recorded.js"

const given = process.argv.slice(2)
const isReduced = given.includes("reduced")
const isRecord = given.includes("record")
const wanted = given.filter((text) => text !== "reduced" && text !== "record")
const unknown = wanted.filter((text) => !names.some((name) => name === text))

if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(", ")}. The benches:`)
  for (const name of names) console.error(`  ${name.padEnd(16)} ${benches[name].about}`)
  process.exit(2)
}
if (isRecord && isReduced) {
  console.error("What the README shows is measured whole: leave out reduced.")
  process.exit(2)
}

const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(" ")

const isWanted = (name: Name): boolean =>
  wanted.length > 0 ? wanted.includes(name) : isRecord ? costs.some(({ bench }) => bench === name) : benches[name].isSlow !== true

const measured: Record<string, ReadonlyArray<Figure>> = {}
console.log(`Node ${process.version}, ${cpus().length} cores, load ${load()}`)
for (const name of names.filter(isWanted)) {
  console.log(`\n${name}: ${benches[name].about}`)
  const figures: Array<Figure> = []
  for await (const figure of figuresOf(name, { isReduced })) {
    figures.push(figure)
    console.log(`  ${figure.name.padEnd(64)} ${show(figure)}`)
  }
  measured[name] = figures
}
console.log(`\nload ${load()}`)

if (isRecord) {
  const shown = (name: string) => costs.filter(({ bench }) => bench === name).map(({ figure }) => figure)
  const kept = Object.entries({ ...(wanted.length > 0 ? Recorded.read().figures : {}), ...measured }).map(
    ([name, figures]) => [name, figures.filter((figure) => shown(name).includes(figure.name))] as const
  )
  Recorded.write({
    node: process.version,
    cores: cpus().length,
    date: new Date().toISOString().slice(0, 10),
    figures: Object.fromEntries(kept.filter(([, figures]) => figures.length > 0))
  })
  console.log("written to bench/recorded.json; npm run docs writes the README from it")
}
