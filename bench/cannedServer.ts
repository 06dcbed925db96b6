/**
 * The server of the bench: canned answers and nothing else, in a process of its own. Prints its port.
 */
import * as Http from "node:http"
import { customer, idOf, indexOf, page } from "./People.js"

const settings = JSON.stringify({
  users: {
    customer_id_format: "uuid",
    head: { enabled: false },
    phone_number_validation: { allow_duplicates: false },
    mfa: {
      enabled: false,
      login: { challenge_type: "oob", oob_channel: "sms" },
      login_recovery: { challenge_type: "oob", oob_channel: "email" }
    },
    verifications: { phone_number: "sms" }
  },
  auto_tokens: {
    phone_number: [{ type: "SHA256" }, { type: "HMAC-SHA256", secret: "a-shared-secret" }],
    email: [{ type: "SHA256" }]
  },
  tokens: { event_expiry: [{ status: "OPT_OUT", time_to_live: 15780000 }] },
  attributes: [
    { name: "shoe_size", type: "integer", multiple_values: false, private: false },
    { name: "favorite_colors", type: "string", multiple_values: true, private: false },
    { name: "internal_rating", type: "real", multiple_values: false, private: true }
  ]
})
const token = JSON.stringify({ access_token: "x".repeat(700), token_type: "Bearer", expires_in: 86400 })

/** As many customers as a stream reads to its end. */
const total = 100_000

const firstPage = JSON.stringify(page(0, 100))
const oneCustomer = JSON.stringify(customer(0))

const list = (query: URLSearchParams): string => {
  const after = query.get("starting_after")
  const limit = Number(query.get("limit"))
  if (after === null && limit === 100) return firstPage
  const from = after === null ? 0 : indexOf(after) + 1
  return JSON.stringify(page(from, Math.min(limit, total - from)))
}

const bodyOf = ({ method, url = "" }: Http.IncomingMessage): string => {
  if (method !== "GET") return token
  const { pathname, searchParams } = new URL(url, "http://localhost")
  if (pathname.endsWith("/customers/users")) return list(searchParams)
  return pathname.endsWith(`/customers/users/${idOf(0)}`) ? oneCustomer : settings
}

const server = Http.createServer((request, response) => {
  const body = bodyOf(request)
  request.resume()
  request.on("end", () => {
    response.writeHead(200, { "content-type": "application/json; charset=utf-8", "content-length": Buffer.byteLength(body) })
    response.end(body)
  })
})

server.listen(0, "127.0.0.1", () => {
  const address = server.address()
  process.stdout.write(`${typeof address === "object" && address !== null ? address.port : 0}\n`)
})
