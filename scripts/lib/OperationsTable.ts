/**
 * The tables of docs/operations.md: every operation of the contract, by its tag.
 */
import { contract, tags } from "../../src/contract/Contract.js"
import type { Described, RefusalKind } from "../../src/contract/Operation.js"
import { flatten, isOperation, isStreamed, type Tree } from "../../src/contract/Operation.js"

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

const list = (words: ReadonlyArray<string>): string => words.map((word) => `\`${word}\``).join(", ") || "none"

const scopesOf = ({ authorization, scopes }: Described): string =>
  authorization === "none" ? "no token" : scopes.length === 0 ? "any" : list(scopes)

/** The streams of a tag, and the list that each one reads. */
const streamsOf = (entries: Tree, names: ReadonlyMap<unknown, string>): ReadonlyArray<string> =>
  Object.entries(entries).flatMap(([key, node]) => {
    if (isOperation(node)) return []
    if (!isStreamed(node)) return streamsOf(node, names)
    const list = names.get(node.of) ?? ""
    return [`| \`${list.replace(/\w+$/, key)}\` | the pages of \`${list}\` as a stream |  |  | those of \`${list}\` |`]
  })

export const operationsTable = (): string => {
  const names = new Map(flatten(contract).map(([name, operation]) => [operation, name]))
  const tables = Object.entries(tags).map(([tag, entries]) =>
    [
      `\n## ${tag}\n`,
      "| method | operation | scopes | sent again | errors |",
      "|---|---|---|---|---|",
      ...streamsOf(entries, names),
      ...flatten(entries).map(
        ([, operation]) =>
          `| [\`${names.get(operation) ?? ""}\`](${operation.docs}) | \`${operation.method} ${operation.path}\` | ${scopesOf(operation)} | ${operation.replay} | ${list(errorsOf(operation))} |`
      )
    ].join("\n")
  )
  return `${tables.join("\n")}\n`
}
