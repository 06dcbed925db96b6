/**
 * A real HTTP server on a free port of this machine that answers as a test says: well, badly, late, half, or not at all.
 */
import * as Http from "node:http"
import type * as Net from "node:net"
import { Effect } from "effect"

/** `count` is the number of the request on this route, from 1. */
export type Answer = (request: Http.IncomingMessage, response: Http.ServerResponse, count: number) => void

export interface ScriptedServer {
  readonly origin: string
  readonly tokenRequests: () => number
  readonly resourceRequests: () => number
  /** The received requests with first line and body, for tests of the bytes that were sent. */
  readonly seen: ReadonlyArray<{ readonly line: string; readonly headers: Http.IncomingHttpHeaders; readonly body: string }>
  /** How many connections were cut by the client before an answer was complete. */
  readonly aborted: () => number
}

export const json =
  (status: number, body: unknown, headers: Http.OutgoingHttpHeaders = {}): Answer =>
  (_request, response) => {
    const text = JSON.stringify(body)
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text), ...headers })
    response.end(text)
  }

export const text =
  (status: number, body: string, contentType = "application/json", headers: Http.OutgoingHttpHeaders = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(body), ...headers })
    response.end(body)
  }

export const reset: Answer = (request) => {
  ;(request.socket as Net.Socket).resetAndDestroy()
}

/** Announces `body` whole, sends its first half, then cuts the connection. */
export const resetMidBody =
  (body: string): Answer =>
  (request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
    response.write(body.slice(0, body.length / 2), () => setTimeout(() => (request.socket as Net.Socket).resetAndDestroy(), 10))
  }

/** Sends the head and the first half, then nothing. */
export const stall =
  (body: string): Answer =>
  (_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) })
    response.write(body.slice(0, body.length / 2))
  }

export const silence: Answer = () => {}

export const after =
  (millis: number, answer: Answer): Answer =>
  (request, response, count) => {
    setTimeout(() => answer(request, response, count), millis)
  }

/** The n-th answer to the n-th request, the last one from then on. */
export const script =
  (...answers: readonly [Answer, ...Array<Answer>]): Answer =>
  (request, response, count) =>
    (answers[count - 1] ?? answers[answers.length - 1] ?? silence)(request, response, count)

export const goodToken = json(200, { access_token: "good-token", token_type: "Bearer", expires_in: 3600 })

export const goodSettings = json(200, { users: { customer_id_format: "uuid" } })

export const make = (routes: { readonly token?: Answer | undefined; readonly resource?: Answer | undefined }) =>
  Effect.acquireRelease(
    Effect.async<{ readonly server: Http.Server; readonly scripted: ScriptedServer }>((resume) => {
      const seen: Array<ScriptedServer["seen"][number]> = []
      let tokenRequests = 0
      let resourceRequests = 0
      let aborted = 0
      const server = Http.createServer({ keepAlive: true }, (request, response) => {
        const isToken = request.url?.endsWith("/auth/token") === true
        const count = isToken ? ++tokenRequests : ++resourceRequests
        response.on("close", () => {
          if (!response.writableFinished) aborted++
        })
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          seen.push({
            line: `${request.method} ${request.url}`,
            headers: request.headers,
            body: Buffer.concat(chunks).toString()
          })
          const answer = isToken ? (routes.token ?? goodToken) : (routes.resource ?? goodSettings)
          answer(request, response, count)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as Net.AddressInfo
        resume(
          Effect.succeed({
            server,
            scripted: {
              origin: `http://127.0.0.1:${port}`,
              tokenRequests: () => tokenRequests,
              resourceRequests: () => resourceRequests,
              seen,
              aborted: () => aborted
            }
          })
        )
      })
    }),
    ({ server }) =>
      Effect.async<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  ).pipe(Effect.map(({ scripted }) => scripted))
