/**
 * Which account's API a token is for. Dintero spells it with or without the account as a user name, and people put the host there that they
 * call. All of these name one account, and a token has the one spelling that recorded traffic shows.
 */

const host = "api.dintero.com"

const account = /^[PT]\d{8}$/

/** The documented one: the account's URL. */
export const ofAccount = (accountId: string): string => `https://${host}/v1/accounts/${accountId}`

/** As the `aud` of a token has it. */
export const inToken = (accountId: string): string => `https://${accountId}@${host}/v1/accounts/${accountId}`

/** The `iss` of a token. */
export const issuer = `https://${host}`

/** The `kid` of a token's header begins with it. */
export const keyPrefix = `${host}/`

const inService = /^\/v1\/accounts\/([^/]+)\/?$/
const inSystem = /^(?:\/v1)?\/accounts\/([^/]+)\/?$/

const isLoopback = (name: string): boolean => name === "localhost" || name === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(name)

/** Every host of Dintero's, this machine, and the host that the request itself was sent to (assumed: audience-hosts). */
const isOurs = (url: URL, requested: string | undefined): boolean =>
  (url.protocol === "https:" && url.hostname.endsWith(".dintero.com")) ||
  isLoopback(url.hostname) ||
  (requested !== undefined && url.host.toLowerCase() === requested.toLowerCase())

/** The account that an audience names, if it names one. `requested`: the `Host` of the request that has it. */
export const accountOf = (audience: string, requested?: string): string | undefined => {
  if (!URL.canParse(audience)) return undefined
  const url = new URL(audience)
  if (!isOurs(url, requested) || url.search !== "" || url.hash !== "" || url.password !== "") return undefined
  // A system's own address may be known without the version.
  const isService = url.hostname.endsWith(".dintero.com")
  const inPath = (isService ? inService : inSystem).exec(url.pathname)?.[1]
  if (inPath === undefined && url.pathname !== "/") return undefined
  const named = inPath ?? url.username
  return account.test(named) && (url.username === "" || url.username === named) ? named : undefined
}

/** The documented spelling of an audience that names an account, and every other audience as it is. */
export const normalised = (audience: string, requested?: string): string => {
  const accountId = accountOf(audience, requested)
  return accountId === undefined ? audience : ofAccount(accountId)
}

/** The same spelling for another account; as it is, if it does not name `from`. */
export const renamed = (audience: string, from: string, to: string): string =>
  accountOf(audience) === from ? audience.replaceAll(from, () => to) : audience

/** Whether both mean the same API. */
export const isSame = (a: string, b: string): boolean => a === b || (accountOf(a) !== undefined && accountOf(a) === accountOf(b))
