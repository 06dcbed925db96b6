/**
 * Everything that a served system serves: the API, the controls, the inspector page and the documentation.
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { prefix } from "../controls/http/ControlApi.js"
import * as ControlServer from "../controls/http/ControlServer.js"
import * as InspectorPage from "../inspector/InspectorPage.js"

const isLoopback = (address: string): boolean => /^(?:::ffff:)?127\.|^::1$/.test(address)

const notFromHere = HttpServerResponse.unsafeJson(
  {
    _tag: "ControlRefused",
    message: "The controls answer this machine alone, unless the system was started with remote controls allowed"
  },
  { status: 403 }
)

let loadedDocs: Promise<typeof import("../controls/http/Docs.js")> | undefined

/** Swagger UI has two megabytes, so it is imported at the first use. Only once, since Jest cannot link two imports at a time (its issue 11434). */
const loadDocs = () => {
  loadedDocs ??= import("../controls/http/Docs.js")
  return loadedDocs
}

/** `allowRemote`: whether another machine may use the controls, with the admin token. */
export const make = (
  api: HttpApp.Default,
  controlled: ControlServer.Controlled,
  allowRemote: boolean
): Effect.Effect<HttpApp.Default, never, Scope.Scope> =>
  Effect.gen(function* () {
    const controls = yield* ControlServer.make(controlled)
    const page = Effect.map(InspectorPage.load, ({ headers, html }) =>
      HttpServerResponse.text(html, { contentType: "text/html; charset=utf-8", headers })
    )
    const docs = Effect.flatMap(Effect.promise(loadDocs), ({ app }) => app)
    return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request): HttpApp.Default => {
      const path = request.url.replace(/[?#].*$/s, "")
      if (path === prefix || path.startsWith(`${prefix}/`)) {
        // A request on a socket always has an address. A request without one is refused.
        return allowRemote || Option.exists(request.remoteAddress, isLoopback) ? controls : Effect.succeed(notFromHere)
      }
      // The server leaves the body of a HEAD request out.
      if (request.method !== "GET" && request.method !== "HEAD") return api
      if (path === "/") return page
      if (path === "/docs" || path === "/docs/openapi.json") return docs
      // Browsers request it without being told to.
      return path === "/favicon.ico" ? Effect.succeed(HttpServerResponse.empty({ status: 204 })) : api
    })
  })
