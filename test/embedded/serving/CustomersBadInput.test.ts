/**
 * Bad input for every operation of the Customers API. It gets a status that the operation declares, never a 500, and the system answers afterwards.
 * (That a refusal names all wrong fields is in `test/conformance`.)
 */
import type { HttpMethod } from "@effect/platform/HttpMethod"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Schema from "effect/Schema"
import { operations } from "../../../src/contract/Contract.js"
import type { Described } from "../../../src/contract/Operation.js"
import type { Seed } from "../../../src/embedded.js"
import { names, sampleOf, wireOf } from "../../operations/Samples.js"
import { account } from "../../utils/Account.js"
import * as PostgresServer from "../../utils/PostgresServer.js"
import { type Api, client, start, tokenOf } from "../Api.js"

type Name = (typeof names)[number]

/** A request, and the statuses that it may get: those of the operation, unless it says otherwise. */
interface Bad {
  readonly title: string
  readonly path: string
  readonly raw?: string
  readonly statuses?: ReadonlyArray<number>
}

const customers = names.filter((name) => name.startsWith("customers."))

const described = (name: Name): Described => operations[name]

const wire = (name: Name) => wireOf(name, sampleOf(name).input)

const seed: Seed.Seed = {
  accounts: [
    {
      account_id: account,
      clients: [
        {
          ...client,
          grants: [
            {
              type: "client_credentials",
              scope: [
                "admin:customers",
                "admin:locations",
                "admin:accounts",
                "write:accounts:/auth/users",
                "write:accounts:/auth/mfa"
              ]
            }
          ]
        }
      ],
      customers: [
        { customer_id: "ada", email: "ada@example.com", phone_number: "+4799999999", tokens: [{ type: "card", value: "1" }] }
      ],
      tags: [{ id: "00000000-0000-4000-8000-00000000000a", tag: "a tag" }],
      terms: [{ id: "00000000-0000-4000-8000-00000000000b", terms: "Be nice." }],
      locations: [{ location_id: "oslo" }]
    }
  ]
}

/** Of each list, an item that is in no other one. */
const cursors = ["ada", "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b", "oslo"]

const isObject = (value: unknown): value is { readonly [key: string]: unknown } => typeof value === "object" && value !== null

/** The value, with another text in the place of each of its texts and names, one at a time. */
const withText = (value: unknown, text: string): ReadonlyArray<unknown> =>
  typeof value === "string"
    ? [text, `${value}${text}`]
    : Array.isArray(value)
      ? value.flatMap((item, i) => withText(item, text).map((changed) => [...value.slice(0, i), changed, ...value.slice(i + 1)]))
      : isObject(value)
        ? [
            ...Object.entries(value).flatMap(([name, item]) =>
              withText(item, text).map((changed) => ({ ...value, [name]: changed }))
            ),
            { ...value, [`x${text}`]: text }
          ]
        : []

/** The texts that no database stores. */
const unstorable = { NUL: "\0", "half a surrogate pair": "\ud800", "the other half": "\udc00" }

const search = (path: string, query: string): string => `${path.split("?")[0]}?${query}`

/** The names of the query's parameters. */
const parametersOf = ({ query }: Described): ReadonlyArray<string> =>
  query === undefined ? [] : Schema.decodeUnknownSync(Schema.Array(Schema.String))(Object.keys(fieldsOf(query)))

// Seam: the query of each operation is a struct.
const fieldsOf = (schema: unknown): object => (schema as { readonly fields: object }).fields

const texts = (name: Name): ReadonlyArray<Bad> => {
  const { json, path } = wire(name)
  const template = described(name)
  return [
    ...(template.body === undefined
      ? []
      : Object.entries(unstorable).flatMap(([title, text]) =>
          withText(json, text).map((body) => ({ title: `${title} in the body`, path, raw: JSON.stringify(body) }))
        )),
    ...parametersOf(template).flatMap((parameter) =>
      ["%00", "%ED%A0%80", "%E0%A4%A", "%", "+", "%2B%00", "x".repeat(5_000)].map((value) => ({
        title: "a text in the query",
        path: search(path, `${parameter}=${value}`)
      }))
    ),
    ...Object.keys(template.parameters).flatMap((parameter) =>
      ["%00", "%ED%A0%80", "%E0%A4%A", "%", "..%2F..", "%2E%2E%2Fx", "a".repeat(5_000), "__proto__", "%20"].map((value) => ({
        title: "a text in the path",
        path: template.path
          .replace(`{${parameter}}`, value)
          .replace("{aid}", account)
          .replace(/\{\w+\}/g, "x")
      }))
    )
  ]
}

const bodies = (name: Name): ReadonlyArray<Bad> => {
  const { body } = described(name)
  if (body === undefined) return []
  const { json, path } = wire(name)
  const text = JSON.stringify(json)
  const refused = (title: string, raw: string): Bad => ({ title, path, raw, statuses: [400] })
  const nested = (open: string, close: string) => `${open.repeat(10_000)}1${close.repeat(10_000)}`
  const within = (field: string) =>
    text.startsWith("{") ? text.replace("{", `{${field}${text === "{}" ? "" : ","}`) : `[${field}]`
  return [
    refused("more than the limit", `${" ".repeat(100 * 1024)}${text}`),
    ...["{", "[", '{"a":', "undefined", "NaN", "{}{}", "'a'", `${text},`, text.slice(0, -1)].map((raw) =>
      refused("no JSON", raw)
    ),
    ...(Array.isArray(json) ? ["{}"] : ["[]"])
      .concat("null", '"text"', "1e400", "true")
      .map((raw) => refused("another type", raw)),
    ...["[", '{"a":'].map((open) => refused("10,000 levels that do not end", open.repeat(10_000))),
    refused("10,000 levels", nested("[", "]")),
    refused("10,000 levels", nested('{"a":', "}")),
    ...(isObject(json) && !Array.isArray(json)
      ? [
          ...Object.keys(json).flatMap((field) => [
            refused("10,000 levels in a field", JSON.stringify({ ...json, [field]: "@" }).replace('"@"', nested("[", "]"))),
            { title: "1e400", path, raw: JSON.stringify({ ...json, [field]: "@" }).replace('"@"', "1e400") },
            { title: "a field twice", path, raw: within(`${JSON.stringify(field)}:null`) }
          ]),
          ...["metadata", "attributes", "unknown"].flatMap((field) => {
            const raw = (levels: number) =>
              JSON.stringify({ ...json, [field]: { x: "@" } }).replace('"@"', `${"[".repeat(levels)}${"]".repeat(levels)}`)
            return [
              refused("10,000 levels in a free field", raw(10_000)),
              { title: "98 levels in a free field", path, raw: raw(98) }
            ]
          }),
          { title: "__proto__", path, raw: within('"__proto__":{"type":"customer","polluted":1}') },
          { title: "__proto__", path, raw: within('"metadata":{"__proto__":{"polluted":1},"constructor":{"prototype":1}}') }
        ]
      : [])
  ]
}

const queries = (name: Name): ReadonlyArray<Bad> => {
  const { paging, query } = described(name)
  const { json, path } = wire(name)
  const raw = json === undefined ? {} : { raw: JSON.stringify(json) }
  const many = Array.from({ length: 10_000 }, (_, i) => `p${i}=${i}`).join("&")
  const parameters = parametersOf(described(name))
  return [
    { title: "10,000 parameters", path: search(path, many), ...raw },
    ...parameters.flatMap((parameter) => [
      { title: "a parameter twice", path: search(path, `${parameter}=1&${parameter}=2`), ...raw },
      {
        title: "a parameter 10,000 times",
        path: search(path, Array.from({ length: 10_000 }, () => `${parameter}=1`).join("&")),
        ...raw
      }
    ]),
    ...(query !== undefined && "limit" in fieldsOf(query)
      ? ["0", "101", "-1", "1.5", "1e400", "x", "limit", "", "%00", "1&limit=2"].map((limit) => ({
          title: "a wrong limit",
          path: search(path, `limit=${limit}`),
          statuses: [400]
        }))
      : []),
    ...(paging === undefined
      ? []
      : ["nobody", "%00", "ada'--", ...cursors].flatMap((cursor) => [
          { title: `the cursor ${cursor}`, path: search(path, `starting_after=${cursor}`) }
        ]))
  ]
}

/** Fails when something is logged, since only a mistake of the system is logged. */
const unlogged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const logged: Array<unknown> = []
    const logger = Logger.make(({ cause, message }) => void logged.push(message, cause))
    const result = yield* Effect.provide(effect, Logger.replace(Logger.defaultLogger, logger))
    assert.deepStrictEqual(logged, [])
    return result
  })

/** Sends them, and says what went wrong. */
const wrong = (api: Api, name: Name, cases: ReadonlyArray<Bad>) =>
  Effect.gen(function* () {
    const { failures, method, success } = described(name)
    const authorization = yield* tokenOf(api)
    const found: Array<string> = []
    for (const { path, raw, statuses, title } of cases) {
      // Seam: the methods of the contract are methods of HTTP.
      const answer = yield* api(method as HttpMethod, `//v1${path}`, { authorization, ...(raw === undefined ? {} : { raw }) })
      const allowed = statuses ?? [success.status, ...failures.filter((status) => status !== 500)]
      if (!allowed.includes(answer.status)) {
        found.push(`${title}: ${answer.status} ${path.slice(0, 100)} ${raw?.slice(0, 100)} ${answer.text.slice(0, 200)}`)
      }
    }
    const after = yield* api("GET", "/customers/settings", { authorization })
    if (after.status !== 200) found.push(`settings afterwards: ${after.status}`)
    return found
  })

const server = PostgresServer.ofFile()

describe("bad input gets a status that the operation declares, and the system answers afterwards", () => {
  for (const name of customers) {
    it.scoped(
      name,
      () =>
        Effect.gen(function* () {
          const { api } = yield* start({ seed })
          const cases = [...bodies(name), ...queries(name), ...texts(name)]
          assert.isAbove(cases.length, 0)
          assert.deepStrictEqual(yield* wrong(api, name, cases), [])
          assert.notProperty({}, "polluted")
        }).pipe(unlogged),
      120_000
    )
  }
})

describe.skipIf(PostgresServer.isSkipped)(`texts that PostgreSQL does not store${PostgresServer.note}`, () => {
  it.scopedLive(
    "get such a status from every operation too",
    () =>
      Effect.gen(function* () {
        const db = yield* Effect.flatMap(server, ({ database }) => database)
        const { api } = yield* start({ seed, db })
        const found = yield* Effect.forEach(customers, (name) =>
          Effect.map(wrong(api, name, texts(name)), (found) => found.map((one) => `${name}: ${one}`))
        )
        assert.deepStrictEqual(found.flat(), [])
      }).pipe(unlogged),
    300_000
  )
})
