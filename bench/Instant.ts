/** An `HttpClient` that answers at once, without a socket. It costs as little as possible: the noise of a `Response` is larger than the figures. */
import { Effect } from "effect"
import type * as BufferedResponses from "../src/internal/BufferedResponse.js"
import type * as LeanClients from "../src/internal/LeanClient.js"

const encoded = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const token = encoded({ access_token: "token", token_type: "Bearer", expires_in: 3600 })
const settings = encoded({ users: { customer_id_format: "uuid" } })

/** Made of the modules of any build of this package. */
export const make = ({ BufferedResponse }: typeof BufferedResponses, LeanClient: typeof LeanClients) =>
  LeanClient.make((request, url) =>
    Effect.sync(() => {
      const body = url.pathname.endsWith("/auth/token") ? token : settings
      const response = new BufferedResponse(request, 200, {
        "content-type": "application/json",
        "content-length": String(body.byteLength)
      })
      response.push(body)
      return response
    })
  )
