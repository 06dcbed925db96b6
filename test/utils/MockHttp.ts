/**
 * An `HttpClient` without a network. It records requests and gives scripted answers. For tests under `TestClock`, where a real
 * socket would live in another time.
 */
import type { HttpClientError, HttpClientRequest } from "@effect/platform"
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { Effect, Layer } from "effect"

export interface Recorded {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type Answer = (request: Recorded, count: number) => Effect.Effect<Response, HttpClientError.HttpClientError>

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  () =>
    Effect.sync(() => Response.json(body, { status, headers }))

export const token = (value: string, expiresIn: number): Answer =>
  json(200, { access_token: value, token_type: "Bearer", expires_in: expiresIn })

/** `t1`, `t2`, … so that a test sees which token was used. */
export const numberedTokens =
  (expiresIn: number): Answer =>
  (request, count) =>
    token(`t${count}`, expiresIn)(request, count)

export const later =
  (millis: number, answer: Answer): Answer =>
  (request, count) =>
    Effect.delay(answer(request, count), millis)

export const script =
  (...answers: readonly [Answer, ...Array<Answer>]): Answer =>
  (request, count) =>
    (answers[count - 1] ?? answers[answers.length - 1] ?? answers[0])(request, count)

export interface MockHttp {
  readonly layer: Layer.Layer<HttpClient.HttpClient>
  readonly tokens: () => number
  readonly resources: () => number
  readonly requests: ReadonlyArray<Recorded>
}

const bodyOf = (request: HttpClientRequest.HttpClientRequest): string =>
  request.body._tag === "Uint8Array"
    ? new TextDecoder().decode(request.body.body)
    : request.body._tag === "Raw"
      ? String(request.body.body)
      : ""

export const make = (routes: { readonly token?: Answer; readonly resource?: Answer }): MockHttp => {
  const requests: Array<Recorded> = []
  let tokens = 0
  let resources = 0
  const client = HttpClient.make((request, url) => {
    const recorded: Recorded = {
      method: request.method,
      url: url.toString(),
      headers: { ...request.headers },
      body: bodyOf(request)
    }
    requests.push(recorded)
    const answer = url.pathname.endsWith("/auth/token")
      ? (routes.token ?? numberedTokens(3600))(recorded, ++tokens)
      : (routes.resource ?? json(200, { users: { customer_id_format: "uuid" } }))(recorded, ++resources)
    return Effect.map(answer, (response) => HttpClientResponse.fromWeb(request, response))
  })
  return { layer: Layer.succeed(HttpClient.HttpClient, client), tokens: () => tokens, resources: () => resources, requests }
}
