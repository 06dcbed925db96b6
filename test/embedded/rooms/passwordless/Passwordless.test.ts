import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { type GuessingRules, PasswordlessRules } from "../../../../src/embedded.js"
import type * as CustomerLogins from "../../../../src/layers/embedded/rooms/logins/CustomerLogins.js"
import * as Digest from "../../../../src/layers/embedded/system/Digest.js"
import * as Entropy from "../../../../src/layers/embedded/system/Entropy.js"
import { account, ada, audience, client, login, seedOf, start as startApi, tokenOf } from "../../Api.js"
import * as MfaSystem from "../logins/MfaSystem.js"

const password = "1234"
const email = "Ada@example.com"
const seed = seedOf({ clients: [client], customers: [{ customer_id: "ada", email, phone_number: ada.phone_number, password }] })
const session = "0b54c8f2-61de-4c9f-9a60-3f5be6c1a111"

interface Choices {
  readonly status?: CustomerLogins.WrongCredentialStatus
  readonly guessing?: GuessingRules.Options
  readonly limits?: PasswordlessRules.Options
}

const start = ({ guessing, limits, status = 403 }: Choices = {}) =>
  Effect.gen(function* () {
    const system = yield* MfaSystem.start(seed, Effect.succeed(Entropy.ofSystem), status, guessing, limits)
    const authorization = yield* tokenOf(system.api)
    const post = (path: string, body: object) => system.api("POST", path, { authorization, body })
    const purpose = { audience, client_id: client.client_id }
    return {
      ...system,
      authorization,
      send: (fields: object = {}) => post("/auth/passwordless", { ...purpose, connection: "email", email, ...fields }),
      code: Effect.map(
        post("/auth/passwordless/code", { ...purpose, user_id: "ada" }),
        ({ text }): string => JSON.parse(text).verification_code
      ),
      sent: Effect.map(system.outbox.list(), (messages) => messages.at(-1)?.code ?? assert.fail("no code was sent")),
      redeem: (verification_code: string, fields: object = {}) =>
        post("/auth/token", {
          grant_type: "authorization_code",
          ident_type: "email",
          ident: email,
          verification_code,
          audience,
          ...fields
        })
    }
  })

type System = Effect.Effect.Success<ReturnType<typeof start>>

const another = (code: string): string => (code === "000000" ? "000001" : "000000")

/** The number of hashes that a request computed. */
const hashesOf =
  ({ passwordHasher }: System) =>
  <A>(request: Effect.Effect<A>): Effect.Effect<number> =>
    Effect.gen(function* () {
      const before = yield* passwordHasher.computations
      yield* request
      return (yield* passwordHasher.computations) - before
    })

describe("a login code", () => {
  it.scoped("takes the same work for a known and an unknown email, with and without a session", () =>
    Effect.gen(function* () {
      const system = yield* start()
      const hashes = hashesOf(system)
      const unknown = { email: "nobody@example.com" }
      for (const [fields, expected] of [
        [{}, 1],
        [unknown, 1],
        [{ ...unknown, connection: "sms" }, 1],
        // The second of each pair sends the same code again.
        [{ login_session_id: session }, 2],
        [{ login_session_id: session }, 2],
        [{ ...unknown, login_session_id: session }, 2],
        [{ ...unknown, login_session_id: session }, 2],
        [{ login_session_id: "another" }, 2]
      ] as const) {
        assert.strictEqual(yield* hashes(system.send(fields)), expected, JSON.stringify(fields))
      }
      const code = yield* system.sent
      for (const request of [
        system.redeem(another(code)),
        system.redeem(another(code), { ident: "nobody@example.com" }),
        system.redeem(another(code), { ident: "never-asked@example.com" }),
        system.redeem("x".repeat(5_000)),
        system.redeem(code),
        system.redeem(code)
      ]) {
        assert.strictEqual(yield* hashes(request), 1)
      }
    })
  )

  it.scoped("that was not sent, for want of a phone number, leads to nobody, and leaves one that was sent as it is", () =>
    Effect.gen(function* () {
      const { api, authorization, redeem, send, sent, sql } = yield* start()
      const eve = { type: "customer", email: "eve@example.com" }
      yield* api("POST", "/customers/users", { authorization, body: eve })
      const owners = sql<{ readonly owner_id: string | null }>`SELECT owner_id FROM login_codes`
      yield* send({ ...eve, connection: "sms" })
      assert.deepStrictEqual(yield* owners, [{ owner_id: null }])
      yield* send({ ...eve, connection: "sms", login_session_id: session })
      assert.deepStrictEqual(yield* owners, [{ owner_id: null }])
      yield* send({ ...eve, login_session_id: session })
      const code = yield* sent
      yield* send({ ...eve, connection: "sms", login_session_id: session })
      assert.strictEqual((yield* redeem(code, { ident: eve.email })).status, 200)
    })
  )

  it.scoped("leaves the same rows for a known and an unknown email", () =>
    Effect.gen(function* () {
      const { send, sql } = yield* start({ limits: "limited" })
      const rows = sql`SELECT (SELECT count(*) FROM login_codes) AS codes, (SELECT count(*) FROM login_code_sendings) AS sendings`
      yield* send()
      assert.deepStrictEqual(yield* rows, [{ codes: 1, sendings: 1 }])
      yield* send({ email: "nobody@example.com" })
      assert.deepStrictEqual(yield* rows, [{ codes: 2, sendings: 2 }])
    })
  )

  it.scoped("is not in the database, and neither is its session", () =>
    Effect.gen(function* () {
      const { code, send, sent, sql } = yield* start()
      yield* send({ login_session_id: session })
      const short = yield* sent
      const long = yield* code
      const rows = yield* sql<{ readonly ident_type: string; readonly nonce: string | null; readonly code_hash: string }>`
        SELECT * FROM login_codes ORDER BY ident_type`
      const text = JSON.stringify(rows)
      for (const secret of [`"${short}"`, long, session]) assert.notInclude(text, secret)
      assert.deepStrictEqual(
        rows.map(({ ident_type, nonce }) => [ident_type, nonce === null]),
        [
          ["email", false],
          ["user_id", true]
        ]
      )
      // With the session, the nonce gives the code. A hash as slow as that of a password keeps the others from being tried.
      assert.strictEqual(Digest.sixDigitsOf(session, rows[0]?.nonce ?? ""), short)
      assert.match(rows[0]?.code_hash ?? "", /^\$scrypt\$/)
      assert.strictEqual(rows[1]?.code_hash, Digest.ofToken(long))
    })
  )

  it.scoped("is erased with its customer, and after its 10 minutes by the next one", () =>
    Effect.gen(function* () {
      const { api, authorization, code, send, sql } = yield* start()
      const idents = Effect.map(sql<{ readonly ident: string }>`SELECT ident FROM login_codes ORDER BY ident`, (rows) =>
        rows.map(({ ident }) => ident)
      )
      yield* send({ email: "nobody@example.com" })
      yield* TestClock.adjust("10 minutes")
      yield* send()
      yield* code
      assert.include(yield* idents, "ada@example.com")
      assert.strictEqual((yield* idents).length, 2)
      yield* api("DELETE", "/customers/users/ada", { authorization })
      assert.deepStrictEqual(yield* idents, [])
    })
  )

  it.scoped("is refused as a wrong password is, with the status that the options say", () =>
    Effect.gen(function* () {
      for (const status of [400, 401, 403] as const) {
        const { api, authorization, redeem, send, sent } = yield* start({ status })
        yield* send()
        const refused = yield* redeem(another(yield* sent))
        const { text } = yield* login(api, authorization, { email, password: "wrong password" })
        assert.deepStrictEqual([refused.status, refused.text], [status, text])
      }
    })
  )

  it.scoped("that is wrong counts as a failed login; during the delay the right one is refused, and is good after it", () =>
    Effect.gen(function* () {
      const { api, authorization, code, redeem, send, sent, sql } = yield* start({ guessing: "limited" })
      const long = yield* code
      yield* send()
      const wrong = redeem(another(yield* sent))
      yield* Effect.replicateEffect(wrong, 4)
      yield* redeem("wrong", { ident_type: "user_id", ident: "ada" })
      const right = [
        redeem(long, { ident_type: "user_id", ident: "ada" }),
        Effect.flatMap(sent, (code) => redeem(code)),
        login(api, authorization, { email, password })
      ]
      for (const request of right) assert.strictEqual((yield* request).status, 403)
      assert.deepStrictEqual(yield* sql`SELECT customer_id, failures FROM failed_logins`, [{ customer_id: "ada", failures: 5 }])
      yield* TestClock.adjust("1 second")
      for (const request of right) assert.strictEqual((yield* request).status, 200)
      assert.deepStrictEqual(yield* sql`SELECT * FROM failed_logins`, [])
    })
  )

  it.scoped("is good in a fork of its account too, and in each of both once", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* startApi({ seed })
      const copy = "T99999999"
      const bearer = yield* tokenOf(api)
      const body = { audience, client_id: client.client_id, connection: "email", email }
      yield* api("POST", "/auth/passwordless", { authorization: bearer, body })
      yield* embedded.accounts.fork(account, copy)
      const { code } = yield* embedded.outbox.awaitNext({ account_id: account, template: "passwordless_code" })
      for (const id of [account, copy]) {
        const aud = audience.replace(account, id)
        const post = (authorization: string, body: object) =>
          api("POST", `//v1/accounts/${id}/auth/token`, { authorization, body: { ...body, audience: aud } })
        const basic = `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}`
        const own = yield* post(basic, { grant_type: "client_credentials" })
        const grant = { grant_type: "authorization_code", ident_type: "email", ident: email, verification_code: code }
        const authorization = `Bearer ${own.body.access_token}`
        assert.strictEqual((yield* post(authorization, grant)).status, 200, id)
        assert.strictEqual((yield* post(authorization, grant)).status, 403, id)
      }
    })
  )
})

describe("the limits of sending", () => {
  it.scoped("are none unless the options say so", () =>
    Effect.gen(function* () {
      const { send } = yield* start()
      const answers = yield* Effect.replicateEffect(send(), 15)
      assert.deepStrictEqual([...new Set(answers.map(({ status }) => status))], [204])
    })
  )

  it.scoped("one code in a minute and ten in an hour for each email, known or not; then 429 with Retry-After", () =>
    Effect.gen(function* () {
      const { outbox, send } = yield* start({ limits: "limited" })
      for (const fields of [{}, { email: "nobody@example.com" }]) {
        const waited = (expected: number | undefined) =>
          Effect.gen(function* () {
            // The case of the email, the connection and the client make no difference.
            const { headers, status, text } = yield* send({ connection: "sms", ...fields })
            assert.strictEqual(headers["retry-after"], expected === undefined ? undefined : String(expected))
            assert.strictEqual(status, expected === undefined ? 204 : 429)
            if (expected !== undefined) assert.strictEqual(text, `{"error":{"errors":[],"message":"TOO_MANY_REQUESTS"}}`)
          })
        yield* waited(undefined)
        yield* waited(60)
        yield* TestClock.adjust("59001 millis")
        yield* waited(1)
        yield* TestClock.adjust("999 millis")
        for (let sending = 2; sending <= 10; sending++) {
          yield* waited(undefined)
          yield* TestClock.adjust("1 minute")
        }
        // The hour began ten minutes ago.
        yield* waited(50 * 60)
        yield* TestClock.adjust("50 minutes")
        yield* waited(undefined)
        yield* TestClock.adjust("1 minute")
        yield* waited(undefined)
      }
      assert.strictEqual((yield* outbox.list()).length, 12)
    })
  )

  it.scoped("of several at once, one is sent", () =>
    Effect.gen(function* () {
      const { outbox, send } = yield* start({ limits: { pause: "1 second" } })
      const answers = yield* Effect.all([send(), send(), send()], { concurrency: "unbounded" })
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [204, 429, 429])
      assert.strictEqual((yield* outbox.list()).length, 1)
    })
  )

  it.scoped("a time in the future does not count, and counts are removed after their hour", () =>
    Effect.gen(function* () {
      const { send, sql } = yield* start({ limits: "limited" })
      yield* send({ email: "nobody@example.com" })
      yield* sql`INSERT INTO login_code_sendings (account_id, email, sendings, refused, began_at, sent_at)
        VALUES (${account}, 'ada@example.com', 10, 0, 9999999999999, 9999999999999)`
      assert.strictEqual((yield* send()).status, 204)
      yield* TestClock.adjust("1 hour")
      yield* send()
      assert.deepStrictEqual(yield* sql`SELECT email, sendings FROM login_code_sendings`, [
        { email: "ada@example.com", sendings: 1 }
      ])
    })
  )

  it("name an option that cannot work", () => {
    const make = (options: unknown) => () => PasswordlessRules.make(options as PasswordlessRules.Options)
    assert.throws(make("strict"), RangeError, "passwordless: give unlimited, limited, or an object with limits.")
    assert.throws(make({ pause: "soon" }), RangeError, "passwordless.pause: that is not a duration")
    assert.throws(make({ pause: "2 hours" }), RangeError, "passwordless.pause: give a time from 0 to 1 hour.")
    for (const hourly of [0, 1.5, 1_001, Number.NaN]) {
      assert.throws(make({ hourly }), RangeError, "passwordless.hourly: give a whole number from 1 to 1000.")
    }
    assert.deepStrictEqual(PasswordlessRules.make({ hourly: 3 }), { hourly: 3, pause: 60_000 })
    assert.deepStrictEqual(PasswordlessRules.make("limited"), PasswordlessRules.make({}))
  })
})
