import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"

/** The parts of a request that the API reads. `source` is the request of the server, or the bytes of the body. */
export interface ApiRequest extends Pick<HttpServerRequest.HttpServerRequest, "source" | "url"> {
  readonly method: string
  readonly headers: { readonly [name: string]: string | undefined }
}
