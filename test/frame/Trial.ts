/**
 * An operation on trial, which the service does not have: the names of an account's attributes. It is added to a copy of the sources in memory. It is of the tag `settings`, so that it shows
 * what one more operation touches; a new tag has a line in each of the `indexes` as well, and its test files.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { root } from "../../scripts/lib/Shell.js"

/** A part of an operation, in the one file that it touches. */
export interface Part {
  readonly part: string
  readonly file: string
  /** The text of the file with the part in it. */
  readonly apply: (text: string) => string
  /** Where the compiler names the part when it is missing, and by which words. */
  readonly named: { readonly file: string; readonly by: RegExp }
}

/** The operation's name. */
export const name = "customers.settings.attributeNames"

const edited = (text: string, at: RegExp, insertion: string): string => {
  const result = text.replace(at, (end) => insertion + end)
  if (result === text) throw new Error(`there is no ${at} to put a part of the trial operation at`)
  return result
}

/** Before the end of the object that a file ends with. */
const atTheEnd = (text: string, member: string): string => edited(text, /\n\}\n$/, `,\n${member}`)

const schemaFile = "src/schemas/AttributeName.ts"
const entryFile = "src/contract/customers/settings.ts"
const handlerFile = "src/layers/embedded/rooms/accounts/Settings.ts"
const sampleFile = "test/operations/settings.ts"
const casesFile = "test/conformance/cases/settings.ts"

/** All that the operation touches. */
export const parts: ReadonlyArray<Part> = [
  {
    part: "schema",
    file: schemaFile,
    apply: () => `import * as Schema from "effect/Schema"

export const AttributeName = Schema.Struct({ name: Schema.String }).annotations({ identifier: "AttributeName" })
`,
    named: { file: entryFile, by: /AttributeName/ }
  },
  {
    part: "entry in the contract",
    file: entryFile,
    apply: (text) => `import * as Schema from "effect/Schema"
import { AttributeName } from "../../schemas/AttributeName.js"
${atTheEnd(
  text,
  `
  attributeNames: operation({
    method: "GET",
    path: "/accounts/{aid}/customers/settings/names",
    operationId: "aid_customers_names_get",
    summary: "List the names of the attributes",
    docs: "https://docs.dintero.com/customers-api",
    scopes: ["admin:customers", "read:customers"],
    success: Schema.Array(AttributeName)
  })`
)}`,
    named: { file: handlerFile, by: /customers\.settings\.attributeNames/ }
  },
  {
    part: "handler",
    file: handlerFile,
    apply: (text) =>
      edited(
        text,
        /\n {2}\} satisfies/,
        `,
    "customers.settings.attributeNames": ({ accountId }) =>
      Effect.map(accounts.find(accountId), (account) =>
        Option.isSome(account) ? (account.value.settings.attributes ?? []).map(({ name }) => ({ name: name ?? "" })) : []
      )`
      ),
    named: { file: "src/layers/embedded/rooms/Handlers.ts", by: /customers\.settings\.attributeNames/ }
  },
  {
    part: "sample",
    file: sampleFile,
    apply: (text) =>
      atTheEnd(
        text,
        `  attributeNames: {
    input: [],
    sent: { path: "/accounts/T12345678/customers/settings/names" },
    replay: "safe",
    answer: { json: [{ name: "size" }], value: [{ name: "size" }] }
  }`
      ),
    named: { file: sampleFile, by: /'attributeNames' is missing/ }
  },
  {
    part: "cases",
    file: casesFile,
    apply: (text) =>
      atTheEnd(
        text,
        `  attributeNames: [
    it("the attributes of the settings", () =>
      Effect.gen(function* () {
        const authorization = yield* bearerOf("admin")
        yield* send("PUT", settingsPath, { authorization, json: { attributes: [{ name: "size", type: "integer" }] } })
        const wire = yield* send("GET", settingsPath + "/names", { authorization })
        assert.deepStrictEqual(wire.body, [{ name: "size" }])
      }))
  ]`
      ),
    named: { file: casesFile, by: /'attributeNames' is missing/ }
  }
]

/** What a new tag has beside the parts of its operations: a line in each of these, which the compiler asks for once it is in the first. */
export const indexes = [
  "src/contract/Contract.ts",
  "src/layers/embedded/rooms/Handlers.ts",
  "test/operations/Samples.ts",
  "test/conformance/Cases.ts"
] as const

/** The files of the sources with some of the parts, by their paths below the root. */
export const overlay = (some: ReadonlyArray<Part>): ReadonlyMap<string, string> =>
  new Map(some.map(({ apply, file }) => [file, apply(file === schemaFile ? "" : readFileSync(join(root, file), "utf8"))]))

/** The contract with a new tag, of which nothing else is there. */
export const newTag = (): ReadonlyMap<string, string> => {
  const [file] = indexes
  const text = readFileSync(join(root, file), "utf8")
  const tag = `{ list: Operation.operation({
  method: "GET",
  path: "/accounts/{aid}/customers/settings/names",
  operationId: "aid_customers_names_get",
  summary: "List the names of the attributes",
  docs: "https://docs.dintero.com/customers-api",
  scopes: ["admin:customers"]
}) }`
  const added = text.replace(/(export const (?:tags|customers) = \{)/g, "$1 trial,")
  return new Map([[file, edited(added, /\n\/\*\*(?:(?!\*\/)[\s\S])*\*\/\nexport const tags = /, `\nconst trial = ${tag}\n`)]])
}
