/**
 * What goes into the `Authorization` header of a call.
 */
import * as Context from "effect/Context"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AccessTokensService } from "../../services/AccessTokens.js"
import * as Session from "../../services/Session.js"

export type Authorization =
  /** `asCustomer`: in the name of the session that the call is made in, if it is. */
  | { readonly _tag: "Bearer"; readonly tokens: AccessTokensService; readonly asCustomer?: true }
  | { readonly _tag: "Basic"; readonly credentials: Redacted.Redacted }
  /** The operation needs none. */
  | { readonly _tag: "None" }

/** The session that a call is made in. */
export const sessionOf = (authorization: Authorization, context: Context.Context<never>): Session.Session | undefined =>
  authorization._tag === "Bearer" && authorization.asCustomer === true
    ? Option.getOrUndefined(Context.get(context, Session.Current))
    : undefined

/** Whose token it is. None for a call that shows the client's secret. */
export const tokensOf = (authorization: Authorization, session: Session.Session | undefined): AccessTokensService | undefined => {
  if (authorization._tag !== "Bearer") return undefined
  return session === undefined
    ? authorization.tokens
    : // Seam: what a session's token can end in besides, `Session.with` has added to the type of everything that runs in it.
      (session.tokens as AccessTokensService)
}

/** The secret of a client as the server could repeat it: in its base64 text, and by itself. */
export const secretsOf = (authorization: Authorization): ReadonlyArray<string> => {
  if (authorization._tag !== "Basic") return []
  const encoded = Redacted.value(authorization.credentials)
  const decoded = Either.getOrElse(
    Either.try(() => new TextDecoder().decode(Uint8Array.from(atob(encoded), (byte) => byte.charCodeAt(0)))),
    () => ""
  )
  return [encoded, decoded.slice(decoded.indexOf(":") + 1)]
}
