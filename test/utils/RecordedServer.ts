/**
 * A real HTTP server that answers as the service was recorded to answer: the bodies byte for byte, the claims of tokens, and authorisation before
 * everything else. It shares nothing with the embedded system, so that a client which both are good for depends on neither.
 *
 * The answers to a wrong password, code, refresh token or client secret were not recorded, and are assumed.
 */
import { createHash } from "node:crypto"
import * as Http from "node:http"
import type * as Net from "node:net"
import { Effect } from "effect"
import { account } from "./Account.js"

export { account, audience } from "./Account.js"

export const bodies = {
  unauthorized: '{"error":{"errors":[],"message":"UNAUTHORIZED"}}',
  forbidden: '{"error":{"errors":[],"message":"FORBIDDEN"}}',
  badRequest: '{"error":{"errors":[],"message":"BAD_REQUEST"}}',
  validation:
    '{"error":{"code":"INVALID_REQUEST_PARAMETER","errors":[{"code":"OBJECT_MISSING_REQUIRED_PROPERTY","params":["type"],"message":"Missing required property: type","path":[]}],"in":"body","message":"Invalid parameter (data): Value failed JSON Schema validation","name":"data","path":["paths","/accounts/{aid}/customers/users","post","parameters","0"]}}',
  notFound: '{"error":{"code":"NOT FOUND","message":"Customer not found"}}',
  unknownRoute: `{
  "error": {
    "code": "NOT_FOUND",
    "errors": [{
      "description": "resource not supported by api"
    }],
    "message": "unknown resource"
  }
}
`
} as const

/** Express' own: the length in hex, and the beginning of the SHA-1. */
export const etag = (body: string): string =>
  `W/"${Buffer.byteLength(body).toString(16)}-${createHash("sha1").update(body).digest("base64").slice(0, 27)}"`

export interface Reply {
  readonly status: number
  readonly body: string
  readonly contentType?: string
}

export const client = { id: "3f6a3cf2-62c4-4f4c-9c6e-2a1d5f0c7b11", secret: "the-secret-of-the-client" }
export const person = { email: "ada@example.com", password: "correct horse", code: "734105" }
export const refreshToken = "the-refresh-token-of-ada"

const allScopes = "admin:customers write:accounts write:accounts:/auth/users create:accounts:auth:refresh_token"

export interface Options {
  /** The scopes in the tokens of the client. */
  readonly scopes?: string
  /** The scopes in the tokens of customers. */
  readonly customerScopes?: string
  /** Tokens that say nothing, as of a service that makes no JWTs. */
  readonly isOpaque?: boolean
  /** A password alone is not enough. */
  readonly asksForCode?: boolean
}

/** The name of a request: the last part of its path, or the grant for the token endpoint. */
export type Kind = "settings" | "login" | "mfa-login" | "challenge" | `token ${string}`

export interface RecordedServer {
  readonly origin: string
  /** How many requests of a kind came. */
  readonly count: (kind: Kind) => number
  /** From now on this is the answer to requests of that kind, or to the next `times` of them. Nothing else of them is looked at. */
  readonly interpose: (kind: Kind, reply: Reply, times?: number) => void
  /** Removes the answers that replace its own ones. */
  readonly heal: () => void
  /** Every access token that was given is refused from now on. */
  readonly revokeTokens: () => void
}

const segment = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

const json = (status: number, value: unknown): Reply => ({ status, body: JSON.stringify(value) })
const unauthorized: Reply = { status: 401, body: bodies.unauthorized }
const forbidden: Reply = { status: 403, body: bodies.forbidden }
const wrong: Reply = json(403, { error: { code: "WRONG CREDENTIALS", message: "Unknown user or wrong credentials" } })

/** Of the operations that are asked for here, any one of them suffices. */
const needs = (kind: Kind): ReadonlyArray<string> => {
  if (kind === "settings") return ["admin:customers", "read:customers", "public:customers"]
  if (kind === "challenge") return ["admin:accounts", "write:accounts", "write:accounts:/auth/mfa"]
  if (kind.startsWith("token")) return ["admin:accounts", "write:accounts", "write:accounts:/auth/users"]
  return ["write:accounts:/auth/users"]
}

const kindOf = (path: string, grant: unknown): Kind | undefined => {
  const prefix = `/v1/accounts/${account}`
  switch (path) {
    case `${prefix}/customers/settings`:
      return "settings"
    case `${prefix}/customers/login`:
      return "login"
    case `${prefix}/customers/mfa_login`:
      return "mfa-login"
    case `${prefix}/auth/mfa/challenge`:
      return "challenge"
    case `${prefix}/auth/token`:
      return `token ${grant}`
    default:
      return undefined
  }
}

export const make = ({ asksForCode, customerScopes = allScopes, isOpaque, scopes = allScopes }: Options = {}) =>
  Effect.acquireRelease(
    Effect.async<{ readonly server: Http.Server; readonly recorded: RecordedServer }>((resume) => {
      let tokens = new Map<string, ReadonlyArray<string>>()
      const counts = new Map<string, number>()
      let interposed: { readonly kind: Kind; readonly reply: Reply; left: number } | undefined
      let made = 0

      const tokenWith = (sub: string, scopes: string): string => {
        const iat = Math.floor(Date.now() / 1000)
        const header = { alg: "RS256", typ: "JWT", kid: `test.dintero.com/${"a".repeat(40)}` }
        const claims = {
          iss: "https://test.dintero.com",
          aud: `https://${account}@test.dintero.com/v1/accounts/${account}`,
          sub,
          scopes,
          version: 2,
          iat,
          exp: iat + 14400
        }
        const token = isOpaque === true ? `token-${++made}` : `${segment(header)}.${segment(claims)}.signature-${++made}`
        tokens.set(token, scopes.split(" "))
        return token
      }

      const session = (): Reply =>
        json(200, {
          access_token: tokenWith("ada", customerScopes),
          expires_in: 14400,
          token_type: "Bearer",
          refresh_token: refreshToken
        })

      const mfa = { mfa_token: "the-mfa-token" }

      const judge = (kind: Kind, body: { readonly [name: string]: unknown }): Reply => {
        switch (kind) {
          case "settings":
            return json(200, { users: { customer_id_format: "uuid" } })
          case "login":
          case "token password":
            if (kind === "login" && body.type === undefined) return { status: 400, body: bodies.validation }
            if (body.password !== person.password || (body.email ?? body.username) !== person.email) return wrong
            return asksForCode === true
              ? json(403, { error: { code: "mfa_required", message: "Multifactor authentication required" }, ...mfa })
              : session()
          case "mfa-login":
            return body.secret === person.password ? json(200, { ...mfa, challenge_type: "oob", links: [] }) : wrong
          case "challenge":
            return json(200, { challenge_type: "oob", oob_code: "the-oob-code", binding_method: "prompt" })
          case "token mfa_oob":
            return body.binding_code === person.code ? session() : wrong
          case "token authorization_code":
            return body.verification_code === person.code ? session() : wrong
          case "token refresh_token":
            return body.refresh_token === refreshToken ? session() : wrong
          default:
            return { status: 400, body: bodies.badRequest }
        }
      }

      const answer = (kind: Kind | undefined, authorization: string, body: { readonly [name: string]: unknown }): Reply => {
        if (kind === "token client_credentials") {
          const basic = `Basic ${Buffer.from(`${client.id}:${client.secret}`).toString("base64")}`
          if (authorization !== basic) return unauthorized
          return json(200, { access_token: tokenWith(client.id, scopes), expires_in: 14400, token_type: "Bearer" })
        }
        const own = tokens.get(authorization.replace("Bearer ", ""))
        if (own === undefined) return unauthorized
        if (kind === undefined) return { status: 404, body: bodies.unknownRoute }
        return needs(kind).some((scope) => own.includes(scope)) ? judge(kind, body) : forbidden
      }

      const server = Http.createServer({ keepAlive: true }, (request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          const text = Buffer.concat(chunks).toString()
          const body = text === "" ? {} : JSON.parse(text)
          const kind = kindOf(request.url ?? "", body.grant_type)
          counts.set(String(kind), (counts.get(String(kind)) ?? 0) + 1)
          const isInterposed = interposed !== undefined && interposed.kind === kind && interposed.left-- > 0
          const reply =
            isInterposed && interposed !== undefined ? interposed.reply : answer(kind, request.headers.authorization ?? "", body)
          response.writeHead(reply.status, {
            "content-type": reply.contentType ?? "application/json; charset=utf-8",
            "content-length": Buffer.byteLength(reply.body),
            etag: etag(reply.body)
          })
          response.end(reply.body)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as Net.AddressInfo
        const recorded: RecordedServer = {
          origin: `http://127.0.0.1:${port}`,
          count: (kind) => counts.get(kind) ?? 0,
          interpose: (kind, reply, times = Number.POSITIVE_INFINITY) => {
            interposed = { kind, reply, left: times }
          },
          heal: () => {
            interposed = undefined
          },
          revokeTokens: () => {
            tokens = new Map()
          }
        }
        resume(Effect.succeed({ server, recorded }))
      })
    }),
    ({ server }) =>
      Effect.async<void>((resume) => {
        server.closeAllConnections()
        server.close(() => resume(Effect.void))
      })
  ).pipe(Effect.map(({ recorded }) => recorded))
