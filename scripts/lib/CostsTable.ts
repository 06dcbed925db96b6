/** The table of the README that says what the library costs. */
import { costs } from "../../bench/Costs.js"
import { show } from "../../bench/Figure.js"
import * as Recorded from "../../bench/Recorded.js"

export const costsTable = (): string => {
  const { cores, date, figures, node } = Recorded.read()
  const rows: Array<string> = []
  const reasons: Array<string> = []
  for (const { asked, bench, figure: name, holds, known, what } of costs) {
    const figure = figures[bench]?.find((figure) => figure.name === name)
    if (figure === undefined)
      throw new Error(`bench/recorded.json lacks "${name}" of ${bench}: run npm run bench -- record ${bench}`)
    const isShort = figure.value !== null && !holds(figure.value)
    rows.push(`| ${what} | ${asked} | ${isShort ? `**${show(figure)}**` : show(figure)} |`)
    if (isShort && known !== undefined) reasons.push(`- ${what.replace(/ \/ .*$/, "")}: ${known.tried}`)
  }
  return [
    "| what | goal | measured |",
    "|---|---|---|",
    ...rows,
    "",
    `Measured on ${date} with Node ${node.slice(1)} on ${cores} cores by \`npm run bench -- record\`. A figure in bold falls short of its goal. In`,
    "parentheses: the quartiles of the ratio, and the medians of both sides or of ours. What was tried for the figures in bold:",
    "",
    ...reasons
  ].join("\n")
}
