/**
 * A browser with a cookie jar of its own, as far as the server of `examples/sessions` needs one.
 */
import { type HttpClient, HttpClientRequest, type HttpClientResponse } from "@effect/platform"
import { Duration, Effect } from "effect"

export interface Answer {
  readonly status: number
  /** `undefined` when there is none. */
  readonly body: unknown
  readonly headers: Readonly<Record<string, string>>
  /** The `Set-Cookie` headers, without the values of the cookies. */
  readonly cookies: ReadonlyArray<string>
}

export interface Browser {
  /** The cookies that it has. A test may change them. */
  readonly jar: Map<string, string>
  readonly send: (
    method: "GET" | "POST" | "DELETE",
    path: string,
    options?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> }
  ) => Effect.Effect<Answer>
}

/** It keeps only cookies that a browser would keep: a cookie with the prefix `__Host-` has to be Secure, with Path=/ and without Domain. */
const keep = (jar: Map<string, string>, response: HttpClientResponse.HttpClientResponse) => {
  const seen: Array<string> = []
  for (const { name, options = {}, valueEncoded } of Object.values(response.cookies.cookies)) {
    const attributes = [
      ...(options.maxAge === undefined ? [] : [`Max-Age=${Duration.toSeconds(options.maxAge)}`]),
      ...(options.domain === undefined ? [] : [`Domain=${options.domain}`]),
      ...(options.path === undefined ? [] : [`Path=${options.path}`]),
      ...(options.httpOnly ? ["HttpOnly"] : []),
      ...(options.secure ? ["Secure"] : []),
      ...(options.sameSite === undefined ? [] : [`SameSite=${options.sameSite}`])
    ]
    seen.push([name, ...attributes].join("; "))
    const isKept = !name.startsWith("__Host-") || (options.secure && options.path === "/" && options.domain === undefined)
    if (!isKept) continue
    if (attributes.includes("Max-Age=0")) jar.delete(name)
    else jar.set(name, valueEncoded)
  }
  return seen
}

export const make = (client: HttpClient.HttpClient, userAgent: string): Browser => {
  const jar = new Map<string, string>()
  return {
    jar,
    send: (method, path, { body, headers = {} } = {}) =>
      Effect.gen(function* () {
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ")
        const request = HttpClientRequest.make(method)(path).pipe(
          HttpClientRequest.setHeaders({
            "user-agent": userAgent,
            ...(cookie === "" ? {} : { cookie }),
            "sec-fetch-site": "same-origin",
            ...headers
          }),
          body === undefined ? (request) => request : HttpClientRequest.bodyUnsafeJson(body)
        )
        const response = yield* client.execute(request)
        const text = yield* response.text
        const parsed: unknown = text === "" ? undefined : JSON.parse(text)
        return { status: response.status, body: parsed, headers: response.headers, cookies: keep(jar, response) }
      }).pipe(Effect.orDie)
  }
}
