/**
 * A system that is asked: the service, or an embedded system. Probes look at statuses and bodies as they are, and not at this package's reading of
 * them.
 */

import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { type OperationName, operations } from "../../contract/Contract.js"
import type { Described } from "../../contract/Operation.js"
import * as Claims from "../../internal/Claims.js"
import * as PathTemplate from "../../internal/PathTemplate.js"
import * as RetryAfter from "../../internal/RetryAfter.js"
import { optional } from "../../schemas/Fields.js"
import * as Json from "./Json.js"

/** A probe could not tell. The reason names operations, statuses and scopes, and nothing of what a body says. */
export class Unclear extends Data.TaggedError("Unclear")<{ readonly reason: string }> {}

export const unclear = (reason: string): Unclear => new Unclear({ reason })

export interface Call {
  /** The parameters of the path beside the account. */
  readonly path?: { readonly [name: string]: string }
  readonly query?: { readonly [name: string]: string }
  readonly body?: unknown
  /** The access token of the client unless it is given. An empty text sends no credential. */
  readonly authorization?: string
  readonly headers?: { readonly [name: string]: string }
}

export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string | undefined }
  /** `undefined` when the body is not JSON. */
  readonly json: unknown
}

/** Something that could not be undone, and how to do that by hand. */
export interface Leftover {
  readonly what: string
  readonly how: string
}

export interface Target {
  /** The name of the run. */
  readonly run: string
  readonly accountId: string
  readonly audience: string
  /** The credential of the API client. */
  readonly basic: string
  /** The access token of the API client. */
  readonly bearer: string
  /** The scopes of the token. None when the token does not say. */
  readonly scopes: Option.Option<ReadonlyArray<string>>
  /** The settings for customers as they were at the start. */
  readonly settings: unknown
  /** A request to any path below the account. */
  readonly request: (method: Described["method"], path: string, call?: Call) => Effect.Effect<Answer, Unclear>
  /** A request of an operation. Fails when the token has none of its scopes, when the service is busy for long, and when it fails itself. */
  readonly call: (name: OperationName, call?: Call) => Effect.Effect<Answer, Unclear>
  /** The same, and fails unless the answer is a success. */
  readonly expect: (name: OperationName, call?: Call) => Effect.Effect<Answer, Unclear>
  /** A name that nothing else has. All names of a run begin with the name of the run. */
  readonly name: (kind: Kind) => Effect.Effect<string, Unclear>
  /** A telephone number that nothing else of this run has, and that belongs to nobody. */
  readonly phone: Effect.Effect<string>
  readonly leave: (leftover: Leftover) => Effect.Effect<void>
  readonly leftovers: Effect.Effect<ReadonlyArray<Leftover>>
}

/** What a run makes. */
export type Kind = "customer" | "event" | "location" | "tag" | "terms" | "token"

/** How many a run makes of a kind at most. `--cleanup` tries all of these names. */
export const mostNames: { readonly [Name in Kind]: number } = {
  customer: 120,
  event: 10,
  location: 10,
  tag: 20,
  terms: 20,
  token: 20
}

export const nameOf = (run: string, kind: Kind, number: number): string => `${run}-${kind}-${number}`

export interface Options {
  readonly client: HttpClient.HttpClient
  /** Such as `https://api.dintero.com/v1`. */
  readonly baseUrl: string
  readonly accountId: string
  readonly clientId: string
  readonly clientSecret: Redacted.Redacted
  readonly audience?: string | undefined
  /** The name of the run. Both systems get the same names. */
  readonly run: string
}

const attemptsWhenBusy = 6

/** A service that asks for more patience than this is not waited for. */
const longestWait = Duration.minutes(2)

const waitUntold = Duration.seconds(5)

const timeout = Duration.seconds(60)

const claimsOf = Claims.reader(Schema.Struct({ scopes: optional(Schema.String), scope: optional(Schema.String) }))

/** None when the token does not say. */
const scopesOf = (token: string): Option.Option<ReadonlyArray<string>> =>
  Option.flatMap(claimsOf(Redacted.make(token)), ({ scope, scopes = scope }) =>
    Option.map(Option.fromNullable(scopes), (text) => text.split(" ").filter((name) => name !== ""))
  )

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300

/** As recorded. Every other 404 has something to do with the request. */
const isUnknownRoute = ({ json, status }: Answer): boolean =>
  status === 404 && Json.at(json, "error", "message") === "unknown resource"

/** Of Ofcom's numbers for drama, which are given to nobody. */
const fictional = (number: number): string => `+447700900${String(number % 1_000).padStart(3, "0")}`

/** Gets a token and reads the settings. Fails when the service refuses the credentials. */
export const make = ({
  accountId,
  audience = `https://api.dintero.com/v1/accounts/${accountId}`,
  baseUrl,
  client,
  clientId,
  clientSecret,
  run
}: Options): Effect.Effect<Target, Unclear> =>
  Effect.gen(function* () {
    const basic = `Basic ${Buffer.from(`${clientId}:${Redacted.value(clientSecret)}`).toString("base64")}`
    const counts = new Map<Kind, number>()
    const leftovers: Array<Leftover> = []
    let bearer = ""
    let scopes = Option.none<ReadonlyArray<string>>()
    // From the name, so that two runs at the same time hardly ever have the same numbers.
    let phones = Number.parseInt(Buffer.from(run).toString("hex").slice(-6), 16)

    const send = (what: string, method: Described["method"], url: string, { authorization, body, headers, query }: Call) =>
      HttpClientRequest.make(method)(url, {
        headers: {
          accept: "application/json",
          ...headers,
          ...((authorization ?? bearer) === "" ? {} : { authorization: authorization ?? bearer })
        },
        ...(query === undefined ? {} : { urlParams: query })
      }).pipe(
        (request) =>
          body === undefined ? request : HttpClientRequest.bodyText(request, JSON.stringify(body), "application/json"),
        client.execute,
        Effect.flatMap((response) =>
          Effect.map(
            response.text,
            (text): Answer => ({ status: response.status, headers: response.headers, json: Json.parse(text) })
          )
        ),
        Effect.scoped,
        Effect.timeoutFail({ duration: timeout, onTimeout: () => unclear(`${what} was not answered within a minute`) }),
        Effect.mapError((error) =>
          error._tag === "Unclear" ? error : unclear(`${what} could not be sent, or its answer broke off`)
        )
      )

    const patiently = (what: string, method: Described["method"], url: string, call: Call): Effect.Effect<Answer, Unclear> =>
      Effect.gen(function* () {
        for (let attempt = 1; ; attempt++) {
          const answer = yield* send(what, method, url, call)
          if (answer.status >= 500) return yield* unclear(`${what} was answered with ${answer.status}`)
          if (answer.status !== 429) return answer
          const told = RetryAfter.retryAfter(answer.headers, yield* Clock.currentTimeMillis)
          const wait = Option.getOrElse(told, () => waitUntold)
          if (attempt === attemptsWhenBusy || Duration.greaterThan(wait, longestWait)) {
            return yield* unclear(`${what} was answered with 429, and the service asks for more patience than this command has`)
          }
          yield* Effect.sleep(wait)
        }
      })

    const request: Target["request"] = (method, path, call = {}) =>
      patiently(`${method} ${path.split("?")[0]}`, method, `${baseUrl}/accounts/${accountId}${path}`, call)

    const call: Target["call"] = (name, given = {}) =>
      Effect.gen(function* () {
        const operation: Described = operations[name]
        // With another credential than the client's, its scopes say nothing.
        if (operation.scopes.length > 0 && given.authorization === undefined) {
          const lacks = Option.exists(scopes, (own) => !operation.scopes.some((scope) => own.includes(scope)))
          if (lacks) return yield* unclear(`The client's token has none of the scopes of ${name}: ${operation.scopes.join(", ")}`)
        }
        const filled = PathTemplate.fill(operation.path, { aid: accountId, oid: accountId, ...given.path })
        const path = yield* Either.match(filled, {
          onLeft: () => unclear(`${name} needs an id that an answer before did not have`),
          onRight: Effect.succeed
        })
        const answer = yield* patiently(name, operation.method, `${baseUrl}${path}`, given)
        return isUnknownRoute(answer) ? yield* unclear(`The service does not know ${name}`) : answer
      })

    const expect: Target["expect"] = (name, given) =>
      Effect.filterOrFail(call(name, given), isSuccess, ({ status }) => unclear(`${name} was answered with ${status}`))

    const token = yield* call("auth.token", { authorization: basic, body: { grant_type: "client_credentials", audience } })
    const accessToken = Json.at(token.json, "access_token")
    if (!isSuccess(token) || typeof accessToken !== "string") {
      return yield* unclear(`The request for an access token was answered with ${token.status}`)
    }
    bearer = `Bearer ${accessToken}`
    scopes = scopesOf(accessToken)
    const settings = yield* Effect.orElseSucceed(expect("customers.settings.get"), () => ({ json: undefined }))

    return {
      run,
      accountId,
      audience,
      basic,
      bearer,
      scopes,
      settings: settings.json,
      request,
      call,
      expect,
      name: (kind) =>
        Effect.suspend(() => {
          const number = (counts.get(kind) ?? 0) + 1
          counts.set(kind, number)
          return number > mostNames[kind]
            ? unclear("This run has made too many things")
            : Effect.succeed(nameOf(run, kind, number))
        }),
      phone: Effect.sync(() => fictional(phones++)),
      leave: (leftover) => Effect.sync(() => void leftovers.push(leftover)),
      leftovers: Effect.sync(() => [...leftovers])
    }
  })
