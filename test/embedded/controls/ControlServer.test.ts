import {
  HttpApi,
  HttpClient,
  HttpClientRequest,
  HttpClientResponse,
  HttpServerRequest,
  HttpServerResponse
} from "@effect/platform"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Duration, Effect, Fiber, Logger, Option, Redacted, Stream } from "effect"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import * as Changes from "../../../src/layers/embedded/controls/Changes.js"
import { ControlApi } from "../../../src/layers/embedded/controls/http/ControlApi.js"
import type * as EventStreams from "../../../src/layers/embedded/controls/http/EventStreams.js"
import type * as Outbox from "../../../src/layers/embedded/controls/outbox/Outbox.js"
import * as ServedApp from "../../../src/layers/embedded/serving/ServedApp.js"

const adminToken = Redacted.make("the-admin-token-of-this-test")

const silent = (): EventStreams.Sources => ({
  requests: Changes.make(1),
  messages: Changes.make(1),
  clock: Changes.make(1),
  faults: Changes.make(1),
  accounts: Changes.make(1)
})

const start = DinteroEmbedded.serve({ passwordHashing: PasswordHashing.fastForTests, adminToken })

const endpoints: ReadonlyArray<readonly [method: "GET" | "POST" | "PUT" | "DELETE", path: string]> = (() => {
  const found: Array<readonly [method: "GET" | "POST" | "PUT" | "DELETE", path: string]> = []
  HttpApi.reflect(ControlApi, {
    onGroup: () => undefined,
    onEndpoint: ({ endpoint }) => {
      // Seam: the contract uses no other methods.
      found.push([endpoint.method as "GET", endpoint.path.replace(/:\w+/g, "1")])
    }
  })
  return found
})()

const send = (url: string, method: "GET" | "POST" | "PUT" | "DELETE", path: string, token?: string, body?: unknown) =>
  Effect.gen(function* () {
    const http = yield* HttpClient.HttpClient
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const request = HttpClientRequest.make(method)(`${url}${path}`, { headers })
    const response = yield* http.execute(body === undefined ? request : HttpClientRequest.bodyUnsafeJson(request, body))
    return { status: response.status, headers: response.headers, text: yield* response.text }
  }).pipe(Effect.orDie, Effect.provide(NodeHttpClient.layerUndici))

/** Everything that a control can change. */
const stateOf = ({ accounts, clock, faults, journal, outbox }: DinteroEmbedded.EmbeddedService) =>
  Effect.map(
    Effect.all([accounts.list, faults.list, journal.list(), outbox.list(), clock.state, accounts.snapshot("T12345678")]),
    ([list, rules, entries, messages, { is_frozen, offset_millis }, snapshot]) =>
      JSON.stringify([list, rules, entries, messages, is_frozen, Math.round(offset_millis / 1000), snapshot])
  )

describe("the controls over HTTP", () => {
  it.scopedLive("without the admin token every control is refused and changes nothing", () =>
    Effect.gen(function* () {
      const system = yield* start
      yield* system.faults.add({ match: { operation: "auth.keys" }, fault: { kind: "garbage" } })
      yield* system.outbox.list()
      const before = yield* stateOf(system)
      assert.isAtLeast(endpoints.length, 20)
      for (const [method, path] of endpoints) {
        for (const token of [undefined, "", "wrong", "the-admin-token-of-this-tesT"]) {
          const answer = yield* send(system.url, method, path, token, method === "GET" ? undefined : { millis: 1000 })
          assert.strictEqual(answer.status, 401, `${method} ${path}`)
          assert.include(answer.text, "admin token")
          assert.isUndefined(answer.headers["access-control-allow-origin"])
        }
      }
      assert.strictEqual(yield* stateOf(system), before)
    })
  )

  it.scopedLive("an invalid request is refused with one sentence", () =>
    Effect.gen(function* () {
      const { url } = yield* start
      const token = Redacted.value(adminToken)
      const wrong: ReadonlyArray<readonly ["POST" | "PUT" | "GET", string, unknown, number, string]> = [
        ["POST", "/clock/advance", { millis: "x" }, 400, "millis: Expected number"],
        ["POST", "/clock/set", { to: "yesterday" }, 400, "to: "],
        ["POST", "/clock/set", { to: "1999-01-01T00:00:00Z" }, 400, "only moves forward"],
        ["PUT", "/faults", { rules: [{ fault: { kind: "explode" } }] }, 400, "rules[0].fault.kind"],
        ["POST", "/faults", { fault: { kind: "delay", millis: -1 } }, 400, "fault.millis"],
        ["POST", "/seed", { accounts: [{ account_id: "x" }] }, 400, "accounts[0].account_id"],
        ["PUT", "/snapshot", { format: "something else" }, 400, "snapshot"],
        ["GET", "/accounts/T99999999/customers", undefined, 404, "T99999999"],
        ["GET", "/accounts/T12345678/customers?include_deleted=1", undefined, 400, "include_deleted"],
        ["GET", "/accounts/T12345678/customers?after=x", undefined, 404, "no customer x"],
        ["GET", "/accounts/T12345678/customer?customer_id=x/y", undefined, 404, "no customer x/y"],
        ["GET", "/accounts/T12345678/customer", undefined, 400, "customer_id: is missing"],
        ["GET", "/accounts/T99999999/tags", undefined, 404, "T99999999"],
        ["POST", "/accounts/T12345678/unblock", { customer_id: "x/y" }, 404, "no customer x/y"],
        ["POST", "/accounts/T12345678/unblock", {}, 400, "customer_id: is missing"],
        ["POST", "/outbox/await", { match: { recipient: "+1" }, timeout_millis: 1 }, 404, "No message with recipient +1"],
        ["GET", "/nothing", undefined, 404, "no such control"]
      ]
      for (const [method, path, body, status, says] of wrong) {
        const answer = yield* send(url, method, `/_embedded${path}`, token, body)
        assert.strictEqual(answer.status, status, `${path}: ${answer.text}`)
        const { message } = JSON.parse(answer.text) as { message: string }
        assert.include(message, says)
        assert.notInclude(message, "└─")
      }
      const http = yield* HttpClient.HttpClient
      const noJson = yield* http.execute(
        HttpClientRequest.post(`${url}/_embedded/faults`, { headers: { authorization: `Bearer ${token}` } }).pipe(
          HttpClientRequest.bodyText("{", "application/json")
        )
      )
      assert.include(yield* noJson.text, "not JSON")
    }).pipe(Effect.provide(NodeHttpClient.layerUndici))
  )

  it.scopedLive("an unknown field is refused, so that a misspelt one does not affect all accounts", () =>
    Effect.gen(function* () {
      const { outbox, url } = yield* start
      // Seam: the value is a system, and its type here only has the controls.
      const { send: deliver } = outbox as Outbox.OutboxService
      yield* deliver({ account_id: "T12345678", channel: "sms", template: "mfa_code", recipient: "+1", text: "1", code: "1" })
      const misspelt = [
        ["POST", "/clock/advance", { millis: 1, by: 2 }, "by"],
        ["GET", "/outbox?recipint=%2B2", undefined, "recipint"],
        ["POST", "/outbox/await", { match: { recipint: "+2" }, timeout_millis: 1 }, "recipint"],
        ["POST", "/outbox/await", { match: {}, timeout_millis: 1, timeout: 2 }, "timeout"],
        ["DELETE", "/outbox?acount_id=T00000001", undefined, "acount_id"],
        ["GET", "/journal?state=404", undefined, "state"],
        ["GET", "/events?customer=ada", undefined, "customer"],
        ["GET", "/accounts/T12345678/customers?tag=VIP", undefined, "tag"],
        ["POST", "/seed?replce=true", { accounts: [] }, "replce"]
      ] as const
      for (const [method, path, body, field] of misspelt) {
        const { status, text } = yield* send(url, method, `/_embedded${path}`, Redacted.value(adminToken), body)
        assert.strictEqual(status, 400, path)
        assert.match(text, new RegExp(`not valid: [\\w.]*${field}: `), path)
      }
      assert.lengthOf(yield* outbox.list(), 1)
      assert.strictEqual((yield* outbox.awaitNext({}, 1)).recipient, "+1")
    })
  )

  it.scopedLive("events are sent as they happen, and end with the system", () =>
    Effect.gen(function* () {
      const http = yield* HttpClient.HttpClient
      const text = yield* Effect.scoped(
        Effect.gen(function* () {
          const system = yield* start
          const response = yield* http.get(`${system.url}/_embedded/events`, {
            headers: { authorization: `Bearer ${Redacted.value(adminToken)}` }
          })
          assert.strictEqual(response.headers["content-type"], "text/event-stream")
          const chunks: Array<string> = []
          const until = (pattern: RegExp) =>
            Effect.sync(() => pattern.test(chunks.join(""))).pipe(
              Effect.delay("2 millis"),
              Effect.repeat({ until: (found) => found })
            )
          const reading = yield* Effect.fork(
            Stream.runForEach(Stream.decodeText(response.stream), (chunk) => Effect.sync(() => void chunks.push(chunk)))
          )
          yield* until(/: connected/)
          yield* http.get(`${system.url}/v1/nowhere`)
          yield* until(/event: request\ndata: \{.*"path":"\/v1\/nowhere".*\}\n\n/)
          yield* system.clock.freeze
          yield* until(/event: clock\ndata: \{.*"is_frozen":true/)
          yield* system.faults.clear
          yield* until(/event: faults\n/)
          yield* system.accounts.seed({ accounts: [{ account_id: "T00000001" }] })
          yield* until(/event: accounts\n/)
          return { reading, chunks }
        })
      )
      // The scope has closed although the stream was open.
      yield* Effect.exit(text.reading)
      assert.isAbove(text.chunks.length, 3)
    }).pipe(Effect.provide(NodeHttpClient.layerUndici), Effect.timeout("10 seconds"))
  )

  it.scopedLive("over a port, errors name the reason, and unusual accounts and matches are handled as in process", () =>
    Effect.gen(function* () {
      const system = yield* start
      const { accounts, clock, journal, outbox } = yield* DinteroEmbedded.connect({ url: `${system.url}/`, adminToken })
      yield* clock.state
      yield* journal.list()
      const seen = yield* Effect.fork(Stream.runHead(journal.changes()))
      yield* Effect.sleep("100 millis")
      yield* HttpClient.get(`${system.url}/v1/nowhere`)
      assert.isTrue(Option.isSome(yield* Fiber.join(seen)))

      // The types allow this without `exactOptionalPropertyTypes`.
      const nothing = { account_id: undefined } as never
      assert.deepStrictEqual(yield* outbox.list(nothing), [])
      assert.lengthOf(yield* journal.list(nothing), 1)
      assert.match((yield* Effect.flip(outbox.awaitNext(nothing, 1))).message, /^No message came within/)

      for (const id of ["", "T12345678/snapshot?", "../clock", "T12345678\ud800"]) {
        const calls: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string; readonly message: string }>> = [
          accounts.customers(id),
          accounts.customer(id, "ada"),
          accounts.tags(id),
          accounts.auditEvents(id),
          accounts.snapshot(id),
          accounts.reset(id),
          accounts.fork(id, "T00000001")
        ]
        for (const call of calls) {
          assert.deepInclude(yield* Effect.flip(Effect.asVoid(call)), {
            _tag: "UnknownAccount",
            message: `The system has no account ${id}.`
          })
        }
      }

      const answering = (status: number) =>
        HttpClient.make((request) =>
          Effect.succeed(HttpClientResponse.fromWeb(request, new Response(JSON.stringify({ message: "no" }), { status })))
        )
      const reasons = [
        [401, "the admin token is not the one"],
        [403, "remote controls allowed"],
        [404, "is not from the controls of an embedded system"],
        [502, "is not from the controls of an embedded system"]
      ] as const
      for (const [status, why] of reasons) {
        const refused = yield* DinteroEmbedded.connect({ url: "http://example.com", adminToken }).pipe(
          Effect.provideService(HttpClient.HttpClient, answering(status))
        )
        assert.include((yield* Effect.flip(Stream.runDrain(refused.outbox.changes))).message, why)
        if (status !== 401) assert.include((yield* Effect.flip(refused.clock.state)).message, why)
      }
    }).pipe(Effect.provide(NodeHttpClient.layerUndici))
  )

  it.live("a wait for a message ends when the system closes, and does not delay the close", () =>
    Effect.gen(function* () {
      const waiting = yield* Effect.scoped(
        Effect.gen(function* () {
          const { url } = yield* start
          const { outbox } = yield* DinteroEmbedded.connect({ url, adminToken })
          const waits = yield* Effect.forEach([Duration.minutes(1), Duration.infinity], (timeout) =>
            Effect.forkDaemon(Effect.flip(outbox.awaitNext({}, timeout)))
          )
          yield* Effect.sleep("1 second")
          return waits
        })
      ).pipe(Effect.timeout("5 seconds"))
      for (const wait of waiting) {
        const error = yield* Fiber.join(wait)
        assert.strictEqual(`${error._tag}: ${error.message}`, "NoMessage: No message will come any more: the system is closed.")
      }
    }).pipe(Effect.provide(NodeHttpClient.layerUndici))
  )

  it.scoped("another machine is refused, unless remote controls are allowed", () =>
    Effect.gen(function* () {
      const system = yield* DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests })
      const controlled: Parameters<typeof ServedApp.make>[1] = {
        controls: system,
        streams: silent(),
        maximumListeners: 1,
        about: { version: "0", database: ":memory:" },
        adminToken,
        closing: Effect.never
      }
      const statusFor = (allowRemote: boolean, remoteAddress: Option.Option<string>, path = "/_embedded/clock") =>
        Effect.gen(function* () {
          const headers = { authorization: `Bearer ${Redacted.value(adminToken)}` }
          const request = HttpServerRequest.fromWeb(new Request(`http://x${path}`, { headers })).modify(
            Option.isSome(remoteAddress) ? { remoteAddress: remoteAddress.value } : {}
          )
          const app = yield* ServedApp.make(system.app, controlled, allowRemote)
          const response = yield* Effect.provideService(app, HttpServerRequest.HttpServerRequest, request)
          return HttpServerResponse.toWeb(response).status
        })
      for (const own of ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"]) {
        assert.strictEqual(yield* statusFor(false, Option.some(own)), 200, own)
      }
      for (const other of ["192.0.2.1", "10.127.0.1", "::ffff:10.0.0.1", "fe80::1", "128.0.0.1"]) {
        assert.strictEqual(yield* statusFor(false, Option.some(other)), 403, other)
        assert.strictEqual(yield* statusFor(true, Option.some(other)), 200, other)
      }
      assert.strictEqual(yield* statusFor(false, Option.none()), 403)
      // Neither header evades the check.
      for (const path of ["/_embedded", "/_embedded?x", "/_embedded/clock#x"]) {
        assert.strictEqual(yield* statusFor(false, Option.some("192.0.2.1"), path), 403)
      }
      assert.strictEqual(yield* statusFor(false, Option.some("192.0.2.1"), "/v1/x"), 404)
    })
  )

  it.scoped("an unexpected failure is logged, and not shown to the caller", () =>
    Effect.gen(function* () {
      const system = yield* DinteroEmbedded.make({ passwordHashing: PasswordHashing.fastForTests })
      const logged: Array<string> = []
      const logger = Logger.make(({ cause, message }) => void logged.push(`${message} ${Cause.pretty(cause)}`))
      const app = yield* ServedApp.make(
        system.app,
        {
          controls: { ...system, clock: { ...system.clock, state: Effect.die(new Error("out of order")) } },
          streams: silent(),
          maximumListeners: 1,
          about: { version: "0", database: ":memory:" },
          adminToken,
          closing: Effect.never
        },
        true
      )
      const ask = (path: string, token: string) =>
        Effect.gen(function* () {
          const source = new Request(`http://x/_embedded${path}`, { headers: { authorization: `Bearer ${token}` } })
          const request = HttpServerRequest.fromWeb(source)
          const response = HttpServerResponse.toWeb(
            yield* Effect.provideService(app, HttpServerRequest.HttpServerRequest, request)
          )
          return `${response.status} ${yield* Effect.promise(() => response.text())}`
        }).pipe(Effect.provide(Logger.replace(Logger.defaultLogger, logger)))
      yield* ask("/clock", "wrong")
      yield* ask("/nothing", Redacted.value(adminToken))
      assert.deepStrictEqual(logged, [])
      assert.strictEqual(yield* ask("/clock", Redacted.value(adminToken)), '500 {"message":"The control failed unexpectedly"}')
      assert.lengthOf(logged, 1)
      assert.include(logged[0], "A control failed unexpectedly Error: out of order")
      assert.notInclude(logged[0], Redacted.value(adminToken))
    })
  )

  it.scopedLive("the pages need no token, and load nothing from other hosts", () =>
    Effect.gen(function* () {
      const { journal, url } = yield* start
      for (const path of ["/", "/docs"]) {
        const answer = yield* send(url, "GET", path)
        assert.strictEqual(answer.status, 200)
        assert.include(answer.headers["content-type"] ?? "", "text/html")
        assert.include(answer.headers["content-security-policy"] ?? "", "default-src 'none'")
        assert.notInclude(answer.text, Redacted.value(adminToken))
        assert.notMatch(answer.text, /<(?:script|link|img)[^>]+(?:src|href)="https?:/)
      }
      const openApi = yield* send(url, "GET", "/docs/openapi.json")
      assert.include(openApi.text, `"url":"/v1"`)
      assert.strictEqual((yield* send(url, "GET", "/favicon.ico")).status, 204)
      // A health check may request this page, and that does not count as a request for no operation.
      for (const path of ["/", "/docs"]) {
        const head = yield* HttpClient.head(`${url}${path}`)
        assert.strictEqual(head.status, 200, path)
        assert.strictEqual(yield* head.text, "")
      }
      yield* journal.verify
    }).pipe(Effect.provide(NodeHttpClient.layerUndici))
  )
})
