/**
 * Operations that the contract does not have, described as it describes its own: entries of plain data with the schemas, parameters, lists and
 * errors that operations of Dintero have. They are written into a copy of the source, so that what is measured is what a user would get.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** Invented tags, which the contract does not have. Each is the path that its operations have in common. */
const tags = [
  "orders",
  "carts",
  "vouchers",
  "visits",
  "offers",
  "points",
  "levels",
  "passwordless",
  "surveys",
  "devices",
  "invoices",
  "partners"
] as const

const schemas = `import * as Schema from "effect/Schema"

const optional = <S extends Schema.Schema.All>(schema: S) => Schema.optionalWith(schema, { exact: true })

const Address = Schema.Struct({
  first_name: Schema.String,
  last_name: Schema.String,
  address_line: optional(Schema.String),
  postal_code: optional(Schema.String),
  postal_place: optional(Schema.String),
  country: Schema.String
})

const fields = {
  email: optional(Schema.String),
  phone_number: optional(Schema.String),
  first_name: optional(Schema.String),
  last_name: optional(Schema.String),
  type: Schema.Literal("customer", "company", "contact"),
  status: optional(Schema.Literal("ACTIVE", "OPT_OUT", "DELETED")),
  labels: optional(Schema.Array(Schema.String)),
  addresses: optional(Schema.Array(Address)),
  secret: optional(Schema.Redacted(Schema.String)),
  attributes: optional(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
}

const Item_ = Schema.Struct({
  id: Schema.String.pipe(Schema.pattern(/^[\\w-]+$/), Schema.brand("Id")),
  created_at: Schema.DateTimeUtc,
  updated_at: optional(Schema.DateTimeUtc),
  ...fields
})

export interface Item extends Schema.Schema.Type<typeof Item_> {}

interface ItemEncoded extends Schema.Schema.Encoded<typeof Item_> {}

/** One thing. */
export const Item: Schema.Schema<Item, ItemEncoded> = Item_

const NewItem_ = Schema.Struct(fields)

export interface NewItem extends Schema.Schema.Type<typeof NewItem_> {}

interface NewItemEncoded extends Schema.Schema.Encoded<typeof NewItem_> {}

/** What it is made of. */
export const NewItem: Schema.Schema<NewItem, NewItemEncoded> = NewItem_

export const ListQuery = Schema.Struct({
  limit: optional(Schema.NumberFromString.pipe(Schema.int(), Schema.between(1, 100))),
  starting_after: optional(Schema.String),
  search: optional(Schema.String),
  status: optional(Schema.Array(Schema.String))
})
`

const documented = (tag: string, summary: string, method: string): string => `  /**
   * ${summary}: one of the operations on ${tag}. Needs one of the scopes \`read:accounts:/${tag}\`, \`write:accounts:/${tag}\`.
   *
   * Errors, beside {@link CallError}:
   * - \`InvalidRequest\`: the input does not fit its schema; nothing was sent
   * - \`NotFound\`: there is no such thing
   *
   * @example
   * \`\`\`ts
   * import { Customers } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * const program = Effect.flatMap(Customers, (customers) => customers.${tag}.${method}("id"))
   * \`\`\`
   */`

interface Kind {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly rest: string
}

const kinds: ReadonlyArray<Kind> = [
  {
    name: "list",
    method: "GET",
    path: "",
    rest: `query: ListQuery, success: Schema.Array(Item), paging: { cursor: ["id"] }`
  },
  { name: "get", method: "GET", path: "/{id}", rest: "parameters: { id: Schema.String }, success: Item, failures: byId" },
  {
    name: "create",
    method: "POST",
    path: "",
    rest: `body: NewItem, success: Item, status: 201`
  },
  {
    name: "update",
    method: "PUT",
    path: "/{id}",
    rest: `parameters: { id: Schema.String }, body: NewItem, success: Item, failures: byId`
  },
  { name: "remove", method: "DELETE", path: "/{id}", rest: "parameters: { id: Schema.String }, failures: byId" },
  {
    name: "move",
    method: "POST",
    path: "/{id}/move/{to}",
    rest: `parameters: { id: Schema.String, to: Schema.String }, body: NewItem, success: Item, failures: [400, 401, 403, 404, 405, 500]`
  }
]

const entry = (tag: string, { method, name, path, rest }: Kind): string => `${documented(tag, `\`${method}\` of ${tag}`, name)}
  ${name}: operation({
    method: "${method}",
    path: "/accounts/{aid}/simulated/${tag}${path}",
    operationId: "aid_${tag}_${name}",
    summary: "Simulated ${name} of ${tag}",
    docs: "https://docs.dintero.com/api-reference/${tag}/${name}",
    scopes: ["read:accounts:/${tag}", "write:accounts:/${tag}"],
    ${rest}
  })`

const module = (tag: string, those: ReadonlyArray<Kind>): string => `import * as Schema from "effect/Schema"
import { Item, ListQuery, NewItem } from "../../schemas/simulated/${tag}.js"
import { byId, operation } from "../Operation.js"

export const ${tag} = {
${those.map((kind) => entry(tag, kind)).join(",\n\n")}
}
`

/** Adds so many operations to a copy of the source, in the Customers API, as `customers.simulated.<tag>.<name>`. */
export const addTo = (source: string, count: number): void => {
  mkdirSync(join(source, "contract", "simulated"), { recursive: true })
  mkdirSync(join(source, "schemas", "simulated"), { recursive: true })
  const used: Array<string> = []
  let left = count
  for (const tag of tags) {
    const those = kinds.slice(0, left)
    if (those.length === 0) break
    left -= those.length
    writeFileSync(join(source, "schemas", "simulated", `${tag}.ts`), schemas)
    writeFileSync(join(source, "contract", "simulated", `${tag}.ts`), module(tag, those))
    used.push(tag)
  }
  if (left > 0) throw new Error(`There is no room for ${left} more operations: add tags`)
  const path = join(source, "contract", "Contract.ts")
  const text = readFileSync(path, "utf8")
  const place = /^export const customers = \{/m
  if (!place.test(text)) throw new Error("Contract.ts has no `export const customers = {` any more")
  writeFileSync(
    path,
    used.map((tag) => `import { ${tag} as simulated_${tag} } from "./simulated/${tag}.js"\n`).join("") +
      text.replace(place, `$& simulated: { ${used.map((tag) => `${tag}: simulated_${tag}`).join(", ")} },`)
  )
}
