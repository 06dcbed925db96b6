/**
 * Reads the JSON body of a request, up to a limit.
 */

import { IncomingMessage } from "node:http"
import { Readable } from "node:stream"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { badRequest, type Refusal } from "../rooms/Refusal.js"
import * as AtOnce from "../system/AtOnce.js"
import type { ApiRequest } from "./ApiRequest.js"

/** 100 KiB, the default of an Express server (assumed: body-limit). */
export const maximumBytes = 100 * 1024

/** Of arrays and objects (assumed: body-nesting). */
const maximumLevels = 100

const tooLarge = badRequest(`The body is larger than ${maximumBytes} bytes`, { hangsUp: true })
const broken = badRequest("The body ended before it was complete")

/**
 * How much of a body that is too large is still read, and for how long. When the response comes before the client has sent everything, Node
 * resets the connection, and the client gets EPIPE instead of the 400.
 */
const drainBytes = 64 * 1024 * 1024
const drainMillis = 2_000

const drained = (source: Readable): Effect.Effect<void> =>
  Effect.async((resume) => {
    let length = 0
    const stop = () => {
      clearTimeout(timer)
      source.off("data", onData).off("end", done).off("error", done).off("close", done)
      source.resume()
    }
    const done = () => {
      stop()
      resume(Effect.void)
    }
    const onData = (chunk: Uint8Array) => {
      length += chunk.length
      if (length > drainBytes) done()
    }
    const timer = setTimeout(done, drainMillis)
    source.on("data", onData).on("end", done).on("error", done).on("close", done)
    if (source.destroyed) done()
    return Effect.sync(stop)
  })

/**
 * Reads a body from a socket. `request.stream` is not used: it destroys the socket when its reader stops, and then the response is lost.
 */
const ofNode = (source: Readable): Effect.Effect<Uint8Array, Refusal<400>> =>
  Effect.async((resume) => {
    const chunks: Array<Uint8Array> = []
    let length = 0
    const stop = (result: Effect.Effect<Uint8Array, Refusal<400>>) => {
      source.off("data", onData).off("end", onEnd).off("error", onBroken).off("close", onBroken)
      resume(result)
    }
    const onData = (chunk: Uint8Array) => {
      chunks.push(chunk)
      length += chunk.length
      if (length > maximumBytes) {
        stop(Effect.zipRight(drained(source), tooLarge))
      }
    }
    const onEnd = () => stop(Effect.succeed(Buffer.concat(chunks)))
    const onBroken = () => stop(broken)
    source.on("data", onData).on("end", onEnd).on("error", onBroken).on("close", onBroken)
    // When the client has disconnected already, there are no more events.
    if (source.destroyed) onBroken()
  })

/** The body of a socket that has arrived as a whole already, and is small enough. */
const arrived = (source: Readable): Effect.Effect<Uint8Array> | undefined => {
  if (!(source instanceof IncomingMessage) || source.destroyed || source.readableFlowing !== null) return undefined
  const { headers, readableLength } = source
  if (readableLength > maximumBytes) return undefined
  // Node calls a request complete a little after its last byte.
  if (!source.complete && readableLength !== Number(headers["content-length"])) return undefined
  // Seam: without an encoding, the stream has bytes.
  const bytes = source.read() as Uint8Array | null
  return Exit.succeed(bytes ?? new Uint8Array())
}

const ofWeb = (source: Request): Effect.Effect<Uint8Array, Refusal<400>> =>
  Effect.tryPromise({
    try: async (signal) => {
      const chunks: Array<Uint8Array> = []
      let length = 0
      const reader = source.body?.getReader()
      signal.addEventListener("abort", () => void reader?.cancel().catch(() => undefined))
      while (reader !== undefined && length <= maximumBytes) {
        const { done, value } = await reader.read()
        if (done) break
        chunks.push(value)
        length += value.length
      }
      if (length > maximumBytes) await reader?.cancel()
      return Buffer.concat(chunks)
    },
    catch: () => undefined
  }).pipe(
    Effect.catchAll(() => broken),
    Effect.filterOrElse(
      (bytes) => bytes.length <= maximumBytes,
      () => tooLarge
    )
  )

const bytesOf = (request: ApiRequest): Effect.Effect<Uint8Array, Refusal<400>> => {
  if (Number(request.headers["content-length"]) > maximumBytes) {
    return request.source instanceof Readable ? Effect.zipRight(drained(request.source), tooLarge) : tooLarge
  }
  if (request.source instanceof Readable) return arrived(request.source) ?? ofNode(request.source)
  if (request.source instanceof Uint8Array) {
    return request.source.length > maximumBytes ? tooLarge : Effect.succeed(request.source)
  }
  return request.source instanceof Request ? ofWeb(request.source) : Effect.dieMessage("A request of an unknown platform")
}

const decodeUtf8 = Option.liftThrowable((bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true }).decode(bytes))

/** Without recursion, which a value of many levels would end. */
const isNestedTooDeeply = (value: unknown): boolean => {
  let level: ReadonlyArray<unknown> = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maximumLevels) return true
    level = level.flatMap((one) => (typeof one === "object" && one !== null ? Object.values(one) : []))
  }
  return false
}

const decodeJson = Schema.decodeUnknownOption(Schema.parseJson())

/** 400 for another content type, and for a body that is too large or not JSON. A request without a body has an empty object (recorded traffic). */
export const json = (request: ApiRequest): Effect.Effect<unknown, Refusal<400>> => {
  const type = request.headers["content-type"]
  if (type !== undefined && !/^application\/json *(?:;|$)/i.test(type)) {
    return badRequest("The content type has to be application/json")
  }
  return AtOnce.flatMap(bytesOf(request), (bytes) => {
    if (bytes.length === 0) return Exit.succeed({})
    if (type === undefined) return badRequest("A body needs the content type application/json")
    return Option.match(Option.flatMap(decodeUtf8(bytes), decodeJson), {
      onNone: () => badRequest("The body is not JSON"),
      onSome: (value) =>
        bytes.length > 2 * maximumLevels && isNestedTooDeeply(value)
          ? badRequest(`The body has more than ${maximumLevels} levels of arrays and objects`)
          : Exit.succeed(value)
    })
  })
}
