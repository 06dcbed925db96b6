/**
 * The contract as a page: the Swagger UI of `@effect/platform`. It loads nothing from other hosts.
 */
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

const openApi = Effect.sync(() => HttpServerResponse.unsafeJson(OpenApi.fromApi(api)))

/** `GET /docs` and `GET /docs/openapi.json`. Built for each request, since few people open them twice. */
export const app: HttpApp.Default = Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) =>
  request.url.startsWith("/docs/") ? openApi : Effect.provide(Effect.flatten(HttpApiBuilder.httpApp), layer)
).pipe(Effect.map(HttpServerResponse.setHeaders(headers)))
