import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type { HttpMethod } from "@effect/platform/HttpMethod"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import Libsql from "libsql"
import { account, audience, basic, type Call, client, start, tokenOf } from "../Api.js"

const token = "/auth/token"
const settings = "/customers/settings"
const login = "/customers/login"
const secret = basic(client.client_id, client.client_secret)
const asked = { grant_type: "client_credentials", audience }

/** Fails when something is logged, since only a mistake of the system is logged. */
const unlogged = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const logged: Array<unknown> = []
    const logger = Logger.make(({ cause, message }) => void logged.push(message, cause))
    const result = yield* Effect.provide(effect, Logger.replace(Logger.defaultLogger, logger))
    assert.deepStrictEqual(logged, [])
    return result
  })

describe("bad input", () => {
  it.scoped(
    "gets the status of the first check that it fails",
    () =>
      Effect.gen(function* () {
        const { api } = yield* start()
        const authorization = yield* tokenOf(api)
        const big = "x".repeat(100 * 1024 + 1)
        const cases: ReadonlyArray<readonly [status: number, method: HttpMethod, path: string, call?: Call]> = [
          // The route.
          [404, "GET", "//"],
          [404, "GET", "//v1"],
          // A slash at the end means the same.
          [200, "GET", "/customers/settings/", { authorization }],
          // Authorisation comes before the check of the method.
          [401, "DELETE", settings],
          [401, "GET", token, { authorization: "Bearer x" }],
          [404, "GET", "//v1//accounts/T12345678/customers/settings"],
          [404, "GET", "//v1/accounts//customers/settings"],
          [404, "GET", "//v2/accounts/T12345678/customers/settings", { authorization }],
          [404, "DELETE", settings, { authorization }],
          [404, "POST", settings, { authorization, raw: big }],
          [404, "GET", token, { authorization }],
          // The credential is checked before everything else.
          [401, "GET", settings],
          [401, "PUT", settings, { raw: "{", contentType: undefined }],
          [401, "GET", "//v1/accounts/nobody/customers/settings"],
          ...[
            "",
            "Bearer",
            "Bearer ",
            "Bearer a b",
            "Bearer \u00e5",
            "Token abc",
            authorization.slice("Bearer ".length),
            `${authorization}, ${authorization}`,
            `Basic, ${authorization}`,
            secret,
            "Basic",
            "Basic ===="
          ].map((authorization) => [401, "GET", settings, { authorization }] as const),
          ...[
            "",
            "Basic",
            "Basic ",
            "Basic ====",
            "Basic %%%",
            "Basic bm9jb2xvbg==",
            "Basic Og==",
            "Basic OnNlY3JldA==",
            "Digest x"
          ].map((authorization) => [401, "POST", token, { authorization, body: asked }] as const),
          [401, "POST", token, { body: asked }],
          [401, "POST", token, { authorization: "Bearer x", body: { grant_type: "refresh_token", refresh_token: "x" } }],
          [401, "POST", token, { authorization: secret, body: { grant_type: "refresh_token", refresh_token: "x" } }],
          // The path.
          ...[
            "x",
            "T1234567",
            "T123456789",
            "t12345678",
            "T12345678%00",
            "T12345678%20",
            "%E0%A4%A",
            "%",
            "T1234567%EF%BC%98",
            "a".repeat(5000),
            "__proto__"
          ].map((id) => [400, "GET", `//v1/accounts/${id}/customers/settings`, { authorization }] as const),
          [401, "POST", "//v1/accounts/T1/auth/token", { authorization: secret, body: asked }],
          // The account of the token.
          [403, "GET", "//v1/accounts/T87654321/customers/settings", { authorization }],
          [403, "GET", "//v1/accounts/T87654321/auth/keys", { authorization }],
          [403, "PUT", "//v1/accounts/T87654321/customers/settings", { authorization, raw: "{" }],
          // The body.
          // No body is an empty object.
          [200, "PUT", settings, { authorization }],
          ...[
            undefined,
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonx",
            "application/json2; charset=utf-8"
          ].map((contentType) => [400, "PUT", settings, { authorization, raw: "{}", contentType }] as const),
          ...[
            " ",
            "{",
            "undefined",
            "NaN",
            "{}{}",
            "\ufeff",
            "{'users':1}",
            "[".repeat(100_000),
            "[".repeat(100_000) + "]".repeat(100_000),
            `{"auto_tokens":{"email":${"[".repeat(50_000)}${"]".repeat(50_000)}}}`,
            `{"x":${"[".repeat(100)}1${"]".repeat(100)}}`,
            `{"users":{"customer_id_format":"uuid","a":${'{"a":'.repeat(12_000)}1${"}".repeat(12_000)}}}`,
            `{"users":null}`,
            `{"users":[]}`,
            `{"tokens":{"event_expiry":[{"status":"A","time_to_live":1e999}]}}`,
            `{"attributes":{"0":1,"length":1}}`,
            "null",
            "1e400",
            '"text"',
            "[]",
            "true",
            big
          ].map((raw) => [400, "PUT", settings, { authorization, raw }] as const),
          [400, "PUT", settings, { authorization, raw: new Uint8Array([0x22, 0xff, 0xfe, 0x22]) }],
          [400, "POST", token, { authorization: secret, body: {} }],
          [400, "POST", token, { authorization: secret, body: { audience } }],
          [400, "POST", token, { authorization: secret, body: { ...asked, grant_type: "implicit" } }],
          [400, "POST", token, { authorization: secret, body: { ...asked, audience: 1 } }],
          [400, "POST", token, { authorization: secret, body: { ...asked, grant_type: ["client_credentials"] } }],
          [400, "POST", login, { authorization, body: { type: "employee", email: "a", password: "1234", audience } }],
          [400, "POST", login, { authorization, body: { type: "customer", email: "a", password: "123", audience } }],
          [400, "POST", login, { authorization, body: { type: "customer", email: "a", password: "1".repeat(256), audience } }],
          [400, "POST", login, { authorization, body: { type: "customer", password: "1234", audience } }],
          [400, "POST", login, { authorization, body: { type: "customer", ident: "a", password: "1234", audience } }],
          // Unusual, but valid.
          [200, "PUT", settings, { authorization, raw: `{"__proto__":{"users":1},"constructor":1}` }],
          [200, "PUT", settings, { authorization, raw: `{"x":${"[".repeat(99)}${"]".repeat(99)}}` }],
          [200, "PUT", settings, { authorization, raw: " {}\n", contentType: "Application/JSON; charset=utf-8" }],
          [200, "PUT", settings, { authorization, raw: `{"x":"${"y".repeat(100 * 1024 - 8)}"}` }],
          [200, "GET", `${settings}?users=1&%=%`, { authorization }]
        ]
        for (const [status, method, path, call] of cases) {
          const answer = yield* api(method, path, call)
          const { authorization: _, ...rest } = call ?? {}
          const name = `${method} ${path.slice(0, 80)} ${JSON.stringify(rest).slice(0, 80)}: ${answer.text.slice(0, 120)}`
          assert.strictEqual(answer.status, status, name)
          assert.strictEqual(answer.headers["access-control-allow-origin"], "*", name)
          assert.strictEqual(answer.headers["content-type"], "application/json; charset=utf-8", name)
          if (status !== 200) assert.isString(answer.body.error.message, name)
        }
      }).pipe(unlogged),
    60_000
  )

  it.scoped("of a login is named as a whole", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const authorization = yield* tokenOf(api)
      const { body } = yield* api("POST", login, { authorization, body: { type: "person", password: "abc", email: 1 } })
      assert.sameMembers(
        body.error.errors.map(({ message }) => message),
        [
          "Missing required property: audience",
          "No enum match for: person",
          "String is too short (3 chars), minimum 4",
          "Expected type string but found type integer"
        ]
      )
      assert.notInclude(JSON.stringify(body), "abc")
    })
  )

  it.scoped("that is an endless stream is read up to the limit", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start()
      const authorization = yield* tokenOf(api)
      let sent = 0
      const endless = Stream.repeatEffect(
        Effect.sync(() => {
          sent += 1000
          return new Uint8Array(1000)
        })
      )
      const response = yield* embedded.httpClient.execute(
        HttpClientRequest.put(`http://x/v1/accounts/${account}${settings}`, { headers: { authorization } }).pipe(
          HttpClientRequest.bodyStream(endless, { contentType: "application/json" })
        )
      )
      assert.strictEqual(response.status, 400)
      assert.include(response.headers["x-effect-dintero-hint"], "larger than 102400 bytes")
      assert.isAtMost(sent, 100 * 1024 + 1_000_000)
    })
  )

  it.scoped("of 40,000 wrong items is told of the first 100", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const authorization = yield* tokenOf(api)
      const body = { attributes: Array.from({ length: 40_000 }, () => 1) }
      const { errors } = (yield* api("PUT", settings, { authorization, body })).body.error
      assert.deepStrictEqual(
        errors.map(({ code, path }) => `${code} ${path.join(".")}`),
        Array.from({ length: 100 }, (_, i) => `INVALID_TYPE attributes.${i}`)
      )
    })
  )

  it.scoped("a preflight request succeeds for every path", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      for (const path of [settings, "//", "//nowhere"]) {
        const answer = yield* api("OPTIONS", path)
        assert.deepStrictEqual([answer.status, answer.text], [204, ""])
        assert.include(answer.headers["access-control-allow-headers"], "Authorization")
        assert.isUndefined(answer.headers.etag)
      }
    })
  )

  it.scoped("a failure of the system itself is logged, and not shown to the caller", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "effect-dintero-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const db = join(folder, "db")
      const { api } = yield* start({ db })
      const authorization = yield* tokenOf(api)
      const logged: Array<string> = []
      const logger = Logger.make(({ cause, message }) => void logged.push(`${String(message)} ${String(cause)}`))
      // No operation expects a missing table.
      const stranger = new Libsql(db)
      stranger.exec("ALTER TABLE accounts RENAME TO gone")
      stranger.close()
      const answer = yield* api("GET", settings, { authorization }).pipe(
        Effect.provide(Logger.replace(Logger.defaultLogger, logger))
      )
      assert.deepStrictEqual([answer.status, answer.text], [500, `{"error":{"errors":[],"message":"INTERNAL_SERVER_ERROR"}}`])
      assert.strictEqual(logged.length, 1)
      assert.include(logged[0], "customers.settings.get failed unexpectedly")
      assert.include(logged[0], "SqlError")
    })
  )
})
