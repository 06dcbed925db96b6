/**
 * A library for OAuth 2.0 that has nothing of ours, against a served system. What Dintero's protocol does differently is in
 * `docs/oauth-libraries.md`, with the adapter that is used here.
 */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import * as oauth from "oauth4webapi"
import { account, audience } from "../utils/Account.js"
import { dinteroFetch } from "./DinteroFetch.js"

const [{ clients, customers }] = DinteroEmbedded.demoSeed.accounts
const [demo] = clients
const [ada] = customers
const client: oauth.Client = { client_id: demo.client_id }

const secret = oauth.ClientSecretBasic(demo.client_secret)

const started = Effect.map(DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests }), ({ url }) => {
  const api = `${url}/v1/accounts/${account}`
  const server: oauth.AuthorizationServer = {
    issuer: "https://api.dintero.com",
    token_endpoint: `${api}/auth/token`,
    revocation_endpoint: `${api}/auth/revoke`
  }
  return { api, server }
})

/** The client's own token, by the library. */
const clientToken = async (server: oauth.AuthorizationServer) => {
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    secret,
    { audience },
    {
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: dinteroFetch(() => Promise.reject(new Error("This grant needs no token.")))
    }
  )
  return oauth.processClientCredentialsResponse(server, client, response)
}

describe("oauth4webapi", () => {
  it.scopedLive("completes client credentials, a refresh and a revocation", () =>
    Effect.gen(function* () {
      const { api, server } = yield* started
      yield* Effect.promise(async () => {
        const own = await clientToken(server)
        assert.deepStrictEqual([own.token_type, own.expires_in], ["bearer", 14400])
        const login = await fetch(`${api}/customers/login`, {
          method: "POST",
          headers: { authorization: `Bearer ${own.access_token}`, "content-type": "application/json" },
          body: JSON.stringify({ type: "customer", email: ada.email, password: DinteroEmbedded.demoPassword, audience })
        })
        const { refresh_token } = (await login.json()) as { readonly refresh_token: string }
        const options = {
          [oauth.allowInsecureRequests]: true,
          [oauth.customFetch]: dinteroFetch(() => Promise.resolve(own.access_token))
        }
        const refresh = async () =>
          oauth.processRefreshTokenResponse(
            server,
            client,
            await oauth.refreshTokenGrantRequest(server, client, secret, refresh_token, options)
          )
        const refreshed = await refresh()
        assert.match(refreshed.access_token, /^ey/)
        assert.strictEqual(
          (
            await fetch(`${api}/customers/users/${ada.customer_id}`, {
              headers: { authorization: `Bearer ${refreshed.access_token}` }
            })
          ).status,
          200
        )
        await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, secret, refresh_token, options))
        const refused = await refresh().then(
          () => "refreshed",
          (error: unknown) => (error instanceof Error ? error.constructor.name : "no error")
        )
        assert.notStrictEqual(refused, "refreshed")
      })
    })
  )

  it.scopedLive("without the adapter its encoded name is refused, as the page says", () =>
    Effect.gen(function* () {
      const { server } = yield* started
      const response = yield* Effect.promise(() =>
        oauth.clientCredentialsGrantRequest(server, client, secret, { audience }, { [oauth.allowInsecureRequests]: true })
      )
      assert.strictEqual(response.status, 401)
    })
  )

  it("the page has the adapter word for word", () => {
    const page = readFileSync(new URL("../../docs/oauth-libraries.md", import.meta.url), "utf8")
    const adapter = readFileSync(new URL("./DinteroFetch.ts", import.meta.url), "utf8")
    assert.include(page, adapter.trim())
  })
})
