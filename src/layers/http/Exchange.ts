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
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { constVoid } from "effect/Function"
import * as Option from "effect/Option"
import type { BufferedAnswer } from "../../internal/BufferedAnswer.js"
import * as DirectSend from "../../internal/DirectSend.js"
import * as FiberLocals from "../../internal/FiberLocals.js"
import * as Forks from "../../internal/Forks.js"
import * as HttpErrors from "../../internal/HttpErrors.js"
import type { Sending } from "../../internal/Sending.js"
import { Undecodable } from "../../internal/Undecodable.js"
import type { TransportError } from "../../schemas/DinteroError.js"
import type { Answer, Reader } from "./Answer.js"
import { hasNoBody, NoAnswer, UnreadableAnswer } from "./Answer.js"
import * as Deadlines from "./Deadlines.js"

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
export class Attempt implements Deadlines.Watched, Sending {
  readonly clock: Clock.Clock
  /** When it began, or was written. On the clock's monotonic time, as `at`. */
  startedAt: number
  at: number
  expired: () => void = constVoid
  watcher: Deadlines.Watcher | undefined = undefined
  /** Whether its timer is for no other call. */
  readonly isolated: boolean
  private readonly times: Times
  private state: "begun" | "waits" | "left" | "kept" = "begun"

  constructor(clock: Clock.Clock, startedAt: number, times: Times, isolated = false) {
    this.clock = clock
    this.isolated = isolated
    this.startedAt = startedAt
    this.times = times
    this.at = this.after(times.attemptTimeout)
  }

  waits(): void {
    if (this.state !== "begun") return
    this.state = "waits"
    this.at = this.after(this.times.connectionTimeout)
    Deadlines.moved(this)
  }

  leaves(): boolean {
    if (this.state === "kept") return false
    if (this.state === "waits") {
      this.state = "left"
      this.startedAt = Deadlines.now(this.clock)
      this.at = this.after(this.times.attemptTimeout)
      Deadlines.moved(this)
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

/**
 * Whether the request can have left, by the error code of Node's sockets, of undici and of TLS, which Bun has too. Deno and Cloudflare Workers have
 * only texts. A browser says nothing but that `fetch` failed.
 */
const causes: ReadonlyArray<readonly [RegExp, TransportError["reason"], TransportError["sent"]]> = [
  [/^(ENOTFOUND|EAI_\w+)$/, "dns", "no"],
  [/^(ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT)$/, "connect", "no"],
  // Certificates are judged before anything is written; an alert or a broken record can come at any time.
  [/^(ERR_TLS_CERT_\w+|CERT_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|UNABLE_TO_\w+)$/, "tls", "no"],
  [/^(ERR_TLS_\w+|ERR_SSL_\w+|EPROTO)$/, "tls", "maybe"],
  [/^(ETIMEDOUT|UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT)$/, "timeout", "maybe"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_ABORTED|ERR_STREAM_PREMATURE_CLOSE|HPE_\w+)$/, "reset", "maybe"],
  [/client error \(Connect\): dns error/, "dns", "no"],
  [/client error \(Connect\): (received|invalid peer|peer)/, "tls", "no"],
  [/client error \(Connect\)/, "connect", "no"],
  [/client error \(SendRequest\)|^Connection reset by peer|^Network connection lost\.$/, "reset", "maybe"]
]

/** A route can be lost at any time; that it was never there, only the connecting system call says. */
const unreachable = /^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/

/** The codes of an error and of its causes, and the text of one without a code, if it is not one that the error makes of a request. */
const signsOf = function* (error: unknown): Generator<string> {
  // A cause may hold itself; transports nest them three or four deep.
  for (let depth = 0; depth < 8 && typeof error === "object" && error !== null; depth++) {
    if ("code" in error && typeof error.code === "string") {
      const connecting = "syscall" in error && error.syscall === "connect"
      yield unreachable.test(error.code) ? (connecting ? "ECONNREFUSED" : "ECONNRESET") : error.code
    } else if (error instanceof Error && Object.hasOwn(error, "message")) yield error.message
    if ("errors" in error && Array.isArray(error.errors)) for (const inner of error.errors.slice(0, 8)) yield* signsOf(inner)
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

/** `begun`: whether an answer had. `left`: whether the request may have. */
const noAnswer = (cause: unknown, begun: boolean, left: boolean): NoAnswer => {
  const status = begun ? undefined : proxyStatus(cause)
  if (status !== undefined) {
    return new NoAnswer({ reason: "connect", sent: "no", detail: `the proxy refused to connect, with status ${status}` })
  }
  for (const sign of signsOf(cause)) {
    for (const [pattern, reason, sent] of causes) {
      if (pattern.test(sign)) return new NoAnswer({ reason, sent: begun ? "maybe" : left ? sent : "no" })
    }
  }
  return begun ? new NoAnswer({ reason: "reset", sent: "maybe" }) : unknown(left)
}

const unknown = (left: boolean): NoAnswer => new NoAnswer({ reason: "unknown", sent: left ? "maybe" : "no" })

const fetchOptions = (context: Context.Context<never>): RequestInit => ({
  ...Context.getOrElse(context, FetchHttpClient.RequestInit, () => ({})),
  redirect: "manual"
})

type Ended = Effect.Effect<Answer, NoAnswer | UnreadableAnswer>

const timedOut = (attempt: Attempt): Ended =>
  Effect.fail(new NoAnswer({ reason: "timeout", sent: attempt.end() ? "maybe" : "no" }))

const endOf = (answer: BufferedAnswer, { method }: DirectSend.Outgoing, { buffered }: Reader): Ended => {
  const { broken, status } = answer
  const read = buffered(answer, method)
  if (read instanceof UnreadableAnswer) return Effect.fail(read)
  if (broken === undefined || hasNoBody(status, method)) return Effect.succeed(read)
  return Effect.fail(
    broken instanceof Undecodable
      ? new UnreadableAnswer({ status, headers: answer.headers, expected: broken.expected })
      : noAnswer(broken, true, true)
  )
}

/**
 * One exchange over a transport of this package. When it has ended it refers to nothing of it any more: the frame of an effect that was
 * interruptible outlives it by several collections of garbage, and each of them would copy what the frame still refers to.
 */
class Direct implements DirectSend.Listener {
  private readonly attempt: Attempt
  private readonly read: Reader
  private outgoing: DirectSend.Outgoing | undefined
  private resume: (ended: Ended) => void = constVoid
  private unwatch: () => void = constVoid
  private abort: () => void = constVoid

  constructor(outgoing: DirectSend.Outgoing, attempt: Attempt, read: Reader) {
    this.outgoing = outgoing
    this.attempt = attempt
    this.read = read
  }

  begin(send: DirectSend.Send, resume: (ended: Ended) => void): void {
    const { attempt, outgoing } = this
    if (outgoing === undefined) return
    this.resume = resume
    attempt.expired = () => {
      this.resume(timedOut(attempt))
      this.cancel()
    }
    this.unwatch = Deadlines.watch(attempt.clock, attempt, attempt.isolated)
    const abort = send(outgoing, attempt, this)
    // A request that is refused at once has ended already.
    if (this.outgoing !== undefined) this.abort = abort
  }

  answered(answer: BufferedAnswer): void {
    const { outgoing, read } = this
    if (outgoing !== undefined) this.end(endOf(answer, outgoing, read))
  }

  failed(failure: DirectSend.Failure): void {
    const left = this.attempt.end()
    this.end(Effect.fail(failure._tag === "Unsent" ? noAnswer(failure.cause, false, left) : unknown(false)))
  }

  cancel(): void {
    const { abort } = this
    this.close()
    abort()
  }

  private end(ended: Ended): void {
    const { resume } = this
    this.close()
    resume(ended)
  }

  private close(): void {
    this.unwatch()
    this.outgoing = undefined
    this.resume = constVoid
    this.unwatch = constVoid
    this.abort = constVoid
  }
}

const directly = (send: DirectSend.Send, outgoing: DirectSend.Outgoing, attempt: Attempt, read: Reader): Ended =>
  Effect.suspend(() => {
    const direct = new Direct(outgoing, attempt, read)
    return Effect.async((resume) => {
      direct.begin(send, resume)
      return Effect.sync(() => direct.cancel())
    })
  })

/**
 * Sends `outgoing` and reads the answer, in the times of `attempt`.
 *
 * Over a client of somebody else it runs in a fiber of its own, whose surroundings are set once: `Effect.timeout`, `locally` and
 * `provideService` around each call cost several times as much as the call itself.
 */
export const exchange = (client: HttpClient.HttpClient, outgoing: DirectSend.Outgoing, attempt: Attempt, read: Reader): Ended => {
  const send = DirectSend.of(client)
  return send === undefined ? inFiber(client, outgoing, attempt, read) : directly(send, outgoing, attempt, read)
}

const inFiber = (
  client: HttpClient.HttpClient,
  { body, headers, method, url }: DirectSend.Outgoing,
  attempt: Attempt,
  read: Reader
): Ended =>
  Effect.withFiberRuntime((parent) => {
    const fiberId = parent.id()
    // Seam: a running fiber has the context of whoever runs it, which its type does not say.
    const own = parent.currentContext as Context.Context<never>
    const context = Context.add(own, FetchHttpClient.RequestInit, fetchOptions(own))
    const fiberRefs = FiberLocals.forExchange(parent, attempt)
    const request = HttpClientRequest.setBody(HttpClientRequest.make(method)(url, { headers }), body)
    return Effect.async<Answer, NoAnswer | UnreadableAnswer>((resume) => {
      const work = Forks.runFork(
        // A transport of somebody else may throw instead of failing.
        Effect.flatMap(
          Effect.suspend(() => client.execute(request)),
          read.response
        ),
        context,
        fiberRefs
      )
      attempt.expired = () => {
        resume(timedOut(attempt))
        work.unsafeInterruptAsFork(fiberId)
      }
      const unwatch = Deadlines.watch(attempt.clock, attempt, attempt.isolated)
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

const failureOf = (cause: Cause.Cause<HttpErrors.HttpError | UnreadableAnswer>, left: boolean): NoAnswer | UnreadableAnswer =>
  Option.match(Cause.failureOption(cause), {
    // Interrupted from outside the caller, or a transport that threw: no answer either way.
    onNone: () => unknown(left),
    onSome: (error) => {
      if (error._tag === "UnreadableAnswer") return error
      // Then the request was sent.
      if (!HttpErrors.hasAnswer(error)) return noAnswer(error, false, left && HttpErrors.isOfTransport(error))
      const { cause, response } = error
      return cause instanceof Undecodable
        ? new UnreadableAnswer({ status: response.status, headers: response.headers, expected: cause.expected })
        : noAnswer(error, true, left)
    }
  })
