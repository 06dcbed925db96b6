/**
 * An authorised `HttpClient` for Dintero's other APIs, such as discounts, receipts and checkout: requests of your own, with the access token,
 * the renewal, the retries, the deadlines and the typed errors of the `Dintero` layer.
 *
 * - A URL is relative to the account's, `https://api.dintero.com/v1/accounts/{accountId}`. An absolute one has to be of the service, or of an
 *   origin that {@link layerWith} was given. Every other one, and one with dot segments, is an `InvalidRequest`: the token goes nowhere else.
 * - The token is that of the layer, or inside `Session.with` that of the customer. Inside `Account.with` the account is the merchant's. After a 401 the request is sent once more with another one.
 * - What may be sent again when nobody knows whether it has arrived is told by the method: GET, HEAD, OPTIONS, PUT and DELETE may be, POST and
 *   PATCH not. {@link with} says otherwise for a call. A body is sent again as it is, so a stream in it has to be one that can run twice.
 * - A status other than 2xx is a typed error, also a redirect, which is never followed. {@link with} gives the response instead.
 * - The answer is read to its end, of at most 8 MiB, within the deadline of the policy.
 * - Errors and spans name the method and the path without its values, the query, headers and the body.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as HttpMethod from "@effect/platform/HttpMethod"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { dual } from "effect/Function"
import * as Layer from "effect/Layer"
import type { ReplayClass } from "../contract/Operation.js"
import { sentence } from "../internal/Issues.js"
import type { CallError, InvalidRequest, NotFound } from "../schemas/DinteroError.js"
import { InvalidConfiguration } from "../schemas/DinteroError.js"
import * as ActingAccount from "./http/ActingAccount.js"
import { type Answer, BinaryAnswer, bytesOf, isSuccess } from "./http/Answer.js"
import type { Authorization } from "./http/Authorization.js"
import * as Budgets from "./http/Budgets.js"
import type { Compiled } from "./http/Call.js"
import * as CallErrors from "./http/CallErrors.js"
import * as CallMetrics from "./http/CallMetrics.js"
import { Connection } from "./http/Connection.js"
import * as Executor from "./http/Executor.js"
import * as SafeUrl from "./http/SafeUrl.js"
import type { Target } from "./http/Target.js"

/**
 * In what a request can end. `InvalidRequest`: it was not sent, because its URL is not one to which the token may go. A 404 is a `NotFound`; a
 * status that has no error of its own is an `UnexpectedStatus`, with the status in `request.status`.
 *
 * @since 0.1.0
 * @category errors
 */
export type DinteroHttpError = CallError | InvalidRequest | NotFound

/**
 * The authorised client.
 *
 * @example
 * ```ts
 * import { Dintero, DinteroHttpClient } from "effect-dintero"
 * import { Effect, Layer } from "effect"
 *
 * const discounts = Effect.gen(function*() {
 *   const http = yield* DinteroHttpClient.DinteroHttpClient
 *   const response = yield* http.get("/discounts/rules", { urlParams: { limit: 10 } })
 *   return yield* response.json
 * }).pipe(
 *   Effect.catchTag("NotFound", () => Effect.succeed([]))
 * )
 *
 * const DinteroLive = DinteroHttpClient.layer.pipe(Layer.provideMerge(Dintero.layerConfig))
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class DinteroHttpClient extends Context.Tag("effect-dintero/DinteroHttpClient")<
  DinteroHttpClient,
  HttpClient.HttpClient.With<DinteroHttpError>
>() {}

/**
 * - `replay`: what a second sending of the request can do, in place of what its method says
 * - `accept`: statuses whose response is given instead of an error, once the token was renewed and the retries of the policy are used up; `any`
 *   for all of them
 *
 * @since 0.1.0
 * @category models
 */
export interface CallOptions {
  readonly replay?: ReplayClass
  readonly accept?: "any" | ReadonlyArray<number>
}

class Current extends Context.Reference<Current>()("effect-dintero/DinteroHttpClient/Current", {
  defaultValue: (): CallOptions => ({})
}) {}

const withOptions: {
  (options: CallOptions): <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  <A, E, R>(effect: Effect.Effect<A, E, R>, options: CallOptions): Effect.Effect<A, E, R>
} = dual(2, <A, E, R>(effect: Effect.Effect<A, E, R>, options: CallOptions) =>
  Effect.flatMap(Current, (outer) => Effect.provideService(effect, Current, { ...outer, ...options }))
)

export {
  /**
   * Runs an effect whose requests of the {@link DinteroHttpClient} have these options. What is not given stays as it is around it.
   *
   * @example
   * ```ts
   * import { DinteroHttpClient } from "effect-dintero"
   * import { Effect } from "effect"
   *
   * // The service knows a receipt again by its own id, so this POST may be sent twice.
   * const created = Effect.gen(function*() {
   *   const http = yield* DinteroHttpClient.DinteroHttpClient
   *   const response = yield* http.post("/receipts").pipe(
   *     DinteroHttpClient.with({ replay: "idempotent", accept: [404, 409] })
   *   )
   *   return response.status
   * })
   * ```
   *
   * @since 0.1.0
   * @category combinators
   */
  withOptions as with
}

/**
 * `origins`: those beside the layer's own to which the token is sent too, such as `https://checkout.dintero.com`. Each is `https`, or `http` to
 * this machine. Whoever is at such an origin can act as the client, so name no others than Dintero's.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options {
  readonly origins?: ReadonlyArray<string> | undefined
}

const read = bytesOf(8 * 1024 * 1024)

const replayOf: { readonly [Method in HttpMethod.HttpMethod]: ReplayClass } = {
  GET: "safe",
  HEAD: "safe",
  OPTIONS: "safe",
  PUT: "idempotent",
  DELETE: "idempotent",
  POST: "never",
  PATCH: "never"
}

type Status = 400 | 401 | 403 | 404 | 429 | 500

const isDeclared = (status: number): status is Status => [400, 401, 403, 404, 429, 500].includes(status)

/** Beyond so many paths they share one name: values that look like words must not fill the memory. */
const maximumPaths = 500

/** What is known of a request before it is sent: its name, its budget, its hedge. One for each method, path and replay class. */
const operations = (target: Compiled<BinaryAnswer, Status>["target"]) => {
  const known = new Map<string, Compiled<BinaryAnswer, Status>>()
  return (method: HttpMethod.HttpMethod, template: string, replay: ReplayClass): Compiled<BinaryAnswer, Status> => {
    const path = known.size < maximumPaths || known.has(`${replay} ${method} ${template}`) ? template : "{}"
    const key = `${replay} ${method} ${path}`
    const found = known.get(key)
    if (found !== undefined) return found
    const name = `${method} ${path}`
    const made: Compiled<BinaryAnswer, Status> = {
      name,
      target,
      method,
      path,
      replay,
      scopes: [],
      setting: undefined,
      read,
      declares: isDeclared,
      succeeds: isSuccess,
      decode: (answer) =>
        answer instanceof BinaryAnswer
          ? Either.right(answer)
          : Either.left(() => [{ path: "", message: "expected an answer with a body that can be read" }]),
      isPaged: false,
      budgets: Budgets.make(),
      label: CallMetrics.operationLabel(name)
    }
    known.set(key, made)
    return made
  }
}

type Executed = Effect.Effect<HttpClientResponse.HttpClientResponse, DinteroHttpError>

/** With the request as the caller made it: the one that was sent has the token in it. */
const responseOf = (request: HttpClientRequest.HttpClientRequest, { bytes, headers, status }: BinaryAnswer) => {
  const own = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    // A transport may let through what `Headers` throws on.
    if (value !== undefined && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) own.set(name, value)
  }
  return HttpClientResponse.fromWeb(request, new Response(bytes.length === 0 ? null : bytes, { status, headers: own }))
}

/** Whether its response is wanted. The platform has none of a status beyond 599. */
const isAccepted = (answer: Answer | undefined, accept: "any" | ReadonlyArray<number>): answer is BinaryAnswer =>
  answer instanceof BinaryAnswer && answer.status <= 599 && (accept === "any" || accept.includes(answer.status))

const isOrigin = (text: string): boolean =>
  Either.match(
    Either.try(() => new URL(text)),
    {
      onLeft: () => false,
      onRight: (url) =>
        text.replace(/\/$/, "") === url.origin &&
        (url.protocol === "https:" || (url.protocol === "http:" && SafeUrl.isLoopback(url.hostname)))
    }
  )

const make = ({
  origins = []
}: Options): Effect.Effect<HttpClient.HttpClient.With<DinteroHttpError>, InvalidConfiguration, Connection> =>
  Effect.gen(function* () {
    const issues = origins.flatMap((origin, index) =>
      isOrigin(origin)
        ? []
        : [{ path: `origins[${index}]`, message: "expected an origin with https, such as https://checkout.dintero.com" }]
    )
    if (issues.length > 0) {
      return yield* new InvalidConfiguration({
        message: `the options of DinteroHttpClient cannot work: ${sentence(issues)}`,
        issues
      })
    }
    const { target, tokens } = yield* Connection
    const authorization: Authorization = { _tag: "Bearer", tokens, asCustomer: true }
    const { origin, pathname: basePath } = new URL(target.baseUrl)
    const allowed = new Set([origin, ...origins.map((text) => new URL(text).origin)])
    const operationOf = operations(target)

    const executeAs = (
      acting: Target,
      authorization: Authorization,
      request: HttpClientRequest.HttpClientRequest,
      { accept = [], replay = replayOf[request.method] }: CallOptions
    ): Executed => {
      const url = SafeUrl.resolve(request, `${acting.baseUrl}/accounts/${acting.accountId}`, allowed)
      if (Either.isLeft(url)) {
        return Effect.fail(
          CallErrors.invalidRequest({ method: request.method, name: request.method, path: "", target: acting }, [
            { path: "url", message: url.left }
          ])
        )
      }
      const operation = operationOf(request.method, SafeUrl.templateOf(url.right.pathname, basePath, acting.accountId), replay)
      const { authorization: _, ...headers } = request.headers
      let refused: Answer | undefined
      return Executor.execute(
        acting === target ? operation : { ...operation, target: acting },
        {
          url: url.right.href,
          headers: { accept: "application/json", ...headers },
          body: request.body,
          secrets: () => Object.entries(headers).flatMap(([name, value]) => (/^(?:accept|content)/.test(name) ? [] : [value]))
        },
        {
          authorization,
          onRefused: (answer) => {
            refused = answer
          }
        }
      ).pipe(
        Effect.map(({ value }) => responseOf(request, value)),
        Effect.catchAll((error) => {
          // That of the token, or of an attempt before, is another one.
          const isOfAnswer = error.request.operation === operation.name && error.request.status === refused?.status
          return isOfAnswer && isAccepted(refused, accept) ? Effect.succeed(responseOf(request, refused)) : Effect.fail(error)
        })
      )
    }

    const execute = (request: HttpClientRequest.HttpClientRequest): Executed =>
      Effect.flatMap(Current, (options) =>
        ActingAccount.act(target, authorization, { name: request.method, method: request.method, path: "" }, (acting, own) =>
          executeAs(acting, own, request, options)
        )
      )

    return HttpClient.makeWith<never, never, DinteroHttpError, never>(Effect.flatMap(execute), Effect.succeed)
  })

/**
 * The client over a `Dintero` layer, whose token it shares.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer: Layer.Layer<DinteroHttpClient, never, Connection> = Layer.effect(DinteroHttpClient, Effect.orDie(make({})))

/**
 * {@link layer} with options. Fails with `InvalidConfiguration` when an origin is none, or would get the token over a network in the clear.
 *
 * @example
 * ```ts
 * import { Dintero, DinteroHttpClient } from "effect-dintero"
 * import { Effect, Layer } from "effect"
 *
 * const session = Effect.gen(function*() {
 *   const http = yield* DinteroHttpClient.DinteroHttpClient
 *   const response = yield* http.get("https://checkout.dintero.com/v1/sessions/T12345678.abc")
 *   return yield* response.json
 * }).pipe(
 *   Effect.catchTag("NotFound", () => Effect.succeed("no such session"))
 * )
 *
 * const DinteroLive = DinteroHttpClient.layerWith({ origins: ["https://checkout.dintero.com"] }).pipe(
 *   Layer.provideMerge(Dintero.layerConfig)
 * )
 * ```
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWith = (options: Options): Layer.Layer<DinteroHttpClient, InvalidConfiguration, Connection> =>
  Layer.effect(DinteroHttpClient, make(options))
