/**
 * Clients that send a body a byte a second, in a process of their own. Prints a line when all are connected, and one when all have ended.
 * Arguments: the origin, the path, the authorization and the number of clients.
 */
import { connect } from "node:net"

const [, , origin = "", path = "", authorization = "", count = "0"] = process.argv
const clients = Number(count)
const { host, hostname, port } = new URL(origin)
const head = [
  `POST ${path} HTTP/1.1`,
  `Host: ${host}`,
  `Authorization: ${authorization}`,
  "Content-Type: application/json",
  "Content-Length: 10000",
  "\r\n"
].join("\r\n")

let connected = 0
let ended = 0
let named = 0
let last = 0

const client = () => {
  const socket = connect(Number(port), hostname)
  let text = ""
  let begun = 0
  let trickle
  socket.setEncoding("utf8")
  socket.once("connect", () => {
    begun = performance.now()
    socket.write(head)
    trickle = setInterval(() => socket.write(" "), 1_000)
    if (++connected === clients) process.stdout.write("connected\n")
  })
  socket.on("data", (chunk) => {
    text += chunk
  })
  socket.on("error", () => undefined)
  socket.on("end", () => clearInterval(trickle))
  socket.on("close", () => {
    clearInterval(trickle)
    last = Math.max(last, performance.now() - begun)
    if (text.startsWith("HTTP/1.1 408 ") && text.includes("timeLimits.body")) named++
    if (++ended === clients) process.stdout.write(`${JSON.stringify({ named, last })}\n`)
  })
}

// Spread over a second, as their bytes are.
for (let i = 0; i < clients; i++) setTimeout(client, (i * 1_000) / clients)
