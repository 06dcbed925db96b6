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

/** A target as a server gets it, without the origin that clients of a proxy send (the absolute form, RFC 9112, section 3.2.2). */
const originForm = (url: string): string => {
  if (url.startsWith("/")) return url
  const rest = url.replace(/^https?:\/\/[^/?#]*/i, "")
  return rest === url || rest.startsWith("/") ? rest : `/${rest}`
}

const pathOf = (url: string): string => originForm(url).replace(/[?#].*$/s, "")

const isForControls = (path: string): boolean => path === prefix || path.startsWith(`${prefix}/`)

/** Besides the controls, which take all methods. Browsers request the icon without being told to. */
const pages: ReadonlySet<string> = new Set(["/", "/docs", "/docs/openapi.json", "/favicon.ico"])

/** Whether a request is for the API. The server leaves the body of a HEAD request out. */
export const isForApi = (method: string, url: string): boolean => {
  if (url.startsWith("/v1/")) return true
  const path = pathOf(url)
  return !isForControls(path) && !(pages.has(path) && (method === "GET" || method === "HEAD"))
}

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
    const answer = (request: HttpServerRequest.HttpServerRequest): HttpApp.Default => {
      const path = pathOf(request.url)
      if (isForControls(path)) {
        // A request on a socket always has an address. A request without one is refused.
        return allowRemote || Option.exists(request.remoteAddress, isLoopback) ? controls : Effect.succeed(notFromHere)
      }
      if (isForApi(request.method, request.url)) return api
      if (path === "/") return page
      return path === "/favicon.ico" ? Effect.succeed(HttpServerResponse.empty({ status: 204 })) : docs
    }
    return Effect.flatMap(HttpServerRequest.HttpServerRequest, (request) => {
      const url = originForm(request.url)
      // The API handles both forms itself.
      if (url === request.url || isForApi(request.method, url)) return answer(request)
      const asked = request.modify({ url })
      return Effect.provideService(answer(asked), HttpServerRequest.HttpServerRequest, asked)
    })
  })
