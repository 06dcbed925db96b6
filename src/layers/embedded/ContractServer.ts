/**
 * Serves a contract: routes, authorises, decodes and encodes as its endpoints say, and leaves to a handler what the operation
 * does. (Not `HttpApiBuilder`, whose statuses and error bodies are its own.)
 */
import type * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { SqlError } from "@effect/sql/SqlError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { type DeclaredStatus, type OperationInfo, operationOf } from "../../contract/Operation.js"
import * as Codec from "../../internal/Codec.js"
import { issuesOf, sentence } from "../../internal/Issues.js"
import { closed } from "../../schemas/OpenEnum.js"
import * as Answer from "./Answer.js"
import type { ApiRequest } from "./ApiRequest.js"
import { Authorization, type Credential, type Principal } from "./Authorization.js"
import { Faults } from "./controls/Faults.js"
import * as FaultyAnswer from "./controls/FaultyAnswer.js"
import { Journal, type Note } from "./controls/Journal.js"
import * as NearMisses from "./controls/NearMisses.js"
import * as Outcome from "./controls/Outcome.js"
import { type Refusal, refuse } from "./Refusal.js"
import * as RequestBody from "./RequestBody.js"

type AnyEndpoint = HttpApiEndpoint.HttpApiEndpoint.Any

/**
 * What a handler works with, decoded and allowed: the principal's token is for this account and has one of the operation's
 * scopes.
 */
export interface HandlerRequest<Endpoint extends AnyEndpoint> {
  readonly path: HttpApiEndpoint.HttpApiEndpoint.PathParsed<Endpoint>
  readonly urlParams: HttpApiEndpoint.HttpApiEndpoint.UrlParams<Endpoint>
  readonly payload: HttpApiEndpoint.HttpApiEndpoint.Payload<Endpoint>
  readonly principal: Principal
}

/** It refuses with the statuses that the contract declares, and no others. */
export type Handler<Endpoint extends AnyEndpoint> = (
  request: HandlerRequest<Endpoint>
) => Effect.Effect<HttpApiEndpoint.HttpApiEndpoint.Success<Endpoint>, Refusal<DeclaredStatus<Endpoint>> | SqlError>

/** One handler for each operation. */
export type Handlers<Operations extends { readonly [name: string]: AnyEndpoint }> = {
  readonly [Name in keyof Operations]: Handler<Operations[Name]>
}

interface Route {
  readonly method: string
  readonly segments: ReadonlyArray<string>
  readonly info: OperationInfo
  /** The account in a path. */
  readonly accountIn: (segments: ReadonlyArray<string>) => string
  /** Notes what it learns. `isExpired`: the access token counts as expired. */
  readonly handle: (
    request: ApiRequest,
    segments: ReadonlyArray<string>,
    note: Note,
    isExpired: boolean
  ) => Effect.Effect<HttpServerResponse.HttpServerResponse, Refusal | SqlError>
}

/** Answers every request, whatever it is; only an interruption gets through. */
export type ContractApp = (request: ApiRequest) => Effect.Effect<Outcome.Outcome>

const prefix = "/v1"

/** Without query and, in the absolute form that a proxy sends, without origin. */
const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "")

/** A parameter that is repeated is an array. */
const queryOf = (url: string): { readonly [name: string]: string | ReadonlyArray<string> } => {
  const params = new URLSearchParams(/\?([^#]*)/.exec(url)?.[1])
  return Object.fromEntries(
    [...new Set(params.keys())].map((name) => {
      const [first = "", ...others] = params.getAll(name)
      return [name, others.length === 0 ? first : [first, ...others]]
    })
  )
}

const decodeUri = Option.liftThrowable(decodeURIComponent)

/** A segment whose escapes are not UTF-8 is left as it is; no schema of a path takes a `%`. */
const unescaped = (segment: string): string => Option.getOrElse(decodeUri(segment), () => segment)

const headersOf = (info: OperationInfo): { readonly [name: string]: string } =>
  // What spends a credential answers with one.
  info.replay === "never" ? { "cache-control": "no-store" } : {}

const invalid = (what: string) => (error: Parameters<typeof issuesOf>[0]) => {
  const errors = issuesOf(error)
  return refuse(400, `${what}: ${sentence(errors.slice(0, 3))}${errors.length > 3 ? "; …" : ""}`, {
    errors: errors.slice(0, 100)
  })
}

/** What the endpoints have in common. */
type ErasedEndpoint = HttpApiEndpoint.HttpApiEndpoint<
  string,
  HttpMethod,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  unknown,
  never,
  never
>

type ErasedHandler = (request: {
  readonly path: unknown
  readonly urlParams: unknown
  readonly payload: unknown
  readonly principal: Principal
}) => Effect.Effect<unknown, Refusal | SqlError>

/** Unknown fields are ignored (assumed: U20, U21), unknown members of an enum are not. Without a schema there is nothing to read. */
const decoderOf = (schema: Option.Option<Schema.Schema<unknown, unknown>>, what: string) => {
  if (Option.isNone(schema)) return undefined
  const decode = Codec.decode(closed(schema.value))
  return (input: unknown) => Effect.catchTag(decode(input), "ParseError", invalid(`The ${what} is not valid`))
}

const compile = (endpoint: ErasedEndpoint) => {
  const segments = `${prefix}${endpoint.path}`.split("/")
  return {
    info: operationOf(endpoint),
    segments,
    parameters: segments.flatMap((segment, index) => (segment.startsWith(":") ? [{ name: segment.slice(1), index }] : [])),
    decodePath: decoderOf(endpoint.pathSchema, "path"),
    decodeQuery: decoderOf(endpoint.urlParamsSchema, "query"),
    decodeBody: decoderOf(endpoint.payloadSchema, "body"),
    encodeSuccess: Schema.encodeUnknown(endpoint.successSchema),
    status: HttpApiSchema.getStatusSuccess(endpoint.successSchema),
    isEmpty: HttpApiSchema.isVoid(endpoint.successSchema.ast)
  }
}

const compiled = new WeakMap<ErasedEndpoint, ReturnType<typeof compile>>()

/** Once for all systems of a process: a closed schema is most of the memory that a system takes. */
const codecOf = (endpoint: ErasedEndpoint): ReturnType<typeof compile> => {
  const known = compiled.get(endpoint)
  if (known !== undefined) return known
  const codec = compile(endpoint)
  compiled.set(endpoint, codec)
  return codec
}

const makeRoute = (endpoint: ErasedEndpoint, handler: ErasedHandler): Effect.Effect<Route, never, Authorization> =>
  Effect.gen(function* () {
    const authorization = yield* Authorization
    const { encodeSuccess, info, parameters, segments: template, ...codec } = codecOf(endpoint)
    const headers = headersOf(info)

    const tokenOf = (credential: Credential, isExpired: boolean) =>
      isExpired && credential._tag === "Bearer" ? authorization.expired : authorization.token(credential)

    const allow = (principal: Principal, accountId: string, note: Note) => {
      note.caller = principal
      return authorization.allow(principal, accountId, info.scopes)
    }

    /** Which credential a grant takes stands in the body (API reference, 6.1). */
    const byGrant = (credential: Credential, accountId: string, payload: unknown, note: Note, isExpired: boolean) =>
      Predicate.hasProperty(payload, "grant_type") && payload.grant_type === "client_credentials"
        ? authorization.client(accountId, credential)
        : Effect.tap(tokenOf(credential, isExpired), (principal) => allow(principal, accountId, note))

    return {
      method: endpoint.method,
      segments: template,
      info,
      accountIn: (segments) => unescaped(segments[parameters[0]?.index ?? 0] ?? ""),
      handle: (request, segments, note, isExpired) =>
        Effect.gen(function* () {
          const credential = yield* authorization.credential(request.headers.authorization)
          const bearer = info.authorization === "bearer" ? yield* tokenOf(credential, isExpired) : undefined
          const values = parameters.map(({ index, name }) => {
            const segment = segments[index] ?? ""
            return [name, unescaped(segment)] as const
          })
          const path = yield* codec.decodePath?.(Object.fromEntries(values)) ?? Effect.void
          // By convention of the contract the first parameter is the account.
          const accountId = values[0]?.[1] ?? ""
          if (bearer !== undefined) yield* allow(bearer, accountId, note)
          const urlParams = yield* codec.decodeQuery?.(queryOf(request.url)) ?? Effect.void
          const payload =
            codec.decodeBody === undefined ? undefined : yield* Effect.flatMap(RequestBody.json(request), codec.decodeBody)
          note.request = payload
          const principal = bearer ?? (yield* byGrant(credential, accountId, payload, note, isExpired))
          note.caller = principal
          const result = yield* handler({ path, urlParams, payload, principal })
          note.response = result
          if (codec.isEmpty) return Answer.noContent(codec.status, headers)
          const body = yield* Effect.orDie(encodeSuccess(result))
          // What says nothing may still be an object.
          note.response ??= body
          return Answer.json(codec.status, body, headers)
        })
    }
  })

const unexpected = Answer.refusal({ _tag: "Refusal", status: 500, message: "Unexpected error" })
const preflight = Answer.noContent(204)

/** The same text for all: a caller can act on none of it. */
const withoutSecrets = (refusal: Refusal): unknown =>
  Answer.refusalBody(refusal.mfaToken === undefined ? refusal : { ...refusal, mfaToken: "<redacted>" })

const noSuchOperation = (note: Note): HttpServerResponse.HttpServerResponse => {
  const [nearest] = note.nearMisses
  const hint = nearest === undefined ? "" : `. The nearest is ${nearest.method} ${nearest.path} (${nearest.why})`
  const refusal: Refusal<404> = {
    _tag: "Refusal",
    status: 404,
    message: `No such operation: the path or the method is unknown${hint}`
  }
  note.response = Answer.refusalBody(refusal)
  return Answer.refusal(refusal)
}

/** The operations under `/v1`. `closing` ends what a fault lets wait. */
export const make = <const Operations extends { readonly [name: string]: AnyEndpoint }>(
  operations: Operations,
  handlers: Handlers<Operations>,
  closing: Effect.Effect<void>
): Effect.Effect<ContractApp, never, Authorization | Faults | Journal> =>
  Effect.gen(function* () {
    const faults = yield* Faults
    const journal = yield* Journal
    const routes = yield* Effect.forEach(Object.keys(operations), (name) =>
      // Seam: an operation and its handler meet here by name, with their types erased. `Handlers` has checked that they fit, and
      // the route decodes with the operation's schemas what the handler is given.
      makeRoute(operations[name] as unknown as ErasedEndpoint, handlers[name] as unknown as ErasedHandler)
    )
    const candidates = routes.map(({ info, method, segments }) => ({ name: info.name, method, segments }))

    const routeOf = (method: string, segments: ReadonlyArray<string>): Route | undefined =>
      routes.find(
        (route) =>
          route.method === method &&
          route.segments.length === segments.length &&
          route.segments.every((segment, index) =>
            segment.startsWith(":") ? segments[index] !== "" : segment === segments[index]
          )
      )

    const respond = (
      route: Route,
      request: ApiRequest,
      segments: ReadonlyArray<string>,
      note: Note,
      isExpired: boolean
    ): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
      route.handle(request, segments, note, isExpired).pipe(
        Effect.catchAll((error) => {
          if (error._tag !== "Refusal") return Effect.die(error)
          note.response = withoutSecrets(error)
          return Effect.succeed(Answer.refusal(error, headersOf(route.info)))
        }),
        Effect.catchAllCause((cause) =>
          Cause.isInterruptedOnly(cause)
            ? Effect.failCause(cause)
            : Effect.as(Effect.logError(`${route.info.name} failed unexpectedly`, cause), unexpected)
        )
      )

    const answer = (request: ApiRequest, path: string, note: Note): Effect.Effect<Outcome.Outcome> => {
      if (request.method === "OPTIONS") return Effect.succeed(Outcome.answered(preflight))
      const segments = path.split("/")
      const route = routeOf(request.method, segments)
      if (route === undefined) {
        note.nearMisses = NearMisses.of(request.method, path, candidates)
        return Effect.succeed(Outcome.answered(noSuchOperation(note)))
      }
      note.operation = route.info.name
      note.accountId = route.accountIn(segments)
      const fault = faults.next(route.info.name, note.accountId)
      if (fault === undefined) return Effect.map(respond(route, request, segments, note, false), Outcome.answered)
      note.fault = fault
      return FaultyAnswer.make(fault, (isExpired) => respond(route, request, segments, note, isExpired), closing)
    }

    return (request) => {
      const path = pathOf(request.url)
      return journal.record(request.method, path, (note) =>
        Effect.tap(answer(request, path, note), (outcome) => {
          note.status = (outcome._tag === "Answered" ? outcome : outcome.part)?.response.status ?? null
        })
      )
    }
  })
