/**
 * Serves a contract: routes, authorises, decodes and encodes as its entries say. Handlers carry out the operations. (`HttpApiBuilder` is not
 * used, since it has statuses and error bodies of its own.)
 */
import type { SqlError } from "@effect/sql/SqlError"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Any, Described, ErasedSchema } from "../../../contract/Operation.js"
import { accountIds, namesIn } from "../../../contract/PathParameters.js"
import * as Codec from "../../../internal/Codec.js"
import { issuesOf, sentence } from "../../../internal/Issues.js"
import { closed } from "../../../schemas/OpenEnum.js"
import { Faults } from "../controls/faults/Faults.js"
import { emptyNote, Journal, type Note } from "../controls/journal/Journal.js"
import * as NearMisses from "../controls/journal/NearMisses.js"
import * as RequestCustomers from "../controls/journal/RequestCustomers.js"
import type { HandlerRequest, Handlers, Listed } from "../rooms/Handler.js"
import { reasonOf } from "../rooms/NotEmbedded.js"
import { badRequest, invalid, type Refusal, unauthorized } from "../rooms/Refusal.js"
import { isTooLong } from "../rooms/Sql.js"
import type { Parameter } from "../rooms/ValidationItem.js"
import * as AtOnce from "../system/AtOnce.js"
import { causeOf, type LostDatabase } from "../system/LostDatabase.js"
import { type ApiRequest, originOf } from "./ApiRequest.js"
import * as ApiResponse from "./ApiResponse.js"
import { Authorization, type AuthorizationService, type Credential, type Grantee } from "./Authorization.js"
import * as FaultyResponse from "./FaultyResponse.js"
import { KnownAnswers } from "./KnownAnswers.js"
import * as Outcome from "./Outcome.js"
import * as RequestBody from "./RequestBody.js"
import * as RouteTable from "./RouteTable.js"
import * as Validation from "./Validation.js"

interface Route {
  readonly name: string
  readonly operation: Described
  /** The account in the segments of a path. */
  readonly accountIn: (segments: ReadonlyArray<string>) => string
  /** The `customer_id` in the segments of a path, if the operation has one. */
  readonly customerIn: (segments: ReadonlyArray<string>) => string | undefined
  /** Writes into `note` what the journal keeps. `isExpired`: whether the access token counts as expired. */
  readonly handle: (
    request: ApiRequest,
    segments: ReadonlyArray<string>,
    note: Note,
    isExpired: boolean,
    now: number | undefined
  ) => Effect.Effect<ApiResponse.ApiResponse, Refusal | SqlError>
}

/** Responds to every request. It never fails or dies, and can only be interrupted. */
export type ContractApp = (request: ApiRequest) => Effect.Effect<Outcome.Outcome>

export interface Contract {
  readonly answer: ContractApp
  /**
   * The same, but begins at once and not when the effect runs, which then has its result already if nothing had to be waited for. `now`: the time
   * of the request. The entries of such requests must be in memory.
   */
  readonly begin: (request: ApiRequest, now: () => number) => Effect.Effect<Outcome.Outcome>
}

const prefix = "/v1"

/** The path without the query and, in the absolute form that a proxy sends, without the origin. */
const pathOf = (url: string): string => {
  // As most requests have it.
  if (url.startsWith("/") && !url.includes("#")) {
    const query = url.indexOf("?")
    return query < 0 ? url : url.slice(0, query)
  }
  return url.replace(/^https?:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "")
}

/** A repeated parameter becomes an array. */
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

/** A segment whose escapes are not UTF-8 stays as it is. */
const unescaped = (segment: string): string => Option.getOrElse(decodeUri(segment), () => segment)

/** A partner can be named by its 3 digits (assumed: owner-id): `P112` is the account `P11200000`. */
const accountNamed = (segment: string): string => (/^[PT]\d{3}$/.test(segment) ? `${segment}00000` : segment)

const headersOf = ({ method, path, replay }: Described): { readonly [name: string]: string } =>
  // The response to an operation that uses up a credential has a credential in it, and so have most that make something of the Auth API.
  replay === "never" || (method === "POST" && path.includes("/auth/")) ? { "cache-control": "no-store" } : {}

type ErasedHandler = (request: HandlerRequest<unknown, unknown, unknown>) => Effect.Effect<unknown, Refusal | SqlError>

/**
 * Reads one parameter. Defaults are filled in after the validation (recorded traffic). Unknown fields are ignored, as the service does, and
 * so are unknown parameters (assumed: unknown-parameters). Unknown members of an enum are errors.
 */
const readerOf = (schema: ErasedSchema, parameter: Parameter) => {
  const strict = closed(schema)
  const validate = Validation.make(strict)
  const decode = Codec.decode(strict)
  return (input: unknown): Exit.Exit<unknown, Refusal<400>> => {
    const items = validate(input)
    if (items.length > 0) return invalid(parameter, items.slice(0, mostItems))
    const decoded = decode(input)
    if (Either.isRight(decoded)) return Exit.succeed(decoded.right)
    const issues = issuesOf(decoded.left)
    return badRequest(`The ${parameter.in} is not valid: ${sentence(issues.slice(0, 3))}${issues.length > 3 ? "; …" : ""}`)
  }
}

/** How many texts of a parameter of a path are remembered, and how long they may be. */
const mostTexts = 500
const longestText = 256

/** Remembers the texts that were right, since most requests have one that was read before. What a text means never changes. */
const remembering = (read: (text: string) => Exit.Exit<unknown, Refusal<400>>): typeof read => {
  const known = new Map<string, Exit.Exit<unknown, Refusal<400>>>()
  return (text) => {
    const before = known.get(text)
    if (before !== undefined) return before
    const found = read(text)
    if (Exit.isSuccess(found) && text.length <= longestText) {
      if (known.size >= mostTexts) known.clear()
      known.set(text, found)
    }
    return found
  }
}

/** When several parameters are wrong, the response names the first one. */
const queryReaderOf = (schema: ErasedSchema, place: (index: number) => ReadonlyArray<string>) => {
  const strict = closed(schema)
  const validate = Validation.makeQuery(strict)
  const decode = Codec.decode(strict)
  return (url: string): Exit.Exit<unknown, Refusal<400>> => {
    const { fault, values } = validate(queryOf(url))
    if (fault !== undefined) return invalid({ in: "query", name: fault.name, path: place(fault.index) }, fault.items)
    const decoded = decode(values)
    return Either.isRight(decoded)
      ? Exit.succeed(decoded.right)
      : badRequest(`The query is not valid: ${sentence(issuesOf(decoded.left))}`)
  }
}

/** More items would not help a reader. */
const mostItems = 100

/** The place of a parameter in the service's own description of the API. */
const placeOf = (operation: Described, ...rest: ReadonlyArray<string>): ReadonlyArray<string> => [
  "paths",
  operation.path,
  ...rest
]

const segmentsOf = ({ path }: Described): ReadonlyArray<string> => `${prefix}${path}`.split("/")

const compile = (operation: Described) => {
  const segments = segmentsOf(operation)
  const method = operation.method.toLowerCase()
  const schemas: { readonly [name: string]: ErasedSchema } = { ...operation.parameters, ...accountIds }
  const parameters = namesIn(operation.path).map((name, index) => {
    const isAccount = name in accountIds
    const schema = schemas[name]
    return {
      name,
      isAccount,
      index: segments.indexOf(`{${name}}`),
      // The account is a parameter of the path and not of a method.
      read:
        schema &&
        remembering(
          readerOf(schema, {
            in: "path",
            name,
            path: isAccount ? placeOf(operation, "parameters", "0") : placeOf(operation, method, "parameters", String(index))
          })
        )
    }
  })
  return {
    parameters,
    readQuery:
      operation.query && queryReaderOf(operation.query, (index) => placeOf(operation, method, "parameters", String(index))),
    readBody:
      operation.body &&
      readerOf(operation.body, {
        in: "body",
        name: operation.bodyParameter,
        path: placeOf(operation, method, "parameters", "0")
      }),
    encodeSuccess: operation.success.schema && Schema.encodeUnknownEither(operation.success.schema)
  }
}

const compiled = new WeakMap<Described, ReturnType<typeof compile>>()

/** Compiled at the first request of a process, for all its systems: closed schemas would take most of the memory and the start of a system. */
const codecOf = (operation: Described): ReturnType<typeof compile> => {
  const known = compiled.get(operation)
  if (known !== undefined) return known
  const codec = compile(operation)
  compiled.set(operation, codec)
  return codec
}

const locationIn = (encoded: unknown, field: string): string =>
  Predicate.hasProperty(encoded, field) ? String(encoded[field]) : ""

/** The principal of a call without a credential. */
const nobody: Grantee = {
  by: "accessToken",
  principal: { clientId: "", subject: "", audience: "", scopes: new Set() }
}

const tables = new WeakMap<object, ReturnType<typeof makeTable>>()

const makeTable = (operations: { readonly [name: string]: Any }) => {
  const candidates = Object.entries(operations).map(([name, operation]) => ({
    name,
    method: operation.method,
    segments: segmentsOf(operation)
  }))
  return { candidates, find: RouteTable.make(candidates) }
}

/** Made once for all systems of a process. */
const tableOf = (operations: { readonly [name: string]: Any }): ReturnType<typeof makeTable> => {
  const known = tables.get(operations)
  if (known !== undefined) return known
  const table = makeTable(operations)
  tables.set(operations, table)
  return table
}

/** The credentials that each grant takes. Every other grant takes an access token. */
const grantees: ReadonlyMap<unknown, ReadonlyArray<Grantee["by"]>> = new Map([
  ["client_credentials", ["secret", "exchangeToken"]],
  // With an access token the caller is known, and only has no right to this.
  ["account_user", ["idToken", "accessToken"]],
  ["account_user_token", ["idToken", "accessToken"]]
])

const kinds: { readonly [By in Grantee["by"]]: string } = {
  secret: "an API client's id and secret (Authorization: Basic)",
  accessToken: "an access token (Authorization: Bearer)",
  exchangeToken: "an exchange token (Authorization: Bearer)",
  idToken: "an ID token of an account user (Authorization: Bearer)"
}

/** Source: https://docs.dintero.com/api-reference/authenticate/get-token */
const fitsGrant = (by: Grantee["by"], body: unknown): Exit.Exit<void, Refusal<401>> => {
  const grant = Predicate.hasProperty(body, "grant_type") ? body.grant_type : undefined
  const fitting = grantees.get(grant) ?? ["accessToken"]
  return fitting.includes(by)
    ? Exit.void
    : unauthorized(`This grant takes ${fitting.map((one) => kinds[one]).join(" or ")}, and not ${kinds[by]}`)
}

const routeWith =
  (authorization: AuthorizationService) =>
  (name: string, operation: Described, handler: ErasedHandler): Route => {
    const { encodeSuccess, parameters, readBody, readQuery } = codecOf(operation)
    const headers = headersOf(operation)
    const customer = parameters.find(({ name }) => name === "customer_id")
    /** The answers to results that came more than once: settings are the same object until they change. */
    const answers = new WeakMap<object, ApiResponse.ApiResponse | undefined>()

    const principalOf = (credential: Credential, isExpired: boolean, now: number | undefined) =>
      isExpired && credential._tag === "Bearer" ? authorization.expired : authorization.token(credential, now)

    /** Only checks the credential itself. Whether it fits the grant is checked after the body was read. */
    const byGrant = (credential: Credential, accountId: string, isExpired: boolean, now: number | undefined) =>
      isExpired && credential._tag === "Bearer" ? authorization.expired : authorization.grantee(accountId, credential, now)

    const granteeOf = (
      credential: Credential,
      accountId: string,
      isExpired: boolean,
      now: number | undefined
    ): Effect.Effect<Grantee, Refusal | SqlError> =>
      operation.authorization === "byGrant"
        ? byGrant(credential, accountId, isExpired, now)
        : AtOnce.map(principalOf(credential, isExpired, now), (principal) => ({ by: "accessToken", principal }))

    const answerOf = (
      request: ApiRequest,
      note: Note,
      result: unknown
    ): Effect.Effect<ApiResponse.ApiResponse, Refusal | SqlError> => {
      note.response = result
      note.customerIds = RequestCustomers.union(note.customerIds, RequestCustomers.ofAnswer(result))
      // A redirection depends on the request too.
      const isAlike = operation.location === undefined && Predicate.isObject(result)
      const known = isAlike ? answers.get(result) : undefined
      if (known !== undefined) return Exit.succeed(known)
      const { status } = operation.success
      if (operation.presence) return Exit.succeed(ApiResponse.noContent(result === true ? status : 404, headers))
      if (encodeSuccess === undefined) return Exit.succeed(ApiResponse.noContent(status, headers))
      // Seam: the handler of a list returns a page of it.
      const page = operation.paging === undefined ? undefined : (result as Listed<unknown>)
      const written = encodeSuccess(page === undefined ? result : page.items)
      if (Either.isLeft(written)) return Effect.die(written.left)
      const encoded = written.right
      if (status === 302) return Exit.succeed(ApiResponse.noContent(status, { ...headers, location: String(encoded) }))
      if (operation.location !== undefined && !/\bapplication\/json\b/i.test(request.headers.accept ?? "")) {
        return Exit.succeed(ApiResponse.noContent(302, { ...headers, location: locationIn(encoded, operation.location) }))
      }
      if (page?.total !== undefined) {
        return Exit.succeed(ApiResponse.json(status, encoded, { ...headers, "total-count": String(page.total) }))
      }
      // An operation without a result can still have a body.
      note.response ??= encoded
      const answer = ApiResponse.json(status, encoded, headers)
      if (isAlike) answers.set(result, answers.has(result) ? answer : undefined)
      return Exit.succeed(answer)
    }

    return {
      name,
      operation,
      accountIn: (segments) => accountNamed(unescaped(segments[parameters[0]?.index ?? 0] ?? "")),
      customerIn: (segments) => customer && unescaped(segments[customer.index] ?? ""),
      handle: (request, segments, note, isExpired, now) => {
        const valueOf = (index: number) => unescaped(segments[index] ?? "")
        // By convention, the first parameter of an entry is the account.
        const accountId = accountNamed(valueOf(parameters[0]?.index ?? 0))
        const { authorization: header, host } = request.headers

        const withGrantee = (
          credential: Credential | undefined,
          { by, principal }: Grantee
        ): Effect.Effect<ApiResponse.ApiResponse, Refusal | SqlError> => {
          const own: Record<string, unknown> = {}
          for (const { index, isAccount, name, read } of parameters) {
            const value = read === undefined ? Exit.succeed(valueOf(index)) : read(valueOf(index))
            if (Exit.isFailure(value)) return AtOnce.failed(value)
            if (!isAccount) own[name] = value.value
          }
          if (credential !== undefined) {
            note.caller = principal
            note.customerIds = RequestCustomers.union(note.customerIds, RequestCustomers.ofPrincipal(principal))
          }
          if (credential?._tag !== "Bearer") return whenAllowed(by, principal, own)
          // The scopes are those of an access token. What another token allows follows from the token itself.
          const scopes = by === "accessToken" ? operation.scopes : []
          return AtOnce.flatMap(
            AtOnce.flatMap(authorization.allow(principal, accountId, scopes), () =>
              authorization.allowCustomer(principal, accountId, scopes, own.customer_id)
            ),
            () => whenAllowed(by, principal, own)
          )
        }

        const whenAllowed = (
          by: Grantee["by"],
          principal: Grantee["principal"],
          own: Record<string, unknown>
        ): Effect.Effect<ApiResponse.ApiResponse, Refusal | SqlError> => {
          const query = readQuery?.(request.url)
          if (query !== undefined && Exit.isFailure(query)) return AtOnce.failed(query)
          const read = readBody === undefined ? nothing : AtOnce.flatMap(RequestBody.json(request), readBody)
          return AtOnce.flatMap(read, (body) => {
            note.request = body
            const fits = operation.authorization === "byGrant" ? fitsGrant(by, body) : Exit.void
            if (Exit.isFailure(fits)) return AtOnce.failed(fits)
            return AtOnce.flatMap(
              handler({
                accountId,
                parameters: own,
                query: query?.value,
                body,
                principal,
                host,
                origin: () => originOf(request),
                now
              }),
              (result) => answerOf(request, note, result)
            )
          })
        }

        // Where nothing is needed, a credential that is sent is looked at all the same (recorded traffic).
        const isAnonymous = operation.authorization === "none" && authorization.allowsNoToken && header === undefined
        return isAnonymous
          ? withGrantee(undefined, nobody)
          : AtOnce.flatMap(authorization.credential(header), (credential) =>
              AtOnce.flatMap(granteeOf(credential, accountId, isExpired, now), (grantee) => withGrantee(credential, grantee))
            )
      }
    }
  }

const nothing = Exit.succeed(undefined)

const tooLong: Refusal = {
  _tag: "Refusal",
  status: 400,
  body: { family: "generic" },
  hint: "A text is too long for an index of the database"
}

const unexpected = ApiResponse.generic(500)

/** The storage has logged it once. */
const notWritten = ({ message }: LostDatabase, note: Note): ApiResponse.ApiResponse => {
  note.hint = message
  return ApiResponse.generic(500, ApiResponse.hintHeaders(message))
}

const preflight = ApiResponse.noContent(204)

/** For the journal. */
const withoutSecrets = (refusal: Refusal): unknown =>
  ApiResponse.refusalBody(
    refusal.body.family === "mfaRequired" ? { ...refusal, body: { ...refusal.body, mfaToken: "<redacted>" } } : refusal
  )

const noSuchOperation = (note: Note): ApiResponse.ApiResponse => {
  const [nearest] = note.nearMisses
  note.hint =
    nearest === undefined
      ? "The path or the method is unknown"
      : `The path or the method is unknown. The nearest is ${nearest.method} ${nearest.path} (${nearest.why})`
  note.response = ApiResponse.unknownRouteBody
  return ApiResponse.unknownRoute(note.hint)
}

const withoutHint = (outcome: Outcome.Outcome): Outcome.Outcome =>
  outcome._tag === "Answered" ? Outcome.answered(ApiResponse.withoutHint(outcome.response)) : outcome

/** Serves the operations under `/v1`. `closing` ends the requests that a fault lets wait. `hints`: whether refusals have the header {@link ApiResponse.hintHeader}. */
export const make = <const Operations extends { readonly [name: string]: Any }>(
  operations: Operations,
  handlers: { readonly [Name in keyof Handlers<Operations>]?: Handlers<Operations>[Name] },
  closing: Effect.Effect<void>,
  { hints }: { readonly hints: boolean } = { hints: true }
): Effect.Effect<Contract, never, Authorization | Faults | Journal | KnownAnswers> =>
  Effect.gen(function* () {
    const authorization = yield* Authorization
    const faults = yield* Faults
    const journal = yield* Journal
    const known = yield* KnownAnswers
    const { candidates, find } = tableOf(operations)
    const makeRoute = routeWith(authorization)
    const routes = new Map<string, Route>()
    /** Made at its first request: the routes of all operations would be half of the objects of a system. */
    const routeOf = (name: string): Route | undefined => {
      const known = routes.get(name)
      const operation = operations[name]
      const handler = handlers[name]
      if (known !== undefined || operation === undefined || handler === undefined) return known
      // `Handlers` has checked that the handler of a name fits its operation. The route decodes the input with the schemas of the operation.
      const route = makeRoute(name, operation, handler)
      routes.set(name, route)
      return route
    }

    const refused = (error: Refusal, note: Note, headers: ApiResponse.Headers = {}): ApiResponse.ApiResponse => {
      note.response = withoutSecrets(error)
      note.hint = error.hint ?? null
      return ApiResponse.refusal(error, headers)
    }

    const respond = (
      route: Route,
      request: ApiRequest,
      segments: ReadonlyArray<string>,
      note: Note,
      isExpired: boolean,
      now?: number
    ): Effect.Effect<ApiResponse.ApiResponse> =>
      AtOnce.catchAllCause(
        AtOnce.map(
          AtOnce.begin(() => route.handle(request, segments, note, isExpired, now)),
          (response) => {
            note.responseLength = ApiResponse.lengthOf(response)
            return ApiResponse.conditional(request, response)
          }
        ),
        (cause) => {
          const failure = Option.getOrUndefined(Cause.failureOption(cause))
          if (failure?._tag === "Refusal") return Exit.succeed(refused(failure, note, headersOf(route.operation)))
          if (failure !== undefined && isTooLong(failure)) {
            return Exit.succeed(refused(tooLong, note, headersOf(route.operation)))
          }
          const lost = failure && causeOf(failure)
          if (lost !== undefined) return Exit.succeed(notWritten(lost, note))
          // Without a failure there are only defects and interruptions.
          if (Cause.isInterruptedOnly(cause)) return Effect.failCause(Cause.stripFailures(cause))
          const unforeseen = failure === undefined ? cause : Cause.die(failure)
          return Effect.as(Effect.logError(`${route.name} failed unexpectedly`, unforeseen), unexpected)
        }
      )

    /** Authorisation comes before the check of the method (recorded traffic). */
    const otherMethod = (request: ApiRequest, note: Note): Effect.Effect<ApiResponse.ApiResponse> =>
      authorization.credential(request.headers.authorization).pipe(
        Effect.flatMap((credential) => (credential._tag === "Bearer" ? authorization.token(credential) : Effect.void)),
        Effect.as(undefined),
        Effect.map(() => noSuchOperation(note)),
        Effect.catchAll((error) => (error._tag === "Refusal" ? Effect.succeed(refused(error, note)) : Effect.die(error)))
      )

    const outcomeOf = (request: ApiRequest, path: string, note: Note, now?: number): Effect.Effect<Outcome.Outcome> => {
      if (request.method === "OPTIONS") return Effect.succeed(Outcome.answered(preflight))
      const { routes: onPath, segments } = find(path)
      // A HEAD request is handled like a GET, and the server leaves the body out (assumed: express-habits).
      const method =
        request.method === "HEAD" && !onPath.some((candidate) => candidate.method === "HEAD") ? "GET" : request.method
      const found = onPath.find((candidate) => candidate.method === method)
      const route = found && routeOf(found.name)
      const reason = found && reasonOf(found.name)
      if (found !== undefined && reason !== undefined) {
        note.operation = found.name
        note.hint = reason
        return Effect.succeed(Outcome.answered(ApiResponse.generic(501, { [ApiResponse.hintHeader]: reason })))
      }
      if (route === undefined) {
        note.nearMisses = NearMisses.of(request.method, path, candidates)
        return Effect.map(
          onPath.length === 0 ? Effect.sync(() => noSuchOperation(note)) : otherMethod(request, note),
          Outcome.answered
        )
      }
      note.operation = route.name
      note.accountId = route.accountIn(segments)
      note.customerIds = RequestCustomers.union([], [route.customerIn(segments)])
      const fault = faults.next(route.name, note.accountId)
      if (fault === undefined) return AtOnce.map(respond(route, request, segments, note, false, now), Outcome.answered)
      note.fault = fault
      // Not at once, since a fault can come before the work, or take its place.
      return FaultyResponse.make(
        fault,
        (isExpired) => Effect.suspend(() => respond(route, request, segments, note, isExpired)),
        closing
      )
    }

    const noted = (
      request: ApiRequest,
      path: string,
      note: Note,
      version: string | undefined,
      made: Outcome.Outcome
    ): Outcome.Outcome => {
      const outcome = hints ? made : withoutHint(made)
      note.status = (outcome._tag === "Answered" ? outcome : outcome.part)?.response.status ?? null
      if (outcome._tag === "Answered") known.keep(request, path, outcome.response, note, version)
      return outcome
    }

    return {
      answer: (request) => {
        const path = pathOf(request.url)
        return journal.record(request.method, path, (note) => {
          const version = known.version()
          return Effect.map(outcomeOf(request, path, note), (made) => noted(request, path, note, version, made))
        })
      },
      begin: (request, now) => {
        const path = pathOf(request.url)
        const version = known.version()
        const at = now()
        const note = emptyNote()
        const outcome = AtOnce.map(
          AtOnce.begin(() => outcomeOf(request, path, note, at)),
          (made) => noted(request, path, note, version, made)
        )
        if (AtOnce.resultOf(outcome) === undefined) return journal.record(request.method, path, () => outcome, note)
        journal.add(at, request.method, path, note, now() - at)
        return outcome
      }
    }
  })
