/**
 * Where the token of a layer may go, and nowhere else.
 */
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as UrlParams from "@effect/platform/UrlParams"
import * as Either from "effect/Either"

/** A host to which nothing travels over a network. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(host)

const isAbsolute = /^[a-z][a-z0-9+.-]*:/i

/** What a URL parser takes out, or reads as a slash. */
const isUnclear = /[\p{Cc}\s\\]/u

/** A segment that a parser, here or on the way, would resolve away: also when its dots, or a slash in it, are encoded. */
const isDots = (segment: string): boolean =>
  segment
    .replace(/%2e/gi, ".")
    .split(/%2f|%5c/i)
    .some((part) => part === "." || part === "..")

/**
 * The URL of a request: relative to `base`, or absolute and of one of `origins`. The message of a `Left` holds nothing of what was given.
 */
export const resolve = (
  { hash, url, urlParams }: HttpClientRequest.HttpClientRequest,
  base: string,
  origins: ReadonlySet<string>
): Either.Either<URL, string> => {
  const [path = ""] = url.split(/[?#]/)
  if (isUnclear.test(path)) return Either.left("expected a URL without spaces, control characters and backslashes")
  if (path.startsWith("//")) return Either.left("expected a path, or a URL with its scheme")
  if (path.split("/").some(isDots)) return Either.left("expected a URL without dot segments")
  const absolute = isAbsolute.test(path) ? url : `${base}${path === "" || path.startsWith("/") ? "" : "/"}${url}`
  const made = UrlParams.makeUrl(absolute, urlParams, hash)
  if (Either.isLeft(made)) return Either.left("expected a path, or a URL with its scheme")
  const { origin, password, protocol, username } = made.right
  // A `blob:` has the origin of what it was made by.
  if (!/^https?:$/.test(protocol) || !origins.has(origin))
    return Either.left("expected a URL of the service: the access token is sent to no other host")
  return username === "" && password === "" ? Either.right(made.right) : Either.left("expected a URL without user and password")
}

/**
 * A path without what may be a value: the account, and every segment that is not a plain word. Errors and spans show this.
 */
export const templateOf = (pathname: string, basePath: string, account: string): string =>
  (pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : pathname)
    .split("/")
    .map((segment) => (segment === account ? "{aid}" : /^(?:[a-z][a-z_-]{0,39}|v\d{1,2})?$/.test(segment) ? segment : "{}"))
    .join("/")
