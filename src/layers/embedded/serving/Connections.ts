/**
 * The connections of a server: how long it waits for their clients, what it tells a client that it does not wait for, and their end.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http"
import { maxHeaderSize } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as ApiResponse from "./ApiResponse.js"
import type { TimeLimits } from "./TimeLimits.js"

interface Connection {
  readonly socket: Socket
  /** The answers that are not sent to their end, in the order of their requests. */
  readonly open: Set<ServerResponse>
  /** The request that was begun last. Its body may still be under way. */
  last: IncomingMessage | undefined
  /** The bytes that were read when the last answer was sent. More of them are the begin of another request. */
  readBytes: number
  /** Until when `waited` is counted, in ms. */
  checkedAt: number
  /** How long the server has waited for the client in the request that was begun last, in ms. */
  waited: number
  /** Ends after the answers that are being made. */
  isEnding: boolean
  /** Its requests are counted as cut. */
  isCut: boolean
  /** When the client was told that nothing more of it is read. */
  refusedAt: number | undefined
}

/**
 * How long a connection is kept after a refusal, in ms. Node resets a connection that it closes before it has read everything, and then the
 * client gets the reset instead of the refusal.
 */
const lingerMillis = 2_000

/** How long a connection on which nothing was sent yet is kept when the server stops, in ms. The request may be on its way. */
const freshMillis = 1_000

/** For how long the connections that wait to be accepted are taken when the server stops, in ms: others may come as fast as they are taken. */
const acceptMillis = 1_000

/** So many turns of the event loop without a new connection show that none waits to be accepted. */
const quietTurns = 3

/** How often the connections are looked at, in ms: often enough for the shortest limit. */
const spacingOf = ({ body, request }: TimeLimits): number => Math.min(1_000, Math.max(25, Math.min(body, request) / 20))

/** How long connections are looked at before the requests that have come meanwhile are read. To refuse a thousand clients takes longer. */
const turnMillis = 1

const setBy = (limit: keyof TimeLimits): string =>
  `(set by timeLimits.${limit}, or by serve --time-limits ${limit}=SECONDS; none is no limit)`

const seconds = (millis: number): string => `${millis / 1000} s`

/** Made once, since many clients may be too slow together. */
const tooSlowFor = (limits: TimeLimits): { readonly [limit in keyof TimeLimits]: ApiResponse.ApiResponse } => {
  const tooSlow = (what: string, limit: keyof TimeLimits) =>
    ApiResponse.generic(408, { [ApiResponse.hintHeader]: `${what} within ${seconds(limits[limit])} ${setBy(limit)}` })
  return {
    headers: tooSlow("The headers of the request were not complete", "headers"),
    body: tooSlow("The body of the request was not complete", "body"),
    request: tooSlow("The body of the request was not complete", "request"),
    stop: tooSlow("The system stops, and nothing more of the request came", "stop")
  }
}

const codeOf = (error: Error): string => (Predicate.hasProperty(error, "code") ? String(error.code) : "")

/** The answer to bytes that Node does not take for a request. `undefined` when the connection itself has failed. */
const refusalOf = (error: Error, tooLate: ApiResponse.ApiResponse): ApiResponse.ApiResponse | undefined => {
  const code = codeOf(error)
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return tooLate
  if (code === "HPE_HEADER_OVERFLOW") {
    return ApiResponse.generic(431, {
      [ApiResponse.hintHeader]: `The headers of the request are larger than ${maxHeaderSize} bytes`
    })
  }
  if (code === "HPE_CHUNK_EXTENSIONS_OVERFLOW") {
    return ApiResponse.generic(413, { [ApiResponse.hintHeader]: "The chunk extensions of the body are too large" })
  }
  if (!code.startsWith("HPE_")) return undefined
  const reason = Predicate.hasProperty(error, "reason") && error.reason !== "" ? `: ${String(error.reason)}` : ""
  return ApiResponse.generic(400, {
    [ApiResponse.hintHeader]: `The request is not HTTP/1.1${reason}`.replace(/[^\x20-\x7e]/g, "?")
  })
}

export interface Connections {
  /** Follows a request until its answer is sent. False when it must not be answered, because its connection was refused. */
  readonly follow: (request: IncomingMessage, response: ServerResponse) => boolean
  readonly isClosing: () => boolean
  /** Ends the server. Returns how many requests were cut because their clients had stalled. */
  readonly close: Effect.Effect<number>
}

/**
 * Follows the connections of a server. A response emits `close` when its client is gone, also when it waits behind another one on its
 * connection, for which Node does not emit it. `toBytes`: a response as it is sent, with its head.
 */
export const make = (
  server: Server,
  limits: TimeLimits,
  toBytes: (response: ApiResponse.ApiResponse) => Uint8Array
): Connections => {
  const connections = new Map<Duplex, Connection>()
  const spacing = spacingOf(limits)
  const tooSlow = tooSlowFor(limits)
  let accepted = 0
  let cut = 0
  let isClosing = false
  /** Whether something is under way that has to be looked at again. */
  let isWatched = false
  let timer: NodeJS.Timeout | undefined

  /** The answers that were being made are of no use any more. */
  const abandon = (connection: Connection) => {
    for (const response of [...connection.open]) response.emit("close")
    connection.open.clear()
  }

  /** Node tells it to a client as `connection: close` in the last answer, and then ends the connection. */
  const endAfterAnswers = (connection: Connection) => {
    connection.isEnding = true
    const last = [...connection.open].at(-1)
    if (last !== undefined && !last.headersSent) last.shouldKeepAlive = false
  }

  const countCut = (connection: Connection, requests: number) => {
    if (!connection.isCut) cut += requests
    connection.isCut = true
  }

  /** Nothing can be said on it any more. */
  const hangUp = (connection: Connection) => {
    if (isClosing) countCut(connection, connection.open.size)
    connection.socket.destroy()
  }

  /** Answers the request that was begun last, and reads no more of it. */
  const refuse = (connection: Connection, response: ApiResponse.ApiResponse) => {
    const { last, open, socket } = connection
    if (connection.refusedAt !== undefined) return
    const isBegun = last !== undefined && !last.complete
    if (isBegun && [...open].at(-1)?.req !== last) return hangUp(connection)
    if (open.size > (isBegun ? 1 : 0)) {
      // The answers to the requests before it come first, and are the last ones.
      for (const one of open) if (isBegun && one.req === last) one.emit("close")
      return endAfterAnswers(connection)
    }
    const [own] = open
    if (own?.headersSent === true || !socket.writable) return hangUp(connection)
    connection.refusedAt = performance.now()
    // Whoever still answers the request must not write to the connection. And not through the response of Node, which closes the connection
    // as soon as it is sent.
    own?.detachSocket(socket)
    abandon(connection)
    socket.end(toBytes(response))
    watch()
  }

  /** Not when the server itself has stopped reading, since nothing has read what was sent. */
  const waitsForBody = ({ last, socket }: Connection): boolean =>
    last !== undefined && !last.complete && !socket.isPaused() && last.readableLength < last.readableHighWaterMark

  /** The answer is complete, and the client does not read it. The answers behind it wait for it. */
  const waitsForReader = ({ open: [first] }: Connection): boolean => first?.writableEnded === true

  const isFresh = ({ last, socket }: Connection): boolean => last === undefined && socket.bytesRead === 0

  /** Without a request, after one. */
  const isIdle = ({ last, open, readBytes, refusedAt, socket }: Connection): boolean =>
    open.size === 0 && refusedAt === undefined && last?.complete === true && socket.bytesRead === readBytes

  /** Whether only a part of the headers has come. A server of Node that is closed looks at no headers any more. */
  const waitsForHeaders = (connection: Connection): boolean =>
    isClosing && connection.open.size === 0 && !isFresh(connection) && !waitsForBody(connection)

  /** True while the connection has to be looked at again. */
  const check = (connection: Connection, now: number): boolean => {
    if (connection.refusedAt !== undefined) {
      if (now - connection.refusedAt >= lingerMillis) connection.socket.destroy()
      return true
    }
    const isSending = waitsForBody(connection)
    const isReading = waitsForReader(connection)
    const isIncomplete = waitsForHeaders(connection)
    if (isSending || isReading || isIncomplete) {
      // A machine that was asleep, or busy, has not waited for the client in that time.
      connection.waited += Math.min(now - connection.checkedAt, 2 * spacing)
      const { waited } = connection
      if (isIncomplete) {
        if (waited >= limits.headers) refuse(connection, tooSlow.headers)
      } else if (isSending && waited >= Math.min(limits.body, limits.request)) {
        refuse(connection, waited >= limits.body ? tooSlow.body : tooSlow.request)
      } else if (waited >= limits.request) {
        hangUp(connection)
      }
    }
    connection.checkedAt = now
    return isClosing || isSending || connection.open.size > 0
  }

  const checkAll = () => {
    const all = [...connections.values()]
    let next = 0
    isWatched = false
    const turn = () => {
      const startedAt = performance.now()
      for (let now = startedAt; next < all.length && now - startedAt < turnMillis; now = performance.now()) {
        const connection = all[next++]
        if (connection !== undefined && check(connection, now)) isWatched = true
      }
      if (next < all.length) return void setImmediate(turn)
      timer = undefined
      if (isWatched) watch()
    }
    turn()
  }

  /** One timer for all connections, and none while nothing is under way. It counts as set until all of them have been looked at. */
  const watch = () => {
    isWatched = true
    timer ??= setTimeout(checkAll, spacing).unref()
  }

  const limitStall = ({ socket }: Connection) => {
    if (limits.stop !== Number.POSITIVE_INFINITY) socket.setTimeout(limits.stop)
  }

  server.on("connection", (socket: Socket) => {
    accepted++
    const connection: Connection = {
      socket,
      open: new Set(),
      last: undefined,
      readBytes: 0,
      checkedAt: 0,
      waited: 0,
      isEnding: false,
      isCut: false,
      refusedAt: undefined
    }
    connections.set(socket, connection)
    if (isClosing) limitStall(connection)
    socket.once("close", () => {
      connections.delete(socket)
      abandon(connection)
    })
  })

  server.on("clientError", (error: Error, socket: Duplex) => {
    const connection = connections.get(socket)
    const refusal = refusalOf(error, tooSlow.headers)
    if (connection === undefined || refusal === undefined) return void socket.destroy()
    const { last } = connection
    // Node looks at its clock before it reads. What has come while the process was busy is not late.
    setImmediate(() => {
      // Without a request, there is nothing to answer.
      if (isFresh(connection)) connection.socket.destroy()
      else if (connection.last === last) refuse(connection, refusal)
    })
  })

  // Comes after a time without any byte. Without a listener, Node destroys the connection.
  server.on("timeout", (socket: Socket) => {
    const connection = connections.get(socket)
    // The time for which an idle connection is kept.
    if (!isClosing || connection === undefined || isFresh(connection)) return void socket.destroy()
    if (connection.refusedAt !== undefined) return
    if (waitsForReader(connection)) return hangUp(connection)
    // An answer is being made.
    if (connection.open.size > 0 && !waitsForBody(connection)) return
    countCut(connection, 1)
    refuse(connection, tooSlow.stop)
  })

  const follow: Connections["follow"] = (request, response) => {
    const connection = connections.get(request.socket)
    // The connection is closed already, and what was read of it is of no use.
    if (connection === undefined || connection.refusedAt !== undefined) return false
    const { open } = connection
    if (isClosing || connection.isEnding) {
      // The answer before it is not the last one any more.
      for (const before of open) if (!before.headersSent) before.shouldKeepAlive = true
      connection.isEnding = true
      response.shouldKeepAlive = false
      limitStall(connection)
    }
    open.add(response)
    connection.last = request
    connection.checkedAt = performance.now()
    connection.waited = 0
    watch()
    response.once("close", () => {
      open.delete(response)
      connection.readBytes = connection.socket.bytesRead
      if (!request.complete) {
        // It was answered before all of it had come.
        request.once("close", () => {
          connection.readBytes = connection.socket.bytesRead
        })
      }
      if (connection.isEnding && open.size === 0 && connection.refusedAt === undefined) connection.socket.destroySoon()
    })
    return true
  }

  /** Takes the connections that wait to be accepted, and reads the requests that have arrived. */
  const afterQuietTurns = (done: () => void) => {
    const startedAt = performance.now()
    const turn = (quiet: number, before: number) => {
      if (quiet >= quietTurns || performance.now() - startedAt >= acceptMillis) return done()
      setImmediate(() => turn(accepted === before ? quiet + 1 : 0, accepted))
    }
    turn(0, accepted)
  }

  const close = Effect.async<number>((resume) => {
    isClosing = true
    for (const connection of connections.values()) if (connection.open.size > 0) endAfterAnswers(connection)
    afterQuietTurns(() => {
      const freshTimer = setTimeout(
        // After the turn in which their requests are read, if there are any.
        () =>
          setImmediate(() => {
            for (const connection of connections.values()) if (isFresh(connection)) connection.socket.destroy()
          }),
        freshMillis
      )
      // Node would also end the connections whose answers are complete but not sent to their end.
      server.closeIdleConnections = () => {
        for (const connection of connections.values()) if (isIdle(connection)) connection.socket.destroy()
      }
      server.close(() => {
        clearTimeout(timer)
        clearTimeout(freshTimer)
        resume(Effect.succeed(cut))
      })
      const now = performance.now()
      for (const connection of connections.values()) {
        limitStall(connection)
        if (connection.open.size === 0) Object.assign(connection, { checkedAt: now, waited: 0 })
      }
      watch()
    })
  })

  return { follow, isClosing: () => isClosing, close }
}
