/**
 * Listeners of the event stream of a system: `listeners.mjs URL TOKEN COUNT`. Tells its parent when all of them are connected. It counts the
 * bytes that they get, and reports them when the parent asks. With `slow`, they read nothing after the head.
 */
import { connect } from "node:net"

const [url, token, count, kind] = process.argv.slice(2)
const { host, hostname, port } = new URL(url)
let open = 0
let bytes = 0
let ended = 0

for (let i = 0; i < Number(count); i++) {
  const socket = connect(Number(port), hostname, () =>
    socket.write(`GET /_embedded/events HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n\r\n`)
  )
  socket.on("error", () => undefined).on("close", () => ended++)
  socket.on("data", (chunk) => {
    bytes += chunk.length
  })
  socket.once("data", (chunk) => {
    if (!String(chunk).startsWith("HTTP/1.1 200")) throw new Error(String(chunk))
    if (kind === "slow") socket.pause()
    open++
    if (open === Number(count)) process.send?.("listening")
  })
}

process.on("message", () => process.send?.({ bytes, ended }))
