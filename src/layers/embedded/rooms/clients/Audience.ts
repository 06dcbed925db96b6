/**
 * An audience says for which account's API a token is. Dintero writes it with or without the account as a user name, and callers often use
 * the host that they call. All of these forms name the same account. A token has the form that recorded traffic shows.
 */
import type * as Schema from "effect/Schema"
import { type Column, text } from "../../storage/Column.js"

const host = "api.dintero.com"

const account = /^[PT]\d{8}$/

/** The documented form: the account's URL. */
export const ofAccount = (accountId: string): string => `https://${host}/v1/accounts/${accountId}`

/** The form in the `aud` claim of a token. */
export const inToken = (accountId: string): string => `https://${accountId}@${host}/v1/accounts/${accountId}`

/** The `iss` claim of a token. */
export const issuer = `https://${host}`

/** The `iss` claim of an ID token. Source: https://docs.dintero.com/management-auth-api/authenticate/aid_auths_oauth_redirect_post */
export const idTokenIssuer = (accountId: string): string => `https://${accountId}@${host}`

/** The `kid` in a token's header begins with this. */
export const keyPrefix = `${host}/`

const inService = /^\/v1\/accounts\/([^/]+)\/?$/
const inSystem = /^(?:\/v1)?\/accounts\/([^/]+)\/?$/

const isLoopback = (name: string): boolean => name === "localhost" || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name)

/** Every host of Dintero, this machine, and the host to which the request was sent (assumed: audience-hosts). */
const isOurs = (url: URL, requested: string): boolean =>
  (url.protocol === "https:" && url.hostname.endsWith(".dintero.com")) ||
  isLoopback(url.hostname) ||
  (requested !== "" && url.host.toLowerCase() === requested.toLowerCase())

/** How many audiences are remembered. Every request asks for the account of the same few. */
const mostRemembered = 200
const remembered = new Map<string, string | undefined>()

/** The account that an audience names, if it names one. `requested` is the `Host` header of the request. */
export const accountOf = (audience: string, requested = ""): string | undefined => {
  const key = `${requested} ${audience}`
  if (remembered.has(key)) return remembered.get(key)
  const found = readAccount(audience, requested)
  if (remembered.size >= mostRemembered) remembered.clear()
  if (key.length <= 512) remembered.set(key, found)
  return found
}

const readAccount = (audience: string, requested: string): string | undefined => {
  if (!URL.canParse(audience)) return undefined
  const url = new URL(audience)
  if (!isOurs(url, requested) || url.search !== "" || url.hash !== "" || url.password !== "") return undefined
  // The address of an embedded system may be given without the version.
  const isService = url.hostname.endsWith(".dintero.com")
  const inPath = (isService ? inService : inSystem).exec(url.pathname)?.[1]
  if (inPath === undefined && url.pathname !== "/") return undefined
  const named = inPath ?? url.username
  return account.test(named) && (url.username === "" || url.username === named) ? named : undefined
}

/** The documented form of an audience that names an account. Every other audience stays as it is. */
export const normalised = (audience: string, requested?: string): string => {
  const accountId = accountOf(audience, requested)
  return accountId === undefined ? audience : ofAccount(accountId)
}

/** The same form for another account. An audience that does not name `from` stays as it is. */
export const renamed = (audience: string, from: string, to: string): string =>
  accountOf(audience) === from ? audience.replaceAll(from, () => to) : audience

/** A column of audiences. In a copy of an account, an audience that names the account names the copy. */
export const column: Column<typeof Schema.String> = { ...text, copied: renamed }

/** Whether both audiences mean the same API. */
export const isSame = (a: string, b: string): boolean => a === b || (accountOf(a) !== undefined && accountOf(a) === accountOf(b))
