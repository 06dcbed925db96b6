/**
 * The endpoints with functions in the place of Dintero: what the shop answers to each error.
 */
import { HttpApiBuilder } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, it } from "@effect/vitest"
import { ConfigProvider, Effect, Layer, Logger, LogLevel, Redacted } from "effect"
import {
  CredentialsRefused,
  Dintero,
  MfaRequired,
  RateLimited,
  Session,
  SessionNotFound,
  Sessions,
  TokenStoreError
} from "effect-dintero"
import { ApiLive } from "../src/Server.js"

type Fakes = Parameters<typeof Dintero.layerTest>[0]

type TestSessions = Parameters<typeof Sessions.layerTest>[0]

const settings = Layer.merge(
  Layer.setConfigProvider(ConfigProvider.fromMap(new Map([["TILL_KEY", "a-key"]]))),
  Logger.minimumLogLevel(LogLevel.None)
)

/** The shop as a function from a request to a response. */
const shop = (dintero: Fakes, sessions: TestSessions = {}) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() =>
        HttpApiBuilder.toWebHandler(
          Layer.merge(
            ApiLive.pipe(Layer.provide([Dintero.layerTest(dintero), Sessions.layerTest(sessions)]), Layer.provide(settings)),
            NodeHttpServer.layerContext
          )
        )
      ),
      ({ dispose }) => Effect.promise(dispose)
    ),
    ({ handler }) =>
      (method: string, path: string, given: { readonly body?: unknown; readonly headers?: Record<string, string> } = {}) =>
        Effect.promise(() =>
          handler(
            new Request(`https://shop.example${path}`, {
              method,
              headers: { host: "shop.example", "content-type": "application/json", ...given.headers },
              ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) })
            })
          )
        )
  )

const bodyOf = (response: Response) => Effect.promise((): Promise<unknown> => response.json())

const cookie = { cookie: "__Host-session=any" }

const ada = Effect.succeed(Session.forTest({ customerId: "ada" }))

const login = { body: { email: "ada@example.com", password: "a guess" } }

it.scopedLive("a customer sees and changes her own data", () =>
  Effect.gen(function* () {
    const changes: Array<unknown> = []
    const customer = { id: "1", customer_id: "ada", type: "customer" as const, email: "ada@example.com", first_name: "Ada" }
    const send = yield* shop(
      {
        customers: {
          users: {
            get: () => Effect.succeed(customer),
            update: (id, change) => {
              changes.push([id, change])
              return Effect.succeed({ ...customer, first_name: "Augusta" })
            }
          }
        }
      },
      { resume: () => ada }
    )
    const me = yield* send("GET", "/me", { headers: cookie })
    assert.deepStrictEqual(yield* bodyOf(me), {
      customerId: "ada",
      email: "ada@example.com",
      firstName: "Ada",
      lastName: null
    })
    assert.strictEqual(me.headers.get("cache-control"), "no-store")
    const changed = yield* send("PATCH", "/me", { headers: cookie, body: { firstName: "Augusta" } })
    assert.deepInclude(yield* bodyOf(changed), { firstName: "Augusta" })
    assert.deepStrictEqual(changes, [["ada", { email: undefined, first_name: "Augusta", last_name: undefined }]])
  })
)

it.scopedLive("without a session: 401, and the cookie goes", () =>
  Effect.gen(function* () {
    const send = yield* shop({}, { resume: () => Effect.fail(SessionNotFound.forTest()) })
    const response = yield* send("GET", "/me", { headers: cookie })
    assert.strictEqual(response.status, 401)
    assert.match(response.headers.get("set-cookie") ?? "", /^__Host-session=; Max-Age=0/)
  })
)

it.scopedLive("while the store is down: 503, and the cookie stays", () =>
  Effect.gen(function* () {
    const send = yield* shop({}, { resume: () => Effect.fail(TokenStoreError.forTest({ reason: "unavailable" })) })
    const response = yield* send("GET", "/me", { headers: cookie })
    assert.strictEqual(response.status, 503)
    assert.strictEqual(response.headers.get("retry-after"), "5")
    assert.isNull(response.headers.get("set-cookie"))
  })
)

for (const [error, status, body] of [
  [CredentialsRefused.forTest(), 401, { _tag: "WrongPassword" }],
  [RateLimited.forTest({ retryAfter: "2 seconds" }), 503, { _tag: "Unavailable", what: "dintero", retryAfterSeconds: 2 }]
] as const) {
  it.scopedLive(`a login that ends in ${error._tag}: ${status}`, () =>
    Effect.gen(function* () {
      const send = yield* shop({ customers: { password: { login: () => Effect.fail(error) } } })
      const response = yield* send("POST", "/sign-in", login)
      assert.strictEqual(response.status, status)
      assert.deepStrictEqual(yield* bodyOf(response), body)
    })
  )
}

it.scopedLive("a login that needs a code sends one, and waits for it under a cookie", () =>
  Effect.gen(function* () {
    const send = yield* shop({
      customers: { password: { login: () => Effect.fail(MfaRequired.forTest()) } },
      auth: { mfa: { challenge: () => Effect.succeed({ challenge_type: "oob", oob_code: Redacted.make("an-oob-code") }) } }
    })
    const response = yield* send("POST", "/sign-in", login)
    assert.strictEqual(response.status, 202)
    assert.match(response.headers.get("set-cookie") ?? "", /^__Host-sign-in=[^;]{40,};.*HttpOnly; Secure; SameSite=Lax/)
  })
)

it.scopedLive("a page of another site cannot sign anybody in", () =>
  Effect.gen(function* () {
    const send = yield* shop({})
    for (const headers of [{ "sec-fetch-site": "cross-site" }, { origin: "https://evil.example" }]) {
      assert.strictEqual((yield* send("POST", "/sign-in", { ...login, headers })).status, 403)
    }
  })
)

it.scopedLive("a till without the key gets nothing", () =>
  Effect.gen(function* () {
    const send = yield* shop({})
    const body = { receiptId: "1", token: { type: "card", value: "any" }, amount: 1 }
    const response = yield* send("POST", "/receipts", { body, headers: { authorization: "Bearer a-guess" } })
    assert.strictEqual(response.status, 401)
  })
)
