/**
 * The contract as a page: the Swagger UI of `@effect/platform`. It loads nothing from other hosts.
 */
import { createHash } from "node:crypto"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiBuilder from "@effect/platform/HttpApiBuilder"
import * as HttpApiSwagger from "@effect/platform/HttpApiSwagger"
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as OpenApi from "@effect/platform/OpenApi"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { httpApi } from "../../../../contract/OpenApi.js"

/** Requests from the page go to this system, and not to Dintero. */
const api = httpApi().annotate(OpenApi.Servers, [{ url: "/v1", description: "This embedded system" }])

/** Swagger UI writes styles and a script into the page. */
const policy =
  "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const headers = { "content-security-policy": policy, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" }

// Seam: `Api` has no errors of its own in its type, and an API that is made from entries may have any. The page reads only its endpoints.
const layerApi = Layer.succeed(HttpApi.Api, { api: api as never, context: Context.empty() })

const layer = HttpApiSwagger.layer({ path: "/docs" }).pipe(
  Layer.provideMerge(
    Layer.mergeAll(layerApi, HttpApiBuilder.Router.Live, HttpApiBuilder.Middleware.layer, HttpServer.layerContext)
  )
)

/** What is served under a path. */
export interface Document {
  readonly bytes: Uint8Array
  readonly contentType: string
}

/** Makes the documents. Each takes tens of milliseconds, in which nothing else is answered. */
export interface Builders {
  readonly page: Effect.Effect<Document>
  readonly openApi: Effect.Effect<Document>
}

const build: Builders = {
  page: Effect.gen(function* () {
    const response = yield* Effect.flatten(HttpApiBuilder.httpApp)
    const web = HttpServerResponse.toWeb(response)
    return {
      bytes: new Uint8Array(yield* Effect.promise(() => web.arrayBuffer())),
      contentType: web.headers.get("content-type") ?? "text/html; charset=utf-8"
    }
  }).pipe(
    Effect.provide(layer),
    // The page is the same for everyone who asks for it.
    Effect.provideService(HttpServerRequest.HttpServerRequest, HttpServerRequest.fromWeb(new Request("http://127.0.0.1/docs"))),
    Effect.scoped,
    Effect.orDie
  ),
  openApi: Effect.sync(() => ({
    bytes: new TextEncoder().encode(JSON.stringify(OpenApi.fromApi(api))),
    contentType: "application/json"
  }))
}

interface Built extends Document {
  readonly etag: string
}

/** Builds at the first request, once for all that come meanwhile and later. One of them that goes away stops nothing. */
const once = (document: Effect.Effect<Document>): Effect.Effect<Built> => {
  let built: Promise<Built> | undefined
  const make = (): Promise<Built> => {
    const making = Effect.runPromise(document).then((made) => ({
      ...made,
      etag: `"${createHash("sha256").update(made.bytes).digest("base64url").slice(0, 27)}"`
    }))
    // The next request tries again.
    making.catch(() => {
      built = undefined
    })
    return making
  }
  return Effect.promise(() => {
    built ??= make()
    return built
  })
}

/** Whether the requester has the document already (RFC 9110, 13.1.2). */
const isKnown = (condition: string, etag: string): boolean =>
  condition.split(",").some((one) => ["*", etag, `W/${etag}`].includes(one.trim()))

/** `GET /docs` and `GET /docs/openapi.json`, and `HEAD` of them. */
export const make = (builders: Builders): HttpApp.Default => {
  const [page, openApi] = [once(builders.page), once(builders.openApi)]
  return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
    Effect.map(request.url.startsWith("/docs/") ? openApi : page, ({ bytes, contentType, etag }) => {
      // The browser asks each time, since the next release has another page.
      const all = { ...headers, etag, "cache-control": "no-cache" }
      return isKnown(request.headers["if-none-match"] ?? "", etag)
        ? HttpServerResponse.empty({ status: 304, headers: all })
        : HttpServerResponse.uint8Array(bytes, { contentType, headers: all })
    })
  )
}

/** Of this process, whichever of its systems is asked. */
export const app: HttpApp.Default = make(build)
