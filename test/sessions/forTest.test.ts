/**
 * Sessions in tests: one that is made in a line, the service by functions, and the real service over functions.
 */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import {
  type AccessToken,
  AccessTokens,
  Customers,
  Dintero,
  PendingLogins,
  Session,
  SessionNotFound,
  Sessions,
  type StoredLogin,
  TokenStores
} from "effect-dintero"
import * as Mock from "../utils/MockHttp.js"

const settings = Effect.flatMap(Customers, (customers) => customers.settings.get())

const formatOf = Effect.map(settings, ({ users }) => users?.customer_id_format)

const sequence = { settings: { get: () => Effect.succeed({ users: { customer_id_format: "sequence" as const } }) } }

const login: AccessToken = {
  access_token: Redacted.make("the-access-token"),
  token_type: "Bearer",
  expires_in: 3600,
  refresh_token: Redacted.make("the-refresh-token")
}

/** The defect of an effect that dies. */
const defectOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(Effect.sandbox(Effect.asVoid(effect))), (cause) =>
    cause._tag === "Die" ? String(cause.defect) : `no defect: ${cause._tag}`
  )

describe("Session.forTest", () => {
  it.effect("needs nothing, and what is given takes the place of its own", () =>
    Effect.gen(function* () {
      const session = Session.forTest()
      assert.isTrue(Option.isNone(session.customerId))
      assert.isTrue(Option.isNone(session.label))
      const { value } = yield* session.tokens.get
      assert.deepStrictEqual(yield* session.tokens.forceRefresh, yield* session.tokens.get)
      assert.isFalse(yield* session.tokens.invalidate(1))
      yield* session.logout
      yield* session.stillOpen
      assert.notInclude(JSON.stringify(session), Redacted.value(value))

      const handle = "a".repeat(64)
      const own = Session.forTest({ handle, customerId: "ada", label: "phone", token: Redacted.make("mine") })
      assert.deepStrictEqual([own.customerId, own.label], [Option.some("ada"), Option.some("phone")])
      assert.deepStrictEqual([own.handle, own.tokens.key.subject], [handle, handle])
      assert.strictEqual(Redacted.value((yield* own.tokens.get).value), "mine")
    })
  )

  it.effect("acts in calls over Dintero.layerTest", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* Session.with(formatOf, Session.forTest()), "sequence")
    }).pipe(Effect.provide(Dintero.layerTest({ customers: sequence })))
  )

  it.effect("sends its token over a client", () => {
    const mock = Mock.make({})
    const client = Dintero.layer({ accountId: "T12345678", clientId: "client", clientSecret: Redacted.make("secret") })
    return Effect.gen(function* () {
      yield* Session.with(settings, Session.forTest({ token: Redacted.make("the-customers-token") }))
      assert.deepStrictEqual(
        mock.requests.map(({ headers }) => headers.authorization),
        ["Bearer the-customers-token"]
      )
    }).pipe(Effect.provide(Layer.provide(client, mock.layer)))
  })
})

describe("Sessions.layerTest", () => {
  const ada = Session.forTest({ customerId: "ada" })

  it.effect("gives what it was given; every other function dies with its name", () =>
    Effect.gen(function* () {
      const sessions = yield* Sessions
      assert.strictEqual(yield* sessions.resume("ada"), ada)
      assert.strictEqual((yield* Effect.flip(sessions.resume("eve")))._tag, "SessionNotFound")
      const missing = {
        start: yield* defectOf(Effect.scoped(sessions.start(login))),
        startFrom: yield* defectOf(Effect.scoped(sessions.startFrom(Redacted.make("a-refresh-token")))),
        ofCustomer: yield* defectOf(sessions.ofCustomer("ada")),
        end: yield* defectOf(sessions.end("ada")),
        endAll: yield* defectOf(sessions.endAll("ada")),
        health: yield* defectOf(sessions.health)
      }
      for (const [name, defect] of Object.entries(missing)) {
        assert.include(defect, `sessions.${name} was called, but Sessions.layerTest`)
      }
    }).pipe(
      Effect.scoped,
      Effect.provide(
        Sessions.layerTest({
          resume: (id) => (id === "ada" ? Effect.succeed(ada) : Effect.fail(SessionNotFound.forTest()))
        })
      )
    )
  )

  it.effect("keeps pending logins in a memory of its own", () => {
    const aLogin: StoredLogin = {
      mfaToken: Redacted.make("mfa-token"),
      oobCode: Redacted.make("oob-code"),
      channel: "sms",
      tries: 3,
      triesLeft: 3,
      messagesLeft: 2,
      lifetime: 600_000,
      expiresAt: 600_000
    }
    const add = Effect.flatMap(PendingLogins, (pending) => pending.add(aLogin))
    const read = (id: Redacted.Redacted) => Effect.flatMap(PendingLogins, (pending) => pending.read(id))
    return Effect.gen(function* () {
      const [id, found] = yield* Effect.flatMap(add, (id) => Effect.map(read(id), (found) => [id, found] as const)).pipe(
        Effect.provide(Sessions.layerTest())
      )
      assert.deepStrictEqual(
        Option.map(found, ({ login }) => Redacted.value(login.mfaToken)),
        Option.some("mfa-token")
      )
      assert.isTrue(Option.isNone(yield* Effect.provide(read(id), Sessions.layerTest())))
    })
  })
})

describe("Sessions.layer over Dintero.layerTest", () => {
  const over = (given: Dintero.TestServices) =>
    Sessions.layer().pipe(Layer.provideMerge(Dintero.layerTest(given)), Layer.provide(TokenStores.layerMemory))

  it.effect("starts, opens, renews, lists and ends sessions", () => {
    const asked: Array<string> = []
    const layer = over({
      auth: {
        token: (grant) =>
          Effect.sync(() => {
            asked.push(grant.grant_type)
            return { ...login, access_token: Redacted.make("another-access-token") }
          }),
        revoke: () => Effect.sync(() => void asked.push("revoke"))
      },
      customers: sequence
    })
    return Effect.gen(function* () {
      const sessions = yield* Sessions
      const { handle, id } = yield* Effect.scoped(sessions.start(login, { customerId: "ada", label: "phone" }))
      const session = yield* sessions.resume(id)
      assert.strictEqual(yield* Session.with(formatOf, session), "sequence")
      assert.strictEqual(Redacted.value((yield* session.tokens.get).value), "the-access-token")
      assert.deepStrictEqual(asked, [])
      assert.strictEqual(Redacted.value((yield* session.tokens.forceRefresh).value), "another-access-token")
      assert.deepStrictEqual(
        (yield* sessions.ofCustomer("ada")).map(({ handle, label }) => [handle, label]),
        [[handle, Option.some("phone")]]
      )
      yield* session.logout
      assert.deepStrictEqual([...new Set(asked)], ["refresh_token", "revoke"])
      assert.strictEqual((yield* Effect.flip(sessions.resume(id)))._tag, "SessionNotFound")
    }).pipe(Effect.scoped, Effect.provide(layer))
  })

  it.effect("names the function of Auth that the end of a session needs", () =>
    Effect.gen(function* () {
      const session = yield* Effect.flatMap(Sessions, (sessions) => sessions.start(login))
      assert.include(yield* defectOf(session.logout), "auth.revoke was called, but Dintero.layerTest")
    }).pipe(Effect.scoped, Effect.provide(over({})))
  )

  it.effect("has a token of the client that any function of a test can replace", () =>
    Effect.gen(function* () {
      const tokens = yield* AccessTokens
      assert.strictEqual(Redacted.value((yield* tokens.get).value), "access-token-of-a-test")
      assert.deepStrictEqual(yield* tokens.serverOffset, Option.some(1_000))
      yield* tokens.revoke
      assert.strictEqual((yield* Effect.flip(tokens.get))._tag, "TransportError")
    }).pipe(Effect.provide(over({ accessTokens: { serverOffset: Effect.succeedSome(1_000), key: undefined } })))
  )
})
