/**
 * Responses as Dintero's server writes them: compact JSON, Express' weak etag, CORS headers on every answer.
 *
 * Source: API reference, sections 7.3 and 7.6.
 */

import { createHash } from "node:crypto"
import { STATUS_CODES } from "node:http"
import type * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { empty, uint8Array } from "@effect/platform/HttpServerResponse"
import type { FailureStatus } from "../../contract/Operation.js"
import type { Refusal } from "./Refusal.js"

type Headers = { readonly [name: string]: string }

const cors: Headers = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
  "access-control-allow-headers": "Origin,Content-Type,Accept,Authorization,total-count,page-count"
}

/** The reason phrase in capitals (assumed: U6). Only `NOT FOUND` is known. */
const codes: Record<FailureStatus, string> = {
  400: "BAD REQUEST",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT FOUND",
  405: "METHOD NOT ALLOWED",
  429: "TOO MANY REQUESTS",
  500: "INTERNAL SERVER ERROR"
}

/** Byte length in hex, and the first 27 characters of the SHA-1 in base64. */
export const etag = (bytes: Uint8Array): string =>
  `W/"${bytes.length.toString(16)}-${createHash("sha1").update(bytes).digest("base64").slice(0, 27)}"`

export const json = (status: number, value: unknown, headers: Headers = {}): HttpServerResponse.HttpServerResponse => {
  const bytes = Buffer.from(JSON.stringify(value), "utf8")
  return uint8Array(bytes, {
    status,
    contentType: "application/json; charset=utf-8",
    headers: { ...cors, etag: etag(bytes), ...headers }
  })
}

export const noContent = (status: number, headers: Headers = {}): HttpServerResponse.HttpServerResponse =>
  empty({ status, headers: { ...cors, ...headers } })

interface ErrorText {
  readonly code?: string | undefined
  readonly message: string
  readonly errors?: ReadonlyArray<unknown> | undefined
}

const codeOf = (status: number): string | undefined => Object.entries(codes).find(([known]) => Number(known) === status)?.[1]

const errorBody = (status: number, { code, errors, message }: ErrorText) => ({
  error: {
    code: code ?? codeOf(status) ?? STATUS_CODES[status]?.toUpperCase() ?? "ERROR",
    message,
    ...(errors === undefined || errors.length === 0 ? {} : { errors })
  }
})

/** `errors` is left out when there are none. */
export const error = (status: number, text: ErrorText, headers: Headers = {}): HttpServerResponse.HttpServerResponse =>
  json(status, errorBody(status, text), headers)

/** `mfa_token` stands beside `error`. */
export const refusalBody = ({ errors, message, mfaToken, status }: Refusal) => ({
  ...errorBody(status, { code: mfaToken === undefined ? undefined : "mfa_required", message, errors }),
  ...(mfaToken === undefined ? {} : { mfa_token: mfaToken })
})

export const refusal = (refused: Refusal, headers: Headers = {}): HttpServerResponse.HttpServerResponse =>
  json(refused.status, refusalBody(refused), refused.hangsUp === undefined ? headers : { ...headers, connection: "close" })
