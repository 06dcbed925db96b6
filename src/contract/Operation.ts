/**
 * The description of an operation: one entry of plain data, with the types that a caller and a handler see.
 *
 * The client, the services, the embedded server, the OpenAPI document, the pages of docs and the tests are made from these entries. The import of
 * an entry builds nothing: encoders and endpoints are made when they are first used.
 *
 * @since 0.1.0
 */
import type * as Schema from "effect/Schema"
import type { Input } from "../schemas/Input.js"
import type { AccountName } from "./PathParameters.js"

/**
 * The effect of sending the same request twice. The retry policy decides by it.
 *
 * - `safe`: the operation only reads
 * - `idempotent`: the operation writes, and writing twice is the same as writing once
 * - `never`: the operation must not be repeated, because it uses up a credential, counts a failed attempt, or sends a message
 *
 * @since 0.1.0
 * @category models
 */
export type ReplayClass = "safe" | "idempotent" | "never"

/**
 * The credential that a call sends in its header.
 *
 * - `bearer`: an access token of an API client or a customer
 * - `byGrant`: the API client's id and secret (Basic) for `client_credentials`, and a Bearer token for every other grant
 * - `none`: no credential
 *
 * @since 0.1.0
 * @category models
 */
export type AuthorizationScheme = "bearer" | "byGrant" | "none"

/**
 * The owner of the access token that a call sends.
 *
 * - `client`: always the API client
 * - `customer`: the customer of the session inside `Session.with`, and otherwise the API client
 *
 * @since 0.1.0
 * @category models
 */
export type Caller = "client" | "customer"

/**
 * The errors of a call whose input the server refuses for what it holds.
 *
 * - `credentials`: `CredentialsRefused`, or `MfaRequired` when a one-time code is needed
 * - `secret`: `CredentialsRefused`. A one-time code is needed in any case.
 * - `grant`: depends on the grant of the token endpoint
 * - `duplicate`: `Duplicate`, when a value has to be unique and is in use
 *
 * @since 0.1.0
 * @category models
 */
export type RefusalKind = "credentials" | "secret" | "grant" | "duplicate"

/**
 * The statuses that the documentation has for failures.
 *
 * @since 0.1.0
 * @category models
 */
export type FailureStatus = 400 | 401 | 403 | 404 | 405 | 429 | 500

/**
 * The HTTP methods of operations.
 *
 * @since 0.1.0
 * @category models
 */
export type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE"

/**
 * How a list with a `since_datetime` continues: with the largest time of its items.
 *
 * - `time`: the names of fields of an item. The first of them that an item has is the time of its last change.
 * - `id`: the field with the id of an item
 * - `all`: the query with which the list leaves nothing out, not even what was deleted
 *
 * @since 0.1.0
 * @category models
 */
export interface Since {
  readonly time: ReadonlyArray<string>
  readonly id: string
  readonly all: object
}

/**
 * How to ask for the next page of a list.
 *
 * - `cursor`: the names of fields of an item. The first of them that the last item has is the `starting_after` of the next page.
 * - `since`: how the list continues when its query has a `since_datetime`. A list without that parameter has none.
 *
 * @since 0.1.0
 * @category models
 */
export interface Paging {
  readonly cursor: ReadonlyArray<string>
  readonly since?: Since
}

/**
 * A schema without its types. Only the entry knows them.
 *
 * @since 0.1.0
 * @category models
 */
export type ErasedSchema = Schema.Schema<unknown, unknown>

/**
 * An operation without its types. The client, the server and the OpenAPI document are made from it.
 *
 * - `path`: as in the documentation, such as `/accounts/{aid}/customers/settings`
 * - `operationId`: Dintero's own id. Some ids do not fit what the operation does.
 * - `scopes`: one of them is enough. When the list is empty, every access token is.
 * - `parameters`: the schemas of the path's parameters, without the account
 * - `bodyParameter`: how the service calls the body when it is not valid
 * - `success`: the status of a success, and the schema of its body. Without a schema there is no body. With 302 the schema is that of the `Location`.
 * - `location`: the field of the success that is a URL. A request that does not accept JSON is redirected to it with 302.
 * - `presence`: the operation asks whether something exists. A success is `true`, and a 404 is `false`.
 * - `setting`: the setting of the account that switches the operation on, such as `users.head.enabled`
 * - `failures`: the documented statuses of failures
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
  readonly bodyParameter: string
  readonly success: { readonly status: number; readonly schema: ErasedSchema | undefined }
  readonly location: string | undefined
  readonly presence: boolean
  readonly setting: string | undefined
  readonly failures: ReadonlyArray<FailureStatus>
  readonly refusal: RefusalKind | undefined
  readonly paging: Paging | undefined
}

declare const Types: unique symbol

/**
 * The names that an editor can show for the argument that is the body, and the type of each.
 *
 * @since 0.1.0
 * @category models
 */
export interface Named<Body> {
  readonly audience: [audience: Body]
  readonly address: [address: Input<Body>]
  readonly body: [body: Input<Body>]
  readonly change: [change: Input<Body>]
  readonly changes: [changes: Input<Body>]
  readonly challenge: [challenge: Input<Body>]
  readonly client: [client: Input<Body>]
  readonly clientGrant: [grant: Input<Body>]
  readonly code: [code: Body]
  readonly credentials: [credentials: Body]
  readonly customer: [customer: Input<Body>]
  readonly deletion: [deletion: Input<Body>]
  readonly exchange: [exchange: Input<Body>]
  readonly grant: [grant: Body]
  readonly location: [location: Input<Body>]
  readonly login: [login: Input<Body>]
  readonly lookup: [lookup: Input<Body>]
  readonly mfa: [mfa: Input<Body>]
  readonly passwords: [passwords: Body]
  readonly recovery: [recovery: Input<Body>]
  readonly rename: [rename: Input<Body>]
  readonly role: [role: Input<Body>]
  readonly settings: [settings: Input<Body>]
  readonly tag: [tag: Input<Body>]
  readonly tagIds: [tagIds: Body]
  readonly target: [target: Input<Body>]
  readonly terms: [terms: Input<Body>]
  readonly revocation: [revocation: Body]
  readonly token: [token: Input<Body>]
  readonly user: [user: Input<Body>]
  readonly verification: [verification: Body]
}

/**
 * The name of the argument that is the body.
 *
 * @since 0.1.0
 * @category models
 */
export type BodyName = keyof Named<unknown>

/**
 * An operation with its types: the input of a caller, the value of a success, and the declared failures.
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
 * Any operation.
 *
 * @since 0.1.0
 * @category models
 */
export type Any = Operation<unknown, unknown, unknown, unknown, FailureStatus, RefusalKind | undefined, BodyName, boolean>

/**
 * The failure statuses of most operations.
 *
 * @since 0.1.0
 * @category models
 */
export type Standard = 400 | 401 | 403 | 500

const standard: ReadonlyArray<Standard> = [400, 401, 403, 500]

/**
 * The failure statuses of most operations on a single object, which may not exist.
 *
 * @since 0.1.0
 * @category models
 */
export const byId = [400, 401, 403, 404, 500] as const

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | NamesIn<Rest> : never

type OwnNames<Path extends string> = Exclude<NamesIn<Path>, AccountName>

type AnySchema = Schema.Schema.AnyNoContext

/** The argument of `operation`. */
interface Definition<Path extends string, Parameters, Query, Body, Success, Status, Refusal, Name, Pages, Presence> {
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
  /** How the service calls the body when it is not valid. `data` by default. */
  readonly bodyParameter?: string
  readonly success?: Success
  /** By default 200 with a body, and 204 without one. With 302 the success is the `Location`, as a text, and it is not followed. */
  readonly status?: 200 | 201 | 202 | 204 | 302
  /** The field of the success to whose URL a request that does not accept JSON is redirected. By default there is none. */
  readonly location?: string
  /** Whether the operation asks if something exists. Its success is then a boolean. False by default. */
  readonly presence?: Presence
  /** The setting of the account that switches the operation on. Without it the service answers 405. By default there is none. */
  readonly setting?: string
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
 * Makes an entry of the contract. The types of the entry come from its schemas.
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
  Pages extends Paging | undefined = undefined,
  const Presence extends boolean = false
>(
  definition: Definition<Path, Parameters, Query, Body, Success, Status, Refusal, Name, Pages, Presence> &
    ([OwnNames<Path>] extends [never] ? unknown : { readonly parameters: unknown })
): Operation<
  { readonly [Own in keyof Parameters]: Schema.Schema.Type<Parameters[Own]> },
  TypeOf<Query>,
  TypeOf<Body>,
  Presence extends true ? boolean : TypeOf<Success, void>,
  Presence extends true ? Exclude<Status, 404> : Status,
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
    bodyParameter: definition.bodyParameter ?? "data",
    success: {
      status: definition.status ?? (success === undefined && definition.presence !== true ? 204 : 200),
      schema: success
    },
    location: definition.location,
    presence: definition.presence ?? false,
    setting: definition.setting,
    failures: definition.failures ?? standard,
    refusal: definition.refusal,
    paging: definition.paging
  }
  // Seam: the types exist in the entry's type alone. `ServiceOf` and the types of the handlers read them there.
  return entry as never
}

/**
 * A list as a stream. `ServiceOf` makes it a method that gives the items of all pages one after the other, or the pages, or what has changed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Streamed<out Of extends Any, out Unit extends "item" | "page" | "changes" = "item" | "page" | "changes"> {
  readonly _tag: "Streamed"
  readonly of: Of
  readonly unit: Unit
}

/**
 * Adds the stream of the items of a list to a tree, beside the list itself.
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
 * Its changes, for a caller who keeps a copy of the list. The paging of the list has a `since`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const streamedChanges = <Of extends Any>(of: Of): Streamed<Of, "changes"> => ({ _tag: "Streamed", of, unit: "changes" })

/**
 * Operations by name, in groups. The dotted name of an operation is its place in the tree, such as `customers.settings.get`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Tree {
  readonly [name: string]: Any | Streamed<Any> | Tree
}

/**
 * Whether a node of a tree is an operation.
 *
 * @since 0.1.0
 * @category guards
 */
export const isOperation = (node: Any | Streamed<Any> | Tree): node is Any => node._tag === "Operation"

/**
 * Whether a node of a tree is the stream of a list.
 *
 * @since 0.1.0
 * @category guards
 */
export const isStreamed = (node: Streamed<Any> | Tree): node is Streamed<Any> => node._tag === "Streamed"

/**
 * Lists every operation of a tree with its dotted name.
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
