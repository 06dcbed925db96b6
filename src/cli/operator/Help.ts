/**
 * The help of the operators' commands, for a terminal of 80 columns.
 */
import type { Group, Leaf } from "./Leaf.js"
import type { Words } from "./Parameters.js"

const width = 80

/** Breaks a text into lines, of which all but the first are indented. */
export const wrapped = (text: string, indent: number, first = indent): string => {
  const lines: Array<string> = []
  let line = ""
  for (const word of text.split(" ")) {
    const room = width - indent
    if (line !== "" && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.map((text, index) => `${" ".repeat(index === 0 ? first : indent)}${text}`).join("\n")
}

/** Names, and beside them what they are. */
const listed = (entries: ReadonlyArray<readonly [name: string, about: string]>): string => {
  const column = Math.min(26, Math.max(...entries.map(([name]) => name.length)) + 4)
  return entries
    .map(([name, about]) =>
      name.length + 4 > column
        ? `  ${name}\n${wrapped(about, column)}`
        : `  ${name.padEnd(column - 2)}${wrapped(about, column, 0)}`
    )
    .join("\n")
}

const section = (title: string, text: string): string => `\n${title}:\n${text}\n`

const isFlag = ({ label }: Words): boolean => label.startsWith("--")

export const usageOf = (path: string, leaf: Leaf): string => {
  const named = leaf.parameters.filter((parameter) => !isFlag(parameter)).map(({ label }) => label)
  return ["effect-dintero", path, ...named, ...(leaf.parameters.some(isFlag) ? ["[flags]"] : [])].join(" ")
}

const examples = (leaf: Leaf): string => leaf.examples.map((example) => `  effect-dintero ${example}`).join("\n")

const environment = wrapped(
  "The API client is in the environment: DINTERO_ACCOUNT_ID, DINTERO_CLIENT_ID and DINTERO_CLIENT_SECRET, and DINTERO_BASE_URL for another address than Dintero's. In a terminal, the command asks for those that are missing.",
  0
)

export const ofLeaf = (path: string, leaf: Leaf): string => {
  const named = leaf.parameters.filter((parameter) => !isFlag(parameter))
  const flags = leaf.parameters.filter(isFlag)
  const entries = (words: ReadonlyArray<Words>) => listed(words.map(({ about, label }) => [label, about] as const))
  return [
    `${wrapped(`effect-dintero ${path}: ${leaf.summary}`, 2, 0)}\n`,
    section("Usage", `  ${usageOf(path, leaf)}`),
    ...leaf.details.map((text) => `\n${wrapped(text, 0)}\n`),
    named.length === 0 ? "" : section("Arguments", entries(named)),
    section("Flags", listed([...flags.map(({ about, label }) => [label, about] as const), ["-h, --help", "print this"]])),
    section("Examples", examples(leaf)),
    `\n${environment}\n`
  ].join("")
}

export const ofGroup = ({ leaves, name, summary }: Group): string =>
  [
    `effect-dintero ${name}: ${summary}\n`,
    section("Commands", listed(leaves.map((leaf) => [`${name} ${leaf.name}`, leaf.summary] as const))),
    `\neffect-dintero ${name} COMMAND --help shows the flags of a command, with examples.\n`
  ].join("")

/** What is wrong, and the right call. */
export const wrongCall = (path: string, leaf: Leaf, what: string): string =>
  [
    `${what}\n`,
    section("Usage", `  ${usageOf(path, leaf)}`),
    section("Examples", examples(leaf)),
    `\neffect-dintero ${path} --help shows the flags.`
  ].join("")
