/**
 * Sends what Dintero's own Node SDK sends for a token (its `src/middleware.ts`, of 2025), with the same library below it, to a served system.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import createClient from "openapi-fetch"
import { account, audience } from "../utils/Account.js"

interface Paths {
  readonly "/accounts/{oid}/auth/token": {
    readonly post: {
      readonly parameters: { readonly path: { readonly oid: string } }
      readonly requestBody: {
        readonly content: { readonly "application/json": { readonly grant_type: string; readonly audience: string } }
      }
      readonly responses: {
        readonly 200: {
          readonly content: { readonly "application/json": { readonly access_token: string; readonly expires_in: number } }
        }
        readonly 401: { readonly content: { readonly "application/json": { readonly error: { readonly message: string } } } }
      }
    }
  }
  readonly "/accounts/{aid}/customers/settings": {
    readonly get: {
      readonly parameters: { readonly path: { readonly aid: string } }
      readonly responses: { readonly 200: { readonly content: { readonly "application/json": unknown } } }
    }
  }
}

const [{ clients }] = DinteroEmbedded.demoSeed.accounts
const [demo] = clients

/** The account in an audience: its user, or else the third part of its path. */
const accountIn = (url: URL): string => url.username || (url.pathname.split("/").filter(Boolean)[2] ?? "")

describe("the token request of Dintero's Node SDK", () => {
  for (const [form, given] of Object.entries({
    "with the account in the path": audience,
    "with the account as the user": `https://${account}@api.dintero.com/v1/accounts/${account}`,
    "with the account as the user alone": `https://${account}@api.dintero.com`
  })) {
    it.scopedLive(`gets a token that the API takes, ${form}`, () =>
      Effect.gen(function* () {
        const { url } = yield* DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests })
        yield* Effect.promise(async () => {
          const client = createClient<Paths>({ baseUrl: url })
          client.use({
            onRequest: ({ request }) => {
              const versioned = new URL(request.url)
              versioned.pathname = `/v1${versioned.pathname}`
              return new Request(versioned.toString(), request)
            }
          })
          const requested = await client.POST("/accounts/{oid}/auth/token", {
            params: { path: { oid: accountIn(new URL(given)) } },
            headers: { Authorization: `Basic ${Buffer.from(`${demo.client_id}:${demo.client_secret}`).toString("base64")}` },
            body: { grant_type: "client_credentials", audience: given }
          })
          assert.strictEqual(requested.response.status, 200)
          const settings = await client.GET("/accounts/{aid}/customers/settings", {
            params: { path: { aid: account } },
            headers: { Authorization: `Bearer ${requested.data?.access_token}` }
          })
          assert.strictEqual(settings.response.status, 200)
        })
      })
    )
  }
})
