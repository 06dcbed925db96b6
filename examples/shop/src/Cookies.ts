/**
 * The two cookies. Each has an id that nobody can guess, and nothing else.
 */

import type { HttpApiSecurity } from "@effect/platform"
import { HttpApiBuilder, HttpApp, HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { type Duration, Effect, type Redacted } from "effect"
import { pendingCookie, sessionCookie } from "./Api.js"

// HttpOnly: no script can read it. SameSite=Lax: no form or script of another site sends it.
const options = { httpOnly: true, secure: true, sameSite: "lax", path: "/" } as const

const make = (security: HttpApiSecurity.ApiKey, maxAge: Duration.DurationInput) => ({
  /** Without the cookie it is an empty text, which is no id. */
  read: Effect.map(HttpServerRequest.HttpServerRequest, ({ cookies }) => cookies[security.key] ?? ""),
  set: (id: Redacted.Redacted) => HttpApiBuilder.securitySetCookie(security, id, { ...options, maxAge }),
  clear: HttpApp.appendPreResponseHandler((_, response) =>
    Effect.succeed(HttpServerResponse.expireCookie(response, security.key, options))
  )
})

/** Browsers keep a cookie for 400 days at most. The store decides when the session is over. */
export const session = make(sessionCookie, "400 days")

export const pending = make(pendingCookie, "10 minutes")
