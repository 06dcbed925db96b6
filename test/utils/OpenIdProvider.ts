/**
 * A real OpenID provider on this machine: `oidc-provider` behind a free port, which is known when this file is imported. The provider itself is
 * made at the first request.
 */
import { once } from "node:events"
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { exportJWK, generateKeyPair } from "jose"

/** What the provider says about its users, by their `sub`. */
export const users = {
  ada: { name: "Ada Lovelace", email: "Ada@Example.com", email_verified: true },
  /** Says that her email is Ada's, which nobody has checked. */
  eve: { name: "Eve", email: "ada@example.com", email_verified: false },
  /** Has no email. */
  grace: { name: "Grace Hopper" }
} as const

export const client = { id: "the-account", secret: "the secret of the account at its provider: 100% + more" }

export const redirectUri = "https://shop.example.com/callback"

/** The part of the package that this file uses. It has no types of its own. */
interface Package {
  readonly default: new (
    issuer: string,
    configuration: object
  ) => {
    readonly callback: () => RequestListener
    readonly Grant: new (of: object) => { readonly addOIDCScope: (scope: string) => void; readonly save: () => Promise<string> }
    readonly interactionDetails: (
      request: IncomingMessage,
      response: ServerResponse
    ) => Promise<{ readonly params: { readonly login_hint?: string } }>
    readonly interactionFinished: (request: IncomingMessage, response: ServerResponse, result: object) => Promise<void>
  }
}

const makeProvider = async () => {
  const name = "oidc-provider"
  // Seam: the package has no types.
  const { default: Provider } = (await import(name)) as Package
  const { privateKey } = await generateKeyPair("RS256", { extractable: true })
  const scope = "openid email profile"
  const provider = new Provider(authority, {
    clients: [
      {
        client_id: client.id,
        client_secret: client.secret,
        redirect_uris: [redirectUri],
        response_types: ["code"],
        grant_types: ["authorization_code"]
      }
    ],
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: "RS256", use: "sig" }] },
    cookies: { keys: ["a key for the cookies of the tests"] },
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => false },
    interactions: { url: (_: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    findAccount: (_: unknown, id: keyof typeof users) => ({ accountId: id, claims: () => ({ sub: id, ...users[id] }) }),
    // Nobody has to consent.
    loadExistingGrant: async ({
      oidc
    }: {
      readonly oidc: { readonly client: { readonly clientId: string }; readonly session: { readonly accountId: string } }
    }) => {
      const grant = new provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId })
      grant.addOIDCScope(scope)
      await grant.save()
      return grant
    },
    ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Interaction: 60, Session: 60, Grant: 60 }
  })
  const callback = provider.callback()
  return async (request: IncomingMessage, response: ServerResponse) => {
    if (request.url?.startsWith("/interaction/") !== true) return callback(request, response)
    const { params } = await provider.interactionDetails(request, response)
    return provider.interactionFinished(request, response, { login: { accountId: params.login_hint } })
  }
}

let provider: ReturnType<typeof makeProvider> | undefined

const server = createServer((request, response) => {
  provider ??= makeProvider()
  provider.then((handle) => handle(request, response)).catch((error: unknown) => response.destroy(error as Error))
})

server.listen(0, "127.0.0.1")
// It ends with the process.
server.unref()
await once(server, "listening")

export const authority = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

/** Signs a user in as a browser does, and gives the code with which the provider sends the browser back. */
export const codeFor = async (user: keyof typeof users): Promise<string> => {
  const cookies = new Map<string, string>()
  let url = `${authority}/auth?${new URLSearchParams({
    client_id: client.id,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: "openid email profile",
    login_hint: user,
    nonce: "a nonce that the account does not know"
  })}`
  for (let step = 0; step < 10; step++) {
    const response = await fetch(url, {
      redirect: "manual",
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") }
    })
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    const location = response.headers.get("location")
    if (location === null) throw new Error(`the provider answered ${response.status} ${await response.text()}`)
    url = new URL(location, url).href
    const code = url.startsWith(redirectUri) ? new URL(url).searchParams.get("code") : null
    if (code !== null) return code
  }
  throw new Error("the provider redirects for ever")
}
