/**
 * Refuses changes that a page of another site makes a browser send. SameSite=Lax keeps the cookies out of most of them. This also stops another host of
 * the same site, and a sign-in to an account of the attacker.
 */
import { HttpMiddleware, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { Effect } from "effect"

const isSafe = (method: string) => method === "GET" || method === "HEAD" || method === "OPTIONS"

export const sameOrigin = HttpMiddleware.make((app) =>
  Effect.flatMap(HttpServerRequest.HttpServerRequest, ({ headers, method }) => {
    const site = headers["sec-fetch-site"]
    const origin = headers.origin
    // Programs that are no browsers send neither header, and no cookie that somebody else could use.
    const isOwn =
      site === undefined
        ? origin === undefined || (URL.canParse(origin) && new URL(origin).host === headers.host)
        : site === "same-origin" || site === "none"
    return isSafe(method) || isOwn ? app : Effect.succeed(HttpServerResponse.unsafeJson({ _tag: "OtherOrigin" }, { status: 403 }))
  })
)

/** Answers are for one customer, so no cache may keep them. */
export const noStore = HttpMiddleware.make(Effect.map(HttpServerResponse.setHeader("cache-control", "no-store")))
