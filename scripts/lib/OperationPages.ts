/**
 * The pages of docs/operations, one for each tag of the contract, and the tables of docs/operations.md. All of them are made from the entries of
 * the contract, from their comments and from the register of assumptions.
 */
import { type Assumption, assumptions } from "../../src/contract/Assumptions.js"
import { contract, tags } from "../../src/contract/Contract.js"
import type { Any, Described, RefusalKind, Streamed, Tree } from "../../src/contract/Operation.js"
import { flatten, isOperation, isStreamed } from "../../src/contract/Operation.js"
import { reasonOf } from "../../src/layers/embedded/rooms/NotEmbedded.js"
import { contractDocs, type Documented } from "./ContractDocs.js"
import { next, ofTag } from "./Pages.js"

type Tag = keyof typeof tags

const ofStatus: Readonly<Record<number, string>> = { 404: "NotFound", 405: "MethodNotAllowed" }

const ofRefusal: { readonly [Kind in RefusalKind]: ReadonlyArray<string> } = {
  credentials: ["CredentialsRefused", "MfaRequired"],
  secret: ["CredentialsRefused"],
  grant: ["CredentialsRefused", "MfaRequired", "SessionExpired"],
  duplicate: ["Duplicate"]
}

const hasInput = ({ body, parameters, query }: Described): boolean =>
  body !== undefined || query !== undefined || Object.keys(parameters).length > 0

const errorsOf = (operation: Described): ReadonlyArray<string> => [
  ...(hasInput(operation) ? ["InvalidRequest"] : []),
  ...operation.failures.flatMap((status) => (status === 404 && operation.presence ? [] : (ofStatus[status] ?? []))),
  ...(operation.refusal === undefined ? [] : ofRefusal[operation.refusal])
]

const code = (text: string): string => `\`${text}\``

const scopesOf = ({ authorization, scopes }: Described): string =>
  authorization === "none" ? "no token" : scopes.length === 0 ? "any" : scopes.map(code).join(", ")

const linkOf = (error: string, to = "../"): string => `[${code(error)}](${to}troubleshooting.md#${error.toLowerCase()})`

/** As GitHub makes it of a heading: the dots and the backticks are left out. */
const anchorOf = (name: string): string => name.replaceAll(".", "").toLowerCase()

const names: ReadonlyMap<unknown, string> = new Map(flatten(contract).map(([name, operation]) => [operation, name]))

interface Method {
  readonly name: string
  /** In its tag, such as `events.list`. */
  readonly path: string
  readonly node: Any | Streamed<Any>
}

const methodsOf = (tree: Tree, prefix = ""): ReadonlyArray<Method> =>
  Object.entries(tree).flatMap(([key, node]) => {
    const path = `${prefix}${key}`
    if (isOperation(node)) return [{ name: names.get(node) ?? "", path, node }]
    if (isStreamed(node)) return [{ name: (names.get(node.of) ?? "").replace(/\w+$/, key), path, node }]
    return methodsOf(node, `${path}.`)
  })

const assumed = (about: Assumption["operations"][number]): ReadonlyArray<Assumption> =>
  assumptions.filter(({ operations }) => operations.includes(about))

const assumedOf = (name: string, tag: string): ReadonlyArray<Assumption> =>
  assumptions.filter(({ operations }) => operations.some((about) => about === name || about === tag))

const listed = (found: ReadonlyArray<Assumption>, to: string): string =>
  found.map(({ id, question }) => `- [${question}](${to}assumptions.md#${id})`).join("\n")

const callers: { readonly [Caller in Described["caller"]]: string } = {
  client: "the API client's",
  customer: "the API client's, or the customer's inside `Session.with`"
}

const tokenOf = ({ authorization, caller }: Described): string =>
  authorization === "none"
    ? "none"
    : authorization === "byGrant"
      ? "for `client_credentials` the id and the secret of the API client, for other grants the API client's token"
      : callers[caller]

const replays: { readonly [Replay in Described["replay"]]: string } = {
  safe: "yes, it only reads (`safe`)",
  idempotent: "yes, twice is the same as once (`idempotent`)",
  never: "only if the service cannot have received it (`never`)"
}

/** `(assumed: a, b)` of a comment as links. */
const linked = (text: string): string =>
  text.replace(/\(assumed: ([^)]+)\)/g, (_, ids: string) =>
    ids
      .split(/,\s*/)
      .map((id) => `([assumed](../assumptions.md#${id}))`)
      .join(" ")
  )

const explained = ({ example, text }: Documented): ReadonlyArray<string> => [
  ...(text === "" ? [] : [linked(text)]),
  ...(example === undefined ? [] : [`\`\`\`ts\n${example}\n\`\`\``])
]

const known = (name: string, tag: string, operation: Described): string => {
  const statuses = [operation.success.status, ...operation.failures].join(", ")
  const found = assumedOf(name, tag)
  return [
    `Known from [the reference](${operation.docs}): the request, its fields and its scopes, and the statuses ${statuses}.`,
    found.length === 0
      ? `Nothing is assumed for this operation alone.`
      : `Assumed, because the reference does not say it:\n\n${listed(found, "../")}`
  ].join(found.length === 0 ? " " : "\n\n")
}

const sectionOf = (tag: string, { name, node }: Method, documented: Documented): string => {
  if (!isOperation(node)) {
    const list = names.get(node.of) ?? ""
    const what = `${node.unit === "item" ? "The items" : "The pages"} of [${code(list)}](#${anchorOf(list)}) as a \`Stream\`.`
    return [`## ${code(name)}`, what, ...explained(documented)].join("\n\n")
  }
  const errors = [...errorsOf(node).map((error) => linkOf(error)), "[those of every call](../operations.md#errors-of-every-call)"]
  const reason = reasonOf(name)
  return [
    `## ${code(name)}`,
    [
      `| ${node.summary} | |`,
      "|---|---|",
      `| request | ${code(`${node.method} ${node.path}`)} |`,
      `| access token | ${tokenOf(node)} |`,
      `| scopes, one is enough | ${scopesOf(node)} |`,
      `| sent again | ${replays[node.replay]} |`,
      `| errors | ${errors.join(", ")} |`,
      ...(node.setting === undefined ? [] : [`| needs the setting | ${code(node.setting)} |`]),
      ...(reason === undefined ? [] : [`| embedded system | answers 501. ${reason} |`])
    ].join("\n"),
    ...explained(documented),
    known(name, tag, node)
  ].join("\n\n")
}

/** The text of each page of docs/operations by its path in docs. A method without an example, or an empty comment, is in `problems`. */
export const operationPages = (problems: Array<string>): ReadonlyMap<string, string> => {
  const docs = contractDocs()
  const found = new Map<string, string>()
  for (const [tag, entries] of Object.entries(tags)) {
    // Seam: `Object.entries` types the keys of a constant as string.
    const [title, about] = ofTag[tag as Tag]
    const file = `operations/${tag}.md`
    const methods = methodsOf(entries)
    const sections = methods.map((method) => {
      // A group may be a constant of its own, such as `events`.
      const documented = docs.get(`${tag}.${method.path}`) ?? docs.get(method.path) ?? { text: "", example: undefined }
      if (documented.text === "") problems.push(`src/contract: ${method.name} has no comment`)
      for (const [, ids = ""] of documented.text.matchAll(/\(assumed: ([^)]+)\)/g)) {
        for (const id of ids.split(/,\s*/)) {
          const name = isOperation(method.node) ? method.name : (names.get(method.node.of) ?? "")
          if (!assumedOf(name, tag).some((assumption) => assumption.id === id)) {
            problems.push(`Assumptions.ts: ${id} does not name ${name}, whose comment names it`)
          }
        }
      }
      if (documented.example === undefined) problems.push(`src/contract: ${method.name} has no example`)
      return sectionOf(tag, method, documented)
    })
    const rows = methods.map(({ name, node }) => {
      const link = `[${code(name)}](#${anchorOf(name)})`
      return isOperation(node)
        ? `| ${link} | ${code(`${node.method} ${node.path}`)} |`
        : `| ${link} | ${code(names.get(node.of) ?? "")} as a stream |`
    })
    found.set(
      file,
      `${[
        "<!-- Written by npm run docs from src/contract. -->",
        `# ${title}`,
        `The operations of the tag \`${tag}\`: ${about}. [Operations](../operations.md) explains the words of the tables.`,
        ["| method | request |", "|---|---|", ...rows].join("\n"),
        ...sections,
        next(file)
      ].join("\n\n")}\n`
    )
  }
  return found
}

/** The methods of each group, such as `customers.users`. */
export const methodsTable = (): string => {
  const groups = new Map<string, Array<string>>()
  for (const [tag, entries] of Object.entries(tags)) {
    for (const { name } of methodsOf(entries)) {
      const [, group = "", method = ""] = /^(.*)\.(\w+)$/.exec(name) ?? []
      const links = groups.get(group) ?? []
      links.push(`[${code(method)}](operations/${tag}.md#${anchorOf(name)})`)
      groups.set(group, links)
    }
  }
  return [
    "| service | methods |",
    "|---|---|",
    ...[...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([group, links]) => `| ${code(group)} | ${links.join(", ")} |`)
  ].join("\n")
}

export const tagsTable = (): string =>
  [
    "| page | about | operations |",
    "|---|---|---|",
    ...Object.entries(ofTag).map(([tag, [title, about]]) => {
      // Seam: `Object.entries` types the keys of a constant as string.
      const count = flatten(tags[tag as Tag]).length
      return `| [${title}](operations/${tag}.md) | ${about} | ${count} |`
    })
  ].join("\n")

export const assumedOfEveryCall = (): string => listed(assumed("every call"), "")

export const assumedOfEveryList = (): string => listed(assumed("every list"), "")

/** The operations of an assumption as links, for docs/assumptions.md. */
export const operationsOf = ({ operations }: Assumption): string =>
  operations
    .map((about) => {
      if (about === "every call") return "[every call](operations.md#assumed-for-every-call)"
      if (about === "every list") return "[every list](operations.md#assumed-for-every-list)"
      const tag = Object.entries(tags).find(
        ([tag, entries]) => tag === about || methodsOf(entries).some(({ name }) => name === about)
      )
      return `[${code(about)}](operations/${tag?.[0] ?? ""}.md${tag?.[0] === about ? "" : `#${anchorOf(about)}`})`
    })
    .join(", ")
