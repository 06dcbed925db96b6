/**
 * From an operation of the contract to a function that calls it: encoding, authorisation, sending, retry, decoding, errors.
 */
import * as Headers from "@effect/platform/Headers"
import type * as HttpBody from "@effect/platform/HttpBody"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FiberRef from "effect/FiberRef"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import type { BodyName, FailureStatus, Operation, RefusalKind } from "../../contract/Operation.js"
import * as Absent from "../../internal/Absent.js"
import * as Decoder from "../../internal/Decoder.js"
import { issuesOf, sentence } from "../../internal/Issues.js"
import { secretsIn, withoutSecrets } from "../../internal/Secrets.js"
import type { BulkheadFull } from "../../policies/Bulkhead.js"
import type { CircuitOpen } from "../../policies/CircuitBreaker.js"
import * as RetryBudget from "../../policies/RetryBudget.js"
import * as RetryMetrics from "../../policies/RetryMetrics.js"
import * as RetryPolicy from "../../policies/RetryPolicy.js"
import * as TokenMetrics from "../../policies/TokenMetrics.js"
import * as Errors from "../../schemas/DinteroError.js"
import type { AccessTokensService, NumberedToken } from "../../services/AccessTokens.js"
import * as Session from "../../services/Session.js"
import * as Deadlines from "./Deadlines.js"
import type { Answer, NoAnswer, UnreadableAnswer } from "./Exchange.js"
import { Attempt, exchange, tracerListens } from "./Exchange.js"
import type { ErrorOf, Said } from "./Failures.js"
import { errorOf, readSaid, refusesToken } from "./Failures.js"
import * as Guards from "./Guards.js"
import * as RequestIds from "./RequestIds.js"
import * as RequestParts from "./RequestParts.js"
import type { ServerClock } from "./ServerClock.js"

/** A JSON document of this API is a few kilobytes; a list of 100 about 70. What is larger is not an answer of it. */
const answerLimit = 8 * 1024 * 1024

export interface Target {
  readonly client: HttpClient.HttpClient
  /** With no slash at its end. */
  readonly baseUrl: string
  readonly accountId: string
  readonly retry: RetryPolicy.RetryPolicy
  /** None when the layer has no breaker, bulkhead or hedge. */
  readonly guards: Guards.Guards | undefined
  /** None when no header carries the id of a call. */
  readonly requestId: RequestIds.Names | undefined
  readonly serverClock: ServerClock
}

/** What goes into the `Authorization` header. */
export type Authorization =
  /** `asCustomer`: in the name of the session that the call is made in, if it is. */
  | { readonly _tag: "Bearer"; readonly tokens: AccessTokensService; readonly asCustomer?: true }
  | { readonly _tag: "Basic"; readonly credentials: Redacted.Redacted }
  /** The operation needs none. */
  | { readonly _tag: "None" }

export interface CallOptions<Refusal> {
  readonly authorization: Authorization
  /** What 400, 401 and 403 mean on this call, when they mean more than their status. */
  readonly refusal?: (said: Said) => Option.Option<Refusal>
  /** When a second sending of this call costs less than its operation's replay class says. */
  readonly repeatable?: boolean
  /** Instead of the caller's policy. */
  readonly policy?: RetryPolicy.RetryPolicy
}

/** One call, from its first sending to its end. What is written while it runs belongs to its failures: a success touches none of it. */
interface Call<Refusal, E> {
  readonly url: string
  readonly body: HttpBody.HttpBody
  /** Asked only when something failed. */
  readonly secrets: () => ReadonlyArray<string>
  readonly options: CallOptions<Refusal>
  /** None for a call that shows the client's secret. */
  readonly tokens: AccessTokensService | undefined
  readonly policy: RetryPolicy.RetryPolicy
  readonly repeatable: boolean
  readonly budget: RetryBudget.RetryBudget | undefined
  readonly clock: Clock.Clock
  /** On the clock's monotonic time, as `deadline`. */
  readonly startedAt: number
  readonly deadline: number
  /** Whether a tracer listens. */
  readonly listens: boolean
  readonly labels: ReadonlyArray<MetricLabel.MetricLabel>
  /** The token of the attempt under way, to cut it out of what the server says. */
  bearer: string | undefined
  id: string | undefined
  /** How many attempts were sent. */
  sent: number
  /** When the last of them was, on the clock's monotonic time. */
  sentAt: number
  readonly history: Array<Errors.Attempt>
  delays: ReturnType<RetryPolicy.Delay["start"]> | undefined
  /** ms, before the attempt under way. */
  waited: number
  /** In what the attempt before ended. */
  last: E | undefined
}

const parseJson = (text: string): Either.Either<unknown, unknown> => Either.try((): unknown => JSON.parse(text))

/**
 * An answer that says nothing: without a body, of which a proxy can make JSON of its own, or with an object without fields, which may
 * as well be left out. What is no JSON is somebody else's answer.
 */
const parseNothing = (text: string): Either.Either<unknown, unknown> =>
  text === "" ? Either.right(undefined) : Either.map(parseJson(text), () => undefined)

/**
 * A success. `total`: how many items there are in all, when the answer says so. The other headers are left behind: a tracer is told how a
 * span ended, and a server may repeat in a header what it was sent.
 */
export interface Received<Success> {
  readonly value: Success
  readonly total: Option.Option<number>
}

const totalOf = ({ headers }: Answer): Option.Option<number> =>
  Option.filter(
    Option.map(Option.fromNullable(headers["total-count"]), Number),
    (total) => Number.isSafeInteger(total) && total >= 0
  )

/** Sends an operation, with what it takes. */
export interface Compiled<Success, Status extends FailureStatus> {
  readonly send: <Refusal extends Errors.DinteroError = never>(
    input: RequestParts.Input,
    options: CallOptions<Refusal>
  ) => Effect.Effect<Received<Success>, ErrorOf[Status] | Errors.CallError | Errors.InvalidRequest | Refusal>
}

/**
 * Compiles an operation. Everything that does not depend on the input is done here, once: a schema that is built during a call costs
 * more than the call.
 */
export const compile = <Success, Status extends FailureStatus>(
  target: Target,
  name: string,
  operation: Operation<unknown, unknown, unknown, Success, Status, RefusalKind | undefined, BodyName, boolean>
): Compiled<Success, Status> => {
  const parts = RequestParts.make(operation, target.accountId)
  // Seam: the types of an operation are known to the caller of this function.
  const success = (operation.success.schema ?? Schema.Void) as unknown as Schema.Schema<Success>
  const nothing = Schema.typeSchema(success)
  const saysNothing = AST.isVoidKeyword(nothing.ast)
  const decode = saysNothing ? Decoder.make(nothing) : Decoder.make(success, Absent.withoutNulls(success))
  const parse = saysNothing ? parseNothing : parseJson
  const statuses = new Set<number>(operation.failures)
  const declares = (status: number): status is Status => statuses.has(status)
  const template = operation.path
  const named = { name, replay: operation.replay, scopes: operation.scopes }

  const info = <Refusal, E>(call: Call<Refusal, E>, answer?: Answer): Errors.RequestInfo => {
    const requestId = serverId(answer, secretsOf(call))
    return {
      operation: name,
      method: operation.method,
      path: template,
      account: target.accountId,
      ...(answer === undefined ? {} : { status: answer.status }),
      ...(requestId === undefined ? {} : { requestId }),
      ...(call.id === undefined ? {} : { clientRequestId: call.id }),
      attempts: call.sent,
      history: [...call.history]
    }
  }

  const invalidRequest = (issues: ReadonlyArray<Errors.Issue>): Errors.InvalidRequest =>
    new Errors.InvalidRequest({
      request: {
        operation: name,
        method: operation.method,
        path: template,
        account: target.accountId,
        attempts: 0,
        history: []
      },
      message: `${name} was not sent: ${sentence(issues)}`,
      issues
    })

  type Ends<Refusal> = ErrorOf[Status] | Errors.CallError | Refusal
  type Outcome<Refusal> = Effect.Effect<Received<Success>, Ends<Refusal>>
  type Own<Refusal> = Call<Refusal, Ends<Refusal>>

  /** One sending, whose time begins now, or when its transport writes it. */
  const sendingOf = <Refusal>(call: Own<Refusal>, startedAt: number): Attempt =>
    new Attempt(call.clock, startedAt, {
      attemptTimeout: Duration.toMillis(call.policy.attemptTimeout),
      connectionTimeout: Duration.toMillis(call.policy.connectionTimeout),
      deadline: call.deadline
    })

  const send = <Refusal>(call: Own<Refusal>, authorization: string | undefined, attempt: number, sending: Attempt) =>
    exchange(
      target.client,
      HttpClientRequest.make(operation.method)(call.url, {
        headers: Headers.unsafeFromRecord({
          accept: "application/json",
          ...(authorization === undefined ? {} : { authorization }),
          ...idHeaders(target, call, attempt)
        })
      }).pipe(HttpClientRequest.setBody(call.body)),
      sending,
      answerLimit
    )

  const invalidResponse = <Refusal>(call: Own<Refusal>, answer: Answer, issues: ReadonlyArray<Errors.Issue>) => {
    const clean = withoutSecrets(secretsOf(call))
    return new Errors.InvalidResponse({
      request: info(call, answer),
      message: clean(`the answer of ${name} is not what the contract says: ${sentence(issues)}`),
      issues: clean(issues)
    })
  }

  const transportError = <Refusal>(
    call: Own<Refusal>,
    reason: Errors.TransportError["reason"],
    sent: Errors.TransportError["sent"],
    { detail, retryAt }: { readonly detail?: string | undefined; readonly retryAt?: number | undefined } = {}
  ) =>
    new Errors.TransportError({
      request: { ...info(call), ...instant(retryAt) },
      message: transportMessage(name, reason, sent, detail),
      reason,
      sent
    })

  /** Notes how the attempt under way ended, before its error is made. */
  const note = <Refusal>(call: Own<Refusal>, failed: { readonly answer?: Answer | undefined; readonly reason?: string }) => {
    const requestId = serverId(failed.answer, secretsOf(call))
    call.history.push({
      ...(failed.answer === undefined ? {} : { status: failed.answer.status }),
      ...(failed.reason === undefined ? {} : { reason: failed.reason }),
      delay: toMicros(call.waited),
      elapsed: toMicros(Deadlines.now(call.clock) - call.startedAt),
      ...(requestId === undefined ? {} : { requestId })
    })
  }

  const failWith = <Refusal extends Errors.DinteroError>(
    call: Own<Refusal>,
    error: Ends<Refusal>,
    attempt: number,
    stopped: Errors.Stopped
  ): Outcome<Refusal> => {
    const told = Option.filter(error.retryAfter, (wait) => Duration.toMillis(wait) > 0)
    // Seam: an error made here is nobody else's until it is handed out. What it could not know is written into its request now.
    Object.assign(error.request, {
      attempts: call.sent,
      history: [...call.history],
      stopped,
      ...(Option.isSome(told) ? instant(call.clock.unsafeCurrentTimeMillis() + Duration.toMillis(told.value)) : {})
    })
    RetryMetrics.giveUps.unsafeUpdate(1, [...call.labels, reasonLabel(stopped)])
    return Effect.zipRight(hooked(call, call.policy.hooks.onGiveUp, { error, attempt, stopped }), Effect.fail(error))
  }

  /**
   * The deadline has cut an attempt, or the wait for its token. What the attempt before ended in is the cause, not the time that
   * was left: except that an operation which must not be done twice has to say that it may have been done.
   */
  const cut = <Refusal extends Errors.DinteroError>(call: Own<Refusal>, attempt: number, begun: boolean): Outcome<Refusal> => {
    note(call, { reason: "timeout" })
    const late = transportError(call, "timeout", begun ? "maybe" : "no")
    if (begun && !call.repeatable) return failWith<Refusal>(call, late, attempt, "not-idempotent")
    const { last } = call
    const cause =
      last === undefined
        ? late
        : begun && last instanceof Errors.TransportError && last.sent === "no"
          ? new Errors.TransportError({ ...last, message: transportMessage(name, last.reason, "maybe"), sent: "maybe" })
          : last
    return failWith(call, cause, attempt, "deadline")
  }

  const retryOrFail = <Refusal extends Errors.DinteroError>(
    call: Own<Refusal>,
    error: Ends<Refusal>,
    attempt: number,
    replayed: boolean
  ): Outcome<Refusal> => {
    if (error instanceof Errors.TransportError && error.reason === "circuit-open") {
      return failWith(call, error, attempt, "breaker")
    }
    const classification = call.policy.classify(error)
    if (classification === "final") return Effect.fail(error)
    call.delays ??= call.policy.delay.start()
    const { delays } = call
    const now = Deadlines.now(call.clock)
    const elapsed = now - call.startedAt
    return Effect.flatMap(Random.next, (random) =>
      Effect.flatMap(delays({ attempt, classification, error, elapsed, random }), (wait) => {
        const decision = RetryPolicy.decide(call.policy, {
          classification,
          repeatable: call.repeatable,
          retryAfter: error.retryAfter,
          attempt,
          elapsed,
          wait: Option.map(wait, Duration.toMillis)
        })
        if (Either.isLeft(decision)) return failWith(call, error, attempt, decision.left)
        if (call.budget !== undefined) {
          const allowed = call.budget.tryRetry(now)
          RetryMetrics.budgetRemaining.unsafeUpdate(call.budget.remaining(now), [...call.labels, operationLabel])
          if (!allowed) return failWith(call, error, attempt, "budget")
        }
        const reason = call.history[call.history.length - 1]
        RetryMetrics.retries.unsafeUpdate(1, [...call.labels, reasonLabel(String(reason?.status ?? reason?.reason))])
        call.waited = decision.right
        call.last = error
        return hooked(call, call.policy.hooks.onRetry, { error, attempt, delay: decision.right }).pipe(
          Effect.zipRight(sleepUntil(call.clock, now + decision.right)),
          Effect.zipRight(Effect.suspend(() => step(call, attempt + 1, replayed)))
        )
      })
    )
  }

  const failed = <Refusal>(call: Own<Refusal>, answer: Answer, token: NumberedToken | undefined): Ends<Refusal> => {
    const now = call.clock.unsafeCurrentTimeMillis()
    const clean = (more: ReadonlyArray<string>) => withoutSecrets([...secretsOf(call), ...more])
    const said = readSaid(answer, info(call, answer), clean, now, { operation: named, token })
    return errorOf(said, named, declares, call.options.refusal, now)
  }

  const received = <Refusal extends Errors.DinteroError>(
    call: Own<Refusal>,
    answer: Answer,
    attempt: number,
    replayed: boolean,
    token: NumberedToken | undefined
  ): Outcome<Refusal> => {
    observeDate(target.serverClock, answer, call)
    if (answer.status >= 200 && answer.status <= 299) {
      const json = parse(answer.text)
      const decoded = Either.isRight(json) ? decode(json.right) : undefined
      if (decoded !== undefined && Either.isRight(decoded)) {
        return Effect.succeed({ value: decoded.right, total: operation.paging === undefined ? Option.none() : totalOf(answer) })
      }
      const found = answer.text === "" ? "an empty body" : "text that is not JSON"
      const issues =
        decoded === undefined ? [{ path: "", message: `expected a JSON body, got ${found}` }] : issuesOf(decoded.left)
      return identified(call, () => {
        note(call, { answer, reason: "invalid-response" })
        return retryOrFail(call, invalidResponse(call, answer, issues), attempt, replayed)
      })
    }
    return identified(call, () => {
      note(call, { answer })
      const { tokens } = call
      if (answer.status === 401 && !replayed && token !== undefined && tokens !== undefined && refusesToken(answer, named)) {
        // The token was not accepted, so the request was not acted on and may be sent again with another one. Only this token is
        // given up: if it was replaced meanwhile, the replacement stays.
        return Effect.flatMap(tokens.invalidate(token.generation), (another) => {
          if (!another) return retryOrFail(call, failed(call, answer, token), attempt, replayed)
          TokenMetrics.replayed.unsafeUpdate(1, [...call.labels, operationLabel])
          call.waited = 0
          return step(call, attempt + 1, true)
        })
      }
      return retryOrFail(call, failed(call, answer, token), attempt, replayed)
    })
  }

  const notReceived = <Refusal extends Errors.DinteroError>(
    call: Own<Refusal>,
    failure: NoAnswer | UnreadableAnswer | CircuitOpen | BulkheadFull,
    attempt: number,
    replayed: boolean,
    token: NumberedToken | undefined
  ): Outcome<Refusal> =>
    identified(call, () => {
      switch (failure._tag) {
        case "NoAnswer": {
          const { detail, reason, sent } = failure
          if (reason === "timeout" && isOver(call)) return cut(call, attempt, sent === "maybe")
          note(call, { reason })
          return retryOrFail(call, transportError(call, reason, sent, { detail }), attempt, replayed)
        }
        case "UnreadableAnswer": {
          const answer: Answer = { status: failure.status, headers: failure.headers, text: "" }
          // The status of a failure says enough.
          if (failure.status > 299) return received(call, answer, attempt, replayed, token)
          note(call, { answer, reason: "invalid-response" })
          const issues = [{ path: "", message: `expected ${failure.expected}` }]
          return retryOrFail(call, invalidResponse(call, answer, issues), attempt, replayed)
        }
        case "CircuitOpen": {
          note(call, { reason: "circuit-open" })
          return retryOrFail(call, transportError(call, "circuit-open", "no", { retryAt: failure.retryAt }), attempt, replayed)
        }
        case "BulkheadFull": {
          note(call, { reason: "bulkhead-full" })
          return retryOrFail(call, transportError(call, "bulkhead-full", "no"), attempt, replayed)
        }
      }
    })

  /** Counts an attempt when it is sent, not when it is let through. */
  const begin = <Refusal>(call: Own<Refusal>) => {
    call.sent++
    call.sentAt = Deadlines.now(call.clock)
    RetryMetrics.attempts.unsafeUpdate(1, call.labels)
  }

  const attemptWith = <Refusal extends Errors.DinteroError>(
    call: Own<Refusal>,
    authorization: string | undefined,
    token: NumberedToken | undefined,
    attempt: number,
    replayed: boolean
  ): Outcome<Refusal> => {
    if (isOver(call)) return identified(call, () => cut(call, attempt, false))
    const { guards } = target
    if (guards === undefined) {
      begin(call)
      const sending = sendingOf(call, call.sentAt)
      const exchanged = send(call, authorization, attempt, sending)
      return Effect.matchEffect(call.listens ? traced(call, attempt, exchanged) : exchanged, {
        onSuccess: (answer) => {
          call.sentAt = sending.startedAt
          return received(call, answer, attempt, replayed, token)
        },
        onFailure: (failure) => notReceived(call, failure, attempt, replayed, token)
      })
    }
    const copies: Array<Attempt> = []
    const sending = Guards.guarded(
      guards,
      named,
      Effect.suspend(() => {
        // A second copy of a hedged attempt belongs to the same attempt.
        if (copies.length === 0) begin(call)
        const copy = sendingOf(call, Deadlines.now(call.clock))
        copies.push(copy)
        return send(call, authorization, attempt, copy)
      })
    )
    const inTime = Deadlines.within(sending, call.clock, call.deadline)
    return Effect.matchEffect(call.listens ? traced(call, attempt, inTime) : inTime, {
      onSuccess: (answer) =>
        answer === undefined
          ? identified(call, () => cut(call, attempt, copies.filter((copy) => copy.end()).length > 0))
          : received(call, answer, attempt, replayed, token),
      onFailure: (failure) => notReceived(call, failure, attempt, replayed, token)
    })
  }

  const traced = <Refusal, E extends { readonly _tag: string }>(
    call: Own<Refusal>,
    attempt: number,
    sending: Effect.Effect<Answer | undefined, E>
  ) =>
    Effect.suspend(() => {
      let answer: Answer | undefined
      return sending.pipe(
        Effect.onExit((exit) => Effect.annotateCurrentSpan(attributesOf(exit))),
        // A tracer is told how a span ended: an answer's text has tokens in it.
        Effect.flatMap((received) =>
          Effect.sync(() => {
            answer = received
          })
        ),
        Effect.withSpan(`${name} attempt`, {
          captureStackTrace: false,
          attributes: {
            "dintero.attempt": attempt,
            "dintero.retry.delay_ms": toMicros(call.waited),
            ...(call.id === undefined ? {} : { "dintero.client_request_id": call.id })
          }
        }),
        // Seam: none but `Deadlines.within` gives undefined, and it is told apart where it can.
        Effect.map(() => answer as Answer)
      )
    })

  /** One attempt and what follows from it. */
  const step = <Refusal extends Errors.DinteroError>(
    call: Own<Refusal>,
    attempt: number,
    replayed: boolean
  ): Outcome<Refusal> => {
    const { authorization } = call.options
    if (authorization._tag === "None") return attemptWith(call, undefined, undefined, attempt, replayed)
    return authorization._tag === "Basic"
      ? attemptWith(call, `Basic ${Redacted.value(authorization.credentials)}`, undefined, attempt, replayed)
      : // Taken anew for each attempt: a token that expired during the waits is not sent again.
        Effect.flatMap(Deadlines.within((call.tokens ?? authorization.tokens).get, call.clock, call.deadline), (token) => {
          if (token === undefined) return identified(call, () => cut(call, attempt, false))
          call.bearer = Redacted.value(token.value)
          return attemptWith(call, `Bearer ${call.bearer}`, token, attempt, replayed)
        })
  }

  const operationLabel = MetricLabel.make("operation", name)

  /** By what the budget is, since a policy may be made anew for each call. */
  const budgets = new Map<string, RetryBudget.RetryBudget>()
  const known = new WeakMap<RetryBudget.Options, readonly [RetryBudget.RetryBudget, RetryBudget.RetryBudget]>()

  /** The calls that may be repeated and those that may not (of `auth.token`) do not share one. */
  const budgetOf = (options: RetryBudget.Options, repeatable: boolean): RetryBudget.RetryBudget => {
    let pair = known.get(options)
    if (pair === undefined) {
      const find = (kind: string): RetryBudget.RetryBudget => {
        const key = `${kind} ${options.ratio} ${Duration.toMillis(options.window)} ${options.floor}`
        const found = budgets.get(key) ?? RetryBudget.unsafeMake(options)
        budgets.set(key, found)
        return found
      }
      pair = [find("once"), find("again")]
      known.set(options, pair)
    }
    return pair[repeatable ? 1 : 0]
  }

  const execute = <Refusal extends Errors.DinteroError>(
    path: string,
    body: HttpBody.HttpBody,
    payload: unknown,
    options: CallOptions<Refusal>
  ): Outcome<Refusal> =>
    Effect.withFiberRuntime((fiber) => {
      const secrets = (): ReadonlyArray<string> => [
        ...secretsIn(payload),
        ...(options.authorization._tag === "Basic" ? secretsOfBasic(options.authorization.credentials) : [])
      ]
      const clock = Context.get(fiber.currentDefaultServices, Clock.Clock)
      const policy =
        options.policy ?? Option.getOrElse(Context.get(fiber.currentContext, RetryPolicy.Current), () => target.retry)
      const startedAt = Deadlines.now(clock)
      const repeatable = options.repeatable ?? operation.replay !== "never"
      const budget = policy.attempts > 1 && Option.isSome(policy.budget) ? budgetOf(policy.budget.value, repeatable) : undefined
      budget?.call(startedAt)
      const listens = tracerListens(fiber)
      const call: Own<Refusal> = {
        url: target.baseUrl + path,
        body,
        secrets,
        options,
        tokens: tokensOf(options.authorization, fiber.currentContext),
        policy,
        repeatable,
        budget,
        clock,
        startedAt,
        deadline: startedAt + Duration.toMillis(policy.deadline),
        listens,
        labels: fiber.getFiberRef(FiberRef.currentMetricLabels),
        bearer: undefined,
        id: undefined,
        sent: 0,
        sentAt: 0,
        history: [],
        delays: undefined,
        waited: 0,
        last: undefined
      }
      if (!listens && target.requestId === undefined) return step(call, 1, false)
      const first = identified(call, () => step(call, 1, false))
      return listens
        ? Effect.withSpan(first, name, {
            kind: "client",
            captureStackTrace: false,
            attributes: { "dintero.account": target.accountId, "http.request.method": operation.method, "url.template": template }
          })
        : first
    })

  return {
    send: <Refusal extends Errors.DinteroError = never>(input: RequestParts.Input, options: CallOptions<Refusal>) =>
      Effect.suspend((): Effect.Effect<Received<Success>, Ends<Refusal> | Errors.InvalidRequest> => {
        const encoded = parts(input)
        return Either.isLeft(encoded)
          ? Effect.fail(invalidRequest(encoded.left))
          : execute(encoded.right.path, encoded.right.body, input, options)
      })
  }
}

/** Whose token it is. */
const tokensOf = (authorization: Authorization, context: Context.Context<never>): AccessTokensService | undefined => {
  if (authorization._tag !== "Bearer") return undefined
  const session = authorization.asCustomer === true ? Context.get(context, Session.Current) : Option.none<Session.Session>()
  return Option.isNone(session)
    ? authorization.tokens
    : // Seam: what a session's token can end in besides, `Session.with` has added to the type of everything that runs in it.
      (session.value.tokens as AccessTokensService)
}

/** Only now and then: reading a date costs as much as the rest of an answer's headers. */
const observeDate = (
  serverClock: ServerClock,
  { headers: { date } }: Answer,
  { clock, sentAt }: { readonly clock: Clock.Clock; readonly sentAt: number }
): void => {
  if (date === undefined) return
  if (serverClock.isStale(clock)) serverClock.observe(Date.parse(date), 1000, sentAt, Deadlines.now(clock), clock)
}

const secretsOfBasic = (credentials: Redacted.Redacted): ReadonlyArray<string> => {
  const encoded = Redacted.value(credentials)
  const decoded = Either.getOrElse(
    Either.try(() => new TextDecoder().decode(Uint8Array.from(atob(encoded), (byte) => byte.charCodeAt(0)))),
    () => ""
  )
  return [encoded, decoded.slice(decoded.indexOf(":") + 1)]
}

const transportMessage = (
  operation: string,
  reason: Errors.TransportError["reason"],
  sent: Errors.TransportError["sent"],
  detail?: string
): string => {
  const what: Record<Errors.TransportError["reason"], string> = {
    connect: "no connection could be made",
    dns: "the host name was not found",
    tls: "no secure connection could be made",
    reset: "the connection broke",
    timeout: sent === "no" ? "its time was up while it waited to be sent" : "no whole answer arrived in time",
    unknown: "the request did not go through",
    "circuit-open": "the circuit breaker is open",
    "bulkhead-full": "the bulkhead is full"
  }
  return `${operation}: ${detail ?? what[reason]}; ${sent === "no" ? "it was not sent" : "the server may have seen it"}`
}

const secretsOf = <Refusal, E>(call: Call<Refusal, E>): ReadonlyArray<string> =>
  call.bearer === undefined ? call.secrets() : [...call.secrets(), call.bearer]

/** The server's own id of a request; a server may repeat what it was sent there too. */
const serverId = (answer: Answer | undefined, secrets: ReadonlyArray<string>): string | undefined => {
  const id = answer?.headers["request-id"] ?? answer?.headers["x-request-id"]
  return id === undefined ? undefined : withoutSecrets(secrets)(id)
}

const reasonLabel = (reason: string): MetricLabel.MetricLabel => MetricLabel.make("reason", reason)

/** ms to the microsecond: what is finer is noise of a floating-point clock. */
const toMicros = (millis: number): number => Math.round(Math.max(0, millis) * 1000) / 1000

const instant = (epochMillis: number | undefined): { readonly retryAt?: DateTime.Utc } =>
  Option.match(
    epochMillis === undefined || !Number.isFinite(epochMillis) ? Option.none() : DateTime.make(Math.ceil(epochMillis)),
    {
      onNone: () => ({}),
      onSome: (retryAt) => ({ retryAt })
    }
  )

/** Whether nothing is left of the time for the call. A watch may end an exchange early by twice the precision of clocks. */
const isOver = (call: { readonly clock: Clock.Clock; readonly deadline: number }): boolean =>
  Deadlines.now(call.clock) >= call.deadline - 3 * Deadlines.precision

/** A timer may be early by a fraction of a millisecond; a server's word is kept to the last of it. */
const sleepUntil = (clock: Clock.Clock, at: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const left = at - Deadlines.now(clock)
    return left <= Deadlines.precision ? Effect.void : Effect.zipRight(clock.sleep(Duration.millis(left)), sleepUntil(clock, at))
  })

/** The call has its id from here on. */
const identified = <A, E, R>(call: { id: string | undefined }, then: () => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  call.id === undefined
    ? Effect.flatMap(RequestIds.make, (id) => {
        call.id = id
        return then()
      })
    : then()

const idHeaders = (
  { requestId }: Target,
  call: { readonly id: string | undefined },
  attempt: number
): { readonly [name: string]: string } => {
  if (requestId === undefined) return {}
  return {
    ...(requestId.header === undefined || call.id === undefined ? {} : { [requestId.header.toLowerCase()]: call.id }),
    ...(requestId.attemptHeader === undefined ? {} : { [requestId.attemptHeader.toLowerCase()]: String(attempt) })
  }
}

/** A hook is the caller's own code: what it does wrong is told, and does not change how the call ends. */
const hooked = <Event>(
  call: { readonly clock: Clock.Clock; readonly deadline: number },
  hooks: ReadonlyArray<(event: Event) => Effect.Effect<void>>,
  event: Event
): Effect.Effect<void> =>
  hooks.length === 0
    ? Effect.void
    : Effect.forEach(hooks, (hook) => Effect.suspend(() => hook(event)), { discard: true }).pipe(
        Effect.catchAllCause((cause) => Effect.logWarning("A hook of a RetryPolicy failed", cause)),
        (running) => Deadlines.within(running, call.clock, call.deadline),
        Effect.asVoid
      )

const attributesOf = <E extends { readonly _tag: string }>(
  exit: Exit.Exit<Answer | undefined, E>
): { readonly [name: string]: unknown } => {
  if (Exit.isSuccess(exit)) {
    return exit.value === undefined ? { "error.type": "timeout" } : { "http.response.status_code": exit.value.status }
  }
  const error = Option.getOrUndefined(Cause.failureOption(exit.cause))
  return error === undefined ? {} : { "error.type": "reason" in error ? error.reason : error._tag }
}
