/**
 * All that a served system answers: the API, the controls, and the pages for people.
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

/** Two megabytes of Swagger UI, for whoever asks. Once: Jest cannot link two imports at a time (its issue 11434). */
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
        // Of a socket there is always an address; without one, nobody knows who asks.
        return allowRemote || Option.exists(request.remoteAddress, isLoopback) ? controls : Effect.succeed(notFromHere)
      }
      // The server leaves the body out where only the head is asked for.
      if (request.method !== "GET" && request.method !== "HEAD") return api
      if (path === "/") return page
      if (path === "/docs" || path === "/docs/openapi.json") return docs
      // Browsers ask for it on their own.
      return path === "/favicon.ico" ? Effect.succeed(HttpServerResponse.empty({ status: 204 })) : api
    })
  })
