/**
 * A browser: it keeps cookies, and reads answers.
 */
import { Cookies, type Headers, HttpClient, HttpClientRequest } from "@effect/platform"
import { Effect, Ref } from "effect"

export const openWith = (headers: Headers.Input) =>
  Effect.gen(function* () {
    const cookies = yield* Ref.make(Cookies.empty)
    const client = HttpClient.withCookiesRef(yield* HttpClient.HttpClient, cookies)
    return (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown) =>
      Effect.gen(function* () {
        const request = HttpClientRequest.make(method)(path, { headers })
        const response = yield* client.execute(body === undefined ? request : HttpClientRequest.bodyUnsafeJson(request, body))
        const text = yield* response.text
        return { status: response.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) }
      })
  })

export const open = openWith({})

export type Browser = Effect.Effect.Success<typeof open>

export const password = "correct horse battery staple"
