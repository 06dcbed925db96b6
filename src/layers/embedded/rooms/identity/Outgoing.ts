/**
 * Requests of the embedded system to OpenID providers.
 *
 * They go to one origin alone, follow no redirect, and read a bounded answer. Their limit of time is in real time: a provider is a program of
 * its own, which the clock of the system does not move.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** The longest answer, in bytes, after it is uncompressed. Documents of providers have some thousand bytes. */
const mostBytes = 256 * 1024

/** How long all requests of one sign-in may take. */
export const patience = 10_000

const realTime = Clock.make()

/** Runs an effect by the clock of the machine. */
export const inRealTime = Effect.withClock(realTime)

/** Why an answer was not read. Its message has nothing of the answer in it. */
export class Refused extends Error {
  override readonly name = "Refused"
}

const bodyOf = async ({ body }: Response): Promise<string> => {
  if (body === null) return ""
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ""
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.length
    if (size > mostBytes) {
      await reader.cancel()
      throw new Refused(`its answer has more than ${mostBytes} bytes`)
    }
    text += decoder.decode(value, { stream: true })
  }
}

/** What the libraries give to a `fetch` of one's own. */
export interface Init {
  readonly method: string
  readonly headers: HeadersInit
  readonly body?: BodyInit | null | undefined
  readonly signal?: AbortSignal | null | undefined
}

/** A `fetch` that only reaches the origin of `address`. */
export const fetchFrom =
  (address: string) =>
  async (url: string, { body, headers, method, signal }: Init): Promise<Response> => {
    if (new URL(url).origin !== new URL(address).origin) throw new Refused("it names an address of another origin")
    const response = await fetch(url, {
      method,
      headers,
      body: body ?? null,
      signal: signal ?? null,
      redirect: "manual"
    })
    const text = await bodyOf(response)
    return new Response(text === "" ? null : text, { status: response.status, headers: response.headers })
  }
