/** The table of the README that says what the library costs. */
import { costs } from "../../bench/Costs.js"
import { show } from "../../bench/Figure.js"
import * as Recorded from "../../bench/Recorded.js"

export const costsTable = (): string => {
  const { cores, date, figures, node } = Recorded.read()
  const rows = costs.map(({ asked, bench, figure: name, holds, what }) => {
    const figure = figures[bench]?.find((figure) => figure.name === name)
    if (figure === undefined)
      throw new Error(`bench/recorded.json lacks "${name}" of ${bench}: run npm run bench -- record ${bench}`)
    const isShort = figure.value !== null && !holds(figure.value)
    return `| ${what} | ${asked} | ${isShort ? `**${show(figure)}**` : show(figure)} |`
  })
  return [
    "| what | goal | measured |",
    "|---|---|---|",
    ...rows,
    "",
    `Measured on ${date} with Node ${node.slice(1)} on ${cores} cores by \`npm run bench -- record\`. A figure in bold falls short of its goal.`
  ].join("\n")
}
