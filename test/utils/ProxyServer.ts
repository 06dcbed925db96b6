/**
 * A real HTTP proxy on a free port of this machine. It connects as requested (`CONNECT`), or refuses.
 */
import * as Http from "node:http"
import * as Net from "node:net"
import { Effect, type Scope } from "effect"

export interface ProxyServer {
  /** With no user. */
  readonly port: number
  /** The requests in their order: the target, and the credentials. */
  readonly seen: ReadonlyArray<{ readonly target: string; readonly authorization: string | undefined }>
}

/** A status other than 200 refuses, and `drop` ends the connection without a word. */
export type Manner = number | "drop"

export const make = (manner: (count: number) => Manner = () => 200): Effect.Effect<ProxyServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<{ readonly server: Http.Server; readonly sockets: Set<Net.Socket>; readonly proxy: ProxyServer }>((resume) => {
      const seen: Array<ProxyServer["seen"][number]> = []
      const sockets = new Set<Net.Socket>()
      const server = Http.createServer((_request, response) => response.writeHead(405).end())
      server.on("connection", (socket) => {
        sockets.add(socket)
        socket.once("close", () => sockets.delete(socket))
      })
      server.on("connect", (request, socket, head) => {
        seen.push({ target: request.url ?? "", authorization: request.headers["proxy-authorization"] })
        const how = manner(seen.length)
        socket.on("error", () => undefined)
        if (how !== 200) {
          if (how === "drop") socket.destroy()
          else socket.end(`HTTP/1.1 ${how} No\r\ncontent-length: 0\r\n\r\n`)
          return
        }
        const { hostname, port } = new URL(`http://${request.url}`)
        const upstream = Net.connect(Number(port), hostname, () => {
          socket.write("HTTP/1.1 200 Connection Established\r\n\r\n")
          upstream.write(head)
          upstream.pipe(socket).pipe(upstream)
        })
        sockets.add(upstream)
        upstream.on("error", () => socket.destroy())
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as Net.AddressInfo
        resume(Effect.succeed({ server, sockets, proxy: { port, seen } }))
      })
    }),
    ({ server, sockets }) =>
      Effect.async<void>((resume) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resume(Effect.void))
      })
  ).pipe(Effect.map(({ proxy }) => proxy))
