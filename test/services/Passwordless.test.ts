import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Option, Redacted } from "effect"
import { Audience, Customers, Dintero, Passwordless, RetryPolicy, Session, Sessions, TokenStores } from "effect-dintero"
import * as Mock from "../utils/MockHttp.js"

const accountId = "T12345678"
const audience = Audience.account(accountId)

const customer = { email: "ada@example.com", clientId: "shop", audience }

const noContent: Mock.Answer = () => Effect.sync(() => new Response(null, { status: 204 }))

/** A token for the client, and another answer for a code. */
const serverWith = (redeemed: Mock.Answer, sent: Mock.Answer = noContent) =>
  Mock.make({
    token: (request, count) =>
      (request.body.includes("authorization_code") ? redeemed : Mock.token("client-token", 3600))(request, count),
    resource: (request, count) =>
      (request.url.endsWith("/auth/passwordless") ? sent : Mock.json(200, { users: { customer_id_format: "uuid" } }))(
        request,
        count
      )
  })

const layerOf = (mock: Mock.MockHttp) =>
  Dintero.layer({ accountId, clientId: "shop", clientSecret: Redacted.make("secret"), retry: RetryPolicy.none }).pipe(
    Layer.provide(mock.layer)
  )

const bodies = (mock: Mock.MockHttp, path: string): ReadonlyArray<Record<string, unknown>> =>
  mock.requests.filter(({ url }) => url.endsWith(path)).map(({ body }): Record<string, unknown> => JSON.parse(body))

const code = Redacted.make("123456")

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe("Passwordless", () => {
  it.effect("sends a code with an id of its own, sends it again with the same id, and redeems it", () => {
    const mock = serverWith(Mock.token("session-token", 3600))
    return Effect.gen(function* () {
      const login = yield* Passwordless.begin({ ...customer, connection: "sms", type: "company" })
      assert.match(login.id, uuid)
      assert.deepStrictEqual(login, { ...customer, type: "company", id: login.id })
      yield* Passwordless.resend(login, "email")
      const session = yield* Passwordless.redeem(login, code)
      assert.strictEqual(Redacted.value(session.access_token), "session-token")
      const sent = { audience, client_id: "shop", email: customer.email, type: "company", login_session_id: login.id }
      assert.deepStrictEqual(bodies(mock, "/auth/passwordless"), [
        { ...sent, connection: "sms" },
        { ...sent, connection: "email" }
      ])
      assert.deepStrictEqual(bodies(mock, "/auth/token").at(-1), {
        grant_type: "authorization_code",
        ident_type: "email",
        ident: customer.email,
        verification_code: "123456",
        audience
      })
      assert.deepStrictEqual(
        mock.requests.slice(1).map(({ headers }) => headers.authorization),
        ["Bearer client-token", "Bearer client-token", "Bearer client-token"]
      )
    }).pipe(Effect.provide(layerOf(mock)))
  })

  it.effect("a login is plain data: it goes through JSON, and can be redeemed by another process", () => {
    const mock = serverWith(Mock.token("session-token", 3600))
    return Effect.gen(function* () {
      const login = yield* Effect.provide(Passwordless.begin({ ...customer, connection: "email" }), layerOf(mock))
      assert.notProperty(bodies(mock, "/auth/passwordless")[0], "type")
      const stored: Passwordless.Login = JSON.parse(JSON.stringify(login))
      const session = yield* Effect.provide(Passwordless.redeem(stored, code), layerOf(mock))
      assert.strictEqual(Redacted.value(session.access_token), "session-token")
    })
  })

  it.effect("every login has another id", () => {
    const mock = serverWith(Mock.token("session-token", 3600))
    return Effect.gen(function* () {
      const logins = yield* Effect.all(Array.from({ length: 50 }, () => Passwordless.begin({ ...customer, connection: "email" })))
      assert.strictEqual(new Set(logins.map(({ id }) => id)).size, 50)
    }).pipe(Effect.provide(layerOf(mock)))
  })

  for (const [body, tag] of [
    [{ error: { code: "FORBIDDEN", message: "Wrong code" } }, "CodeRefused"],
    [{ error: { code: "CODE_EXPIRED", message: "no" } }, "CodeExpired"],
    [{ error: { code: "FORBIDDEN", message: "Too many attempts" } }, "TooManyAttempts"],
    [{ error: { code: "FORBIDDEN", message: "Login refused" } }, "CredentialsRefused"],
    [{ error: { code: "mfa_required", message: "Multifactor authentication required" }, mfa_token: "m" }, "MfaRequired"],
    // That is not the service's, so it says nothing of the code.
    [{ message: "wrong code" }, "Forbidden"]
  ] as const) {
    it.effect(`${JSON.stringify(body)} is ${tag}`, () => {
      const mock = serverWith(Mock.json(403, body))
      return Effect.gen(function* () {
        const error = yield* Effect.flip(Passwordless.redeem({ ...customer, id: "i" }, code))
        assert.strictEqual(error._tag, tag)
        assert.notInclude(`${JSON.stringify(error)} ${error.stack}`, "123456")
        assert.lengthOf(bodies(mock, "/auth/token"), 2)
      }).pipe(Effect.provide(layerOf(mock)))
    })
  }

  it.effect("too many messages are RateLimited, with the time to wait", () => {
    const mock = serverWith(
      Mock.token("session-token", 3600),
      Mock.json(429, { error: { message: "TOO MANY REQUESTS" } }, { "retry-after": "30" })
    )
    return Effect.gen(function* () {
      const error = yield* Effect.flip(Passwordless.begin({ ...customer, connection: "email" }))
      if (error._tag !== "RateLimited") return assert.fail(error._tag)
      assert.isTrue(Option.isSome(error.retryAfter))
      assert.lengthOf(bodies(mock, "/auth/passwordless"), 1)
    }).pipe(Effect.provide(layerOf(mock)))
  })

  it.effect("can be interrupted while the code is sent, and while it is redeemed", () => {
    const arrived = [Effect.runSync(Deferred.make<void>()), Effect.runSync(Deferred.make<void>())]
    let steps = 0
    const never =
      (step: 0 | 1): Mock.Answer =>
      () =>
        Effect.zipRight(Deferred.succeed(arrived[step] ?? assert.fail("two steps"), undefined), Effect.never)
    return Effect.gen(function* () {
      const sending = Passwordless.begin({ ...customer, connection: "email" })
      const redeeming = Passwordless.redeem({ ...customer, id: "i" }, code)
      for (const step of [
        Effect.asVoid(Effect.provide(sending, layerOf(serverWith(noContent, never(0))))),
        Effect.asVoid(Effect.provide(redeeming, layerOf(serverWith(never(1)))))
      ]) {
        const fiber = yield* Effect.fork(step)
        yield* Deferred.await(arrived[steps++] ?? assert.fail("two steps"))
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      }
    })
  })

  it.scoped("a session starts with what was redeemed", () => {
    const mock = serverWith(
      Mock.json(200, { access_token: "session-token", token_type: "Bearer", expires_in: 3600, refresh_token: "refresh" })
    )
    const layer = Sessions.layer().pipe(Layer.provideMerge(layerOf(mock)), Layer.provide(TokenStores.layerMemory))
    return Effect.gen(function* () {
      const customers = yield* Customers
      const sessions = yield* Sessions
      const login = yield* Passwordless.begin({ ...customer, connection: "email" })
      const session = yield* sessions.start(yield* Passwordless.redeem(login, code), { id: "ada" })
      yield* customers.settings.get().pipe(Session.with(session))
      assert.strictEqual(mock.requests.at(-1)?.headers.authorization, "Bearer session-token")
    }).pipe(Effect.provide(layer))
  })
})
