/**
 * A report for a person.
 */
import type { EmbeddedConfig } from "../../layers/embedded/EmbeddedConfig.js"
import type { Report, Row } from "./Report.js"

const nameOf = ({ aspect, assumption }: Row): string => (aspect === null ? assumption : `${assumption}, ${aspect}`)

/** Such as `assumed.unknownTag: "ignored"`. */
const changeText = ({ assumed, refreshTokens, wrongCredentialStatus }: EmbeddedConfig): string =>
  [
    ...Object.entries(assumed ?? {}).map(([name, value]) => `assumed.${name}: ${JSON.stringify(value)}`),
    ...(refreshTokens === undefined ? [] : [`refreshTokens.rotation: ${JSON.stringify(refreshTokens.rotation)}`]),
    ...(wrongCredentialStatus === undefined ? [] : [`wrongCredentialStatus: ${wrongCredentialStatus}`])
  ].join(", ")

const section = (title: string, blocks: ReadonlyArray<ReadonlyArray<string>>): string =>
  blocks.length === 0
    ? ""
    : `${title} (${blocks.length})\n${blocks.map((lines) => lines.map((line) => `  ${line}\n`).join("")).join("")}\n`

const count = (number: number, one: string, many: string): string => `${number} ${number === 1 ? one : many}`

export const text = ({ leftovers, not_asked, notes, rows }: Report): string => {
  const of = (verdict: Row["verdict"]) => rows.filter((row) => row.verdict === verdict)
  const [differ, unclear, agree] = [of("differ"), of("unclear"), of("agree")]
  return [
    section(
      "Different",
      differ.map((row) => [
        `${nameOf(row)}: ${row.asks}`,
        `  the service:         ${row.theirs}`,
        `  the embedded system: ${row.ours}`,
        `  to make it agree:    ${row.change === null ? "there is no switch" : changeText(row.change)}`
      ])
    ),
    section(
      "Could not tell",
      unclear.map((row) => [`${nameOf(row)}: ${row.reason}`])
    ),
    section(
      "The same",
      agree.map((row) => [`${nameOf(row)}: ${row.theirs}`])
    ),
    section(
      "Not asked",
      not_asked.map(({ assumption, why }) => [`${assumption}: ${why}`])
    ),
    section(
      "Notes",
      notes.map((note) => [note])
    ),
    section(
      "Could not be undone",
      leftovers.map(({ how, what }) => [`${what}. By hand: ${how}`])
    ),
    `${count(differ.length, "difference", "differences")}, ${agree.length} the same, ${unclear.length} could not be told, ${count(not_asked.length, "assumption", "assumptions")} not asked about\n`
  ].join("")
}
