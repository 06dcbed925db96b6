/** The code blocks that readers copy: in the comments of src, in README.md and in docs. */
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { filesBelow, root, shown } from "./Shell.js"

export interface Block {
  /** From the root of the project. */
  readonly file: string
  /** The line in that file of the first line of code, from 1. */
  readonly line: number
  readonly code: string
  /** As it is written: `ts`, `sh`, `json`. */
  readonly language: string
  /** Tagged `no-check`: shown, not compiled. */
  readonly skipped: boolean
}

const opening = /^(\s*)(`{3,})(\S*)\s*(.*)$/
/** The fenced blocks among these lines. `number` is the line's place in its file. */
const fenced = (file: string, lines: ReadonlyArray<{ readonly number: number; readonly text: string }>): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  let open: { fence: string; indent: number; language: string; skipped: boolean; line: number; code: Array<string> } | undefined
  for (const { number, text } of lines) {
    if (open === undefined) {
      const match = opening.exec(text)
      if (match === null) continue
      const [, indent = "", fence = "", language = "", info = ""] = match
      open = {
        fence,
        indent: indent.length,
        language: language.toLowerCase(),
        skipped: info.split(/[\s,]+/).includes("no-check"),
        line: number + 1,
        code: []
      }
    } else if (text.trim() === open.fence) {
      const { language, line, skipped } = open
      blocks.push({ file, line, code: `${open.code.join("\n")}\n`, language, skipped })
      open = undefined
    } else {
      open.code.push(text.slice(Math.min(open.indent, text.length - text.trimStart().length)))
    }
  }
  return blocks
}

const inMarkdown = (path: string): ReadonlyArray<Block> =>
  fenced(
    shown(path),
    readFileSync(path, "utf8")
      .split(/\r?\n/)
      .map((text, index) => ({ number: index + 1, text }))
  )

const inComments = (path: string): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  let comment: Array<{ number: number; text: string }> | undefined
  for (const [index, line] of readFileSync(path, "utf8").split(/\r?\n/).entries()) {
    if (comment === undefined) {
      if (/^\s*\/\*\*/.test(line) && !line.includes("*/")) comment = []
    } else if (/^\s*\*\//.test(line)) {
      blocks.push(...fenced(shown(path), comment))
      comment = undefined
    } else {
      // A `*` of a comment inside the code is written `*\/`, so that it does not end the outer one.
      comment.push({ number: index + 1, text: line.replace(/^\s*\* ?/, "").replaceAll("*\\/", "*/") })
    }
  }
  return blocks
}

export const readme = join(root, "README.md")

const typescript = ["ts", "typescript"]

const of = (found: ReadonlyArray<Block>, languages: ReadonlyArray<string>) =>
  found.filter(({ language }) => languages.includes(language))

const inReadme = (): ReadonlyArray<Block> => (existsSync(readme) ? inMarkdown(readme) : [])

export const readmeBlocks = (): ReadonlyArray<Block> => of(inReadme(), typescript)

/** Those of these languages: TypeScript unless told otherwise. */
export const blocks = (languages: ReadonlyArray<string> = typescript): ReadonlyArray<Block> =>
  of(
    [...filesBelow("src", ".ts").flatMap(inComments), ...inReadme(), ...filesBelow("docs", ".md").flatMap(inMarkdown)],
    languages
  )
