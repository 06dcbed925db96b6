/** The least that a server of `node:http` can do: the same bytes and headers as the embedded system. Its parent sends it the answers. */
import { generateKeyPairSync, sign } from "node:crypto"
import { createServer } from "node:http"
import "./reportCpu.mjs"

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 })

/** `signs`: whether each answer needs a signature of its own, as an access token does. */
interface Answer {
  readonly headers: Record<string, string>
  readonly body: string
  readonly signs: boolean
}

let answers: Record<string, Answer> = {}

const server = createServer((request, response) => {
  const asked = `${request.method} ${request.url}`
  const answer = answers[asked] ?? answers[asked.replace(/[?&]unknown=\d+$/, "")]
  if (answer === undefined) {
    response.writeHead(404).end()
    return
  }
  request.resume()
  request.on("end", () => {
    if (answer.signs) sign("RSA-SHA256", Buffer.from(answer.body), privateKey)
    response.writeHead(200, answer.headers)
    response.end(answer.body)
  })
})

process.on("message", (message: { readonly answers?: Record<string, Answer> }) => {
  if (message.answers === undefined) return
  ;({ answers } = message)
  process.send?.({ answers: Object.keys(answers).length })
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}` })}\n`)
})
