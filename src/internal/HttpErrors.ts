/**
 * The errors of a transport. It is the one place that uses `HttpClientError`.
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"

export type HttpError = HttpClientError.HttpClientError

export type ResponseError = HttpClientError.ResponseError

export type RequestError = HttpClientError.RequestError

/** The request cannot be sent as it is. `why`: the error, or a description of what is wrong. */
export const unsendable = (
  request: HttpClientRequest.HttpClientRequest,
  why: { readonly cause: unknown } | { readonly description: string }
): RequestError => new HttpClientError.RequestError({ request, reason: "Encode", ...why })

/** The request did not get through. */
export const unsent = (request: HttpClientRequest.HttpClientRequest, cause: unknown): RequestError =>
  new HttpClientError.RequestError({ request, reason: "Transport", cause })

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

/** Whether there is no body where one was read. Some transports make an error of that. */
export const isOfNoBody = (error: HttpError): boolean => error.reason === "EmptyBody"
