/**
 * The errors of a transport. It is the one place that uses `HttpClientError`.
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"

export type HttpError = HttpClientError.HttpClientError

export type ResponseError = HttpClientError.ResponseError

export const invalidUrl = (request: HttpClientRequest.HttpClientRequest, cause: unknown): HttpError =>
  new HttpClientError.RequestError({ request, reason: "InvalidUrl", cause })

/** The body of an answer broke off, or is not what was asked for. */
export const undecodable = (
  request: HttpClientRequest.HttpClientRequest,
  response: HttpClientResponse.HttpClientResponse,
  cause: unknown
): ResponseError => new HttpClientError.ResponseError({ request, response, reason: "Decode", cause })

/** Whether an answer had begun. */
export const hasAnswer = (error: HttpError): error is ResponseError => error._tag === "ResponseError"

/** Whether the transport failed after it had taken the request. */
export const isOfTransport = (error: HttpError): boolean => error.reason === "Transport"
