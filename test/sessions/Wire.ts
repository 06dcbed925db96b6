/**
 * A proxy that can hold a refresh on the wire, on its way to the server or on its way back.
 */
import * as Net from "node:net"
import { Effect } from "effect"

/** `hold`: the direction that is stopped once a refresh is sent. `held` is called at that moment. */
export const proxy = (target: string, hold: "requests" | "answers" | "nothing", held: () => void) =>
  Effect.acquireRelease(
    Effect.async<{ readonly server: Net.Server; readonly sockets: Set<Net.Socket> }>((resume) => {
      const sockets = new Set<Net.Socket>()
      const { hostname, port } = new URL(target)
      const server = Net.createServer((near) => {
        const far = Net.connect(Number(port), hostname)
        let isRefresh = false
        for (const socket of [near, far]) {
          sockets.add(socket)
          socket.on("error", () => undefined)
          socket.on("close", () => {
            near.destroy()
            far.destroy()
          })
        }
        // A request may come in pieces: the words that it is known by are in the last one, so what is held back lacks its end at least.
        near.on("data", (bytes) => {
          isRefresh ||= bytes.toString("latin1").includes('"grant_type":"refresh_token"')
          if (isRefresh && hold === "requests") held()
          else far.write(bytes)
        })
        far.on("data", (bytes) => {
          if (isRefresh && hold === "answers") held()
          else near.write(bytes)
        })
      })
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed({ server, sockets })))
    }),
    ({ server, sockets }) =>
      Effect.async<void>((resume) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resume(Effect.void))
      })
  ).pipe(
    Effect.map(({ server }) => {
      const address = server.address()
      return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`
    })
  )
