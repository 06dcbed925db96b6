import * as Net from "node:net"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Duration, Effect, Exit, Fiber, Logger, Option, Redacted, Scope } from "effect"
import { DinteroEmbedded, PasswordHashing, TimeLimits } from "../../../src/embedded.js"
import * as ApiResponse from "../../../src/layers/embedded/serving/ApiResponse.js"
import type { ContractApp } from "../../../src/layers/embedded/serving/ContractServer.js"
import * as NodeServer from "../../../src/layers/embedded/serving/NodeServer.js"
import * as Outcome from "../../../src/layers/embedded/serving/Outcome.js"
import * as RequestBody from "../../../src/layers/embedded/serving/RequestBody.js"
import { account } from "../Api.js"

const settings = `/v1/accounts/${account}/customers/settings`

/** A connection of a client, byte by byte. */
const connect = (url: string) =>
  Effect.acquireRelease(
    Effect.async<Net.Socket>((resume) => {
      const socket = Net.connect(Number(new URL(url).port), "127.0.0.1", () => resume(Effect.succeed(socket)))
      // The end of a connection is what the tests look at.
      socket.on("error", () => undefined)
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

/** All that the server sends on the connection until it ends it. */
const untilEnd = (socket: Net.Socket) =>
  Effect.async<string>((resume) => {
    let text = ""
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk
    })
    socket.once("close", () => resume(Effect.succeed(text)))
  })

const sendAndRead = (url: string, text: string) =>
  Effect.scoped(
    Effect.flatMap(connect(url), (socket) => {
      socket.write(text)
      return untilEnd(socket)
    })
  )

const hintOf = (answer: string): string => /x-effect-dintero-hint: (.*)\r\n/.exec(answer)?.[1] ?? ""

const assertRefused = (answer: string, status: string, message: string, hint: RegExp) => {
  assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status}\r\n`))
  assert.match(answer, /\r\nconnection: close\r\n/i)
  assert.match(answer, /\r\ndate: /)
  assert.isTrue(answer.endsWith(`\r\n\r\n{"error":{"errors":[],"message":"${message}"}}`), answer)
  assert.match(hintOf(answer), hint)
}

const ok = Outcome.answered(ApiResponse.json(200, { is: "done" }))

/** More than the buffers of the system take. */
const large = Outcome.answered(ApiResponse.bytes(200, Buffer.alloc(64 * 1024 * 1024), "text/plain", {}))

interface Served {
  readonly answer: ContractApp
  readonly begin?: NodeServer.Api["begin"]
  readonly limits?: TimeLimits.Options
  readonly onCut?: (requests: number) => void
}

/** A server whose answers the test makes. Everything below `/v1` is for the API. */
const serve = ({ answer, begin = answer, limits, onCut = () => undefined }: Served) =>
  NodeServer.serve(
    Effect.succeed(HttpServerResponse.text("a page")),
    { isFor: (_, url) => url.startsWith("/v1"), begin, now: () => 0 },
    { host: "127.0.0.1", port: 0, limits: TimeLimits.make(limits), hints: true, onCut }
  )

const get = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`

const halfBody = `POST /v1/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10000\r\n\r\n{`

const readsBody: ContractApp = (request) =>
  RequestBody.json(request).pipe(
    Effect.as(ok),
    Effect.catchAll((refusal) => Effect.succeed(Outcome.answered(ApiResponse.refusal(refusal))))
  )

describe("time limits", () => {
  it("have defaults, and take durations", () => {
    assert.deepStrictEqual(TimeLimits.make(), { headers: 10_000, body: 30_000, request: 60_000, stop: 10_000 })
    assert.deepStrictEqual(TimeLimits.make({ headers: 1, body: "2 seconds", request: Duration.infinity, stop: undefined }), {
      headers: 1,
      body: 2_000,
      request: Number.POSITIVE_INFINITY,
      stop: 10_000
    })
  })

  it("name the field that cannot work", () => {
    // Seam: what a caller without types could give.
    const wrong = "soon" as "1 second"
    assert.throws(() => TimeLimits.make({ body: wrong }), RangeError, "timeLimits.body: that is not a duration.")
    for (const limit of [0, -1, "30 days"] as const) {
      assert.throws(() => TimeLimits.make({ stop: limit }), RangeError, "timeLimits.stop: give a time from 1 millisecond")
    }
  })

  it.scopedLive("a body that is not complete in time gets a 408 that names the limit", () =>
    Effect.gen(function* () {
      const system = yield* DinteroEmbedded.serve({
        passwordHashing: PasswordHashing.fastForTests,
        timeLimits: { body: "150 millis" }
      })
      const { client_id, client_secret } = DinteroEmbedded.demoSeed.accounts[0].clients[0]
      const toApi = halfBody
        .replace("/v1/a", `/v1/accounts/${account}/auth/token`)
        .replace(
          "\r\n\r\n",
          `\r\nAuthorization: Basic ${Buffer.from(`${client_id}:${client_secret}`).toString("base64")}\r\n\r\n`
        )
      const toControls = halfBody
        .replace("/v1/a", "/_embedded/clock/advance")
        .replace("\r\n\r\n", `\r\nAuthorization: Bearer ${Redacted.value(system.adminToken)}\r\n\r\n`)
      for (const text of [toApi, toControls]) {
        assertRefused(
          yield* sendAndRead(system.url, text),
          "408 Request Timeout",
          "REQUEST_TIMEOUT",
          /^The body of the request was not complete within 0\.15 s \(set by timeLimits\.body, or by serve --time-limits body=SECONDS; none is no limit\)$/
        )
      }
    })
  )

  it.scopedLive("a body whose bytes keep coming has no longer, and the request is interrupted", () =>
    Effect.gen(function* () {
      const interrupted = yield* Deferred.make<void>()
      const url = yield* serve({
        answer: (request) => Effect.onInterrupt(readsBody(request), () => Deferred.succeed(interrupted, undefined)),
        limits: { body: "200 millis" }
      })
      const socket = yield* connect(url)
      socket.write(halfBody)
      const trickle = setInterval(() => socket.write(" "), 10)
      const answer = yield* untilEnd(socket)
      clearInterval(trickle)
      assert.match(answer, /^HTTP\/1\.1 408 /)
      assert.strictEqual(answer.match(/HTTP\/1\.1 /g)?.length, 1)
      yield* Deferred.await(interrupted)
    })
  )

  it.scopedLive("a body that goes on after its answer ends the connection, without a second answer", () =>
    Effect.gen(function* () {
      const url = yield* serve({ answer: () => Effect.succeed(ok), limits: { body: "100 millis" } })
      const answer = yield* sendAndRead(url, halfBody)
      assert.match(answer, /^HTTP\/1\.1 200 /)
      assert.strictEqual(answer.match(/HTTP\/1\.1 /g)?.length, 1)
    })
  )

  it.scopedLive("headers that are not complete in time get a 408, and a connection without a request just ends", () =>
    Effect.gen(function* () {
      const url = yield* serve({ answer: () => Effect.succeed(ok), limits: { headers: "100 millis" } })
      assertRefused(
        yield* sendAndRead(url, "GET /v1/a HTTP/1.1\r\nHo"),
        "408 Request Timeout",
        "REQUEST_TIMEOUT",
        /^The headers of the request were not complete within 0\.1 s \(set by timeLimits\.headers,/
      )
      assert.strictEqual(yield* sendAndRead(url, ""), "")
    })
  )

  it.scopedLive("an answer in the making and a stream of events are not limited", () =>
    Effect.gen(function* () {
      const system = yield* DinteroEmbedded.serve({
        passwordHashing: PasswordHashing.fastForTests,
        timeLimits: { body: "50 millis", request: "50 millis" }
      })
      const authorization = { authorization: `Bearer ${Redacted.value(system.adminToken)}` }
      const events = yield* Effect.promise(() => fetch(`${system.url}/_embedded/events`, { headers: authorization }))
      const reader = events.body?.getReader()
      const next = yield* Effect.fork(
        Effect.promise(() =>
          fetch(`${system.url}/_embedded/outbox/await`, {
            method: "POST",
            headers: { ...authorization, "content-type": "application/json" },
            body: JSON.stringify({ match: {}, timeout_millis: 600 })
          })
        )
      )
      // It answers after its own time, and not when the limit is over.
      const answer = yield* Fiber.join(next)
      assert.include(yield* Effect.promise(() => answer.text()), '"_tag":"NoMessage"')
      yield* system.clock.freeze
      const until = Effect.iterate("", {
        while: (text) => !text.includes("event: clock"),
        body: (text) =>
          Effect.map(
            Effect.promise(async () => reader?.read()),
            (read) => {
              assert.isFalse(read?.done)
              return text + new TextDecoder().decode(read?.value)
            }
          )
      })
      yield* until
    })
  )

  it.scopedLive("a client that does not read its answers loses its connection", () =>
    Effect.gen(function* () {
      const url = yield* serve({ answer: () => Effect.succeed(large), limits: { request: "200 millis" } })
      const socket = yield* connect(url)
      socket.pause()
      socket.write(get("/v1/a"))
      // Whatever is sent after the server has ended the connection is answered with a reset.
      yield* Effect.async<void>((resume) => {
        const knock = setInterval(() => socket.write("\r\n"), 20)
        socket.once("close", () => {
          clearInterval(knock)
          resume(Effect.void)
        })
      })
    })
  )
})

describe("requests that are not right", () => {
  it.scopedLive("what is not HTTP, and headers that are too large, get an answer in words", () =>
    Effect.gen(function* () {
      const url = yield* serve({ answer: readsBody })
      assertRefused(
        yield* sendAndRead(url, "hello\r\n\r\n"),
        "400 Bad Request",
        "BAD_REQUEST",
        /^The request is not HTTP\/1\.1: \w/
      )
      assertRefused(
        yield* sendAndRead(url, get("/v1/a", `X-Large: ${"x".repeat(20_000)}\r\n`)),
        "431 Request Header Fields Too Large",
        "REQUEST_HEADER_FIELDS_TOO_LARGE",
        /^The headers of the request are larger than 16384 bytes$/
      )
      const badChunk =
        "POST /v1/a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
      assertRefused(yield* sendAndRead(url, badChunk), "400 Bad Request", "BAD_REQUEST", /^The request is not HTTP\/1\.1: \w/)
    })
  )

  it.scopedLive("a request that is not HTTP does not spoil the answer before it on its connection", () =>
    Effect.gen(function* () {
      const release = yield* Deferred.make<void>()
      const url = yield* serve({ answer: () => Effect.as(Deferred.await(release), ok) })
      const socket = yield* connect(url)
      socket.write(`${get("/v1/a")}hello\r\n\r\n`)
      const answer = yield* Effect.fork(untilEnd(socket))
      yield* Effect.sleep("50 millis")
      yield* Deferred.succeed(release, undefined)
      assert.match(yield* Fiber.join(answer), /^HTTP\/1\.1 200 OK\r\n[\s\S]*{"is":"done"}$/)
    })
  )

  it.scopedLive("two Host headers, or none, get a 400 that says so", () =>
    Effect.gen(function* () {
      const url = yield* serve({ answer: () => Effect.succeed(ok) })
      for (const path of ["/v1/a", "/"]) {
        for (const second of ["Host: x", "hOST: y"]) {
          assertRefused(
            yield* sendAndRead(url, get(path, `${second}\r\n`)),
            "400 Bad Request",
            "BAD_REQUEST",
            /^The request has more than one header Host$/
          )
        }
        assertRefused(
          yield* sendAndRead(url, `GET ${path} HTTP/1.1\r\n\r\n`),
          "400 Bad Request",
          "BAD_REQUEST",
          /^A request of HTTP\/1\.1 needs the header Host$/
        )
        assert.match(yield* sendAndRead(url, `GET ${path} HTTP/1.0\r\n\r\n`), /^HTTP\/1\.1 200 /)
      }
    })
  )

  it.scopedLive("an expectation that is not known gets a 417 that says so", () =>
    Effect.gen(function* () {
      const url = yield* serve({ answer: () => Effect.succeed(ok) })
      assertRefused(
        yield* sendAndRead(url, get("/v1/a", "Expect: wonders\r\n")),
        "417 Expectation Failed",
        "EXPECTATION_FAILED",
        /^The only expectation/
      )
    })
  )

  it.scopedLive("the page, the controls and the documentation answer the absolute form like the usual one", () =>
    Effect.gen(function* () {
      const system = yield* DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests })
      const bearer = `Authorization: Bearer ${Redacted.value(system.adminToken)}\r\n`
      const close = "Connection: close\r\n"
      const withoutDate = (answer: string) => answer.replace(/\r\ndate: .*/i, "")
      for (const path of [
        "/",
        "/?a=b",
        "/_embedded/outbox",
        "/_embedded/nowhere",
        "/docs/openapi.json",
        "/favicon.ico",
        settings
      ]) {
        const usual = yield* sendAndRead(system.url, get(path, bearer + close))
        const absolute = yield* sendAndRead(system.url, get(`http://x${path}`, bearer + close))
        assert.strictEqual(withoutDate(absolute), withoutDate(usual), path)
      }
      const page = yield* sendAndRead(system.url, get("/", close))
      for (const target of ["HTTP://x", "http://x?a=b"]) {
        assert.strictEqual(withoutDate(yield* sendAndRead(system.url, get(target, close))), withoutDate(page), target)
      }
    })
  )
})

describe("requests under way", () => {
  it.scopedLive("all of a connection are interrupted when its client disconnects, also those behind a slow one", () =>
    Effect.gen(function* () {
      const paths = Array.from({ length: 20 }, (_, index) => `/v1/${index}`)
      const begun = new Set<string>()
      const interrupted = new Set<string>()
      const allBegun = yield* Deferred.make<void>()
      const allInterrupted = yield* Deferred.make<void>()
      const url = yield* serve({
        answer: ({ url: path }) =>
          Effect.suspend(() => {
            begun.add(path)
            const begin = begun.size === paths.length ? Deferred.succeed(allBegun, undefined) : Effect.void
            return Effect.zipRight(begin, Effect.never)
          }).pipe(
            Effect.onInterrupt(() => {
              interrupted.add(path)
              return interrupted.size === paths.length ? Deferred.succeed(allInterrupted, undefined) : Effect.void
            })
          )
      })
      const socket = yield* connect(url)
      socket.write(paths.map((path) => get(path)).join(""))
      yield* Deferred.await(allBegun)
      socket.destroy()
      yield* Deferred.await(allInterrupted)
    })
  )

  it.scopedLive("an exception where a request begins is a 500 and a line of the log, and not the end of the process", () =>
    Effect.gen(function* () {
      const messages: Array<string> = []
      const logger = Logger.make(({ cause, message }) => {
        messages.push(`${String(message)} ${String(cause)}`)
      })
      const url = yield* Effect.provide(
        serve({
          answer: () => Effect.succeed(ok),
          begin: ({ url: path }) => {
            if (path === "/v1/broken") throw new Error("broken on purpose")
            return Effect.succeed(ok)
          }
        }),
        Logger.replace(Logger.defaultLogger, logger)
      )
      const broken = yield* sendAndRead(url, get("/v1/broken", "Connection: close\r\n"))
      assert.match(broken, /^HTTP\/1\.1 500 [\s\S]*{"error":{"errors":\[\],"message":"INTERNAL_SERVER_ERROR"}}$/)
      assert.match(messages.join("\n"), /A request failed unexpectedly[\s\S]*broken on purpose/)
      assert.match(yield* sendAndRead(url, get("/v1/a", "Connection: close\r\n")), /^HTTP\/1\.1 200 /)
    })
  )
})

describe("the end of a server", () => {
  /** A server in a scope that the test closes. `cut`: what the server tells at its end. */
  const closable = (served: Served) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      let cut = 0
      const url = yield* Scope.extend(
        serve({
          ...served,
          onCut: (requests) => {
            cut = requests
          }
        }),
        scope
      )
      yield* Effect.addFinalizer(() => Scope.close(scope, Exit.void))
      return { url, close: Effect.map(Scope.close(scope, Exit.void), () => cut) }
    })

  /** Answers when the test lets it. */
  const slowAnswers = Effect.gen(function* () {
    const begun = yield* Deferred.make<void>()
    const release = yield* Deferred.make<void>()
    const answer: ContractApp = () => Effect.zipRight(Deferred.succeed(begun, undefined), Effect.as(Deferred.await(release), ok))
    return { answer, begun: Deferred.await(begun), release: Deferred.succeed(release, undefined) }
  })

  it.scopedLive("waits for answers that are being made, however long a client that stalls is waited for", () =>
    Effect.gen(function* () {
      const { answer, begun, release } = yield* slowAnswers
      const { close, url } = yield* closable({ answer, limits: { stop: "20 millis" } })
      const socket = yield* connect(url)
      // Several on one connection: only the last of them may say that the connection closes.
      socket.write(`${get("/v1/a")}${get("/v1/b")}${get("/v1/c")}`)
      const received = yield* Effect.fork(untilEnd(socket))
      yield* begun
      const closing = yield* Effect.fork(close)
      yield* Effect.sleep("200 millis")
      assert.isTrue(Option.isNone(yield* Fiber.poll(closing)))
      yield* release
      const text = yield* Fiber.join(received)
      assert.strictEqual(text.match(/HTTP\/1\.1 200 OK/g)?.length, 3)
      assert.strictEqual(text.match(/connection: close/gi)?.length, 1)
      assert.strictEqual(yield* Fiber.join(closing), 0)
    })
  )

  it.scopedLive("cuts clients that stall, tells them so where it can, and counts them", () =>
    Effect.gen(function* () {
      const { close, url } = yield* closable({ answer: readsBody, limits: { stop: "150 millis" } })
      const sent = [halfBody, "GET /v1/a HTTP/1.1\r\nHo"]
      const sockets = yield* Effect.forEach([...sent, ""], (text) =>
        Effect.tap(connect(url), (socket) => Effect.async<void>((resume) => void socket.write(text, () => resume(Effect.void))))
      )
      // A kept connection is idle, and no request of it is cut.
      const kept = yield* connect(url)
      kept.write(get("/v1/a"))
      yield* Effect.async<void>((resume) => void kept.once("data", () => resume(Effect.void)))
      const received = yield* Effect.fork(Effect.forEach(sockets, untilEnd, { concurrency: "unbounded" }))
      assert.strictEqual(yield* close, 2)
      const [body = "", headers = "", nothing] = yield* Fiber.join(received)
      for (const text of [body, headers]) {
        assertRefused(
          text,
          "408 Request Timeout",
          "REQUEST_TIMEOUT",
          /^The system stops, and nothing more of the request came within 0\.15 s \(set by timeLimits\.stop,/
        )
      }
      assert.strictEqual(nothing, "")
    })
  )

  it.scopedLive("counts a client that does not read its answer", () =>
    Effect.gen(function* () {
      const { close, url } = yield* closable({ answer: () => Effect.succeed(large), limits: { stop: "150 millis" } })
      const socket = yield* connect(url)
      socket.pause()
      socket.write(get("/v1/a"))
      yield* Effect.async<void>((resume) => void socket.once("readable", () => resume(Effect.void)))
      assert.strictEqual(yield* close, 1)
    })
  )

  it.scopedLive("answers what a new connection sends when the server has begun to stop", () =>
    Effect.gen(function* () {
      const { answer, begun, release } = yield* slowAnswers
      const { close, url } = yield* closable({
        answer: (request) => (request.url === "/v1/slow" ? answer(request) : Effect.succeed(ok))
      })
      const slow = yield* connect(url)
      slow.write(get("/v1/slow"))
      yield* begun
      const fresh = yield* connect(url)
      const closing = yield* Effect.fork(close)
      yield* Effect.sleep("50 millis")
      fresh.write(get("/v1/a"))
      assert.match(yield* untilEnd(fresh), /^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close\r\n/i)
      yield* release
      assert.strictEqual(yield* Fiber.join(closing), 0)
    })
  )
})
