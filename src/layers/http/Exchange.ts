/**
 * One sending of one request: the request out, the whole answer in, within its time.
 *
 * What a transport does beyond that is switched off here, for every transport that is plugged in:
 * - a redirect is not followed, so that a credential never reaches another origin;
 * - no trace header goes to a third party, and no span of the transport's own is made: it would end in an error that holds the
 *   request with its credentials. The operation has a span;
 * - an answer that is larger than the limit is not read to its end.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import { constTrue, constVoid } from "effect/Function"
import * as Runtime from "effect/Runtime"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Sending from "../../internal/Sending.js"
import { Undecodable } from "../../internal/Undecodable.js"
import type { TransportError } from "../../schemas/DinteroError.js"
import * as Deadlines from "./Deadlines.js"

export interface Answer {
  readonly status: number
  readonly headers: { readonly [name: string]: string | undefined }
  readonly text: string
}

/** No whole answer arrived. `detail`: what is known besides the reason. */
export class NoAnswer extends Data.TaggedError("NoAnswer")<{
  readonly reason: TransportError["reason"]
  readonly sent: TransportError["sent"]
  readonly detail?: string | undefined
}> {}

/** An answer without a text: more than the limit arrived or was announced, or its coding cannot be undone. */
export class UnreadableAnswer extends Data.TaggedError("UnreadableAnswer")<{
  readonly status: number
  readonly headers: Answer["headers"]
  readonly expected: string
}> {}

/** - `attemptTimeout`, `connectionTimeout`: ms. - `deadline`: on the clock's monotonic time. */
export interface Times {
  readonly attemptTimeout: number
  readonly connectionTimeout: number
  readonly deadline: number
}

/**
 * How far one sending has come. A transport that tells when it writes has two times, one before and one after; for any other the time
 * for the answer begins at once, and nobody knows whether the request has left.
 */
export class Attempt implements Deadlines.Watched, Sending.Sending {
  readonly clock: Clock.Clock
  /** When it began, or was written. On the clock's monotonic time, as `at`. */
  startedAt: number
  at: number
  expired: () => void = constVoid
  private readonly times: Times
  private state: "begun" | "waits" | "left" | "kept" = "begun"

  constructor(clock: Clock.Clock, startedAt: number, times: Times) {
    this.clock = clock
    this.startedAt = startedAt
    this.times = times
    this.at = this.after(times.attemptTimeout)
  }

  waits(): void {
    if (this.state !== "begun") return
    this.state = "waits"
    this.at = this.after(this.times.connectionTimeout)
    Deadlines.moved(this.clock, this)
  }

  leaves(): boolean {
    if (this.state === "kept") return false
    if (this.state === "waits") {
      this.state = "left"
      this.startedAt = Deadlines.now(this.clock)
      this.at = this.after(this.times.attemptTimeout)
      Deadlines.moved(this.clock, this)
    }
    return true
  }

  /** Nobody waits any more: what has not left does not leave. Whether it may have. */
  end(): boolean {
    if (this.state === "waits") this.state = "kept"
    return this.state !== "kept"
  }

  private after(millis: number): number {
    return Math.min(this.startedAt + millis, this.times.deadline)
  }
}

const nativeTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Spans cost more than the rest of a call, so they are made only when someone reads them. */
export const tracerListens = (fiber: Fiber.RuntimeFiber<unknown, unknown>): boolean =>
  fiber.getFiberRef(FiberRef.currentTracerEnabled) && fiber.currentTracer !== undefined && fiber.currentTracer !== nativeTracer

/** By error code of Node's sockets, of undici and of TLS: whether the request can have left. */
const causes: ReadonlyArray<readonly [RegExp, TransportError["reason"], TransportError["sent"]]> = [
  [/^(ENOTFOUND|EAI_\w+)$/, "dns", "no"],
  [/^(ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT)$/, "connect", "no"],
  // Certificates are judged before anything is written; an alert or a broken record can come at any time.
  [/^(ERR_TLS_CERT_\w+|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/, "tls", "no"],
  [/^(ERR_TLS_\w+|ERR_SSL_\w+|EPROTO)$/, "tls", "maybe"],
  [/^(ETIMEDOUT|UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT)$/, "timeout", "maybe"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_ABORTED|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+)$/, "reset", "maybe"]
]

/** A route can be lost at any time; that it was never there, only the connecting system call says. */
const unreachable = /^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/

const codesOf = function* (error: unknown): Generator<string> {
  // A cause may hold itself; transports nest them three or four deep.
  for (let depth = 0; depth < 8 && typeof error === "object" && error !== null; depth++) {
    if ("code" in error && typeof error.code === "string") {
      const connecting = "syscall" in error && error.syscall === "connect"
      yield unreachable.test(error.code) ? (connecting ? "ECONNREFUSED" : "ECONNRESET") : error.code
    }
    if ("errors" in error && Array.isArray(error.errors)) for (const inner of error.errors.slice(0, 8)) yield* codesOf(inner)
    error = "cause" in error ? error.cause : undefined
  }
}

/** undici tells it in the words of an error of this code. */
const refusedTunnel = /^Proxy response \((\d{3})\) !== 200 when HTTP Tunneling$/

/** With which status a proxy refused to connect: then the request itself had no way to go. */
const proxyStatus = (error: unknown): string | undefined => {
  for (let depth = 0; depth < 8 && error instanceof Error; depth++) {
    if ("code" in error && error.code === "UND_ERR_ABORTED") return refusedTunnel.exec(error.message)?.[1]
    error = error.cause
  }
  return undefined
}

/** `left`: whether the request may have. */
const noAnswer = (error: HttpClientError.HttpClientError, left: boolean): NoAnswer => {
  // An answer had begun, so the request was sent.
  const begun = error._tag === "ResponseError"
  const status = begun ? undefined : proxyStatus(error)
  if (status !== undefined) {
    return new NoAnswer({ reason: "connect", sent: "no", detail: `the proxy refused to connect, with status ${status}` })
  }
  for (const code of codesOf(error)) {
    for (const [pattern, reason, sent] of causes) {
      if (pattern.test(code)) return new NoAnswer({ reason, sent: begun ? "maybe" : left ? sent : "no" })
    }
  }
  if (begun) return new NoAnswer({ reason: "reset", sent: "maybe" })
  return new NoAnswer({ reason: "unknown", sent: left && error.reason === "Transport" ? "maybe" : "no" })
}

const readText = (
  response: HttpClientResponse.HttpClientResponse,
  limit: number
): Effect.Effect<string, HttpClientError.HttpClientError | UnreadableAnswer> => {
  // These have no body, and some transports make an error of its absence.
  if (response.status === 204 || response.status === 205 || response.status === 304) return Effect.succeed("")
  const { "content-encoding": encoding, "content-length": length } = response.headers
  // Made only when it is needed: an error with its stack costs as much as the rest of an exchange.
  const tooLarge = Effect.suspend(() =>
    Effect.fail(new UnreadableAnswer({ status: response.status, headers: response.headers, expected: `at most ${limit} bytes` }))
  )
  // Begun and left, so that the transport cuts the connection: a body that nobody touches holds its socket.
  if (length !== undefined && Number(length) > limit) {
    return Effect.zipRight(Effect.ignore(Stream.runHead(response.stream)), tooLarge)
  }
  // The announced length is that of the bytes on the wire, so it bounds the text only when they are not compressed.
  if (length !== undefined && encoding === undefined) return response.text
  const decoder = new TextDecoder()
  let size = 0
  let text = ""
  return response.stream.pipe(
    Stream.runForEach((chunk) => {
      size += chunk.byteLength
      if (size > limit) return tooLarge
      text += decoder.decode(chunk, { stream: true })
      return Effect.void
    }),
    Effect.map(() => text + decoder.decode())
  )
}

const fetchOptions = (context: Context.Context<never>): RequestInit => ({
  ...Context.getOrElse(context, FetchHttpClient.RequestInit, () => ({})),
  redirect: "manual"
})

/**
 * Sends `request` and reads the answer, of at most `limit` bytes, in the times of `attempt`.
 *
 * It runs in a fiber of its own, whose surroundings are set once: `Effect.timeout`, `locally` and `provideService`
 * around each call cost several times as much as the call itself.
 */
export const exchange = (
  client: HttpClient.HttpClient,
  request: HttpClientRequest.HttpClientRequest,
  attempt: Attempt,
  limit: number
): Effect.Effect<Answer, NoAnswer | UnreadableAnswer> =>
  Effect.withFiberRuntime((parent) => {
    const fiberId = parent.id()
    // Seam: a running fiber has the context of whoever runs it, which its type does not say.
    const own = parent.currentContext as Context.Context<never>
    const context = Context.add(own, FetchHttpClient.RequestInit, fetchOptions(own))
    const fiberRefs = FiberRefs.updateManyAs(parent.getFiberRefs(), {
      entries: [
        [HttpClient.currentTracerPropagation, [[fiberId, false]]],
        [HttpClient.currentTracerDisabledWhen, [[fiberId, constTrue]]],
        [Sending.current, [[fiberId, attempt]]]
      ]
    })
    const run = Runtime.runFork(Runtime.make({ context, fiberRefs, runtimeFlags: Runtime.defaultRuntimeFlags }))
    return Effect.async<Answer, NoAnswer | UnreadableAnswer>((resume) => {
      const work = run(
        // A transport of somebody else may throw instead of failing.
        Effect.flatMap(
          Effect.suspend(() => client.execute(request)),
          (response) =>
            Effect.map(
              readText(response, limit),
              (text): Answer => ({ status: response.status, headers: response.headers, text })
            )
        )
      )
      attempt.expired = () => {
        resume(Effect.fail(new NoAnswer({ reason: "timeout", sent: attempt.end() ? "maybe" : "no" })))
        work.unsafeInterruptAsFork(fiberId)
      }
      const unwatch = Deadlines.watch(attempt.clock, attempt)
      work.addObserver((exit) => {
        unwatch()
        resume(Exit.isSuccess(exit) ? Effect.succeed(exit.value) : Effect.fail(failureOf(exit.cause, attempt.end())))
      })
      return Effect.suspend(() => {
        unwatch()
        return Fiber.interrupt(work)
      })
    })
  })

const failureOf = (
  cause: Cause.Cause<HttpClientError.HttpClientError | UnreadableAnswer>,
  left: boolean
): NoAnswer | UnreadableAnswer => {
  const failure = Cause.failureOption(cause)
  // Interrupted from outside the caller, or a transport that threw: no answer either way.
  if (failure._tag === "None") return new NoAnswer({ reason: "unknown", sent: left ? "maybe" : "no" })
  const error = failure.value
  if (error._tag === "UnreadableAnswer") return error
  return error._tag === "ResponseError" && error.cause instanceof Undecodable
    ? new UnreadableAnswer({
        status: error.response.status,
        headers: error.response.headers,
        expected: error.cause.expected
      })
    : noAnswer(error, left)
}
