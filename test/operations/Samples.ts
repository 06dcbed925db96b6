/**
 * The samples of all tags, and what the suites read from them. A tag without samples does not compile.
 */
import { Effect, Schema } from "effect"
import { Auth, Customers, type DinteroError } from "effect-dintero"
import { contract, type OperationName, operations, tags } from "../../src/contract/Contract.js"
import { type Described, flatten, type Method } from "../../src/contract/Operation.js"
import { account } from "../utils/Account.js"
import { accountUsers } from "./accountUsers.js"
import { addresses } from "./addresses.js"
import { authenticate } from "./authenticate.js"
import { authUsers } from "./authUsers.js"
import { challenge } from "./challenge.js"
import { clients } from "./clients.js"
import { communication } from "./communication.js"
import { company } from "./company.js"
import { grants } from "./grants.js"
import { keys } from "./keys.js"
import { locations } from "./locations.js"
import { organizations } from "./organizations.js"
import { password } from "./password.js"
import { roles } from "./roles.js"
import type { AnySample, SamplesOf } from "./Sample.js"
import { settings } from "./settings.js"
import { tags as customerTags } from "./tags.js"
import { terms } from "./terms.js"
import { tokens } from "./tokens.js"
import { users } from "./users.js"

const byTag: { readonly [Tag in keyof typeof tags]: SamplesOf<(typeof tags)[Tag]> } = {
  accountUsers,
  addresses,
  authenticate,
  authUsers,
  challenge,
  clients,
  communication,
  company,
  grants,
  keys,
  locations,
  organizations,
  password,
  roles,
  settings,
  tags: customerTags,
  terms,
  tokens,
  users
}

export type TagName = keyof typeof tags

// Seam: `Object.keys` does not tell which keys it gives.
export const tagNames = Object.keys(tags) as ReadonlyArray<TagName>

const absent = (message: string): never => {
  throw new Error(message)
}

// Seam: `flatten` gives the names of the tree as texts. The entries are values, which the tree and the tags share.
const dotted = new Map(flatten(contract).map(([name, operation]) => [operation, name as OperationName]))

const all = tagNames.flatMap((tag) =>
  flatten(tags[tag]).map(([key, operation]) => ({
    tag,
    key,
    name: dotted.get(operation) ?? absent(`${tag}.${key} is in no service`),
    // Seam: in a list of all samples none has the types of its operation.
    sample: (byTag[tag] as unknown as Readonly<Record<string, AnySample>>)[key] ?? absent(`${tag}.${key} has no sample`)
  }))
)

/** The dotted names of all operations. */
export const names = all.map(({ name }) => name)

/** The operations of a tag, by their key in it and their dotted name. */
export const entriesOf = (tag: TagName): ReadonlyArray<{ readonly key: string; readonly name: OperationName }> =>
  all.filter((one) => one.tag === tag)

export const sampleOf = (name: OperationName): AnySample =>
  all.find((one) => one.name === name)?.sample ?? absent(`${name} has no sample`)

/** The input of a call: the sample's, or a new one when the service takes each only once. */
export const inputOf = (name: OperationName) => sampleOf(name).fresh ?? Effect.succeed(sampleOf(name).input)

/** Calls the operation's method as a caller does. */
export const call = (
  name: OperationName,
  input: ReadonlyArray<unknown>
): Effect.Effect<unknown, DinteroError, Auth | Customers> =>
  Effect.gen(function* () {
    const [api = "", ...path] = name.split(".")
    const service: unknown = api === "auth" ? yield* Auth : yield* Customers
    // Seam: the name says which method it is, and the sample has the types of its arguments.
    const method = path.reduce((part, key) => (part as Record<string, unknown>)[key], service)
    return yield* (method as (...input: ReadonlyArray<unknown>) => Effect.Effect<unknown, DinteroError>)(...input)
  })

export interface Call {
  /** The operation's, and of a variant its name as well: `auth.token refresh_token`. */
  readonly name: string
  readonly operation: OperationName
  readonly variant: string | undefined
  readonly input: ReadonlyArray<unknown>
}

/** Every operation once, and one with variants once for each of them. */
export const calls: ReadonlyArray<Call> = names.flatMap((operation): ReadonlyArray<Call> => {
  const { input, variants } = sampleOf(operation)
  return variants === undefined
    ? [{ name: operation, operation, variant: undefined, input }]
    : Object.entries(variants).map(([variant, input]) => ({ name: `${operation} ${variant}`, operation, variant, input }))
})

export const callOf = (name: string): Call => calls.find((call) => call.name === name) ?? absent(`there is no call ${name}`)

/** Whether a request is one of this call: `path` may begin with anything, and have a query. */
export const isRequestOf = ({ operation, variant }: Call, method: string, path: string, body: string): boolean => {
  const { method: own, path: template } = operations[operation]
  const pattern = template.replace(/\{\w+\}/g, "[^/]+")
  return (
    method === own &&
    new RegExp(`${pattern}(\\?|$)`).test(path) &&
    (variant === undefined || body.includes(`"grant_type":"${variant}"`))
  )
}

/** What travels for an input: the arguments of a method are its path, its body and its query, as far as there are any. */
export const wireOf = (
  name: OperationName,
  input: ReadonlyArray<unknown>,
  id: string = account
): { readonly method: Method; readonly path: string; readonly json: unknown } => {
  const { body, method, parameters, path, query }: Described = operations[name]
  const rest = [...input]
  const own = Object.keys(parameters)
  const first = own.length === 0 ? undefined : rest.shift()
  // Seam: one parameter is given as it is, several by their names.
  const given = own.length > 1 ? (first as Readonly<Record<string, string>>) : { [own[0] ?? ""]: String(first) }
  const json = body === undefined ? undefined : Schema.encodeSync(body)(rest.shift())
  const asked = query === undefined || rest.length === 0 ? {} : Schema.encodeSync(query)(rest.shift())
  const search = new URLSearchParams(
    Object.entries(asked as object).flatMap(([key, value]) => [value].flat().map((one) => [key, String(one)]))
  ).toString()
  const filled = path.replace(/\{(\w+)\}/g, (_, parameter: string) =>
    own.includes(parameter) ? encodeURIComponent(given[parameter] ?? "") : id
  )
  return { method, path: search === "" ? filled : `${filled}?${search}`, json }
}
