/**
 * URLs to which a browser is sent.
 */
import { isStorable } from "../../storage/Column.js"

/** A header of Node has 16 KB at most, and the URL is in one. */
const longest = 8_000

/** What a parser takes out, or reads as a slash: others could read the URL otherwise. */
const isUnclear = (text: string): boolean => /[\p{Cc}\s\\]/u.test(text) || !isStorable(text)

/**
 * The URL with these parameters, after those that it has. `undefined` when the text is no absolute URL, or the result is too long for a
 * header. A parameter of the same name is replaced, so that nobody reads another value.
 */
export const withParameters = (text: string, parameters: { readonly [name: string]: string | undefined }): string | undefined => {
  if (isUnclear(text) || !URL.canParse(text)) return undefined
  const url = new URL(text)
  for (const [name, value] of Object.entries(parameters)) {
    if (url.searchParams.has(name)) url.searchParams.delete(name)
    // The other parameters stay as they were written.
    if (value !== undefined) url.search = `${url.search === "" ? "?" : `${url.search}&`}${name}=${encodeURIComponent(value)}`
  }
  return url.href.length > longest ? undefined : url.href
}
