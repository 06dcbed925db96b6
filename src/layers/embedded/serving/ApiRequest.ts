import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"

/** The parts of a request that the API reads. `source` is the request of the server, or the bytes of the body. */
export interface ApiRequest extends Pick<HttpServerRequest.HttpServerRequest, "source" | "url"> {
  readonly method: string
  readonly headers: { readonly [name: string]: string | undefined }
  /** Whether it was sent to a server. A request in process has a host that means nothing. */
  readonly isServed: boolean
}

/** The origin to which a request was sent. */
export const originOf = ({ headers, isServed, url }: ApiRequest): string | undefined => {
  if (!isServed || headers.host === undefined) return undefined
  const address = `${headers["x-forwarded-proto"] === "https" ? "https" : "http"}://${headers.host}`
  return URL.canParse(url, address) ? new URL(url, address).origin : undefined
}
