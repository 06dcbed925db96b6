import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"

/** What the API reads of a request. `source` is that of the server, or the bytes of the body. */
export type ApiRequest = Pick<HttpServerRequest.HttpServerRequest, "headers" | "method" | "source" | "url">
