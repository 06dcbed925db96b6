/** The links of the documents: relative ones have to lead somewhere, and those to other sites have to be of hosts that are listed. Nothing is fetched. */
import { posix } from "node:path"
import GithubSlugger from "github-slugger"
import { lexer, type Token } from "marked"

/** A text of the project, by its path from the root. */
export interface Source {
  readonly file: string
  readonly text: string
}

/** The sites that the documents link to. */
export const hosts: ReadonlySet<string> = new Set([
  "docs.dintero.com",
  "effect.website",
  "github.com",
  "keepachangelog.com",
  "semver.org"
])

const childrenOf = (token: Token): ReadonlyArray<Token> => {
  if (token.type === "table") {
    // Seam: a token of marked is typed by its `type` and, for an extension, by nothing. This one has cells.
    const { header, rows } = token as { header: ReadonlyArray<{ tokens: Array<Token> }>; rows: ReadonlyArray<typeof header> }
    return [...header, ...rows.flat()].flatMap(({ tokens }) => tokens)
  }
  const items: ReadonlyArray<Token> = "items" in token && Array.isArray(token.items) ? token.items : []
  return [...("tokens" in token ? (token.tokens ?? []) : []), ...items]
}

const everyToken = (tokens: ReadonlyArray<Token>): ReadonlyArray<Token> =>
  tokens.flatMap((token) => [token, ...everyToken(childrenOf(token))])

const textOf = (token: Token): string => {
  const children = childrenOf(token)
  if (children.length > 0) return children.map(textOf).join("")
  return "text" in token && typeof token.text === "string" ? token.text : ""
}

/** Without examples, whose text is no Markdown. */
export const linksOf = (markdown: string): ReadonlyArray<string> =>
  everyToken(lexer(markdown)).flatMap((token) =>
    (token.type === "link" || token.type === "image") && typeof token.href === "string" ? [token.href] : []
  )

/** The anchors that GitHub makes of the headings, and those that are written as HTML. */
export const anchorsOf = (markdown: string): ReadonlySet<string> => {
  const slugger = new GithubSlugger()
  return new Set(
    everyToken(lexer(markdown)).flatMap((token) =>
      token.type === "heading"
        ? [slugger.slug(textOf(token))]
        : token.type === "html"
          ? [...token.raw.matchAll(/\b(?:id|name)="([^"]+)"/g)].map(([, id = ""]) => id)
          : []
    )
  )
}

const hostProblem = (href: string): string | undefined => {
  if (!URL.canParse(href)) return "is no URL"
  const { hostname, protocol } = new URL(href)
  if (protocol === "mailto:") return undefined
  if (protocol !== "https:") return "is not https"
  return hosts.has(hostname) ? undefined : `is of ${hostname}, which is not in the list of scripts/lib/Links.ts`
}

export interface Checked {
  readonly problems: ReadonlyArray<string>
  readonly relative: number
  /** How many links there are to each host. */
  readonly external: ReadonlyMap<string, number>
}

/** A mention in a comment or a message: a page of docs with or without a heading, or a heading of the README. */
const mention = /(?<![\w./-])(?:docs\/[\w./-]*?\w\.md|README\.md(?=#))(?:#[\w-]+)?/g

/** What a comment names as its source. */
const cited = /(?<=Source: )https?:\/\/[^\s)]+/g

/**
 * @param documents Markdown
 * @param sources other texts, in which the documents are mentioned
 * @param exists whether there is such a file or folder, from the root
 */
export const check = (
  documents: ReadonlyArray<Source>,
  sources: ReadonlyArray<Source>,
  exists: (path: string) => boolean
): Checked => {
  const anchors = new Map(documents.map(({ file, text }) => [file, anchorsOf(text)]))
  const problems: Array<string> = []
  const external = new Map<string, number>()
  let relative = 0

  const lookUp = (file: string, path: string, anchor: string | undefined, shown: string): void => {
    relative++
    if (path.startsWith("../")) problems.push(`${file}: ${shown} leaves the project`)
    else if (!exists(path)) problems.push(`${file}: ${shown}: there is no ${path}`)
    else if (anchor !== undefined && anchors.get(path)?.has(anchor) !== true) {
      problems.push(`${file}: ${shown}: ${path} has no heading #${anchor}`)
    }
  }

  const toSite = (file: string, href: string): void => {
    const problem = hostProblem(href)
    if (problem !== undefined) problems.push(`${file}: ${href} ${problem}`)
    else if (href.startsWith("https:")) {
      const { hostname } = new URL(href)
      external.set(hostname, (external.get(hostname) ?? 0) + 1)
    }
  }

  for (const { file, text } of documents) {
    for (const href of linksOf(text)) {
      if (/^[a-z][a-z+.-]*:/i.test(href)) toSite(file, href)
      else {
        const [path = "", anchor] = href.split("#", 2)
        lookUp(file, path === "" ? file : posix.normalize(posix.join(posix.dirname(file), decodeURI(path))), anchor, href)
      }
    }
  }
  for (const { file, text } of sources) {
    for (const [found] of text.matchAll(mention)) {
      const [path = "", anchor] = found.split("#", 2)
      lookUp(file, path, anchor, found)
    }
    for (const [href] of text.matchAll(cited)) toSite(file, href)
  }
  return { problems, relative, external }
}
