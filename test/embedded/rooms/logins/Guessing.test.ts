import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { DinteroEmbedded, GuessingRules, PasswordHashing, type Seed, type Snapshot } from "../../../../src/embedded.js"
import * as Entropy from "../../../../src/layers/embedded/system/Entropy.js"
import { type Api, account, apiOf, audience, client, login, seedOf, start as startApi, tokenOf } from "../../Api.js"
import * as MfaSystem from "./MfaSystem.js"

const directory = mkdtempSync(join(tmpdir(), "effect-dintero-"))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const password = "1234"
const ada = { customer_id: "ada", email: "ada@example.com", phone_number: "+4799999999", password }
const grace = { customer_id: "grace", email: "grace@example.com", password }
const seed = seedOf({ customers: [ada, grace, { customer_id: "none", email: "none@example.com" }] })

const oob = { challenge_type: "oob", oob_channel: "sms" } as const
const mfaSeed = seedOf({
  settings: { users: { mfa: { enabled: true, login: oob, login_recovery: oob } } },
  customers: [ada]
})

const text = `{"error":{"code":"FORBIDDEN","message":"Login failed: unknown user or wrong credential"}}`

/** A system that counts its comparisons, and helpers to log in. */
const start = (given: Seed.Seed = seed, guessing: GuessingRules.Options = "limited") =>
  Effect.gen(function* () {
    const system = yield* MfaSystem.start(given, Effect.succeed(Entropy.ofSystem), 403, guessing)
    return { ...system, ...callsOf(system.api) }
  })

const callsOf = (api: Api) => {
  let token = { bearer: "", until: 0 }
  const bearer = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (now >= token.until) token = { bearer: yield* tokenOf(api), until: now + 3_600_000 }
    return token.bearer
  })
  const post = (path: string, body: object) =>
    Effect.flatMap(bearer, (authorization) => api("POST", path, { authorization, body }))
  const tryLogin = (secret: string, fields: object = { email: ada.email }) =>
    Effect.flatMap(bearer, (authorization) => login(api, authorization, { ...fields, password: secret }))
  return {
    post,
    tryLogin,
    right: Effect.map(tryLogin(password), ({ status }) => status),
    wrong: Effect.map(tryLogin("a guess"), ({ status }) => status),
    mfaLogin: (secret: string) =>
      post("/customers/mfa_login", { type: "customer", ident_type: "email", ident: ada.email, secret, audience }),
    challenge: (mfa_token: string) => post("/auth/mfa/challenge", { challenge_type: "oob", mfa_token }),
    redeem: (mfa_token: string, oob_code: string, binding_code: string) =>
      post("/auth/token", { grant_type: "mfa_oob", mfa_token, oob_code, binding_code })
  }
}

type System = Effect.Effect.Success<ReturnType<typeof start>>

/** A login up to its code, which was sent. */
const codeOf = ({ challenge, outbox }: Pick<System, "challenge" | "outbox">, mfa_token: string) =>
  Effect.gen(function* () {
    const { oob_code } = (yield* challenge(mfa_token)).body
    const code = (yield* outbox.list()).at(-1)?.code ?? assert.fail("no code was sent")
    return { mfa_token, oob_code, code, wrong: code === "000000" ? "000001" : "000000" }
  })

const times = <A>(n: number, effect: Effect.Effect<A>) => Effect.all(Array.from({ length: n }, () => effect))

const statuses = (...all: ReadonlyArray<readonly [count: number, status: number]>) =>
  all.flatMap(([count, status]) => new Array<number>(count).fill(status))

describe("failed logins in a row", () => {
  it.scoped("are not limited unless the options say so", () =>
    Effect.gen(function* () {
      const { api } = yield* startApi({ seed })
      const { right, wrong } = callsOf(api)
      assert.deepStrictEqual(yield* times(20, wrong), statuses([20, 403]))
      assert.strictEqual(yield* right, 200)
    })
  )

  it.scoped("5 make a customer wait for a second, each further one for twice as long, up to 15 minutes, and never for ever", () =>
    Effect.gen(function* () {
      const { judged, right, wrong } = yield* start()
      yield* times(5, wrong)
      for (const seconds of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]) {
        const before = yield* judged
        assert.strictEqual(yield* right, 403)
        yield* TestClock.adjust(seconds * 1000 - 1)
        assert.strictEqual(yield* right, 403)
        assert.strictEqual(yield* judged, before, `${seconds} s`)
        yield* TestClock.adjust(1)
        assert.strictEqual(yield* wrong, 403)
        assert.strictEqual(yield* judged, before + 1, `${seconds} s`)
      }
      yield* TestClock.adjust("15 minutes")
      assert.strictEqual(yield* right, 200)
    })
  )

  it.scoped("are forgotten after a successful login", () =>
    Effect.gen(function* () {
      const { right, sql, wrong } = yield* start()
      for (let round = 0; round < 3; round++) {
        yield* times(4, wrong)
        assert.strictEqual(yield* right, 200)
      }
      assert.deepStrictEqual(yield* sql`SELECT * FROM failed_logins`, [])
      yield* times(7, wrong)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* right, 200)
      yield* times(4, wrong)
      assert.strictEqual(yield* right, 200)
    })
  )

  it.scoped("follow a customer to another customer_id, and are forgotten with a customer who is deleted", () =>
    Effect.gen(function* () {
      const { api, post, right, sql, wrong } = yield* start()
      yield* times(5, wrong)
      const rename = (from: string, to: string) => post(`/customers/users/${from}/change_customer_id`, { customer_id: to })
      assert.strictEqual((yield* rename("ada", "lovelace")).status, 200)
      assert.strictEqual(yield* right, 403)
      assert.deepStrictEqual(yield* sql`SELECT customer_id, failures FROM failed_logins`, [
        { customer_id: "lovelace", failures: 5 }
      ])
      // A login that began before the change can leave a count under the id of before.
      yield* sql`INSERT INTO failed_logins (account_id, customer_id, failures, refused, refused_until) VALUES (${account}, 'ada', 1, 0, 0)`
      assert.strictEqual((yield* rename("lovelace", "ada")).status, 200)
      assert.strictEqual((yield* rename("ada", "ada")).status, 200)
      assert.deepStrictEqual(yield* sql`SELECT customer_id, failures FROM failed_logins`, [{ customer_id: "ada", failures: 5 }])
      yield* api("DELETE", "/customers/users/ada", { authorization: yield* tokenOf(api) })
      assert.deepStrictEqual(yield* sql`SELECT * FROM failed_logins`, [])
    })
  )

  it.scoped("are counted for each customer, whichever name is used", () =>
    Effect.gen(function* () {
      const elsewhere = "T87654321"
      const { accounts } = seed
      const system = yield* start({ accounts: [...accounts, ...accounts.map((one) => ({ ...one, account_id: elsewhere }))] })
      const { mfaLogin, post, right, tryLogin } = system
      const grant = (username: string, secret: string) =>
        post("/auth/token", { grant_type: "password", username, password: secret, audience })
      yield* tryLogin("a guess", { email: ada.email.toUpperCase() })
      yield* tryLogin("a guess", { ident_type: "phone_number", ident: ada.phone_number })
      yield* grant("ada", "a guess")
      yield* grant(ada.email, "a guess")
      yield* mfaLogin("a guess")
      assert.strictEqual(yield* right, 403)
      assert.strictEqual((yield* grant("ada", password)).status, 403)
      assert.strictEqual((yield* mfaLogin(password)).status, 403)
      assert.strictEqual((yield* tryLogin(password, { email: grace.email })).status, 200)
      const there = yield* system.api("POST", `//v1/accounts/${elsewhere}/auth/token`, {
        authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}`,
        body: { grant_type: "client_credentials", audience: `https://api.dintero.com/v1/accounts/${elsewhere}` }
      })
      const neighbour = yield* system.api("POST", `//v1/accounts/${elsewhere}/customers/login`, {
        authorization: `Bearer ${there.body.access_token}`,
        body: { type: "customer", email: ada.email, password, audience: `https://api.dintero.com/v1/accounts/${elsewhere}` }
      })
      assert.strictEqual(neighbour.status, 200)
    })
  )

  it.scoped("5 of 100 concurrent ones are compared", () =>
    Effect.gen(function* () {
      const { judged, tryLogin } = yield* start()
      const answers = yield* Effect.all(
        Array.from({ length: 100 }, () => tryLogin("a guess")),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(yield* judged, 5)
      for (const answer of answers) assert.deepStrictEqual([answer.status, answer.text], [403, text])
      // After each further delay, one attempt is compared, of any number.
      for (const seconds of [1, 2, 4]) {
        const before = yield* judged
        yield* TestClock.adjust(seconds * 1000)
        yield* Effect.all(
          Array.from({ length: 20 }, () => tryLogin("a guess")),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(yield* judged, before + 1)
      }
    })
  )

  it.scoped("5 of those at two systems on one file are compared", () =>
    Effect.gen(function* () {
      const db = join(directory, "shared.db")
      const systems = yield* Effect.all([
        startApi({ db, seed, guessing: "limited" }),
        startApi({ db, seed, guessing: "limited" })
      ])
      yield* Effect.all(
        Array.from({ length: 40 }, (_, i) => callsOf(systems[i % 2 === 0 ? 0 : 1].api).wrong),
        { concurrency: "unbounded" }
      )
      const [row] = rowsOf(yield* systems[0].embedded.accounts.snapshot(account))
      assert.deepStrictEqual(row?.slice(1, 4), ["ada", 5, 35])
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* callsOf(systems[1].api).right, 200)
    })
  )

  it.scoped("include those whose caller hung up", () =>
    Effect.gen(function* () {
      const { right, sql, tryLogin } = yield* start()
      for (let hungUp = 0; hungUp < 5; hungUp++) {
        const fiber = yield* Effect.fork(tryLogin("a guess"))
        const counted = sql`SELECT 1 FROM failed_logins WHERE failures > ${hungUp}`.pipe(
          Effect.zipLeft(Effect.promise(() => new Promise<void>((resolve) => void setImmediate(resolve))))
        )
        yield* Effect.repeat(counted, { until: (rows) => rows.length > 0 })
        yield* Fiber.interrupt(fiber)
      }
      assert.strictEqual(yield* right, 403)
    })
  )

  it.scoped("do not make a customer wait longer when the clock is set back", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* startApi({ seed, guessing: "limited" })
      yield* embedded.clock.advance("10 days")
      const then = callsOf(api)
      yield* times(5, then.wrong)
      assert.strictEqual(yield* then.right, 403)
      yield* embedded.clock.reset
      assert.strictEqual(yield* callsOf(api).right, 200)
    })
  )
})

describe("a refused attempt", () => {
  it.scoped(
    "gets the same response after the same work: wrong, too early, right but too early, without a password, unknown",
    () =>
      Effect.gen(function* () {
        for (const status of [403, 401] as const) {
          const { api, embedded } = yield* startApi({ seed, guessing: "limited", wrongCredentialStatus: status })
          const { mfaLogin, post, tryLogin } = callsOf(api)
          const seen: Array<unknown> = []
          const attempt = (call: Effect.Effect<Effect.Effect.Success<ReturnType<Api>>>) =>
            Effect.gen(function* () {
              const before = yield* embedded.passwordHasher.computations
              const answer = yield* call
              const hashes = (yield* embedded.passwordHasher.computations) - before
              seen.push({ status: answer.status, text: answer.text, headers: answer.headers, hashes })
            })
          for (let round = 0; round < 8; round++) {
            yield* attempt(tryLogin("a guess"))
            yield* attempt(tryLogin("x".repeat(255)))
            yield* attempt(tryLogin("a guess", { email: "none@example.com" }))
            yield* attempt(tryLogin("a guess", { email: "nobody@example.com" }))
            yield* attempt(tryLogin("a guess", { email: "\0" }))
          }
          yield* attempt(tryLogin(password))
          yield* attempt(mfaLogin(password))
          yield* attempt(post("/auth/token", { grant_type: "password", username: "ada", password, audience }))
          const [first, ...others] = seen
          assert.deepInclude(first, { status, hashes: 1 })
          for (const one of others) assert.deepStrictEqual(one, first)
        }
      })
  )

  it.scoped("writes one row, for a known and an unknown customer, in time and too early", () =>
    Effect.gen(function* () {
      const { right, sql, tryLogin } = yield* start()
      // The first token of a system creates its key.
      yield* right
      const changes = Effect.map(sql`SELECT total_changes() AS n`, ([row]) => Number(row?.n))
      const written = (email: string) =>
        Effect.gen(function* () {
          const before = yield* changes
          yield* tryLogin("a guess", { email })
          return (yield* changes) - before
        })
      for (let round = 0; round < 7; round++) {
        assert.strictEqual(yield* written(ada.email), 1)
        assert.strictEqual(yield* written("none@example.com"), 1)
        assert.strictEqual(yield* written(`nobody${round}@example.com`), 1)
      }
      // One row for any number of unknown names.
      assert.lengthOf(yield* sql`SELECT 1 FROM failed_logins`, 3)
    })
  )

  it.scoped(
    "with a code gets the response of a wrong password, without a hash: wrong, too early, right but too early, unknown",
    () =>
      Effect.gen(function* () {
        const system = yield* start(mfaSeed)
        const { mfaLogin, passwordHasher, redeem, wrong } = system
        const given = yield* codeOf(system, (yield* mfaLogin(password)).body.mfa_token)
        yield* times(3, wrong)
        const before = yield* passwordHasher.computations
        const answers = yield* Effect.all([
          redeem(given.mfa_token, given.oob_code, given.wrong),
          redeem(given.mfa_token, given.oob_code, given.wrong),
          redeem(given.mfa_token, given.oob_code, given.wrong),
          redeem(given.mfa_token, given.oob_code, given.code),
          redeem(given.mfa_token, "unknown", given.code)
        ])
        assert.strictEqual(yield* passwordHasher.computations, before)
        for (const answer of answers) assert.deepStrictEqual([answer.status, answer.text], [403, text])
      })
  )

  it.scoped("has the same journal entry whether it was compared or not, and no secret in it", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* startApi({ seed, guessing: "limited" })
      const { tryLogin } = callsOf(api)
      yield* times(5, tryLogin("a-secret-guess"))
      yield* tryLogin("a-secret-guess")
      const entries = yield* embedded.journal.list({ operation: "customers.password.login" })
      const [first, ...others] = entries.map(({ id: _1, ...entry }) => JSON.stringify(entry))
      assert.lengthOf(others, 5)
      assert.notInclude(first, "a-secret-guess")
      assert.include(first, "<redacted>")
      for (const other of others) assert.strictEqual(other, first)
    })
  )
})

describe("a login with a one-time code", () => {
  it.scoped("counts wrong codes together with wrong passwords, and the right code resets the count", () =>
    Effect.gen(function* () {
      const system = yield* start(mfaSeed)
      const { mfaLogin, redeem, right, sql, wrong } = system
      yield* times(3, wrong)
      const given = yield* codeOf(system, (yield* mfaLogin(password)).body.mfa_token)
      yield* redeem(given.mfa_token, given.oob_code, given.wrong)
      assert.strictEqual((yield* redeem(given.mfa_token, given.oob_code, given.code)).status, 200)
      assert.deepStrictEqual(yield* sql`SELECT * FROM failed_logins`, [])
      // With MFA enabled, the response to the right password is mfa_required.
      assert.strictEqual(yield* right, 403)
      assert.deepStrictEqual(yield* sql`SELECT failures FROM failed_logins`, [{ failures: 0 }])
    })
  )

  it.scoped(
    "the right password alone neither counts as a failure nor resets the count, so it allows no more guesses of the code",
    () =>
      Effect.gen(function* () {
        const system = yield* start(mfaSeed)
        const { mfaLogin, redeem, tryLogin } = system
        const begin = Effect.map(tryLogin(password), ({ body }) => body.error.code)
        for (let round = 0; round < 10; round++) assert.strictEqual(yield* begin, "mfa_required")
        const { mfa_token } = (yield* mfaLogin(password)).body
        const given = yield* codeOf(system, mfa_token)
        for (let guess = 0; guess < 4; guess++) {
          yield* redeem(mfa_token, given.oob_code, given.wrong)
          assert.strictEqual(yield* begin, "mfa_required")
          assert.strictEqual((yield* mfaLogin(password)).status, 200)
        }
        yield* redeem(mfa_token, given.oob_code, given.wrong)
        assert.strictEqual(yield* begin, "FORBIDDEN")
        yield* TestClock.adjust("1 second")
        // An attempt after the delay does not harm the customer, and does not help the attacker.
        assert.strictEqual(yield* begin, "mfa_required")
        const next = yield* codeOf(system, mfa_token)
        yield* redeem(mfa_token, next.oob_code, next.wrong)
        yield* TestClock.adjust("1999 millis")
        assert.strictEqual(yield* begin, "FORBIDDEN")
        yield* TestClock.adjust("1 millis")
        assert.strictEqual((yield* redeem(mfa_token, next.oob_code, next.code)).status, 200)
      })
  )

  it.scoped("during a delay uses no attempt of the code", () =>
    Effect.gen(function* () {
      const system = yield* start(mfaSeed)
      const { mfaLogin, redeem, sql, wrong } = system
      const { mfa_token, ...given } = yield* codeOf(system, (yield* mfaLogin(password)).body.mfa_token)
      yield* times(5, wrong)
      for (let early = 0; early < 20; early++) {
        assert.strictEqual((yield* redeem(mfa_token, given.oob_code, early % 2 === 0 ? given.wrong : given.code)).status, 403)
      }
      assert.deepStrictEqual(yield* sql`SELECT tries_left FROM mfa_tokens`, [{ tries_left: 5 }])
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* redeem(mfa_token, given.oob_code, given.code)).status, 200)
    })
  )

  it.scoped("compares 5 of 100 concurrent wrong codes for 25 logins", () =>
    Effect.gen(function* () {
      const system = yield* start(mfaSeed)
      const { mfaLogin, redeem, sql } = system
      const given = yield* Effect.forEach(Array.from({ length: 25 }), () =>
        Effect.flatMap(mfaLogin(password), ({ body }) => codeOf(system, body.mfa_token))
      )
      yield* Effect.forEach(
        [...given, ...given, ...given, ...given],
        ({ mfa_token, oob_code, wrong }) => redeem(mfa_token, oob_code, wrong),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(yield* sql`SELECT sum(5 - tries_left) AS n FROM mfa_tokens`, [{ n: 5 }])
    })
  )
})

describe("an attacker who guesses for a day", () => {
  /** Ten at once, then one each second for a minute, one at the end of each delay, and one every five minutes for the rest of the day. */
  const instants = [
    ...Array.from({ length: 64 }, (_, i) => i),
    ...[127, 255, 511, 1023],
    ...Array.from({ length: 284 }, (_, i) => 1023 + 300 * (i + 1))
  ]

  const attack = (given: Seed.Seed, guess: (system: System, at: number) => Effect.Effect<unknown>) =>
    Effect.gen(function* () {
      const system = yield* start(given)
      let now = 0
      for (const at of instants) {
        yield* TestClock.adjust((at - now) * 1000)
        now = at
        yield* guess(system, at)
        if (at === 0) for (let more = 0; more < 9; more++) yield* guess(system, at)
      }
      assert.strictEqual(now, 86_223)
      return system
    })

  /** Only the customer has the code. The attacker has the password, and can start any number of challenges. */
  const guesserOfCodes = () => {
    let open = { mfa_token: "", oob_code: "", wrong: "" }
    let expires = 0
    let tried = 0
    const guess = (system: System, at: number) =>
      Effect.gen(function* () {
        // The right password is sent again and again, in case it resets the count.
        const { mfa_token } = (yield* system.mfaLogin(password)).body
        if (at >= expires && mfa_token === undefined) return
        if (mfa_token !== undefined || at > expires - 400) {
          const renewed = yield* system.challenge(mfa_token ?? open.mfa_token)
          if (renewed.status !== 200) return
          const code = (yield* system.outbox.list()).at(-1)?.code
          yield* system.outbox.clear()
          open = {
            mfa_token: mfa_token ?? open.mfa_token,
            oob_code: renewed.body.oob_code,
            wrong: code === "000000" ? "000001" : "000000"
          }
          expires = at + 600
        }
        const tries = Effect.map(system.sql`SELECT sum(tries_left) AS n FROM mfa_tokens`, ([row]) => Number(row?.n))
        const before = yield* tries
        yield* system.redeem(open.mfa_token, open.oob_code, open.wrong)
        tried += before - (yield* tries)
      }).pipe(Effect.orDie)
    return { guess, tried: () => tried }
  }

  it.scoped(
    "has 109 guesses of a password, and the customer gets in after the delay",
    () =>
      Effect.gen(function* () {
        const { judged, right, wrong } = yield* attack(seed, ({ wrong }) => wrong)
        assert.strictEqual(yield* judged, 109)
        yield* TestClock.adjust("15 minutes")
        assert.strictEqual(yield* right, 200)
        yield* times(4, wrong)
        assert.strictEqual(yield* right, 200)
      }),
    60_000
  )

  it.scoped(
    "has 109 guesses of a code, knowing the password",
    () =>
      Effect.gen(function* () {
        const { guess, tried } = guesserOfCodes()
        const system = yield* attack(mfaSeed, guess)
        assert.strictEqual(tried(), 109)
        yield* TestClock.adjust("15 minutes")
        const given = yield* codeOf(system, (yield* system.mfaLogin(password)).body.mfa_token)
        assert.strictEqual((yield* system.redeem(given.mfa_token, given.oob_code, given.code)).status, 200)
      }),
    60_000
  )

  it.scoped(
    "has 109 guesses of both together",
    () =>
      Effect.gen(function* () {
        const { guess, tried } = guesserOfCodes()
        let passwords = 0
        yield* attack(mfaSeed, (system, at) =>
          Effect.gen(function* () {
            yield* guess(system, at)
            const before = yield* system.judged
            yield* system.wrong
            passwords += (yield* system.judged) - before
          })
        )
        assert.strictEqual(passwords + tried(), 109)
      }),
    60_000
  )
})

/** The rows of `failed_logins` in a snapshot. */
const rowsOf = ({ tables }: Snapshot.Snapshot): ReadonlyArray<ReadonlyArray<unknown>> => JSON.parse(tables.failed_logins)

describe("the count", () => {
  it.effect("and the delay are kept by a restart on a file", () =>
    Effect.gen(function* () {
      const db = join(directory, "restart.db")
      yield* Effect.scoped(Effect.flatMap(startApi({ db, seed, guessing: "limited" }), ({ api }) => times(6, callsOf(api).wrong)))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { api } = yield* startApi({ db, seed, guessing: "limited" })
          const { right, wrong } = callsOf(api)
          assert.strictEqual(yield* right, 403)
          yield* TestClock.adjust("1 second")
          assert.strictEqual(yield* wrong, 403)
          yield* TestClock.adjust("1999 millis")
          assert.strictEqual(yield* right, 403)
          yield* TestClock.adjust("1 millis")
          assert.strictEqual(yield* wrong, 403)
        })
      )
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { api, embedded } = yield* startApi({ db, seed, guessing: "limited" })
          const { right } = callsOf(api)
          assert.strictEqual(yield* right, 403)
          // Even though the account had the count when this system started.
          yield* embedded.accounts.reset(account)
          assert.strictEqual(yield* right, 200)
        })
      )
      // A system without limits ignores the count.
      yield* Effect.scoped(Effect.flatMap(startApi({ db, seed, guessing: "limited" }), ({ api }) => times(5, callsOf(api).wrong)))
      assert.strictEqual(yield* Effect.scoped(Effect.flatMap(startApi({ db, seed }), ({ api }) => callsOf(api).right)), 200)
    })
  )

  it.scoped("is restored by a snapshot, copied by a fork, and cleared by a reset or another seed", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* startApi({ seed, guessing: "limited" })
      const { right, wrong } = callsOf(api)
      const { accounts } = embedded
      yield* times(5, wrong)
      const blocked = yield* accounts.snapshot(account)
      assert.deepStrictEqual(rowsOf(blocked), [[account, "ada", 5, 0, 1000]])
      yield* accounts.fork(account, "T00000042")
      yield* accounts.reset(account)
      assert.strictEqual(yield* right, 200)
      assert.deepStrictEqual(rowsOf(yield* accounts.snapshot(account)), [])
      assert.deepStrictEqual(rowsOf(yield* accounts.snapshot("T00000042")), [["T00000042", "ada", 5, 0, 1000]])
      yield* accounts.reset("T00000042")
      assert.deepStrictEqual(rowsOf(yield* accounts.snapshot("T00000042")), [])

      yield* accounts.restore(blocked)
      assert.strictEqual(yield* right, 403)
      yield* accounts.seed(seed, { replace: true })
      assert.strictEqual(yield* right, 200)

      yield* accounts.restore(blocked)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* right, 200)
    })
  )

  it.scoped("is cleared for one customer by unblock", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* startApi({ seed, guessing: "limited" })
      const { right, tryLogin, wrong } = callsOf(api)
      yield* times(9, wrong)
      yield* times(5, tryLogin("a guess", { email: grace.email }))
      yield* embedded.accounts.unblock(account, "ada")
      assert.strictEqual(yield* right, 200)
      assert.strictEqual((yield* tryLogin(password, { email: grace.email })).status, 403)
      // As after a successful login, 4 failures are free.
      yield* times(4, wrong)
      assert.strictEqual(yield* right, 200)
      yield* embedded.accounts.unblock(account, "ada")
    })
  )

  it.scopedLive("is cleared over a port too, and an unknown customer is an error", () =>
    Effect.gen(function* () {
      const served = yield* DinteroEmbedded.serve({
        seed,
        guessing: { delay: "15 minutes" },
        passwordHashing: PasswordHashing.fastForTests
      })
      const { accounts } = yield* DinteroEmbedded.connect(served)
      const { right, wrong } = callsOf(apiOf(served))
      yield* times(5, wrong)
      assert.strictEqual(yield* right, 403)
      for (const controls of [accounts, served.accounts]) {
        for (const id of ["", "T99999999", "../clock"]) {
          assert.deepInclude(yield* Effect.flip(controls.unblock(id, "ada")), {
            _tag: "UnknownAccount",
            message: `The system has no account ${id}.`,
            account_id: id
          })
        }
        for (const id of ["", "nobody", ada.email, "' OR 1=1 --", "a\0"]) {
          assert.deepInclude(yield* Effect.flip(controls.unblock(account, id)), {
            _tag: "UnknownCustomer",
            message: `The account ${account} has no customer ${id}.`,
            account_id: account,
            customer_id: id
          })
        }
      }
      assert.strictEqual(yield* right, 403)
      yield* accounts.unblock(account, "ada")
      assert.strictEqual(yield* right, 200)
    }).pipe(Effect.provide(NodeHttpClient.layerUndici))
  )
})

describe("the rules", () => {
  it("have defaults", () => {
    assert.deepStrictEqual(GuessingRules.make("limited"), { failures: 5, delay: 1000, maximumDelay: 900_000 })
    assert.deepStrictEqual(GuessingRules.make({}), GuessingRules.make("limited"))
    assert.deepStrictEqual(GuessingRules.make({ failures: 3, delay: 20 }), { failures: 3, delay: 20, maximumDelay: 900_000 })
    assert.strictEqual(GuessingRules.make().failures, Number.POSITIVE_INFINITY)
    assert.deepStrictEqual(GuessingRules.make("unlimited"), GuessingRules.make())
  })

  it("that cannot work are refused with a RangeError that names the field", () => {
    const refused: ReadonlyArray<readonly [unknown, RegExp]> = [
      ["strict", /^guessing: give unlimited, limited, or an object/],
      [{ failures: 0 }, /^guessing.failures: give a whole number from 1 to 1000/],
      [{ failures: 1.5 }, /^guessing.failures: /],
      [{ failures: "5" }, /^guessing.failures: /],
      [{ delay: "soon" }, /^guessing.delay: that is not a duration/],
      [{ delay: 0 }, /^guessing.delay: give a time from 1 millisecond to 1 day/],
      [{ maximumDelay: "2 days" }, /^guessing.maximumDelay: give a time/],
      [{ maximumDelay: Number.POSITIVE_INFINITY }, /^guessing.maximumDelay: give a time/],
      [{ delay: "1 hour" }, /^guessing.delay: it is longer than maximumDelay/]
    ]
    for (const [options, message] of refused) {
      // Seam: the types do not allow these values.
      assert.throws(() => GuessingRules.make(options as GuessingRules.Options), message)
    }
  })

  const rules = FastCheck.record({
    failures: FastCheck.integer({ min: 1, max: 4 }),
    delay: FastCheck.integer({ min: 1, max: 50 }),
    maximumDelay: FastCheck.integer({ min: 50, max: 400 })
  })
  const step = FastCheck.oneof(
    { weight: 4, arbitrary: FastCheck.constant("wrong" as const) },
    { weight: 1, arbitrary: FastCheck.constant("right" as const) },
    { weight: 1, arbitrary: FastCheck.constant("begin" as const) },
    { weight: 3, arbitrary: FastCheck.integer({ min: 0, max: 120 }) }
  )

  it.scoped.prop(
    "any sequence of logins and waits ends as in a model with a counter and a clock, for any limits",
    [rules, FastCheck.array(step, { maxLength: 40 })],
    ([limits, steps]) =>
      Effect.gen(function* () {
        const { judged, mfaLogin, right, sql, wrong } = yield* start(seed, limits)
        let now = 0
        let failures = 0
        let until = 0
        for (const next of steps) {
          if (typeof next === "number") {
            yield* TestClock.adjust(next)
            now += next
            continue
          }
          const before = yield* judged
          const status = next === "begin" ? (yield* mfaLogin(password)).status : yield* next === "right" ? right : wrong
          const isInTime = now >= until
          assert.strictEqual((yield* judged) - before, isInTime ? 1 : 0)
          assert.strictEqual(status, isInTime && next !== "wrong" ? 200 : 403)
          if (!isInTime || next === "begin") continue
          failures = next === "wrong" ? failures + 1 : 0
          until =
            failures < limits.failures ? 0 : now + Math.min(limits.maximumDelay, limits.delay * 2 ** (failures - limits.failures))
        }
        const [row] = yield* sql`SELECT failures FROM failed_logins WHERE customer_id = 'ada'`
        assert.strictEqual(row?.failures ?? 0, failures)
      }),
    { fastCheck: { numRuns: 60 } }
  )
})
