/**
 * The two cookies of the server. Each has an id that nobody can guess, and nothing else.
 */
import { HttpServerRequest, HttpServerResponse } from "@effect/platform"
import { type Duration, Effect, Option, Redacted } from "effect"

// `__Host-`: browsers take such a cookie only over HTTPS, with Path=/ and without Domain. So no other host of the domain can set it.
// HttpOnly: no script can read it. SameSite=Lax: a form or script of another site does not send it.
const options = { httpOnly: true, secure: true, sameSite: "lax", path: "/" } as const

const make = (name: string, maxAge: Duration.DurationInput) => ({
  read: Effect.map(HttpServerRequest.HttpServerRequest, ({ cookies }) => Option.fromNullable(cookies[name])),
  // It cannot throw: the ids of the library have only characters that a cookie can have.
  set: (id: Redacted.Redacted) => HttpServerResponse.unsafeSetCookie(name, Redacted.value(id), { ...options, maxAge }),
  clear: HttpServerResponse.expireCookie(name, options)
})

/** Browsers keep a cookie for 400 days at most. The store decides when the session is over, and the cookie is of no use after that. */
export const session = make("__Host-session", "400 days")

/** A login that waits for its code. */
export const pending = make("__Host-sign-in", "10 minutes")
