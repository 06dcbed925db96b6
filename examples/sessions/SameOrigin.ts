/**
 * Refuses requests that the page of another site makes a browser send. SameSite=Lax keeps the cookie out of them, and this keeps out what comes from
 * another host of the same site, and a sign-in to an account of the attacker.
 */
import { HttpMiddleware, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Effect } from "effect"

const isSafe = (method: string) => method === "GET" || method === "HEAD" || method === "OPTIONS"

export const sameOrigin = HttpMiddleware.make((app) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, method }) => {
    const site = headers["sec-fetch-site"]
    const origin = headers.origin
    // Other programs than browsers send neither header, and no cookie that somebody else could use.
    const isOwn =
      site === undefined
        ? origin === undefined || (URL.canParse(origin) && new URL(origin).host === headers.host)
        : site === "same-origin" || site === "none"
    return isSafe(method) || isOwn
      ? app
      : Effect.succeed(HttpServerResponse.unsafeJson({ error: "other-origin" }, { status: 403 }))
  })
)
