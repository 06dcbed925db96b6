/** The admin token: out of the address, and kept for the tab. */
import { signal } from "@preact/signals"

const key = "effect-dintero.admin-token"

/** Some browsers keep nothing in a private window. There the token lives as long as the page. */
const inStorage = <A>(use: (storage: Storage) => A): A | undefined => {
  try {
    return use(sessionStorage)
  } catch {
    return undefined
  }
}

/** Empty while the page has none, and asks for it. */
export const token = signal(inStorage((storage) => storage.getItem(key)) ?? "")

/** Why the page asks for a token again. */
export const refusal = signal<unknown>(undefined)

export const setToken = (value: string, why?: string): void => {
  inStorage((storage) => (value === "" ? storage.removeItem(key) : storage.setItem(key, value)))
  refusal.value = why
  token.value = value
}

/** The token in an address that ends with `#token=…`. */
export const tokenIn = (address: string): string | undefined => {
  const found = /#(?:.*&)?token=([^&\s]*)/.exec(address)?.[1]
  if (found === undefined) return undefined
  try {
    return decodeURIComponent(found)
  } catch {
    return found
  }
}

/** Takes the token out of the address, where it would be seen, kept in the history and copied along. */
export const takeToken = (): void => {
  const found = tokenIn(location.hash)
  if (found === undefined || found === "") return
  history.replaceState(null, "", location.pathname)
  setToken(found)
}
