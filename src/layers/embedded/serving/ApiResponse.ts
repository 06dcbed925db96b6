/**
 * Responses in the form of Dintero's server: compact JSON, the weak etag of Express, and CORS headers.
 *
 * Source: https://docs.dintero.com/docs/errors, and recorded traffic.
 */

import { createHash } from "node:crypto"
import { STATUS_CODES } from "node:http"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import type { Refusal } from "../rooms/Refusal.js"

export type Headers = { readonly [name: string]: string }

/**
 * A response as it is sent. The names of its headers are in lower case. Not one of the platform, which copies the headers several times and
 * turns each text into bytes before it is sent.
 */
export interface ApiResponse {
  readonly status: number
  readonly headers: Headers
  /** A text is sent as UTF-8. */
  readonly body: string | Uint8Array | undefined
}

/** The same for a server of the platform. */
export const toPlatform = ({ body, headers, status }: ApiResponse): HttpServerResponse.HttpServerResponse =>
  body === undefined
    ? HttpServerResponse.empty({ status, headers })
    : HttpServerResponse.uint8Array(typeof body === "string" ? Buffer.from(body, "utf8") : body, {
        status,
        contentType: headers["content-type"],
        headers
      })

const cors: Headers = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
  "access-control-allow-headers": "Origin,Content-Type,Accept,Authorization,total-count,page-count"
}

/** The byte length in hex, and the first 27 characters of the SHA-1 in base64. */
export const etag = (text: string, length = Buffer.byteLength(text)): string =>
  `W/"${length.toString(16)}-${createHash("sha1").update(text, "utf8").digest("base64").slice(0, 27)}"`

/** A body of JSON that is written already. */
const written = (status: number, text: string, headers: Headers): ApiResponse => {
  const length = Buffer.byteLength(text)
  return {
    status,
    headers: {
      ...cors,
      etag: etag(text, length),
      ...headers,
      "content-type": "application/json; charset=utf-8",
      "content-length": String(length)
    },
    body: text
  }
}

/** Any bytes, without the etag. */
export const bytes = (status: number, body: Uint8Array, contentType: string, headers: Headers): ApiResponse => ({
  status,
  headers: { ...headers, "content-type": contentType, "content-length": String(body.length) },
  body
})

export const json = (status: number, value: unknown, headers: Headers = {}): ApiResponse =>
  written(status, JSON.stringify(value), headers)

export const noContent = (status: number, headers: Headers = {}): ApiResponse => ({
  status,
  headers: { ...cors, ...headers },
  body: undefined
})

/** Without a header of the API, since it has ended. */
export const closed: ApiResponse = { status: 503, headers: {}, body: undefined }

const reasonOf = (status: number): string => STATUS_CODES[status]?.toUpperCase().replaceAll(" ", "_") ?? "ERROR"

/** Only says the status. The bytes are those of recorded traffic: `{"error":{"errors":[],"message":"UNAUTHORIZED"}}`. */
export const generic = (status: number, headers: Headers = {}): ApiResponse => json(status, genericBody(status), headers)

const genericBody = (status: number) => ({ error: { errors: [], message: reasonOf(status) } })

/** The response of a fault rule. With a code or a message of the rule, it has the form of a domain error. */
export const error = (
  status: number,
  { code, message }: { readonly code?: string | undefined; readonly message?: string | undefined },
  headers: Headers = {}
): ApiResponse =>
  code === undefined && message === undefined
    ? generic(status, headers)
    : json(
        status,
        { error: { code: code ?? reasonOf(status).replaceAll("_", " "), message: message ?? reasonOf(status) } },
        headers
      )

/** The keys are in the order in which the service writes them. */
export const refusalBody = ({ body, status }: Refusal): unknown => {
  switch (body.family) {
    case "generic":
      return genericBody(status)
    case "domain":
      return { error: { code: body.code, message: body.message } }
    case "mfaRequired":
      return { error: { code: "mfa_required", message: "Multifactor authentication required" }, mfa_token: body.mfaToken }
    case "validation": {
      const { in: where, name, path } = body.parameter
      return {
        error: {
          code: "INVALID_REQUEST_PARAMETER",
          errors: body.items,
          in: where,
          message: `Invalid parameter (${name}): Value failed JSON Schema validation`,
          name,
          path
        }
      }
    }
  }
}

/** The header that tells a developer why a request was refused. */
export const hintHeader = "x-effect-dintero-hint"

/** The same response without {@link hintHeader}. */
export const withoutHint = (response: ApiResponse): ApiResponse => {
  const { [hintHeader]: hint, ...headers } = response.headers
  return hint === undefined ? response : { ...response, headers }
}

/** A header can only hold visible ASCII, and should be short. */
export const hintHeaders = (hint: string | undefined): Headers =>
  hint === undefined ? {} : { [hintHeader]: hint.replace(/[^\x20-\x7e]/g, "?").slice(0, 500) }

export const refusal = (refused: Refusal, headers: Headers = {}): ApiResponse =>
  json(refused.status, refusalBody(refused), {
    ...headers,
    ...hintHeaders(refused.hint),
    ...(refused.retryAfter === undefined ? {} : { "retry-after": String(refused.retryAfter) }),
    ...(refused.hangsUp === undefined ? {} : { connection: "close" })
  })

const unknownRouteText = `{
  "error": {
    "code": "NOT_FOUND",
    "errors": [{
      "description": "resource not supported by api"
    }],
    "message": "unknown resource"
  }
}
`

/** The same bytes as in recorded traffic. */
export const unknownRoute = (hint: string | undefined): ApiResponse => written(404, unknownRouteText, hintHeaders(hint))

export const unknownRouteBody: unknown = JSON.parse(unknownRouteText)

/** The bytes of the body, if there is one. */
export const lengthOf = ({ headers: { "content-length": length } }: ApiResponse): number | null =>
  length === undefined ? null : Number(length)

/** Compares etags weakly, as Express does. Not when the caller asks for no cached response. */
const isFresh = (request: { readonly [name: string]: string | undefined }, tag: string): boolean => {
  const wanted = request["if-none-match"]
  if (wanted === undefined || /(?:^|,)\s*no-cache\s*(?:,|$)/.test(request["cache-control"] ?? "")) return false
  const plain = (text: string) => text.trim().replace(/^W\//, "")
  return wanted.trim() === "*" || wanted.split(",").some((candidate) => plain(candidate) === plain(tag))
}

/** Turns the response to a GET or HEAD into a 304 when the caller has it already, as Express does (assumed: express-habits). */
export const conditional = (
  request: { readonly method: string; readonly headers: { readonly [name: string]: string | undefined } },
  response: ApiResponse
): ApiResponse => {
  const { etag: tag } = response.headers
  if (request.method !== "GET" && request.method !== "HEAD") return response
  if (response.status !== 200 || tag === undefined || !isFresh(request.headers, tag)) return response
  const { "content-type": _1, "content-length": _2, ...headers } = response.headers
  return { status: 304, headers, body: undefined }
}
