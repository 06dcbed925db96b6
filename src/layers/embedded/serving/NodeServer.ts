/**
 * Serves an app on a port of this machine. This is the only file here that needs `@effect/platform-node`.
 */

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpMiddleware from "@effect/platform/HttpMiddleware"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import { constTrue } from "effect/Function"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import * as Forks from "../../../internal/Forks.js"
import * as AtOnce from "../system/AtOnce.js"
import { PortUnavailable } from "../system/EmbeddedStartError.js"
import type { ApiRequest } from "./ApiRequest.js"
import * as ApiResponse from "./ApiResponse.js"
import * as Connections from "./Connections.js"
import * as Outcome from "./Outcome.js"
import type { TimeLimits } from "./TimeLimits.js"

const unavailable = (host: string, port: number, cause: unknown): PortUnavailable => {
  const code = Predicate.hasProperty(cause, "code") ? cause.code : undefined
  const message =
    code === "EADDRINUSE"
      ? `Port ${port} on ${host} is already in use: stop the program that has it, or choose another port (0 takes a free one).`
      : code === "EACCES"
        ? `Port ${port} on ${host} is not allowed for this user: choose one above 1023.`
        : code === "EADDRNOTAVAIL" || code === "ENOTFOUND"
          ? `${host} is not an address of this machine: use 127.0.0.1, or 0.0.0.0 for all of its addresses.`
          : `Port ${port} on ${host} cannot be used: ${cause instanceof Error ? cause.message : String(cause)}.`
  return new PortUnavailable({ message, host, port })
}

const listen = (server: Server, host: string, port: number) =>
  Effect.async<string, PortUnavailable>((resume) => {
    const fail = (cause: unknown) => resume(Effect.fail(unavailable(host, port, cause)))
    server.once("error", fail)
    try {
      server.listen({ host, port }, () => {
        server.off("error", fail)
        const address = server.address()
        const actual = typeof address === "object" && address !== null ? address.port : port
        resume(Effect.succeed(`http://${host.includes(":") ? `[${host}]` : host}:${actual}`))
      })
    } catch (cause) {
      // Node throws for an invalid port number, and emits no error.
      fail(cause)
    }
  })

/** In a URL, an IPv6 address has brackets. */
const withoutBrackets = (host: string): string => host.replace(/^\[(.*:.*)\]$/, "$1")

/** The API, without the server of the platform, which takes longer for a request than the API itself. */
export interface Api {
  readonly isFor: (method: string, url: string) => boolean
  /** Begins to answer, by the clock that the system follows. When nothing has to be waited for, the effect has its result already. */
  readonly begin: (request: ApiRequest, base: Clock.Clock) => Effect.Effect<Outcome.Outcome>
  /** The time by the clock of the system, in ms. */
  readonly now: (base: Clock.Clock) => number
}

export interface Options {
  readonly host: string
  readonly port: number
  readonly limits: TimeLimits
  /** Whether a refusal has the header {@link ApiResponse.hintHeader}. */
  readonly hints: boolean
  /** Is called at the end, when requests were cut because their clients had stalled. */
  readonly onCut: (requests: number) => void
}

/** How often Node looks for headers that are late, in ms. */
const headersCheckOf = ({ headers }: TimeLimits): number => Math.min(1_000, Math.max(25, Math.floor(headers / 20)))

/** For Node, 0 is no limit. */
const forNode = (millis: number): number => (millis === Number.POSITIVE_INFINITY ? 0 : millis)

const hostRefusal = (why: string): ApiResponse.ApiResponse =>
  ApiResponse.generic(400, { [ApiResponse.hintHeader]: why, connection: "close" })

const noHost = hostRefusal("A request of HTTP/1.1 needs the header Host")
const manyHosts = hostRefusal("The request has more than one header Host")
const unknownExpectation = ApiResponse.generic(417, {
  [ApiResponse.hintHeader]: "The only expectation that is met is 100-continue",
  connection: "close"
})

/** Two of them could be read as two different requests by two servers (RFC 9112, section 3.2). Node keeps the first in `headers`. */
const refusedHost = ({ headers, httpVersion, rawHeaders }: IncomingMessage): ApiResponse.ApiResponse | undefined => {
  if (headers.host === undefined) return httpVersion === "1.0" ? undefined : noHost
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]
    if (name?.length === 4 && name.toLowerCase() === "host") hosts++
  }
  return hosts > 1 ? manyHosts : undefined
}

const sendAnswer = (response: ServerResponse, { body, headers, status }: ApiResponse.ApiResponse): void => {
  // The client is gone.
  if (response.destroyed) return
  response.writeHead(status, headers)
  // Node leaves the body of a HEAD request out. It sends a text together with the headers.
  response.end(body)
}

const send = (request: IncomingMessage, response: ServerResponse, outcome: Outcome.Outcome): Effect.Effect<void> =>
  outcome._tag === "Cut" ? Outcome.cutSocket(request, outcome) : Effect.sync(() => sendAnswer(response, outcome.response))

const unexpected = ApiResponse.generic(500)

/** The answer to something that nobody expected. */
const failed = (response: ServerResponse, cause: Cause.Cause<never>): Effect.Effect<void> =>
  Cause.isInterruptedOnly(cause)
    ? Effect.void
    : Effect.zipRight(
        Effect.logError("A request failed unexpectedly", cause),
        Effect.sync(() => {
          if (response.headersSent) response.end()
          else sendAnswer(response, unexpected)
        })
      )

/** Listens until the scope closes, and then finishes the open responses. Returns the origin. */
export const serve = (
  app: HttpApp.Default,
  api: Api,
  { hints, host, limits, onCut, port }: Options
): Effect.Effect<string, PortUnavailable, Scope.Scope> =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const run = Forks.forker(yield* Effect.context<never>(), yield* Effect.getFiberRefs)
    // When a client disconnects, its request is interrupted.
    // Without a span of the platform's own: it would have the URLs and headers, and some of them have a code or an ID token in them.
    const handler = yield* NodeHttpServer.makeHandler(Effect.interruptible(app)).pipe(
      Effect.locally(HttpMiddleware.currentTracerDisabledWhen, constTrue)
    )
    const server = createServer({
      headersTimeout: forNode(limits.headers),
      // Node would count the headers and the body together.
      requestTimeout: 0,
      connectionsCheckingInterval: headersCheckOf(limits),
      // It is checked here, for an answer in words.
      requireHostHeader: false
    })
    /** The answers of the server itself, as those of the API. */
    const own = (response: ApiResponse.ApiResponse): ApiResponse.ApiResponse =>
      Outcome.withDate(hints ? response : ApiResponse.withoutHint(response), api.now(clock))
    const connections = Connections.make(server, limits, (response) => Outcome.onWire(own(response)))
    const answer = (request: IncomingMessage, response: ServerResponse) => {
      const { headers, method = "", url = "" } = request
      const refusal = refusedHost(request)
      if (refusal !== undefined) return sendAnswer(response, own(refusal))
      if (!api.isFor(method, url)) return handler(request, response)
      // Seam: only `set-cookie` can be a list, and the API does not read it.
      const asked: ApiRequest = { headers: headers as ApiRequest["headers"], method, url, source: request, isServed: true }
      const answerIt = () => {
        const begun = AtOnce.begin(() => api.begin(asked, clock))
        const known = AtOnce.resultOf(begun)
        if (known !== undefined && Exit.isSuccess(known) && known.value._tag === "Answered") {
          // Without a fiber, which would take longer than most answers.
          return sendAnswer(response, known.value.response)
        }
        const fiber = run(
          Effect.flatMap(begun, (outcome) => send(request, response, outcome)).pipe(
            Effect.catchAllCause((cause) => failed(response, cause))
          )
        )
        // When a client disconnects, its request is interrupted.
        const interrupt = () => {
          if (!response.writableEnded) fiber.unsafeInterruptAsFork(FiberId.none)
        }
        if (response.closed || request.socket.destroyed) interrupt()
        else response.once("close", interrupt)
      }
      // A small body mostly comes with the head. Node has read it as soon as this listener has returned.
      if (headers["content-length"] === undefined) answerIt()
      else process.nextTick(safely(response, answerIt))
    }
    /** An exception in a listener would end the process. */
    const safely = (response: ServerResponse, f: () => void) => () => {
      try {
        f()
      } catch (defect) {
        run(failed(response, Cause.die(defect)))
      }
    }
    const answerSafely = (request: IncomingMessage, response: ServerResponse) =>
      safely(response, () => answer(request, response))()
    server.on("request", (request, response) => {
      if (!connections.follow(request, response)) return
      if (!connections.isClosing()) return answerSafely(request, response)
      // The last answer of a connection says that it is the last one. After this turn all requests that came together are known.
      // A response behind another one does not know that its connection is closed.
      setImmediate(() => {
        if (!request.socket.destroyed) answerSafely(request, response)
      })
    })
    server.on("checkExpectation", (request, response) => {
      if (connections.follow(request, response)) sendAnswer(response, own(unknownExpectation))
    })
    const origin = yield* Effect.acquireRelease(listen(server, withoutBrackets(host), port), () =>
      Effect.map(connections.close, (cut) => {
        if (cut > 0) onCut(cut)
      })
    )
    // Node reports a connection that could not be accepted, such as when the process has too many open files.
    server.on("error", (error) => void run(Effect.logError("A connection could not be accepted", Cause.fail(error))))
    return origin
  })
