/**
 * An OpenID provider that answers as a test says, also with what no provider may answer.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import * as Effect from "effect/Effect"
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose"
import * as Provider from "../../../utils/OpenIdProvider.js"

/** The key of the provider, and one that it does not know. */
const [own, foreign] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")])

const publicKey: JWK = { ...(await exportJWK(own.publicKey)), kid: "own", alg: "ES256", use: "sig" }

const now = (): number => Math.floor(Date.now() / 1000)

/** A signed ID token for the account, with other claims as far as they are given. */
export const idToken = (issuer: string, claims: JWTPayload = {}, by: "own" | "foreign" = "own", kid = "own"): Promise<string> =>
  new SignJWT({ iss: issuer, aud: Provider.client.id, sub: "ada", iat: now(), exp: now() + 60, ...claims })
    .setProtectedHeader({ alg: "ES256", kid })
    .sign(by === "own" ? own.privateKey : foreign.privateKey)

const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url")

/** An ID token whose header names no signature, or an HMAC with the secret that both sides know. */
export const unsigned = (issuer: string, alg: string, signature = ""): string =>
  `${base64url({ alg, kid: "own" })}.${base64url({ iss: issuer, aud: Provider.client.id, sub: "ada", iat: now(), exp: now() + 60 })}.${signature}`

export interface Received {
  readonly path: string
  readonly authorization: string | undefined
  readonly body: string
}

type Answer = (authority: string, response: ServerResponse) => unknown

export const json =
  (value: unknown, status = 200): Answer =>
  (_, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value))

/** The answer of the token endpoint with this ID token. */
export const tokens =
  (idToken: (issuer: string) => Promise<string> | string): Answer =>
  async (authority, response) =>
    json({ access_token: "the access token of the provider", token_type: "Bearer", id_token: await idToken(authority) })(
      authority,
      response
    )

/** What is told apart. */
export interface Script {
  readonly metadata?: (authority: string) => object
  readonly discovery?: Answer
  readonly token?: Answer
  readonly userinfo?: Answer
  readonly keys?: Answer
}

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** A provider until the scope ends. Without a script it signs Ada in. */
export const make = ({ metadata, ...script }: Script = {}) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const received: Array<Received> = []
      const answers: Readonly<Record<string, Answer>> = {
        "/.well-known/openid-configuration":
          script.discovery ??
          ((authority, response) =>
            json({
              issuer: authority,
              token_endpoint: `${authority}/token`,
              jwks_uri: `${authority}/jwks`,
              userinfo_endpoint: `${authority}/me`,
              id_token_signing_alg_values_supported: ["ES256"],
              ...metadata?.(authority)
            })(authority, response)),
        "/token": script.token ?? tokens(idToken),
        "/jwks": script.keys ?? json({ keys: [publicKey] }),
        "/me": script.userinfo ?? json({ sub: "ada", name: "Ada" })
      }
      const server = createServer(async (request, response) => {
        const path = request.url ?? ""
        received.push({ path, authorization: request.headers.authorization, body: await textOf(request) })
        await (answers[path] ?? json({}, 404))(authority, response)
      })
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
      const authority = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const close = () =>
        new Promise<void>((closed) => {
          server.close(() => closed())
          server.closeAllConnections()
        })
      return { authority, received, close }
    }),
    ({ close }) => Effect.promise(close)
  )
