/**
 * A system, and helpers for requests to it.
 */
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import * as Effect from "effect/Effect"
import { DinteroEmbedded, PasswordHashing, type Seed } from "../../src/embedded.js"
import { account, audience } from "../utils/Account.js"

export { account, audience } from "../utils/Account.js"

export const [
  {
    clients: [client, reader],
    customers: [ada]
  }
] = DinteroEmbedded.demoSeed.accounts

export const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`

/** The fields of all bodies that are objects. */
export interface Body {
  readonly access_token: string
  readonly token_type: string
  readonly expires_in: number
  readonly refresh_token: string
  readonly mfa_token: string
  readonly oob_code: string
  readonly error: {
    readonly code: string
    readonly message: string
    readonly errors: ReadonlyArray<{ readonly code: string; readonly path: ReadonlyArray<string>; readonly message: string }>
  }
  readonly attributes: ReadonlyArray<{ readonly name: string }>
}

export interface Key {
  readonly alg: string
  readonly kty: string
  readonly use: string
  readonly n: string
  readonly e: string
  readonly kid: string
}

export interface Claims {
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly iat: number
  readonly exp: number
  readonly scopes: string
  readonly effect_dintero_client: string
  readonly jti: string
}

export interface ReceivedResponse {
  readonly status: number
  readonly headers: { readonly [name: string]: string | undefined }
  readonly text: string
  // Seam: a test states the type of a body by the fields that it reads.
  readonly body: Body
}

export interface Call {
  readonly authorization?: string | undefined
  readonly body?: unknown
  /** Sent unchanged instead of `body`, with `contentType`. */
  readonly raw?: string | Uint8Array
  readonly contentType?: string | undefined
  readonly headers?: { readonly [name: string]: string }
}

export type Api = (method: HttpMethod, path: string, call?: Call) => Effect.Effect<ReceivedResponse>

/** Paths below the demo account, or from the root when they start with `//`. */
export const apiOf =
  (embedded: Pick<DinteroEmbedded.EmbeddedService, "httpClient">): Api =>
  (method, path, call = {}) =>
    Effect.gen(function* () {
      const url = path.startsWith("//") ? path.slice(1) : `/v1/accounts/${account}${path}`
      const bytes = call.raw ?? (call.body === undefined ? undefined : JSON.stringify(call.body))
      const type = "contentType" in call ? call.contentType : "application/json"
      const plain = HttpClientRequest.make(method)(`http://any.host.example${url}`, {
        headers: {
          ...(call.authorization === undefined ? {} : { authorization: call.authorization }),
          ...call.headers
        }
      })
      const request =
        bytes === undefined
          ? plain
          : typeof bytes === "string"
            ? HttpClientRequest.bodyText(plain, bytes, type)
            : HttpClientRequest.bodyUint8Array(plain, bytes, type)
      const response = yield* embedded.httpClient.execute(
        type === undefined ? HttpClientRequest.setHeader(request, "content-type", "") : request
      )
      const text = yield* response.text
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: text === "" ? undefined : JSON.parse(text)
      }
    }).pipe(Effect.orDie)

/** Starts a system with cheap hashes. */
export const start = (options: DinteroEmbedded.Options = {}) =>
  DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests, ...options }).pipe(
    Effect.map((embedded) => ({ embedded, api: apiOf(embedded) }))
  )

export const tokenOf = (
  api: Api,
  { client_id, client_secret }: { readonly client_id: string; readonly client_secret: string } = client
): Effect.Effect<string> =>
  Effect.map(
    api("POST", "/auth/token", {
      authorization: basic(client_id, client_secret),
      body: { grant_type: "client_credentials", audience }
    }),
    ({ body }) => `Bearer ${body.access_token}`
  )

/** The claims of `Bearer <token>` or of a token. */
export const claimsOf = (token: string): Claims =>
  JSON.parse(Buffer.from(token.replace(/^Bearer /, "").split(".")[1] ?? "", "base64url").toString())

/** A seed with one account, and the given fields. */
export const seedOf = (part: Partial<Seed.Seed["accounts"][number]>): Seed.Seed => ({
  accounts: [{ account_id: account, clients: DinteroEmbedded.demoSeed.accounts[0].clients, ...part }]
})

export const login = (api: Api, authorization: string, body: object) =>
  api("POST", "/customers/login", { authorization, body: { type: "customer", audience, ...body } })

export const keysOf = (api: Api, authorization: string): Effect.Effect<ReadonlyArray<Key>> =>
  Effect.map(api("GET", "/auth/keys", { authorization }), ({ text }) => JSON.parse(text))
