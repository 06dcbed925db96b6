/**
 * openapi-fetch, set up as Dintero's own Node SDK sets it up: a middleware that prefixes the version and one that adds a bearer
 * token, cached until half of its life has gone. Written for this bench; neither retries, nor validates, nor times out.
 */
import createClient from "openapi-fetch"

interface Paths {
  "/accounts/{aid}/customers/users": {
    get: {
      parameters: { path: { aid: string }; query: { limit: number } }
      responses: { 200: { content: { "application/json": ReadonlyArray<unknown> } } }
    }
  }
  "/accounts/{aid}/customers/users/{customer_id}": {
    get: {
      parameters: { path: { aid: string; customer_id: string } }
      responses: { 200: { content: { "application/json": unknown } } }
    }
  }
  "/accounts/{aid}/customers/settings": {
    get: { parameters: { path: { aid: string } }; responses: { 200: { content: { "application/json": unknown } } } }
  }
  "/accounts/{aid}/customers/login": {
    post: {
      parameters: { path: { aid: string } }
      requestBody: { content: { "application/json": unknown } }
      responses: { 200: { content: { "application/json": unknown } } }
    }
  }
  "/accounts/{oid}/auth/token": {
    post: {
      parameters: { path: { oid: string } }
      requestBody: { content: { "application/json": unknown } }
      responses: { 200: { content: { "application/json": { access_token: string; expires_in: number } } } }
    }
  }
}

export const makePeer = (origin: string, accountId: string, clientId: string, clientSecret: string) => {
  const client = createClient<Paths>({ baseUrl: origin })
  let cached: { token: string; until: number } | undefined
  client.use(
    {
      onRequest({ request }) {
        const url = new URL(request.url)
        url.pathname = `/v1${url.pathname}`
        return new Request(url.toString(), request)
      }
    },
    {
      async onRequest({ request }) {
        if (request.headers.get("Authorization") !== null) return undefined
        const now = Math.floor(Date.now() / 1000)
        if (cached === undefined || cached.until < now) {
          const { data } = await client.POST("/accounts/{oid}/auth/token", {
            params: { path: { oid: accountId } },
            headers: { Authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}` },
            body: { grant_type: "client_credentials", audience: `https://api.dintero.com/v1/accounts/${accountId}` }
          })
          if (data === undefined) throw new Error("no token")
          cached = { token: data.access_token, until: now + Math.floor(data.expires_in / 2) }
        }
        request.headers.set("Authorization", `Bearer ${cached.token}`)
        return request
      }
    },
    {
      onRequest({ request }) {
        if (request.headers.get("User-Agent") === null) request.headers.set("User-Agent", "bench")
        return request
      }
    }
  )
  return client
}
