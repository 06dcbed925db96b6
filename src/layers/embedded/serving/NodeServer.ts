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
import * as Outcome from "./Outcome.js"

/** How long the close waits for a client that does not send the rest of its request, or does not read its response. */
const graceMillis = 10_000

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

/** Node only closes connections that are idle at the moment. The others are closed here after their response. */
const trackResponses = (server: Server) => {
  const open = new Set<ServerResponse>()
  let whenIdle: (() => void) | undefined
  server.on("request", (_: IncomingMessage, response: ServerResponse) => {
    if (whenIdle !== undefined) response.shouldKeepAlive = false
    open.add(response)
    response.once("close", () => {
      open.delete(response)
      if (open.size === 0) whenIdle?.()
    })
  })
  return (done: () => void) => {
    whenIdle = done
    for (const response of open) response.shouldKeepAlive = false
    if (open.size === 0) done()
  }
}

const close = (server: Server, afterResponses: (done: () => void) => void): Effect.Effect<void> =>
  Effect.async((resume) => {
    const closeAll = () => server.closeAllConnections()
    const timer = setTimeout(closeAll, graceMillis)
    server.close(() => {
      clearTimeout(timer)
      resume(Effect.void)
    })
    afterResponses(closeAll)
  })

/** In a URL, an IPv6 address has brackets. */
const withoutBrackets = (host: string): string => host.replace(/^\[(.*:.*)\]$/, "$1")

/** The API, without the server of the platform, which takes longer for a request than the API itself. */
export interface Api {
  readonly isFor: (method: string, url: string) => boolean
  /** Begins to answer, by the clock that the system follows. When nothing has to be waited for, the effect has its result already. */
  readonly begin: (request: ApiRequest, base: Clock.Clock) => Effect.Effect<Outcome.Outcome>
}

const sendAnswer = (response: ServerResponse, { response: { body, headers, status } }: Outcome.Answered): void => {
  // The client is gone.
  if (response.destroyed) return
  response.writeHead(status, headers)
  // Node leaves the body of a HEAD request out. It sends a text together with the headers.
  response.end(body)
}

const send = (request: IncomingMessage, response: ServerResponse, outcome: Outcome.Outcome): Effect.Effect<void> =>
  outcome._tag === "Cut" ? Outcome.cutSocket(request, outcome) : Effect.sync(() => sendAnswer(response, outcome))

/** The answer to something that nobody expected. */
const failed = (response: ServerResponse, cause: Cause.Cause<never>): Effect.Effect<void> =>
  Cause.isInterruptedOnly(cause)
    ? Effect.void
    : Effect.zipRight(
        Effect.logError("A request failed unexpectedly", cause),
        Effect.sync(() => {
          if (!response.headersSent) response.writeHead(500)
          response.end()
        })
      )

/** Listens until the scope closes, and then finishes the open responses. Returns the origin. */
export const serve = (
  app: HttpApp.Default,
  api: Api,
  host: string,
  port: number
): Effect.Effect<string, PortUnavailable, Scope.Scope> =>
  Effect.gen(function* () {
    const clock = yield* Effect.clock
    const run = Forks.forker(yield* Effect.context<never>(), yield* Effect.getFiberRefs)
    // When a client disconnects, its request is interrupted.
    // Without a span of the platform's own: it would have the URLs and headers, and some of them have a code or an ID token in them.
    const handler = yield* NodeHttpServer.makeHandler(Effect.interruptible(app)).pipe(
      Effect.locally(HttpMiddleware.currentTracerDisabledWhen, constTrue)
    )
    const server = createServer()
    const afterResponses = trackResponses(server)
    server.on("request", (request, response) => {
      const { headers, method = "", url = "" } = request
      if (!api.isFor(method, url)) return handler(request, response)
      // Seam: only `set-cookie` can be a list, and the API does not read it.
      const asked: ApiRequest = { headers: headers as ApiRequest["headers"], method, url, source: request, isServed: true }
      const answer = () => {
        const begun = AtOnce.begin(() => api.begin(asked, clock))
        const known = AtOnce.resultOf(begun)
        if (known !== undefined && Exit.isSuccess(known) && known.value._tag === "Answered") {
          // Without a fiber, which would take longer than most answers.
          const { value } = known
          const sent = AtOnce.resultOf(AtOnce.begin(() => Exit.succeed(sendAnswer(response, value))))
          if (sent !== undefined && Exit.isFailure(sent)) run(failed(response, sent.cause))
          return
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
        if (response.destroyed) interrupt()
        else response.once("close", interrupt)
      }
      // A small body mostly comes with the head. Node has read it as soon as this listener has returned.
      if (headers["content-length"] === undefined) answer()
      else process.nextTick(answer)
    })
    return yield* Effect.acquireRelease(listen(server, withoutBrackets(host), port), () => close(server, afterResponses))
  })
