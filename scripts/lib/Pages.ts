/** The pages of docs in the order in which they are read: the index of docs/README.md and the link at the end of each page are made of it. */
import { existsSync, readFileSync } from "node:fs"
import { join, posix } from "node:path"
import type { tags } from "../../src/contract/Contract.js"
import { root } from "./Shell.js"

interface Page {
  /** Below docs. */
  readonly file: string
  readonly about: string
}

/** The pages of a chapter that has one for each tag, or that leave its main line. */
interface Chapter extends Page {
  readonly more?: ReadonlyArray<Page>
}

/** The tags of the contract in words, with what their operations are for. */
export const ofTag: { readonly [Tag in keyof typeof tags]: readonly [title: string, about: string] } = {
  accountUsers: ["Account users", "the people who work with an account, and what they did"],
  addresses: ["Addresses", "postal places and addresses of public registers"],
  authenticate: ["Authenticate", "access tokens by a grant, login codes, the sign-in at other sites"],
  authUsers: ["Auth users", "logins of users who have a name and a password"],
  challenge: ["Challenge", "one-time codes after a password, and the recovery of a login"],
  clients: ["Clients", "API clients and their secrets"],
  communication: ["Communication", "whether an email and a phone number are verified"],
  company: ["Company", "the departments of a company"],
  grants: ["Grants", "what an API client may do"],
  keys: ["Keys", "the public keys that verify access tokens"],
  locations: ["Locations", "the shops and other sales locations of an account"],
  organizations: ["Organizations", "organizations of public registers"],
  password: ["Password", "logins of customers with a password, and a new password"],
  roles: ["Roles", "named sets of scopes for account users"],
  settings: ["Settings", "the settings of customers of an account"],
  tags: ["Tags", "tags of an account, and those of a customer"],
  terms: ["Terms", "terms and conditions that customers accept"],
  tokens: ["Tokens", "tokens of customers such as cards, and what happened to them"],
  users: ["Users", "the customers"]
}

export const tagPages: ReadonlyArray<Page> = Object.entries(ofTag).map(([tag, [, about]]) => ({
  file: `operations/${tag}.md`,
  about
}))

const chapters: ReadonlyArray<Chapter> = [
  { file: "getting-started.md", about: "a first call in a minute, then a runtime for your application" },
  { file: "concepts.md", about: "services, layers, typed errors, tokens, replay classes, the embedded system" },
  { file: "operations.md", about: "every method, and a page for each tag", more: tagPages },
  { file: "errors.md", about: "which answer of the service becomes which error" },
  {
    file: "tokens.md",
    about: "where tokens come from, how they are renewed and shared, one-time codes, sessions and their stores",
    more: [{ file: "oauth-libraries.md", about: "the same endpoints with another OAuth 2.0 library" }]
  },
  { file: "sessions.md", about: "a complete back end with sign-in and sign-out" },
  { file: "retry.md", about: "what is sent again, ten policies, breaker, bulkhead and hedge" },
  { file: "synchronise.md", about: "a copy of the customers that goes on after any crash" },
  { file: "testing.md", about: "unit, integration and end-to-end tests, faults and time" },
  { file: "application.md", about: "a back end as a team would write it, with its tests, image and services" },
  { file: "serving.md", about: "the embedded system as a server, with its options, seed and log" },
  {
    file: "cli.md",
    about: "commands for people who run an account",
    more: [{ file: "compare.md", about: "where a test account answers as the embedded system does not" }]
  },
  { file: "observability.md", about: "every span, metric and event" },
  { file: "platforms.md", about: "what runs where, with which transport, and how it is tested" },
  { file: "deploying.md", about: "Docker, secrets, several processes, timeouts, the end of a process" },
  { file: "migrating.md", about: "from Dintero's Node SDK, side by side" },
  { file: "troubleshooting.md", about: "every error tag: cause, what to look at, what to do" },
  { file: "assumptions.md", about: "what is not known about the service, and what this package does until it is" },
  { file: "architecture.md", about: "for those who change this package" }
]

const inOrder: ReadonlyArray<Page> = chapters.flatMap(({ more = [], ...page }) => [page, ...more])

export const index = "README.md"

/** All pages that there have to be. */
export const files: ReadonlyArray<string> = [index, ...inOrder.map(({ file }) => file)]

const titleIn = (text: string): string => /^# (.+)$/m.exec(text)?.[1] ?? ""

const titleOf = (file: string): string => {
  const tag = Object.entries(ofTag).find(([tag]) => file === `operations/${tag}.md`)
  if (tag !== undefined) return tag[1][0]
  const path = join(root, "docs", file)
  return existsSync(path) ? titleIn(readFileSync(path, "utf8")) : ""
}

export const pagesTable = (): string =>
  chapters
    .flatMap(({ about, file, more = [] }, index) => {
      const number = `${index + 1}. `
      return [
        `${number}[${titleOf(file)}](${file}): ${about}`,
        // Markdown nests what is indented as far as the text above it.
        ...more.map(({ about, file }) => `${" ".repeat(number.length)}- [${titleOf(file)}](${file}): ${about}`)
      ]
    })
    .join("\n")

/** What follows at the end of a page of docs. */
export const next = (file: string): string => {
  const following = file === index ? inOrder[0] : inOrder[inOrder.findIndex((page) => page.file === file) + 1]
  const link = (target: string) => posix.relative(posix.dirname(file), target)
  return following === undefined
    ? `This is the last page. The first one is [${titleOf("getting-started.md")}](${link("getting-started.md")}).`
    : `Next: [${titleOf(following.file)}](${link(following.file)})`
}
