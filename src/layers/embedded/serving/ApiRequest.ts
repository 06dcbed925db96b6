import type * as HttpServerRequest from "@effect/platform/HttpServerRequest"

/** The parts of a request that the API reads. `source` is the request of the server, or the bytes of the body. */
export type ApiRequest = Pick<HttpServerRequest.HttpServerRequest, "headers" | "method" | "source" | "url">
