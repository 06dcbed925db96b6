/**
 * From an endpoint of the contract to a function that calls it: encoding, authorisation, sending, retry, decoding, errors.
 */
import * as Headers from "@effect/platform/Headers"
import type * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import * as HttpApiSchema from "@effect/platform/HttpApiSchema"
import * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import type * as AST from "effect/SchemaAST"
import type { FailureStatus } from "../../contract/Operation.js"
import { operationOf } from "../../contract/Operation.js"
import * as Codec from "../../internal/Codec.js"
import * as Decoder from "../../internal/Decoder.js"
import { issuesOf, sentence } from "../../internal/Issues.js"
import { documented, fill } from "../../internal/PathTemplate.js"
import { secretsIn, withoutSecrets } from "../../internal/Secrets.js"
import * as RetryPolicy from "../../policies/RetryPolicy.js"
import * as Errors from "../../schemas/DinteroError.js"
import type { AccessTokensService, NumberedToken } from "../../services/AccessTokens.js"
import * as Deadlines from "./Deadlines.js"
import type { Answer, AnswerTooLarge } from "./Exchange.js"
import { exchange, NoAnswer, tracerListens } from "./Exchange.js"
import type { ErrorOf, Said } from "./Failures.js"
import { fromStatus, readSaid, refusesToken, tokenExpired } from "./Failures.js"

/** A JSON document of this API is a few kilobytes; a list of 100 about 70. What is larger is not an answer of it. */
const answerLimit = 8 * 1024 * 1024

export interface Target {
  readonly client: HttpClient.HttpClient
  /** With no slash at its end. */
  readonly baseUrl: string
  readonly accountId: string
  readonly retry: RetryPolicy.RetryPolicy
}

/** What goes into the `Authorization` header. */
export type Authorization =
  | { readonly _tag: "Bearer"; readonly tokens: AccessTokensService }
  | { readonly _tag: "Basic"; readonly credentials: Redacted.Redacted }

export interface CallOptions<Refusal> {
  readonly authorization: Authorization
  /** What 400, 401 and 403 mean on this call, when they mean more than their status. */
  readonly refusal?: (said: Said) => Option.Option<Refusal>
  /** When a second sending of this call costs less than its operation's replay class says. */
  readonly repeatable?: boolean
  /** Instead of the caller's policy. */
  readonly policy?: RetryPolicy.RetryPolicy
}

/** One call, from its first sending to its end. */
interface Call<Refusal> {
  readonly url: string
  readonly body: HttpBody.HttpBody
  /** Asked only when something failed. */
  readonly secrets: () => ReadonlyArray<string>
  readonly options: CallOptions<Refusal>
  readonly policy: RetryPolicy.RetryPolicy
  readonly clock: Clock.Clock
  /** On the clock's monotonic time. */
  readonly startedAt: number
}

const parseJson = (text: string): Either.Either<unknown, unknown> => Either.try((): unknown => JSON.parse(text))

const declaredStatuses = (ast: AST.AST): ReadonlySet<number> => {
  const members = ast._tag === "Union" ? ast.types : [ast]
  return new Set(members.map((member) => HttpApiSchema.getStatus(member, 500)))
}

/**
 * Compiles an endpoint. Everything that does not depend on the input is done here, once: a schema that is built during a call costs
 * more than the call.
 */
export const compile = <
  Name extends string,
  Method extends HttpMethod,
  Path,
  UrlParams,
  Payload,
  RequestHeaders,
  Success,
  Failure extends { readonly status: FailureStatus }
>(
  target: Target,
  endpoint: HttpApiEndpoint.HttpApiEndpoint<Name, Method, Path, UrlParams, Payload, RequestHeaders, Success, Failure>
) => {
  type Status = Failure["status"]
  const operation = operationOf(endpoint)
  const encode = Option.map(endpoint.payloadSchema, Codec.encode)
  const decode = Decoder.make(endpoint.successSchema)
  const statuses = declaredStatuses(endpoint.errorSchema.ast)
  const declares = (status: number): status is Status => statuses.has(status)
  const template = documented(endpoint.path)
  const ownPath = { aid: target.accountId, oid: target.accountId }

  const info = (attempts: number, answer?: Answer): Errors.RequestInfo => {
    const requestId = answer?.headers["request-id"] ?? answer?.headers["x-request-id"]
    return {
      operation: operation.name,
      method: endpoint.method,
      path: template,
      account: target.accountId,
      ...(answer === undefined ? {} : { status: answer.status }),
      ...(requestId === undefined ? {} : { requestId }),
      attempts
    }
  }

  /** Everything secret that this call sent. */
  const secretsOf = <Refusal>(call: Call<Refusal>, token: NumberedToken | undefined): ReadonlyArray<string> => [
    ...call.secrets(),
    ...(token === undefined ? [] : [Redacted.value(token.value)])
  ]

  const invalidRequest = (issues: ReadonlyArray<Errors.Issue>): Errors.InvalidRequest =>
    new Errors.InvalidRequest({
      request: info(0),
      message: `${operation.name} was not sent: ${sentence(issues)}`,
      issues
    })

  const encodeBody = (payload: Payload): Either.Either<HttpBody.HttpBody, ReadonlyArray<Errors.Issue>> =>
    Option.match(encode, {
      onNone: () => Either.right(HttpBody.empty),
      onSome: (encode) =>
        Either.flatMap(Either.mapLeft(encode(payload), issuesOf), (encoded) =>
          Either.try({
            try: (): HttpBody.HttpBody => HttpBody.text(JSON.stringify(encoded), "application/json"),
            catch: () => [{ path: "", message: "expected a value that can be written as JSON" }]
          })
        )
    })

  const send = (url: string, body: HttpBody.HttpBody, authorization: string, clock: Clock.Clock, deadline: number) =>
    exchange(
      target.client,
      HttpClientRequest.make(endpoint.method)(url, {
        headers: Headers.unsafeFromRecord({ accept: "application/json", authorization })
      }).pipe(HttpClientRequest.setBody(body)),
      clock,
      deadline,
      answerLimit
    )

  const invalidResponse = <Refusal>(
    call: Call<Refusal>,
    token: NumberedToken | undefined,
    answer: Answer,
    attempts: number,
    issues: ReadonlyArray<Errors.Issue>
  ) => {
    const clean = withoutSecrets(secretsOf(call, token))
    return new Errors.InvalidResponse({
      request: clean(info(attempts, answer)),
      message: clean(`the answer of ${operation.name} is not what the contract says: ${sentence(issues)}`),
      issues: clean(issues)
    })
  }

  type Outcome<Refusal> = Effect.Effect<Success, ErrorOf[Status] | Errors.CallError | Refusal>

  const giveUpOrRetry = <Refusal, E extends Errors.ServerError | Errors.RateLimited | Errors.TransportError>(
    call: Call<Refusal>,
    error: E,
    attempt: number,
    replayed: boolean
  ) => {
    const failure: RetryPolicy.Failure = {
      isRetryable: true,
      retryAfter: error.retryAfter,
      notActedOn: error._tag === "RateLimited" || (error._tag === "TransportError" && error.sent === "no"),
      throttled: error._tag === "RateLimited"
    }
    const repeatable = call.options.repeatable ?? operation.replay !== "never"
    return Effect.flatMap(Random.next, (random) =>
      Option.match(
        RetryPolicy.delay(call.policy, repeatable, failure, attempt, Deadlines.now(call.clock) - call.startedAt, random),
        {
          onNone: () => Effect.fail(error),
          onSome: (millis) => Effect.flatMap(Effect.sleep(Duration.millis(millis)), () => step(call, attempt + 1, replayed))
        }
      )
    )
  }

  const failed = <Refusal>(call: Call<Refusal>, answer: Answer, attempt: number, token: NumberedToken | undefined) => {
    const now = call.clock.unsafeCurrentTimeMillis()
    const said = readSaid(answer, info(attempt, answer), (more) => withoutSecrets([...secretsOf(call, token), ...more]), now)
    const rejected = token !== undefined && answer.status === 401
    if (rejected && Option.exists(token.expiresAt, (at) => DateTime.toEpochMillis(at) <= now)) return tokenExpired(said)
    const refusal = call.options.refusal?.(said) ?? Option.none<Refusal>()
    if (Option.isSome(refusal)) return refusal.value
    return rejected && said.says.expired ? tokenExpired(said) : fromStatus(declares, said)
  }

  const received = <Refusal>(
    call: Call<Refusal>,
    answer: Answer,
    attempt: number,
    replayed: boolean,
    token: NumberedToken | undefined
  ): Outcome<Refusal> => {
    if (answer.status >= 200 && answer.status <= 299) {
      const json = parseJson(answer.text)
      if (Either.isLeft(json)) {
        const found = answer.text === "" ? "an empty body" : "text that is not JSON"
        return Effect.fail(
          invalidResponse(call, token, answer, attempt, [{ path: "", message: `expected a JSON body, got ${found}` }])
        )
      }
      const decoded = decode(json.right)
      return Either.isRight(decoded)
        ? Effect.succeed(decoded.right)
        : Effect.fail(invalidResponse(call, token, answer, attempt, issuesOf(decoded.left)))
    }
    const { authorization } = call.options
    if (
      answer.status === 401 &&
      !replayed &&
      token !== undefined &&
      authorization._tag === "Bearer" &&
      refusesToken(answer, operation.replay === "never")
    ) {
      // The token was not accepted, so the request was not acted on and may be sent again with another one. Only this token is
      // given up: if it was replaced meanwhile, the replacement stays.
      return Effect.flatMap(authorization.tokens.invalidate(token.generation), (another) =>
        another ? step(call, attempt + 1, true) : Effect.fail(failed(call, answer, attempt, token))
      )
    }
    const error = failed(call, answer, attempt, token)
    return error instanceof Errors.ServerError || error instanceof Errors.RateLimited
      ? giveUpOrRetry(call, error, attempt, replayed)
      : Effect.fail(error)
  }

  const notReceived = <Refusal>(
    call: Call<Refusal>,
    failure: NoAnswer | AnswerTooLarge,
    attempt: number,
    replayed: boolean,
    token: NumberedToken | undefined
  ): Outcome<Refusal> =>
    failure instanceof NoAnswer
      ? giveUpOrRetry(
          call,
          new Errors.TransportError({
            request: info(attempt),
            message: transportMessage(operation.name, failure),
            reason: failure.reason,
            sent: failure.sent
          }),
          attempt,
          replayed
        )
      : failure.status > 299
        ? received(call, { status: failure.status, headers: failure.headers, text: "" }, attempt, replayed, token)
        : Effect.fail(
            invalidResponse(call, token, { status: failure.status, headers: failure.headers, text: "" }, attempt, [
              { path: "", message: `expected at most ${failure.limit} bytes` }
            ])
          )

  const attemptWith = <Refusal>(
    call: Call<Refusal>,
    authorization: string,
    token: NumberedToken | undefined,
    attempt: number,
    replayed: boolean
  ): Outcome<Refusal> => {
    const now = Deadlines.now(call.clock)
    const until = Math.min(
      now + Duration.toMillis(call.policy.attemptTimeout),
      call.startedAt + Duration.toMillis(call.policy.deadline)
    )
    return Effect.matchEffect(send(call.url, call.body, authorization, call.clock, Math.max(now + 1, until)), {
      onSuccess: (answer) => received(call, answer, attempt, replayed, token),
      onFailure: (failure) => notReceived(call, failure, attempt, replayed, token)
    })
  }

  /** The deadline came before the request could be sent. */
  const outOfTime = (attempt: number) => {
    const failure = new NoAnswer({ reason: "timeout", sent: attempt === 1 ? "no" : "maybe" })
    return new Errors.TransportError({
      request: info(attempt - 1),
      message: transportMessage(operation.name, failure),
      reason: failure.reason,
      sent: failure.sent
    })
  }

  /** One attempt and what follows from it. Its time begins when this is called. */
  const step = <Refusal>(call: Call<Refusal>, attempt: number, replayed: boolean): Outcome<Refusal> => {
    const { authorization } = call.options
    if (authorization._tag === "Basic") {
      return attemptWith(call, `Basic ${Redacted.value(authorization.credentials)}`, undefined, attempt, replayed)
    }
    const deadline = call.startedAt + Duration.toMillis(call.policy.deadline)
    // Taken anew for each attempt: a token that expired during the waits is not sent again. Others may wait for it too, so that at
    // the deadline only this wait ends.
    return Effect.flatMap(
      Deadlines.within(authorization.tokens.get, call.clock, deadline, () => outOfTime(attempt)),
      (token) =>
        Deadlines.now(call.clock) >= deadline
          ? Effect.fail(outOfTime(attempt))
          : attemptWith(call, `Bearer ${Redacted.value(token.value)}`, token, attempt, replayed)
    )
  }

  const execute = <Refusal>(
    path: string,
    body: HttpBody.HttpBody,
    payload: unknown,
    options: CallOptions<Refusal>
  ): Effect.Effect<Success, ErrorOf[Status] | Errors.CallError | Refusal> =>
    Effect.withFiberRuntime((fiber) => {
      const secrets = (): ReadonlyArray<string> => [
        ...secretsIn(payload),
        ...(options.authorization._tag === "Basic" ? secretsOfBasic(options.authorization.credentials) : [])
      ]
      const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
      const call = step(
        {
          url: target.baseUrl + path,
          body,
          secrets,
          options,
          policy: options.policy ?? Option.getOrElse(Context.get(fiber.currentContext, RetryPolicy.Current), () => target.retry),
          clock,
          startedAt: Deadlines.now(clock)
        },
        1,
        false
      )
      return tracerListens(fiber)
        ? Effect.withSpan(call, operation.name, {
            kind: "client",
            captureStackTrace: false,
            attributes: { "dintero.account": target.accountId, "http.request.method": endpoint.method, "url.template": template }
          })
        : call
    })

  // Of an endpoint whose only parameter is the account, which was validated when the layer was built.
  const accountPath = fill(endpoint.path, ownPath)

  return {
    /** With a body. */
    call: <Refusal = never>(
      payload: Payload,
      options: CallOptions<Refusal>
    ): Effect.Effect<Success, ErrorOf[Status] | Errors.CallError | Errors.InvalidRequest | Refusal> =>
      Effect.suspend((): Effect.Effect<Success, ErrorOf[Status] | Errors.CallError | Errors.InvalidRequest | Refusal> => {
        if (Either.isLeft(accountPath)) return Effect.fail(invalidRequest(accountPath.left))
        const body = encodeBody(payload)
        return Either.isLeft(body)
          ? Effect.fail(invalidRequest(body.left))
          : execute(accountPath.right, body.right, payload, options)
      }),
    /** Without any input of the caller's. */
    invoke: <Refusal = never>(
      options: CallOptions<Refusal>
    ): Effect.Effect<Success, ErrorOf[Status] | Errors.CallError | Refusal> =>
      Either.isLeft(accountPath)
        ? Effect.die(invalidRequest(accountPath.left))
        : execute(accountPath.right, HttpBody.empty, undefined, options)
  }
}

const secretsOfBasic = (credentials: Redacted.Redacted): ReadonlyArray<string> => {
  const encoded = Redacted.value(credentials)
  const decoded = Either.getOrElse(
    Either.try(() => new TextDecoder().decode(Uint8Array.from(atob(encoded), (byte) => byte.charCodeAt(0)))),
    () => ""
  )
  return [encoded, decoded.slice(decoded.indexOf(":") + 1)]
}

const transportMessage = (operation: string, failure: NoAnswer): string => {
  const what: Record<Errors.TransportError["reason"], string> = {
    connect: "no connection could be made",
    dns: "the host name was not found",
    tls: "no secure connection could be made",
    reset: "the connection broke",
    timeout: "no whole answer arrived in time",
    unknown: "the request did not go through"
  }
  return `${operation}: ${what[failure.reason]}; ${failure.sent === "no" ? "it was not sent" : "the server may have seen it"}`
}
