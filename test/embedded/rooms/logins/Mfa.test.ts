import { webcrypto } from "node:crypto"
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { DinteroEmbedded, type GuessingRules } from "../../../../src/embedded.js"
import * as Digest from "../../../../src/layers/embedded/system/Digest.js"
import * as Entropy from "../../../../src/layers/embedded/system/Entropy.js"
import { type Api, account, ada, audience, claimsOf, client, login, seedOf, tokenOf } from "../../Api.js"
import { start } from "./MfaSystem.js"

const password = "1234"
const person = { customer_id: "ada", email: "Ada@example.com", phone_number: "+4799999999", password }
const other = { client_id: "other", client_secret: "secret", grants: client.grants }
/** The same without refresh tokens. */
const plain = {
  client_id: "plain",
  client_secret: "secret",
  grants: [{ scope: ["write:accounts:/auth/users", "write:accounts:/auth/mfa"] }]
}

const mfa = (enabled: boolean, oob_channel: "sms" | "email") => ({
  users: {
    mfa: {
      enabled,
      login: { challenge_type: "oob", oob_channel },
      login_recovery: { challenge_type: "oob", oob_channel: "sms" }
    }
  }
})

const seed = seedOf({ clients: [client, other, plain], customers: [person] })
const withSettings = (settings: ReturnType<typeof mfa>) =>
  seedOf({ settings, clients: [client, other, plain], customers: [person] })

const mfaLogin = (api: Api, authorization: string, fields: object = {}) =>
  api("POST", "/customers/mfa_login", {
    authorization,
    body: { type: "customer", ident_type: "email", ident: person.email, secret: password, audience, ...fields }
  })

const challenge = (api: Api, authorization: string, mfa_token: string, fields: object = {}) =>
  api("POST", "/auth/mfa/challenge", { authorization, body: { challenge_type: "oob", mfa_token, ...fields } })

interface Given {
  readonly oob_code: string
  readonly mfa_token: string
  readonly binding_code: string
}

const redeem = (api: Api, authorization: string, given: Given, grant_type = "mfa_oob") =>
  api("POST", "/auth/token", { authorization, body: { grant_type, ...given } })

const changePassword = (api: Api, authorization: string, fields: object = {}) =>
  api("POST", "/customers/change_password", {
    authorization,
    body: { type: "customer", email: person.email, audience, ...fields }
  })

type System = Effect.Effect.Success<ReturnType<typeof start>>

const lastCode = ({ outbox }: System) =>
  Effect.map(outbox.list({ template: "mfa_code" }), (messages) => messages.at(-1)?.code ?? assert.fail("no code was sent"))

/** A login up to its code, which was sent. */
const sent = (system: System, authorization: string) =>
  Effect.gen(function* () {
    const { mfa_token } = (yield* mfaLogin(system.api, authorization)).body
    const { oob_code } = (yield* challenge(system.api, authorization, mfa_token)).body
    return { mfa_token, oob_code, binding_code: yield* lastCode(system) }
  })

const wrong = (code: string) => (code === "000000" ? "000001" : "000000")

const refused = { status: 403, message: "Login failed: unknown user or wrong credential" }

const assertRefused = (answer: Effect.Effect.Success<ReturnType<Api>>, why?: string) =>
  assert.deepStrictEqual({ status: answer.status, message: answer.body.error.message }, refused, why)

const begun = (given: typeof seed = seed, guessing?: GuessingRules.Options) =>
  Effect.gen(function* () {
    const system = yield* start(given, undefined, undefined, guessing)
    return { system, api: system.api, authorization: yield* tokenOf(system.api) }
  })

describe("a login with a one-time code", () => {
  it.scoped("ends in the session that a login has, in both spellings of the grant", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const direct = yield* login(api, authorization, { email: person.email, password })
      for (const grant_type of ["mfa_oob", "mfa-oob"]) {
        const answer = yield* redeem(api, authorization, yield* sent(system, authorization), grant_type)
        assert.strictEqual(answer.status, 200)
        assert.deepStrictEqual(Object.keys(answer.body), Object.keys(direct.body))
        assert.strictEqual(answer.headers["cache-control"], "no-store")
        const { exp, iat, jti, ...claims } = claimsOf(answer.body.access_token)
        const { exp: _1, iat: _2, jti: _3, ...expected } = claimsOf(direct.body.access_token)
        assert.deepStrictEqual(claims, expected)
        assert.strictEqual(claims.sub, "ada")
      }
    })
  )

  it.scoped("continues a login that was refused with mfa_required", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun(withSettings(mfa(true, "sms")))
      const { mfa_token } = (yield* login(api, authorization, { email: person.email, password })).body
      const { oob_code } = (yield* challenge(api, authorization, mfa_token)).body
      const binding_code = yield* lastCode(system)
      assert.strictEqual((yield* redeem(api, authorization, { mfa_token, oob_code, binding_code })).status, 200)
    })
  )

  it.scoped("issues a refresh token for the client that asked, if its token has the scope", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const { refresh_token } = (yield* redeem(api, authorization, yield* sent(system, authorization))).body
      const refresh = (authorization: string) =>
        api("POST", "/auth/token", { authorization, body: { grant_type: "refresh_token", refresh_token } })
      assert.strictEqual(claimsOf((yield* refresh(authorization)).body.access_token).sub, "ada")
      assert.strictEqual((yield* refresh(yield* tokenOf(api, other))).status, 403)

      const without = yield* tokenOf(api, plain)
      const answer = yield* redeem(api, without, yield* sent(system, without))
      assert.strictEqual(answer.status, 200)
      assert.notProperty(answer.body, "refresh_token")
    })
  )

  it.scoped("costs one hash in mfa_login for every result, and none after it", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const hashes = system.passwordHasher.computations
      for (const fields of [
        {},
        { secret: "wrong" },
        { secret: "" },
        { secret: "x".repeat(5000) },
        { ident: "nobody@example.com" },
        { type: "company" },
        { ident_type: "phone_number", ident: person.phone_number },
        { ident_type: "phone_number", ident: "+4700000000" },
        { ident: "\0" }
      ]) {
        const before = yield* hashes
        yield* mfaLogin(api, authorization, fields)
        assert.strictEqual(yield* hashes, before + 1, inspect(fields))
      }
      const before = yield* hashes
      yield* redeem(api, authorization, yield* sent(system, authorization))
      assert.strictEqual(yield* hashes, before + 1)
    })
  )

  it.scoped("refuses with another status where the options say so", () =>
    Effect.gen(function* () {
      for (const status of [400, 401] as const) {
        const system = yield* start(seed, Effect.succeed(Entropy.ofSystem), status)
        const authorization = yield* tokenOf(system.api)
        assert.strictEqual((yield* mfaLogin(system.api, authorization, { secret: "wrong" })).status, status)
        const given = yield* sent(system, authorization)
        const answer = yield* redeem(system.api, authorization, { ...given, binding_code: wrong(given.binding_code) })
        assert.strictEqual(answer.status, status)
      }
    })
  )

  it.scoped("is over when the client lost its grant meanwhile", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const given = yield* sent(system, authorization)
      yield* system.sql`DELETE FROM grants WHERE type = 'password'`
      const answer = yield* redeem(api, authorization, given)
      assert.strictEqual(answer.status, 403)
      assert.include(answer.headers["x-effect-dintero-hint"], "no grant")
    })
  )
})

describe("a PIN", () => {
  const pin = "735926"
  const admin = {
    ...client,
    grants: [
      {
        type: "client_credentials" as const,
        scope: ["admin:customers", "write:accounts:/auth/users", "write:accounts:/auth/mfa"]
      },
      { type: "password" as const, scope: ["user:customers"] }
    ]
  }

  /** A system whose Ada has this secret beside her password. */
  const withSecret = (secret: object, guessing?: GuessingRules.Options) =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun(seedOf({ clients: [admin], customers: [person] }), guessing)
      const set = (secret: object) => api("PUT", "/customers/users/ada", { authorization, body: secret })
      assert.strictEqual((yield* set(secret)).status, 200)
      return { api, authorization, system, set }
    })

  it.scoped("begins a login with a one-time code, beside the password, and ends in a session", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* withSecret({ pin })
      assert.strictEqual((yield* mfaLogin(api, authorization)).status, 200)
      const begun = yield* mfaLogin(api, authorization, { secret: pin })
      assert.strictEqual(begun.status, 200, begun.text)
      const { mfa_token } = begun.body
      const { oob_code } = (yield* challenge(api, authorization, mfa_token)).body
      const answer = yield* redeem(api, authorization, { mfa_token, oob_code, binding_code: yield* lastCode(system) })
      assert.strictEqual(claimsOf(answer.body.access_token).sub, "ada")
    })
  )

  it.scoped("begins no other login, also with MFA on", () =>
    Effect.gen(function* () {
      const { api, authorization } = yield* withSecret({ pin })
      const password = (password: string) =>
        api("POST", "/auth/token", { authorization, body: { grant_type: "password", username: "ada", password, audience } })
      for (const enabled of [false, true]) {
        yield* api("PUT", "/customers/settings", {
          authorization,
          body: { users: { customer_id_format: "uuid", ...mfa(enabled, "sms").users } }
        })
        assertRefused(yield* login(api, authorization, { email: person.email, password: pin }))
        assertRefused(yield* password(pin))
      }
    })
  )

  it.scoped("is replaced by another, and does not replace the password; a password may look like one", () =>
    Effect.gen(function* () {
      const { api, authorization, set } = yield* withSecret({ pin })
      yield* set({ pin: "000000" })
      assertRefused(yield* mfaLogin(api, authorization, { secret: pin }))
      yield* set({ password: "111111" })
      for (const secret of ["000000", "111111"]) {
        assert.strictEqual((yield* mfaLogin(api, authorization, { secret })).status, 200, secret)
      }
      assertRefused(yield* mfaLogin(api, authorization))
    })
  )

  it.scoped("of six digits costs two hashes for every refusal, whether or not the customer has one", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* withSecret({ pin })
      const hashes = system.passwordHasher.computations
      yield* api("POST", "/customers/users", {
        authorization,
        body: { type: "customer", email: "none@example.com" }
      })
      for (const fields of [{}, { ident: "none@example.com" }, { ident: "nobody@example.com" }, { type: "company" }]) {
        const before = yield* hashes
        assertRefused(yield* mfaLogin(api, authorization, { secret: "123456", ...fields }), inspect(fields))
        assert.strictEqual(yield* hashes, before + 2, inspect(fields))
      }
    })
  )

  it.scoped("that is wrong counts as a failed login", () =>
    Effect.gen(function* () {
      const { api, authorization } = yield* withSecret({ pin }, "limited")
      for (const secret of ["000001", "000002", "000003", "000004", "000005"]) {
        assertRefused(yield* mfaLogin(api, authorization, { secret }), secret)
      }
      // The right one has to wait as well.
      assertRefused(yield* mfaLogin(api, authorization, { secret: pin }), pin)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* mfaLogin(api, authorization, { secret: pin })).status, 200)
    })
  )
})

describe("where the code goes", () => {
  const sentTo = (settings: ReturnType<typeof mfa> | undefined, fields: object) =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun(settings === undefined ? seed : withSettings(settings))
      const { mfa_token } = (yield* mfaLogin(api, authorization)).body
      yield* challenge(api, authorization, mfa_token, fields)
      return yield* system.outbox.list()
    })

  it.scoped("the settings come before the caller, and sms is the default", () =>
    Effect.gen(function* () {
      const channelOf = (settings: ReturnType<typeof mfa> | undefined, fields: object) =>
        Effect.map(sentTo(settings, fields), (messages) => messages.map(({ channel, recipient }) => [channel, recipient]))
      const sms = [["sms", person.phone_number]]
      const email = [["email", person.email]]
      assert.deepStrictEqual(yield* channelOf(undefined, {}), sms)
      assert.deepStrictEqual(yield* channelOf(undefined, { oob_channel: "email" }), email)
      assert.deepStrictEqual(yield* channelOf(mfa(true, "email"), {}), email)
      assert.deepStrictEqual(yield* channelOf(mfa(true, "email"), { oob_channel: "sms" }), email)
      assert.deepStrictEqual(yield* channelOf(mfa(false, "sms"), { oob_channel: "email" }), sms)
    })
  )

  it.scoped("is sent in a message, with six digits, also in its text", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_790_000_000_000)
      const [message, ...more] = yield* sentTo(undefined, {})
      assert.deepStrictEqual(more, [])
      const code = message?.code ?? ""
      assert.match(code, /^\d{6}$/)
      assert.deepStrictEqual(
        { ...message, at: message?.at.epochMillis },
        {
          id: 1,
          at: 1_790_000_000_000,
          account_id: account,
          channel: "sms",
          template: "mfa_code",
          recipient: person.phone_number,
          text: `Your code is ${code}. It is valid for 10 minutes. Do not share it with anyone.`,
          code
        }
      )
    })
  )

  it.scoped("no address for the channel: 400, nothing is sent, and a code that was sent before stays good", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun(
        seedOf({ customers: [{ customer_id: "ada", email: person.email, password }] })
      )
      const { mfa_token } = (yield* mfaLogin(api, authorization)).body
      const first = yield* challenge(api, authorization, mfa_token, { oob_channel: "email" })
      const { oob_code } = first.body
      const none = yield* challenge(api, authorization, mfa_token)
      assert.deepStrictEqual(
        [none.status, none.body.error.message],
        [400, "The user has no phone_number, and the code is to be sent by sms"]
      )
      assert.lengthOf(yield* system.outbox.list(), 1)
      const binding_code = yield* lastCode(system)
      assert.strictEqual((yield* redeem(api, authorization, { mfa_token, oob_code, binding_code })).status, 200)
    })
  )

  it.scoped("all codes are equally likely: numbers above the last whole million are drawn again", () =>
    Effect.gen(function* () {
      const draws = [0xffff_ffff, 4_294_000_000, 4_293_999_999]
      const chance = Effect.succeed<Entropy.EntropyService>({
        uuid: Effect.sync(() => webcrypto.randomUUID()),
        mix: () => Effect.void,
        isReproducible: false,
        bytes: (length) =>
          Effect.sync(() => {
            const bytes = webcrypto.getRandomValues(new Uint8Array(length))
            if (length === 4) new DataView(bytes.buffer).setUint32(0, draws.shift() ?? 7)
            return bytes
          })
      })
      const system = yield* start(seed, chance)
      const authorization = yield* tokenOf(system.api)
      assert.strictEqual((yield* sent(system, authorization)).binding_code, "999999")
      assert.strictEqual((yield* sent(system, authorization)).binding_code, "000007")
    })
  )
})

describe("a code", () => {
  it.scoped("is valid once, and so is its mfa_token", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const given = yield* sent(system, authorization)
      assert.strictEqual((yield* redeem(api, authorization, given)).status, 200)
      assertRefused(yield* redeem(api, authorization, given))
      const again = yield* challenge(api, authorization, given.mfa_token)
      assert.strictEqual(again.status, 404)
      assert.lengthOf(yield* system.outbox.list(), 1)
    })
  )

  it.scoped("is valid for 10 minutes", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const early = yield* sent(system, authorization)
      const late = yield* sent(system, authorization)
      yield* TestClock.adjust("599999 millis")
      assert.strictEqual((yield* redeem(api, authorization, early)).status, 200)
      yield* TestClock.adjust("1 millis")
      assertRefused(yield* redeem(api, authorization, late))
      assert.strictEqual((yield* challenge(api, authorization, late.mfa_token)).status, 404)
    })
  )

  it.scoped("of a later challenge has its 10 minutes too, and voids the code before", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const first = yield* sent(system, authorization)
      yield* TestClock.adjust("9 minutes")
      const { oob_code } = (yield* challenge(api, authorization, first.mfa_token)).body
      const second = { ...first, oob_code, binding_code: yield* lastCode(system) }
      assertRefused(yield* redeem(api, authorization, first))
      assertRefused(yield* redeem(api, authorization, { ...second, oob_code: first.oob_code }))
      yield* TestClock.adjust("9 minutes")
      assert.strictEqual((yield* redeem(api, authorization, second)).status, 200)
    })
  )

  it.scoped("may be tried 5 times; a new challenge has its own tries", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const lucky = yield* sent(system, authorization)
      for (let tried = 0; tried < 4; tried++)
        assertRefused(yield* redeem(api, authorization, { ...lucky, binding_code: wrong(lucky.binding_code) }))
      assert.strictEqual((yield* redeem(api, authorization, lucky)).status, 200)

      const unlucky = yield* sent(system, authorization)
      for (const code of [wrong(unlucky.binding_code), "", "\0", "x".repeat(5000), ` ${unlucky.binding_code}`])
        assertRefused(yield* redeem(api, authorization, { ...unlucky, binding_code: code }))
      assertRefused(yield* redeem(api, authorization, unlucky))
      const { oob_code } = (yield* challenge(api, authorization, unlucky.mfa_token)).body
      const third = { ...unlucky, oob_code, binding_code: yield* lastCode(system) }
      assert.strictEqual((yield* redeem(api, authorization, third)).status, 200)
    })
  )

  it.scoped("is for its mfa_token, its oob_code, its client and its account, and others cost it no try", () =>
    Effect.gen(function* () {
      const elsewhere = "T87654321"
      const { accounts } = seed
      const system = yield* start({ accounts: [...accounts, ...accounts.map((one) => ({ ...one, account_id: elsewhere }))] })
      const { api } = system
      const authorization = yield* tokenOf(api)
      const given = yield* sent(system, authorization)
      const neighbour = yield* sent(system, authorization)
      const there = yield* api("POST", `//v1/accounts/${elsewhere}/auth/token`, {
        authorization: `Basic ${Buffer.from(`${client.client_id}:${client.client_secret}`).toString("base64")}`,
        body: { grant_type: "client_credentials", audience: `https://api.dintero.com/v1/accounts/${elsewhere}` }
      })
      for (let round = 0; round < 6; round++) {
        assertRefused(yield* redeem(api, authorization, { ...given, mfa_token: neighbour.mfa_token }), "mfa_token")
        assertRefused(yield* redeem(api, authorization, { ...given, oob_code: neighbour.oob_code }), "oob_code")
        assertRefused(yield* redeem(api, authorization, { ...given, mfa_token: "", oob_code: "\0\ud800" }), "nonsense")
        assertRefused(yield* redeem(api, yield* tokenOf(api, other), given), "client")
        const stranger = yield* api("POST", `//v1/accounts/${elsewhere}/auth/token`, {
          authorization: `Bearer ${there.body.access_token}`,
          body: { grant_type: "mfa_oob", ...given }
        })
        assertRefused(stranger, "account")
      }
      assert.strictEqual((yield* challenge(api, yield* tokenOf(api, other), given.mfa_token)).status, 404)
      assert.strictEqual((yield* redeem(api, authorization, given)).status, 200)
    })
  )

  it.scoped("is refused before a challenge", () =>
    Effect.gen(function* () {
      const { api, authorization } = yield* begun()
      const { mfa_token } = (yield* mfaLogin(api, authorization)).body
      for (const oob_code of ["", "null", mfa_token])
        assertRefused(yield* redeem(api, authorization, { mfa_token, oob_code, binding_code: "" }))
    })
  )

  it.scoped("one of 20 concurrent logins with the right code succeeds", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const given = yield* sent(system, authorization)
      const answers = yield* Effect.all(
        Array.from({ length: 20 }, () => redeem(api, authorization, given)),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [200, ...new Array<number>(19).fill(403)])
    })
  )

  it.scoped("counts each of several concurrent wrong codes", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const given = yield* sent(system, authorization)
      yield* Effect.all(
        Array.from({ length: 3 }, () => redeem(api, authorization, { ...given, binding_code: wrong(given.binding_code) })),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(yield* system.sql`SELECT tries_left FROM mfa_tokens`, [{ tries_left: 2 }])
    })
  )
})

describe("laws", () => {
  /** Steps of a user, of a thief, or of time. */
  const step = FastCheck.oneof(
    FastCheck.constant("wrong" as const),
    FastCheck.constant("right" as const),
    FastCheck.constant("challenge" as const),
    FastCheck.integer({ min: 0, max: 11 }).map((minutes) => ({ minutes }))
  )

  it.scoped.prop(
    "any sequence of codes, challenges and waits ends as in a model with a counter and a clock",
    [FastCheck.array(step, { maxLength: 20 })],
    ([steps]) =>
      Effect.gen(function* () {
        const system = yield* start(seed)
        const clientId = client.id
        const mfaToken = yield* system.codes.begin({ accountId: account, clientId, subject: "ada", audience })
        const key = { accountId: account, clientId, mfaToken }
        let minute = 0
        let model = { until: 10, tries: 0, isDone: false }
        let last = { code: Redacted.make("000000"), oobCode: Redacted.make("none") }
        for (const next of steps) {
          const waits = !model.isDone && minute < model.until
          if (next === "challenge") {
            const issued = yield* system.codes.issue(key)
            assert.strictEqual(Option.isSome(issued), waits)
            if (Option.isSome(issued)) {
              last = issued.value
              model = { until: minute + 10, tries: 5, isDone: false }
            }
          } else if (typeof next === "object") {
            yield* TestClock.adjust(`${next.minutes} minutes`)
            minute += next.minutes
          } else {
            const code = next === "right" ? last.code : Redacted.make(wrong(Redacted.value(last.code)))
            const found = yield* system.codes.check({ ...key, ...last, code })
            const isAccepted = waits && model.tries > 0 && next === "right"
            assert.strictEqual(Option.isSome(found), isAccepted)
            if (waits) model = { ...model, tries: Math.max(0, model.tries - 1) }
            if (isAccepted) {
              assert.isTrue(yield* system.codes.end({ ...key, ...last }))
              assert.isFalse(yield* system.codes.end({ ...key, ...last }))
              model = { ...model, isDone: true }
            }
          }
        }
      }),
    { fastCheck: { numRuns: 60 } }
  )

  it.scoped.prop(
    "in any interleaving at most one login succeeds, and exactly one does when fewer than 5 codes are wrong",
    [FastCheck.array(FastCheck.tuple(FastCheck.boolean(), FastCheck.nat({ max: 5 })), { minLength: 1, maxLength: 12 })],
    ([attempts]) =>
      Effect.gen(function* () {
        const { api, authorization, system } = yield* begun()
        const given = yield* sent(system, authorization)
        const answers = yield* Effect.forEach(
          attempts,
          ([isRight, turns]) =>
            Effect.yieldNow().pipe(
              Effect.repeatN(turns),
              Effect.zipRight(
                redeem(api, authorization, isRight ? given : { ...given, binding_code: wrong(given.binding_code) })
              ),
              Effect.map(({ status }) => [isRight, status] as const)
            ),
          { concurrency: "unbounded" }
        )
        const letIn = answers.filter(([, status]) => status === 200)
        const wrongs = attempts.filter(([isRight]) => !isRight).length
        assert.isTrue(letIn.every(([isRight]) => isRight))
        if (wrongs === attempts.length) {
          assert.lengthOf(letIn, 0)
          assert.deepStrictEqual(yield* system.sql`SELECT tries_left FROM mfa_tokens`, [{ tries_left: Math.max(0, 5 - wrongs) }])
        } else if (wrongs < 5) assert.lengthOf(letIn, 1)
        else assert.isAtMost(letIn.length, 1)
      }),
    { fastCheck: { numRuns: 40 } }
  )
})

describe("secrets", () => {
  it.scoped("no token, code or hash of a code alone is in the database", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const given = yield* sent(system, authorization)
      yield* redeem(api, authorization, { ...given, binding_code: wrong(given.binding_code) })
      const rows = yield* system.sql`SELECT * FROM mfa_tokens`
      assert.deepStrictEqual(rows, [
        {
          account_id: account,
          token_digest: Digest.ofToken(given.mfa_token),
          client_id: client.id,
          subject: "ada",
          audience,
          stage: null,
          created_at: 0,
          expires_at: 600_000,
          oob_digest: Digest.ofToken(given.oob_code),
          code_mac: Digest.ofCode(given.oob_code, given.binding_code),
          tries_left: 4,
          auth_user: null,
          first_channel: null
        }
      ])
      const stored = JSON.stringify(rows)
      for (const secret of [...Object.values(given), Digest.ofToken(given.binding_code)]) assert.notInclude(stored, secret)
    })
  )

  it.scoped("no response repeats a code, right or wrong", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const { mfa_token } = (yield* mfaLogin(api, authorization)).body
      const challenged = yield* challenge(api, authorization, mfa_token)
      const { oob_code } = challenged.body
      const code = yield* lastCode(system)
      const texts = [
        challenged.text,
        (yield* redeem(api, authorization, { mfa_token, oob_code, binding_code: `${code}0` })).text,
        (yield* redeem(api, authorization, { mfa_token, oob_code, binding_code: code })).text
      ]
      for (const text of texts) assert.notInclude(text.replace(/[\w-]{20,}/g, ""), code)
    })
  )

  it.scoped("logins that were never completed are deleted after they expire", () =>
    Effect.gen(function* () {
      const { authorization, system } = yield* begun()
      yield* sent(system, authorization)
      yield* TestClock.adjust("10 minutes")
      yield* sent(system, authorization)
      assert.lengthOf(yield* system.sql`SELECT 1 FROM mfa_tokens`, 1)
    })
  )
})

describe("customers.password.requestChange", () => {
  it.scoped("sends one e-mail without a code to a customer that exists", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun()
      const answer = yield* changePassword(api, authorization, { email: person.email.toUpperCase() })
      assert.deepStrictEqual([answer.status, answer.text], [204, ""])
      const [message, ...more] = yield* system.outbox.list()
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(
        [message?.account_id, message?.channel, message?.template, message?.recipient, message?.code],
        [account, "email", "change_password", person.email, null]
      )
      assert.include(message?.text, "no operation that takes a code or a link")
    })
  )

  it.scoped("sends nothing for nobody, another type, or a type that cannot log in, and answers the same", () =>
    Effect.gen(function* () {
      const { api, authorization, system } = yield* begun(
        seedOf({ customers: [person, { type: "employee", email: "e@example.com", password }] })
      )
      for (const fields of [{ email: "nobody@example.com" }, { type: "company" }, { email: "e@example.com" }, { email: "\0" }]) {
        const answer = yield* changePassword(api, authorization, fields)
        assert.deepStrictEqual([answer.status, answer.text], [204, ""])
      }
      assert.deepStrictEqual(yield* system.outbox.list(), [])
    })
  )
})

describe("the demo seed", () => {
  it.scoped("lets Ada in by SMS and by e-mail", () =>
    Effect.gen(function* () {
      const system = yield* start(DinteroEmbedded.demoSeed)
      const { api } = system
      const authorization = yield* tokenOf(api)
      for (const oob_channel of ["sms", "email"]) {
        const { mfa_token } = (yield* mfaLogin(api, authorization, { secret: DinteroEmbedded.demoPassword })).body
        const { oob_code } = (yield* challenge(api, authorization, mfa_token, { oob_channel })).body
        const binding_code = yield* lastCode(system)
        assert.strictEqual((yield* redeem(api, authorization, { mfa_token, oob_code, binding_code })).status, 200)
      }
      assert.deepStrictEqual(
        (yield* system.outbox.list()).map(({ recipient }) => recipient),
        [ada.phone_number, ada.email]
      )
    })
  )
})
