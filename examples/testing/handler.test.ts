import { assert, it } from "@effect/vitest"
import { DateTime, Effect, Layer, Redacted } from "effect"
import {
  type AccessToken,
  Customers,
  Dintero,
  Session,
  SessionNotFound,
  Sessions,
  TokenStoreError,
  TokenStores
} from "effect-dintero"
import { DinteroEmbedded, PasswordHashing } from "effect-dintero/embedded"
import { me } from "./Me.js"

const withCookie = (id: string) => new Request("https://shop.example/me", { headers: { cookie: `session=${id}` } })

const emailIn = (response: Response) => Effect.promise(async () => (await response.json()).email)

const ada = {
  id: "5d2f2a3c-6f0e-4d0f-9a55-6a1f2c9f7b10",
  customer_id: "ada",
  type: "customer" as const,
  email: "ada@example.com",
  created_at: DateTime.unsafeMake("2026-01-01T12:00:00Z"),
  updated_at: DateTime.unsafeMake("2026-01-01T12:00:00Z")
}

// 1. A fake session: no store, no tokens. Use it for what the handler does with an answer or an error.
const DinteroTest = Dintero.layerTest({ customers: { users: { get: () => Effect.succeed(ada) } } })

const resumingTo = (resume: ReturnType<Sessions["Type"]["resume"]>) =>
  Layer.merge(DinteroTest, Sessions.layerTest({ resume: () => resume }))

it.effect("signed in", () =>
  Effect.gen(function* () {
    assert.strictEqual(yield* emailIn(yield* me(withCookie("any"))), "ada@example.com")
  }).pipe(Effect.provide(resumingTo(Effect.succeed(Session.forTest({ customerId: "ada" })))))
)

for (const [error, status] of [
  [SessionNotFound.forTest(), 401],
  [TokenStoreError.forTest(), 503]
] as const) {
  it.effect(`${error._tag}: ${status}`, () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* me(withCookie("any"))).status, status)
    }).pipe(Effect.provide(resumingTo(Effect.fail(error))))
  )
}

// 2. Real sessions over functions. Use it for what the handler does with sessions: the second request, another cookie, a sign-out.
const RealSessions = Sessions.layer().pipe(Layer.provideMerge(DinteroTest), Layer.provide(TokenStores.layerMemory))

const login: AccessToken = { access_token: Redacted.make("an-access-token"), token_type: "Bearer", expires_in: 3600 }

it.effect("the session of the cookie, until it ends", () =>
  Effect.gen(function* () {
    const sessions = yield* Sessions
    const { id } = yield* Effect.scoped(sessions.start(login, { customerId: "ada" }))
    assert.strictEqual((yield* me(withCookie(Redacted.value(id)))).status, 200)
    assert.strictEqual((yield* me(withCookie("a guess"))).status, 401)
    yield* sessions.end(id)
    assert.strictEqual((yield* me(withCookie(Redacted.value(id)))).status, 401)
  }).pipe(Effect.provide(RealSessions))
)

// 3. Everything but the network. Use it for what the server does: passwords, scopes, expiry, faults.
const System = Sessions.layer().pipe(
  Layer.provideMerge(DinteroEmbedded.layer({ passwordHashing: PasswordHashing.fastForTests })),
  Layer.provide(TokenStores.layerMemory)
)

it.effect("a customer of the system, also a day after the login", () =>
  Effect.gen(function* () {
    const customers = yield* Customers
    const sessions = yield* Sessions
    const { clock } = yield* DinteroEmbedded.Embedded
    const login = yield* customers.password.login({
      type: "customer",
      email: "ada@example.com",
      password: Redacted.make(DinteroEmbedded.demoPassword),
      audience: "https://api.dintero.com/v1/accounts/T12345678"
    })
    const { id } = yield* Effect.scoped(sessions.start(login))
    assert.strictEqual(yield* emailIn(yield* me(withCookie(Redacted.value(id)))), "ada@example.com")
    yield* clock.advance("24 hours")
    assert.strictEqual((yield* me(withCookie(Redacted.value(id)))).status, 200)
  }).pipe(Effect.provide(System))
)
