import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { openApi } from "../../src/contract/OpenApi.js"

/**
 * What Dintero's documentation says of the Customers API, collected by hand from its pages. Formats, lengths and texts are not in it.
 */
const Reference = Schema.parseJson(
  Schema.Struct({
    operations: Schema.Array(
      Schema.Struct({
        number: Schema.Number,
        tag: Schema.String,
        method: Schema.String,
        path: Schema.String,
        operationId: Schema.String,
        scopes: Schema.Array(Schema.String),
        status: Schema.Number,
        errors: Schema.Array(Schema.Number),
        hasBody: Schema.Boolean,
        parameters: Schema.Array(Schema.Struct({ name: Schema.String, in: Schema.String, required: Schema.Boolean }))
      })
    ),
    schemas: Schema.Record({ key: Schema.String, value: Schema.Record({ key: Schema.String, value: Schema.Boolean }) })
  })
)

const reference = Schema.decodeSync(Reference)(readFileSync(new URL("./customersApi.json", import.meta.url), "utf8"))

type Json = { readonly [key: string]: unknown }

const object = (value: unknown): Json => (typeof value === "object" && value !== null ? { ...value } : {})

const document = object(JSON.parse(JSON.stringify(openApi())))

const list = (value: unknown): ReadonlyArray<unknown> => (Array.isArray(value) ? value : [])

/** Every operation of the document, with where it stands. */
const operations = Object.entries(object(document.paths)).flatMap(([path, methods]) =>
  Object.entries(object(methods)).map(
    ([method, operation]) => ({ path, method: method.toUpperCase(), ...object(operation) }) as Json
  )
)

/** Why the document differs, where it does. */
const explained: { readonly [difference: string]: string } = {
  "25: path /accounts/{aid}/customers/users/{customer_id}/communication/send-verification-code/{field}":
    "one entry for each of the two things that it does",
  "25: parameter operation is missing": "the same",
  "9: errors 400, 401, 403, 404, 500": "a tag that is not there has to be answered with something",
  "15: errors 400, 401, 403, 500": "the documentation says default",
  "16: errors 400, 401, 403, 500": "the documentation lists none",
  "17: errors 400, 401, 403, 500": "the documentation says default",
  "19: errors 400, 401, 403, 404, 405, 500": "the documentation says default beside 404 and 405",
  "41: errors 400, 401, 403": "the documentation lists a 400 alone"
}

const differencesOf = (one: (typeof reference.operations)[number]): ReadonlyArray<string> => {
  const found = operations.find(({ operationId }) => operationId === one.operationId)
  if (found === undefined) return [`${one.number}: the operation is missing`]
  const responses = Object.keys(object(found.responses)).map(Number)
  const errors = responses.filter((status) => status >= 400).sort((a, b) => a - b)
  const parameters = list(found.parameters).map(object)
  const extra = object(found["x-effect-dintero"])
  const same = (a: ReadonlyArray<unknown>, b: ReadonlyArray<unknown>) => JSON.stringify(a) === JSON.stringify(b)
  return [
    ...(found.path === one.path ? [] : [`path ${found.path}`]),
    ...(found.method === one.method ? [] : [`method ${found.method}`]),
    ...(same([...list(extra.scopes)].sort(), [...one.scopes].sort()) ? [] : [`scopes ${list(extra.scopes).join(", ")}`]),
    ...(responses.includes(one.status) ? [] : [`status ${responses.join(", ")}`]),
    ...(same(errors, one.errors) ? [] : [`errors ${errors.join(", ")}`]),
    ...((found.requestBody !== undefined) === (one.hasBody && one.number !== 25) ? [] : ["body"]),
    ...one.parameters.flatMap(({ in: where, name, required }) => {
      const parameter = parameters.find((parameter) => parameter.name === name)
      if (parameter === undefined) return [`parameter ${name} is missing`]
      return parameter.in === where && parameter.required === required ? [] : [`parameter ${name}`]
    }),
    ...parameters.flatMap(({ name }) =>
      name === "aid" || one.parameters.some((parameter) => parameter.name === name) ? [] : [`parameter ${name} is not documented`]
    )
  ].map((difference) => `${one.number}: ${difference}`)
}

const components = object(object(document.components).schemas)

const resolved = (schema: unknown): Json => {
  const { $ref, anyOf, ...rest } = object(schema)
  if (typeof $ref === "string") return object(components[$ref.replace("#/components/schemas/", "")])
  const member = list(anyOf).find((one) => object(one).type !== "null")
  return member === undefined ? rest : resolved(member)
}

/** Whether the field with a dotted name is there, and whether it is required. */
const fieldIn = (schema: Json, path: string): boolean | undefined => {
  const [name = "", ...rest] = path.split(".")
  const property = object(schema.properties)[name]
  if (property === undefined) return undefined
  return rest.length > 0 ? fieldIn(resolved(property), rest.join(".")) : list(schema.required).includes(name)
}

const entities = ["Customer", "CustomerTag", "TermsAndConditions", "CustomerToken", "Communication", "SalesLocation"]

/** Which schemas of the document have the fields of which table. */
const tables: ReadonlyArray<readonly [schema: string, table: string]> = [
  ...entities.map((schema) => [schema, "Entity"] as const),
  ...["Customer", "CustomerCreate", "CustomerUpdate"].map((schema) => [schema, "BasicUser"] as const),
  ...["CustomerTag", "TermsAndConditions", "CustomerToken", "Communication", "SalesLocation"].map(
    (name) => [name, name] as const
  ),
  ...["Address", "CustomerAddress", "TokenEvent", "TokenDetail"].map((name) => [name, name] as const),
  ...["Organization", "OrganizationSubunit", "FoundOrganization"].map((name) => [name, name] as const)
]

/** A request says the type of a new customer (recorded traffic); the table is that of a change. */
const explainedFields = ["CustomerCreate.type"]

describe("the OpenAPI document and Dintero's documentation", () => {
  for (const one of reference.operations) {
    it(`agree about operation ${one.number}, ${one.method} ${one.path}`, () => {
      assert.deepStrictEqual(
        differencesOf(one).filter((difference) => explained[difference] === undefined),
        []
      )
    })
  }

  it("agree about the number of operations", () => {
    assert.strictEqual(reference.operations.length, 41)
  })

  it("have every explained difference", () => {
    const all = new Set(reference.operations.flatMap(differencesOf))
    assert.deepStrictEqual(
      Object.keys(explained).filter((difference) => !all.has(difference)),
      []
    )
  })

  for (const [schema, table] of tables) {
    it(`agree about the fields of ${schema} (${table})`, () => {
      const wrong = Object.entries(reference.schemas[table] ?? {}).filter(
        ([path, required]) =>
          fieldIn(object(components[schema]), path) !== required && !explainedFields.includes(`${schema}.${path}`)
      )
      assert.deepStrictEqual(wrong, [])
    })
  }
})
