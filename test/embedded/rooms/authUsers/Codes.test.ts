import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import type { Seed } from "../../../../src/embedded.js"
import { claimsOf } from "../../Api.js"
import {
  ada,
  customerLink,
  emailLink,
  mfa,
  password,
  phoneLink,
  refused,
  startUsers,
  username,
  wrong
} from "./AuthUsersSystem.js"

type Account = Seed.Seed["accounts"][number]
type AuthUser = NonNullable<Account["auth_users"]>[number]
type System = Effect.Effect.Success<ReturnType<typeof startUsers>>
type Answer = Effect.Effect.Success<ReturnType<System["grant"]>>

const user = (fields: Partial<AuthUser> = {}): AuthUser => ({
  id: "00000000-0000-4000-8000-0000000000c3",
  username,
  password,
  links: [customerLink, phoneLink, emailLink],
  ...fields
})

const oob = (oob_channel: "sms" | "email") => ({ challenge_type: "oob", oob_channel }) as const
const settings = { users: { mfa: { enabled: true, login: oob("email"), login_recovery: oob("email") } } }

/** The `mfa_token` of an answer that asks for a code. */
const mfaTokenIn = ({ body, status, text }: Answer) => {
  assert.deepStrictEqual([status, body.error?.code], [403, "mfa_required"], text)
  return body.mfa_token
}

const why = ({ body, status }: Answer) => `${status} ${body.error.message}`

describe("the second factor of an auth user", () => {
  it.scoped("is a code over one of its channels, to its own links, and ends in its customer's session", () =>
    Effect.gen(function* () {
      const { coded, grant, redeem, refresh, sent } = yield* startUsers({ auth_users: [user({ mfa })] })
      for (const channel of [undefined, "sms", "email"]) {
        const answer = yield* redeem(yield* coded(mfaTokenIn(yield* grant()), channel))
        assert.strictEqual(answer.status, 200, answer.text)
        assert.strictEqual(claimsOf(answer.body.access_token).sub, "ada")
        assert.strictEqual((yield* refresh(answer.body.refresh_token)).status, 200)
      }
      assert.deepStrictEqual(yield* sent, [
        ["sms", "+4722222222"],
        ["sms", "+4722222222"],
        ["email", "linked@example.com"]
      ])
    })
  )

  it.scoped("is over no other channel than its own, also when the settings of the account have another", () =>
    Effect.gen(function* () {
      const only = user({ mfa: { challenge_type: "oob", oob_channels: ["sms"] } })
      const { challenge, coded, grant, redeem, sent } = yield* startUsers({ settings, auth_users: [only] })
      const token = mfaTokenIn(yield* grant())
      const given = yield* coded(token)
      assert.strictEqual(why(yield* challenge(token, "email")), "400 The user gets no codes by email")
      assert.deepStrictEqual(yield* sent, [["sms", "+4722222222"]])
      // The code that was sent before stays valid.
      assert.strictEqual((yield* redeem(given)).status, 200)
    })
  )

  it.scoped("goes to the first channel of its own without a choice, and to no channel without an address", () =>
    Effect.gen(function* () {
      const { challenge, coded, grant, redeem, sent } = yield* startUsers({
        auth_users: [
          user({ mfa: { challenge_type: "oob", oob_channels: ["email"] } }),
          user({ id: undefined, username: "no phone", links: [emailLink], mfa: { challenge_type: "oob" } })
        ]
      })
      assert.strictEqual((yield* redeem(yield* coded(mfaTokenIn(yield* grant())))).status, 200)
      const token = mfaTokenIn(yield* grant({ username: "no phone" }))
      assert.strictEqual(why(yield* challenge(token)), "400 The user has no phone_number, and the code is to be sent by sms")
      assert.strictEqual((yield* redeem(yield* coded(token, "email"))).status, 200)
      assert.deepStrictEqual(yield* sent, [
        ["email", "linked@example.com"],
        ["email", "linked@example.com"]
      ])
    })
  )

  it.scoped(
    "is that of the account's customers for a linked user without one, to the customer's addresses where it has no own",
    () =>
      Effect.gen(function* () {
        const { coded, grant, redeem, sent } = yield* startUsers({
          settings,
          auth_users: [user({ links: [customerLink] }), user({ id: undefined, username: "unlinked", links: [phoneLink] })]
        })
        // The settings say by email.
        const answer = yield* redeem(yield* coded(mfaTokenIn(yield* grant()), "sms"))
        assert.strictEqual(claimsOf(answer.body.access_token).sub, "ada")
        assert.deepStrictEqual(yield* sent, [["email", ada.email]])
        assert.strictEqual((yield* grant({ username: "unlinked" })).status, 200)
      })
  )

  it.scoped("is passed over by a client with the scope no-mfa", () =>
    Effect.gen(function* () {
      const { grant, sent } = yield* startUsers({ settings, auth_users: [user({ mfa })] })
      assert.strictEqual((yield* grant({}, "trusted")).status, 200)
      assert.deepStrictEqual(yield* sent, [])
    })
  )

  it.scoped("ends with the auth user, with its name unchanged, and with its link to the customer", () =>
    Effect.gen(function* () {
      const { challenge, coded, create, grant, redeem, remove, rename, update } = yield* startUsers({
        auth_users: [user({ mfa })]
      })
      const kept = yield* coded(mfaTokenIn(yield* grant()))
      yield* rename("renamed")
      yield* update({ password: "another password" }, "renamed")
      assert.strictEqual((yield* redeem(kept)).status, 200)
      const again = { username: "renamed", password: "another password" }
      const moved = yield* coded(mfaTokenIn(yield* grant(again)))
      yield* update({ password, links: [phoneLink] }, "renamed")
      assert.strictEqual((yield* redeem(moved)).text, refused)
      const deleted = yield* coded(mfaTokenIn(yield* grant({ username: "renamed" })))
      yield* remove("renamed")
      yield* create({ username: "renamed" })
      assert.strictEqual((yield* redeem(deleted)).text, refused)
      assert.strictEqual((yield* challenge(deleted.mfa_token)).status, 404)
    })
  )

  it.scoped("has a code that is valid once, for 10 minutes, for 5 tries, and until the next one is sent", () =>
    Effect.gen(function* () {
      const { coded, grant, redeem } = yield* startUsers({ auth_users: [user({ mfa })] })
      const begun = Effect.flatMap(grant(), (answer) => coded(mfaTokenIn(answer)))
      const once = yield* begun
      assert.strictEqual((yield* redeem(once)).status, 200)
      assert.strictEqual((yield* redeem(once)).text, refused)

      const [early, late] = [yield* begun, yield* begun]
      yield* TestClock.adjust("599999 millis")
      assert.strictEqual((yield* redeem(early)).status, 200)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* redeem(late)).text, refused)

      const first = yield* begun
      const second = yield* coded(first.mfa_token, "email")
      assert.strictEqual((yield* redeem(first)).text, refused)
      assert.strictEqual((yield* redeem(second)).status, 200)

      const guessed = yield* begun
      for (let i = 0; i < 5; i++) {
        assert.strictEqual((yield* redeem({ ...guessed, binding_code: wrong(guessed.binding_code) })).text, refused)
      }
      assert.strictEqual((yield* redeem(guessed)).text, refused)
    })
  )

  it.scoped("counts wrong codes and wrong passwords of the auth user together, and not for its customer", () =>
    Effect.gen(function* () {
      const { coded, grant, redeem, sql } = yield* startUsers({ auth_users: [user({ mfa })] }, "limited")
      const given = yield* coded(mfaTokenIn(yield* grant()))
      for (let i = 0; i < 3; i++) yield* redeem({ ...given, binding_code: wrong(given.binding_code) })
      for (let i = 0; i < 2; i++) yield* grant({ password: "a wrong password" })
      assert.strictEqual((yield* redeem(given)).text, refused)
      assert.deepStrictEqual(yield* sql`SELECT customer_id, failures FROM failed_logins`, [
        { customer_id: user().id, failures: 5 }
      ])
      assert.strictEqual((yield* grant({ username: "ada", password: ada.password })).status, 200)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* redeem(given)).status, 200)
    })
  )
})

describe("a recovery", () => {
  const begun = ({ lastCode, recover }: System, fields: object = {}) =>
    Effect.gen(function* () {
      const answer = yield* recover(fields)
      assert.strictEqual(answer.status, 200, answer.text)
      const { mfa_token, oob_code } = answer.body
      return { mfa_token, oob_code, binding_code: yield* lastCode }
    })

  it.scoped("gives a token after two codes over different channels, without a hash, for auth users and for customers", () =>
    Effect.gen(function* () {
      const system = yield* startUsers({ auth_users: [user({ mfa })] })
      const { coded, hashesOf, redeem, sent } = system
      for (const [name, oob_channel, second] of [
        [username, undefined, undefined],
        [username, "sms", "email"],
        [username, "email", undefined],
        ["ada", "email", "sms"]
      ]) {
        const { answer, hashes } = yield* hashesOf(
          Effect.gen(function* () {
            const first = yield* begun(system, { username: name, ...(oob_channel === undefined ? {} : { oob_channel }) })
            return yield* redeem(yield* coded(mfaTokenIn(yield* redeem(first)), second))
          })
        )
        assert.strictEqual(answer.status, 200, answer.text)
        assert.strictEqual(claimsOf(answer.body.access_token).sub, "ada")
        assert.property(answer.body, "refresh_token")
        assert.strictEqual(hashes, 0)
      }
      const [phone, email] = [
        ["sms", "+4722222222"],
        ["email", "linked@example.com"]
      ]
      assert.deepStrictEqual(yield* sent, [
        ...[phone, email],
        ...[phone, email],
        ...[email, phone],
        ["email", ada.email],
        ["sms", ada.phone_number]
      ])
    })
  )

  it.scoped("sends no second code over the channel of the first: 400, also when the settings of the account have it", () =>
    Effect.gen(function* () {
      const system = yield* startUsers({ settings, auth_users: [user({ links: [customerLink] })] })
      const { challenge, coded, redeem, sent } = system
      const token = mfaTokenIn(yield* redeem(yield* begun(system, { oob_channel: "email" })))
      assert.strictEqual(
        why(yield* challenge(token, "email")),
        "400 The first code of the recovery was sent by email, and the second one has to be sent over another channel"
      )
      assert.strictEqual((yield* redeem(yield* coded(token))).status, 200)
      assert.deepStrictEqual(yield* sent, [
        ["email", ada.email],
        ["sms", ada.phone_number]
      ])
    })
  )

  it.scoped("answers alike for a user, nobody, and a user without the address or the channel, and sends only to the first", () =>
    Effect.gen(function* () {
      const { hashesOf, recover, redeem, sent, sql } = yield* startUsers({
        auth_users: [
          user({ mfa }),
          user({ id: undefined, username: "no phone", links: [emailLink] }),
          user({ id: undefined, username: "by email", mfa: { challenge_type: "oob", oob_channels: ["email"] } }),
          user({ id: undefined, username: "no address", links: [] })
        ]
      })
      const changes = Effect.map(sql`SELECT total_changes() AS n`, ([row]) => Number(row?.n))
      yield* recover()
      const seen: Array<unknown> = []
      for (const name of [username, "nobody", "no phone", "by email", "no address", "", "\0", "x".repeat(5000)]) {
        const before = yield* changes
        const { answer, hashes } = yield* hashesOf(recover({ username: name }))
        const { mfa_token, oob_code, ...rest } = JSON.parse(answer.text)
        seen.push([answer.status, rest, mfa_token.length, oob_code.length, hashes, (yield* changes) - before])
        assert.strictEqual((yield* redeem({ mfa_token, oob_code, binding_code: "abcdef" })).text, refused)
      }
      const [first, ...others] = seen
      for (const one of others) assert.deepStrictEqual(one, first)
      assert.deepStrictEqual(yield* sent, [
        ["sms", "+4722222222"],
        ["sms", "+4722222222"]
      ])
    })
  )

  it.scoped("has a user in the database only when the first code was sent, so that a guessed code leads to nobody", () =>
    Effect.gen(function* () {
      const { recover, sql } = yield* startUsers({ auth_users: [user({ links: [emailLink] })] })
      for (const oob_channel of ["sms", "email"]) yield* recover({ oob_channel })
      assert.deepStrictEqual(yield* sql`SELECT subject, auth_user, first_channel FROM mfa_tokens ORDER BY first_channel`, [
        { subject: user().id, auth_user: user().id, first_channel: "email" },
        { subject: "", auth_user: null, first_channel: "sms" }
      ])
    })
  )

  it.scoped("cannot be finished by a user with one address or one channel: the second code is a 400, and nothing is sent", () =>
    Effect.gen(function* () {
      const system = yield* startUsers({
        auth_users: [
          user({ links: [phoneLink] }),
          user({ id: undefined, username: "by sms", mfa: { challenge_type: "oob", oob_channels: ["sms"] } })
        ]
      })
      const { challenge, redeem, sent } = system
      const one = mfaTokenIn(yield* redeem(yield* begun(system)))
      assert.strictEqual(why(yield* challenge(one)), "400 The user has no email, and the code is to be sent by email")
      const two = mfaTokenIn(yield* redeem(yield* begun(system, { username: "by sms" })))
      assert.strictEqual(why(yield* challenge(two)), "400 The user gets no codes by email")
      assert.lengthOf(yield* sent, 2)
    })
  )

  it.scoped("needs the client that began it, with a grant for the audience", () =>
    Effect.gen(function* () {
      const system = yield* startUsers({ auth_users: [user()] })
      const { as, recover, redeem } = system
      const first = yield* begun(system)
      const stranger = yield* as("other")("POST", "/auth/token", { grant_type: "mfa_oob", ...first })
      assert.strictEqual(stranger.text, refused)
      assert.strictEqual((yield* recover({ audience: "https://example.com" })).status, 403)
      const trusted = yield* as("trusted")("POST", "/auth/mfa/recovery", { challenge_type: "oob", username, audience: "x" })
      assert.strictEqual(trusted.status, 403)
      assert.strictEqual((yield* redeem(first)).body.error.code, "mfa_required")
    })
  )

  it.scoped("has codes that are valid once, for 10 minutes and 5 tries; the first one is not sent again by a challenge", () =>
    Effect.gen(function* () {
      const system = yield* startUsers({ auth_users: [user()] })
      const { challenge, coded, redeem } = system
      const first = yield* begun(system)
      assert.strictEqual((yield* challenge(first.mfa_token)).status, 404)
      const second = yield* coded(mfaTokenIn(yield* redeem(first)))
      assert.strictEqual((yield* redeem(first)).text, refused)
      assert.strictEqual((yield* redeem({ ...second, mfa_token: first.mfa_token })).text, refused)
      const third = yield* coded(second.mfa_token)
      assert.strictEqual((yield* redeem(second)).text, refused)
      assert.strictEqual((yield* redeem(third)).status, 200)
      assert.strictEqual((yield* redeem(third)).text, refused)

      const late = yield* begun(system)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual((yield* redeem(late)).text, refused)

      const guessed = yield* begun(system)
      for (let i = 0; i < 5; i++) yield* redeem({ ...guessed, binding_code: wrong(guessed.binding_code) })
      assert.strictEqual((yield* redeem(guessed)).text, refused)
    })
  )

  it.scoped("its first code does not let the second one be guessed without end", () =>
    Effect.gen(function* () {
      const system = yield* startUsers({ auth_users: [user()] }, "limited")
      const { coded, redeem } = system
      let guesses = 0
      for (let round = 0; round < 10; round++) {
        const answer = yield* redeem(yield* begun(system))
        if (answer.body.error.code !== "mfa_required") break
        const second = yield* coded(answer.body.mfa_token)
        assert.strictEqual((yield* redeem({ ...second, binding_code: wrong(second.binding_code) })).text, refused)
        guesses++
      }
      assert.strictEqual(guesses, 5)
    })
  )

  it.scoped("one of 10 concurrent first codes goes on, and one of 10 concurrent second codes is let in", () =>
    Effect.gen(function* () {
      const system = yield* startUsers({ auth_users: [user()] })
      const { coded, redeem } = system
      const first = yield* begun(system)
      const tenTimes = (given: typeof first) =>
        Effect.all(
          Array.from({ length: 10 }, () => redeem(given)),
          { concurrency: "unbounded" }
        )
      const next = (yield* tenTimes(first)).filter(({ body }) => body.error.code === "mfa_required")
      assert.lengthOf(next, 1)
      const [one] = next
      if (one === undefined) return assert.fail("no code was right")
      const answers = yield* tenTimes(yield* coded(one.body.mfa_token))
      assert.lengthOf(
        answers.filter(({ status }) => status === 200),
        1
      )
    })
  )
})
