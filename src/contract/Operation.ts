/**
 * How an operation is described: one entry of plain data, with the types that a caller and a handler see.
 *
 * The client, the services, the embedded server, the OpenAPI document, the pages of docs and the tests are made from these entries. An entry
 * builds nothing when it is imported: whoever needs an encoder or an endpoint makes it at first use.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import type { Input } from "../schemas/Input.js"

/**
 * What a second sending of the same request can do.
 *
 * - `safe`: it only reads
 * - `idempotent`: it writes, and twice is the same as once
 * - `never`: it spends a credential, counts a failed try, or sends a message
 *
 * @since 0.1.0
 * @category models
 */
export type ReplayClass = "safe" | "idempotent" | "never"

/**
 * What authorises a call.
 *
 * - `bearer`: an access token of an API client or a customer
 * - `byGrant`: Basic with the API client's id and secret for `client_credentials`, a Bearer token for every other grant
 * - `none`: nothing is needed, and nothing is sent
 *
 * @since 0.1.0
 * @category models
 */
export type AuthorizationScheme = "bearer" | "byGrant" | "none"

/**
 * Whose access token authorises the call inside `Session.with`.
 *
 * - `client`: always the API client's
 * - `customer`: that of the session, when the call is made in one
 *
 * @since 0.1.0
 * @category models
 */
export type Caller = "client" | "customer"

/**
 * What the refusal of a credential in the body means.
 *
 * - `credentials`: `CredentialsRefused`, or `MfaRequired` when a one-time code is needed
 * - `secret`: `CredentialsRefused`; a one-time code follows in any case
 * - `grant`: as the grant of the token endpoint says
 *
 * @since 0.1.0
 * @category models
 */
export type RefusalKind = "credentials" | "secret" | "grant"

/**
 * The statuses that the documentation knows for failures.
 *
 * @since 0.1.0
 * @category models
 */
export type FailureStatus = 400 | 401 | 403 | 404 | 405 | 429 | 500

/**
 * @since 0.1.0
 * @category models
 */
export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE"

/**
 * How a list with a `since_datetime` continues: with the largest time of its items.
 *
 * - `time`: the field of an item that holds when it was last changed
 * - `id`: the field that names the item
 *
 * @since 0.1.0
 * @category models
 */
export interface Since {
  readonly time: string
  readonly id: string
}

/**
 * How a list continues.
 *
 * - `cursor`: the fields of an item that can be the next page's `starting_after`, the first that is there
 * - `since`: how it continues when its query has a `since_datetime`; none for a list without one
 *
 * @since 0.1.0
 * @category models
 */
export interface Paging {
  readonly cursor: ReadonlyArray<string>
  readonly since?: Since
}

/** A schema whose types are known to the entry alone. */
export type ErasedSchema = Schema.Schema<unknown, unknown>

/**
 * An operation without its types, as the interpreters of the contract see it.
 *
 * - `path`: as the documentation writes it: `/accounts/{aid}/customers/settings`
 * - `operationId`: Dintero's own; some of them say something else than what the operation does
 * - `scopes`: any one of them is enough. Without one, every access token is.
 * - `parameters`: schemas of the path's parameters beside the account
 * - `success`: the status of a success, and the schema of its body. Without a schema it has none.
 * - `failures`: the statuses of failures, as documented
 *
 * @since 0.1.0
 * @category models
 */
export interface Described {
  readonly _tag: "Operation"
  readonly method: Method
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly docs: string
  readonly scopes: ReadonlyArray<string>
  readonly authorization: AuthorizationScheme
  readonly caller: Caller
  readonly replay: ReplayClass
  readonly parameters: { readonly [name: string]: ErasedSchema }
  readonly query: ErasedSchema | undefined
  readonly body: ErasedSchema | undefined
  readonly success: { readonly status: number; readonly schema: ErasedSchema | undefined }
  readonly failures: ReadonlyArray<FailureStatus>
  readonly refusal: RefusalKind | undefined
  readonly paging: Paging | undefined
}

declare const Types: unique symbol

/**
 * The name of the argument that is the body, as an editor shows it.
 *
 * @since 0.1.0
 * @category models
 */
export interface Named<Body> {
  readonly audience: [audience: Body]
  readonly body: [body: Input<Body>]
  readonly challenge: [challenge: Input<Body>]
  readonly client: [client: Input<Body>]
  readonly credentials: [credentials: Body]
  readonly grant: [grant: Body]
  readonly settings: [settings: Input<Body>]
  readonly tag: [tag: Input<Body>]
  readonly revocation: [revocation: Body]
  readonly token: [token: Input<Body>]
  readonly user: [user: Body]
}

/**
 * @since 0.1.0
 * @category models
 */
export type BodyName = keyof Named<unknown>

/**
 * An operation with its types: what a caller gives, what a success is, and which failures it declares.
 *
 * @since 0.1.0
 * @category models
 */
export interface Operation<
  out Parameters,
  out Query,
  out Body,
  out Success,
  out Status extends FailureStatus,
  out Refusal extends RefusalKind | undefined,
  out Name extends BodyName,
  out Pages extends boolean
> extends Described {
  readonly [Types]: {
    readonly parameters: Parameters
    readonly query: Query
    readonly body: Body
    readonly success: Success
    readonly status: Status
    readonly refusal: Refusal
    readonly name: Name
    readonly pages: Pages
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export type Any = Operation<unknown, unknown, unknown, unknown, FailureStatus, RefusalKind | undefined, BodyName, boolean>

/**
 * The statuses of most operations.
 *
 * @since 0.1.0
 * @category models
 */
export type Standard = 400 | 401 | 403 | 500

const standard: ReadonlyArray<Standard> = [400, 401, 403, 500]

/**
 * The statuses of most operations on one thing, which may not be there.
 *
 * @since 0.1.0
 * @category models
 */
export const byId = [400, 401, 403, 404, 500] as const

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never

/** The account in a path. The layer knows it; a caller does not give it. */
type AccountName = "aid" | "oid"

type OwnNames<Path extends string> = Exclude<NamesIn<Path>, AccountName>

type AnySchema = Schema.Schema.AnyNoContext

/** What an entry's author writes. */
interface Definition<Path extends string, Parameters, Query, Body, Success, Status, Refusal, Name, Pages> {
  readonly method: Method
  readonly path: Path
  readonly operationId: string
  readonly summary: string
  readonly docs: string
  readonly scopes: ReadonlyArray<string>
  /** `bearer` by default. */
  readonly authorization?: AuthorizationScheme
  /** `customer` by default. */
  readonly caller?: Caller
  /** By default `safe` for GET and HEAD, `idempotent` for PUT and DELETE, and `never` for the others. */
  readonly replay?: ReplayClass
  readonly parameters?: Parameters & { readonly [Own in OwnNames<Path>]: AnySchema }
  readonly query?: Query
  readonly body?: Body
  readonly bodyName?: Name
  readonly success?: Success
  /** By default 200 with a body, and 204 without one. */
  readonly status?: 200 | 201 | 202 | 204
  /** 400, 401, 403 and 500 by default. */
  readonly failures?: ReadonlyArray<Status>
  readonly refusal?: Refusal
  readonly paging?: Pages
}

type TypeOf<S, Absent = never> = [S] extends [never] ? Absent : Schema.Schema.Type<Extract<S, AnySchema>>

const replayOf: { readonly [M in Method]: ReplayClass } = {
  GET: "safe",
  HEAD: "safe",
  PUT: "idempotent",
  DELETE: "idempotent",
  POST: "never",
  PATCH: "never"
}

/**
 * An entry of the contract. Its types come from its schemas, so that nothing is said twice.
 *
 * @since 0.1.0
 * @category constructors
 */
export const operation = <
  const Path extends string,
  Parameters extends { readonly [name: string]: AnySchema } = Record<never, never>,
  Query extends AnySchema = never,
  Body extends AnySchema = never,
  Success extends AnySchema = never,
  const Status extends FailureStatus = Standard,
  const Refusal extends RefusalKind | undefined = undefined,
  const Name extends BodyName = "body",
  Pages extends Paging | undefined = undefined
>(
  definition: Definition<Path, Parameters, Query, Body, Success, Status, Refusal, Name, Pages> &
    ([OwnNames<Path>] extends [never] ? unknown : { readonly parameters: unknown })
): Operation<
  { readonly [Own in keyof Parameters]: Schema.Schema.Type<Parameters[Own]> },
  TypeOf<Query>,
  TypeOf<Body>,
  TypeOf<Success, void>,
  Status,
  Refusal,
  Name,
  [Pages] extends [undefined] ? false : true
> => {
  const { method, path, operationId, summary, docs, scopes, success } = definition
  const entry: Described = {
    _tag: "Operation",
    method,
    path,
    operationId,
    summary,
    docs,
    scopes,
    authorization: definition.authorization ?? "bearer",
    caller: definition.caller ?? "customer",
    replay: definition.replay ?? replayOf[method],
    parameters: definition.parameters ?? {},
    query: definition.query,
    body: definition.body,
    success: { status: definition.status ?? (success === undefined ? 204 : 200), schema: success },
    failures: definition.failures ?? standard,
    refusal: definition.refusal,
    paging: definition.paging
  }
  // Seam: the types of an entry are in its type alone. `ServiceOf` and the handlers' types read them back.
  return entry as never
}

/**
 * The stream of a list that pages: {@link ServiceOf} makes a method of it that gives the items one by one, or the pages.
 *
 * @since 0.1.0
 * @category models
 */
export interface Streamed<out Of extends Any, out Unit extends "item" | "page" = "item" | "page"> {
  readonly _tag: "Streamed"
  readonly of: Of
  readonly unit: Unit
}

/**
 * Its items, one by one.
 *
 * @since 0.1.0
 * @category constructors
 */
export const streamed = <Of extends Any>(of: Of): Streamed<Of, "item"> => ({ _tag: "Streamed", of, unit: "item" })

/**
 * Its pages, for a caller who keeps the cursor of each to go on from there later.
 *
 * @since 0.1.0
 * @category constructors
 */
export const streamedPages = <Of extends Any>(of: Of): Streamed<Of, "page"> => ({ _tag: "Streamed", of, unit: "page" })

/**
 * Operations by name, in groups. The name of an operation is its place: `customers.settings.get`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tree {
  readonly [name: string]: Any | Streamed<Any> | Tree
}

/**
 * @since 0.1.0
 * @category guards
 */
export const isOperation = (node: Any | Streamed<Any> | Tree): node is Any => node._tag === "Operation"

export const isStreamed = (node: Streamed<Any> | Tree): node is Streamed<Any> => node._tag === "Streamed"

/**
 * Every operation of a tree with its dotted name.
 *
 * @since 0.1.0
 * @category getters
 */
export const flatten = (tree: Tree, prefix = ""): ReadonlyArray<readonly [name: string, operation: Any]> =>
  Object.entries(tree).flatMap(([key, node]) =>
    isOperation(node) ? [[`${prefix}${key}`, node] as const] : isStreamed(node) ? [] : flatten(node, `${prefix}${key}.`)
  )

/**
 * The dotted names of the operations of a tree.
 *
 * @since 0.1.0
 * @category models
 */
export type NameOf<T, Prefix extends string = ""> = {
  readonly [K in keyof T & string]: T[K] extends Any
    ? `${Prefix}${K}`
    : T[K] extends Streamed<Any>
      ? never
      : NameOf<T[K], `${Prefix}${K}.`>
}[keyof T & string]

/**
 * The operation with a dotted name.
 *
 * @since 0.1.0
 * @category models
 */
export type At<T, Name> = Name extends keyof T
  ? T[Name]
  : Name extends `${infer Head}.${infer Rest}`
    ? Head extends keyof T
      ? At<T[Head], Rest>
      : never
    : never
