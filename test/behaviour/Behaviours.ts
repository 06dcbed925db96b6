/**
 * What a person relies on, as one list that holds in process, on a port and in a process that the command has started.
 */
import { HttpClient } from "@effect/platform"
import { assert } from "@effect/vitest"
import { Context, DateTime, Effect, Either, Redacted, type Scope } from "effect"
import { type AccessTokens, Auth, Customers, Mfa } from "effect-dintero"
import { type Controls, DinteroEmbedded, Snapshot } from "effect-dintero/embedded"
import { account, audience } from "../utils/Account.js"

/** The controls, wherever the system is. */
export class Subject extends Context.Tag("test/Subject")<
  Subject,
  { readonly controls: Controls.Controls<DinteroEmbedded.ControlsUnavailable>; readonly baseUrl: string }
>() {}

type Surroundings = Subject | Auth | Customers | AccessTokens | HttpClient.HttpClient | Scope.Scope

export interface Behaviour {
  readonly name: string
  readonly run: Effect.Effect<void, never, Surroundings>
}

const ada = { type: "customer", email: "ada@example.com", audience } as const
const password = Redacted.make(DinteroEmbedded.demoPassword)

const it = <E>(
  name: string,
  run: (controls: Controls.Controls<DinteroEmbedded.ControlsUnavailable>) => Effect.Effect<void, E, Surroundings>
): Behaviour => ({ name, run: Effect.orDie(Effect.flatMap(Subject, ({ controls }) => run(controls))) })

const settings = Effect.map(Customers, (customers) => customers.settings)

const login = Effect.flatMap(Customers, (customers) => customers.password.login({ ...ada, password }))

const mfa = {
  enabled: true,
  login: { challenge_type: "oob", oob_channel: "sms" },
  login_recovery: { challenge_type: "oob", oob_channel: "email" }
} as const

export const behaviours: ReadonlyArray<Behaviour> = [
  it("a token expires when the clock is moved, and the client gets another one", ({ clock, journal }) =>
    Effect.gen(function* () {
      const { get } = yield* settings
      yield* get()
      yield* journal.clear
      const before = yield* clock.state
      const after = yield* clock.advance("24 hours")
      assert.isAtLeast(DateTime.distance(before.now, after.now), 24 * 3_600_000)
      yield* get()
      const entries = yield* journal.list()
      assert.deepStrictEqual(
        entries.map(({ operation, status }) => `${operation} ${status}`),
        ["customers.settings.get 401", "auth.token 200", "customers.settings.get 200"]
      )
    })),

  it("a clock that stands still is moved by hand alone, and goes forward only", ({ clock }) =>
    Effect.gen(function* () {
      const frozen = yield* clock.freeze
      yield* Effect.sleep("5 millis")
      assert.deepStrictEqual((yield* clock.state).now, frozen.now)
      const noon = DateTime.unsafeMake("2100-01-01T12:00:00Z")
      assert.deepStrictEqual((yield* clock.set(noon)).now, noon)
      assert.strictEqual((yield* Effect.flip(clock.set("2099-01-01T00:00:00Z")))._tag, "InvalidTime")
      assert.isFalse((yield* clock.resume).is_frozen)
      assert.strictEqual((yield* clock.reset).offset_millis, 0)
    })),

  it("a login with a one-time code, which a test reads from the outbox", ({ accounts, outbox }) =>
    Effect.gen(function* () {
      const { update } = yield* settings
      yield* update({ users: { customer_id_format: "uuid", mfa } })
      const session = yield* login.pipe(
        Effect.catchTag("MfaRequired", (required) =>
          Mfa.complete(required, {
            askCode: () =>
              Effect.map(outbox.awaitNext({ channel: "sms", recipient: "+4799999999" }), ({ code }) => Redacted.make(code ?? ""))
          })
        )
      )
      assert.strictEqual(session.token_type, "Bearer")
      const [message] = yield* outbox.list({ template: "mfa_code" })
      assert.match(message?.code ?? "", /^\d{6}$/)
      yield* accounts.reset(account)
      assert.lengthOf(yield* outbox.list(), 0)
      assert.isTrue(Either.isRight(yield* Effect.either(login)))
    })),

  it("awaitNext waits for what is still to be sent, and says when nothing came", ({ outbox }) =>
    Effect.gen(function* () {
      const customers = yield* Customers
      const waiting = yield* Effect.fork(outbox.awaitNext({ template: "change_password" }))
      yield* customers.password.requestChange({ type: "customer", email: ada.email, audience })
      const message = yield* waiting
      assert.deepInclude(message, { channel: "email", recipient: ada.email, account_id: account })
      const nothing = yield* Effect.flip(outbox.awaitNext({ recipient: "nobody" }, "10 millis"))
      assert.strictEqual(nothing._tag, "NoMessage")
      yield* outbox.clear(account)
      assert.lengthOf(yield* outbox.list(), 0)
    })),

  it("a fault strikes the call that it is for, and is over with its rule", ({ faults }) =>
    Effect.gen(function* () {
      const { get } = yield* settings
      const rule = yield* faults.add({
        match: { operation: "customers.settings.get", times: 1 },
        fault: { kind: "status", status: 429, retry_after: { form: "seconds", seconds: 30 } }
      })
      // Beyond the time that a caller waits by default, so it is told.
      const error = yield* Effect.flip(get())
      assert.strictEqual(error._tag, "RateLimited")
      yield* get()
      const [active] = yield* faults.list
      assert.deepInclude(active, { rule: rule.rule, applied: 1 })
      assert.isTrue(yield* faults.remove(rule.rule))
      assert.isFalse(yield* faults.remove(rule.rule))
      yield* faults.script({
        seed: "x",
        rules: [{ fault: { kind: "garbage" } }, { fault: { kind: "drop", when: "after_commit" } }]
      })
      assert.lengthOf(yield* faults.list, 2)
      yield* faults.clear
      yield* get()
    })),

  it("a wrong fault rule is refused whole, with the path", ({ faults }) =>
    Effect.gen(function* () {
      const wrong = { rules: [{ fault: { kind: "garbage" as const } }, { fault: { kind: "delay" as const, millis: -1 } }] }
      const error = yield* Effect.flip(faults.script(wrong))
      if (error._tag !== "InvalidFaultScript") return assert.fail(error._tag)
      assert.deepStrictEqual(
        error.issues.map(({ path }) => path),
        ["rules[1].fault.millis"]
      )
      assert.lengthOf(yield* faults.list, 0)
    })),

  it("the journal says who came, what for, and what an unknown path may have been", ({ journal }) =>
    Effect.gen(function* () {
      const { baseUrl } = yield* Subject
      const http = yield* HttpClient.HttpClient
      yield* journal.clear
      yield* journal.verify
      const response = yield* http.get(`${baseUrl}/accounts/${account}/customers/setings`)
      assert.strictEqual(response.status, 404)
      assert.include(response.headers["x-effect-dintero-hint"], "/settings instead of /setings")
      const error = yield* Effect.flip(journal.verify)
      assert.strictEqual(error._tag, "UnhandledRequests")
      const [entry] = yield* journal.list({ status: 404 })
      assert.strictEqual(entry?.near_misses[0]?.operation, "customers.settings.get")
      yield* journal.clear
      yield* journal.verify
    })),

  it("no secret is in the journal", ({ journal }) =>
    Effect.gen(function* () {
      const auth = yield* Auth
      const session = yield* login
      if (session.refresh_token !== undefined) {
        yield* auth.token({ grant_type: "refresh_token", refresh_token: session.refresh_token })
      }
      const text = JSON.stringify(yield* journal.list())
      assert.include(text, "<redacted>")
      const secrets = [session.access_token, session.refresh_token, password].flatMap((secret) =>
        secret === undefined ? [] : [Redacted.value(secret)]
      )
      for (const secret of [...secrets, "this-demo-secret-is-public-and-protects-nothing"]) assert.notInclude(text, secret)
    })),

  it("a snapshot is what the account was, through JSON too", ({ accounts }) =>
    Effect.gen(function* () {
      const { get, update } = yield* settings
      const before = yield* get()
      const snapshot = yield* accounts.snapshot(account)
      yield* update({ users: { customer_id_format: "sequence" } })
      yield* accounts.restore(snapshot)
      assert.deepStrictEqual(yield* get(), before)
      yield* update({ users: { customer_id_format: "sequence" } })
      yield* accounts.restore(yield* Snapshot.decode(JSON.parse(JSON.stringify(snapshot))))
      assert.deepStrictEqual(yield* get(), before)
      assert.deepStrictEqual(JSON.stringify((yield* accounts.snapshot(account)).toJSON()), JSON.stringify(snapshot.toJSON()))
    })),

  it("a fork is an account of its own", ({ accounts }) =>
    Effect.gen(function* () {
      const { update } = yield* settings
      yield* accounts.fork(account, "T00000042")
      yield* update({ users: { customer_id_format: "sequence" } })
      const ids = (yield* accounts.list).map(({ account_id, customers }) => `${account_id} ${customers}`)
      assert.includeMembers(ids, [`${account} 1`, "T00000042 1"])
      const [customer] = yield* accounts.customers("T00000042")
      assert.deepInclude(customer, { email: ada.email, has_password: true })
      assert.strictEqual((yield* Effect.flip(accounts.fork(account, "T00000042")))._tag, "UnusableAccountId")
      assert.strictEqual((yield* Effect.flip(accounts.fork("T99999999", "T00000043")))._tag, "UnknownAccount")
      yield* accounts.reset(account)
    })),

  it("unblock is for a customer who is there", ({ accounts }) =>
    Effect.gen(function* () {
      const [customer] = yield* accounts.customers(account)
      yield* accounts.unblock(account, customer?.customer_id ?? assert.fail("no customer"))
      assert.strictEqual((yield* Effect.flip(accounts.unblock(account, "nobody")))._tag, "UnknownCustomer")
      assert.strictEqual((yield* Effect.flip(accounts.unblock("T99999999", "nobody")))._tag, "UnknownAccount")
    })),

  it("a seed adds an account, and a wrong one changes nothing", ({ accounts }) =>
    Effect.gen(function* () {
      yield* accounts.seed({ accounts: [{ account_id: "T00000077", customers: [{ email: "grace@example.com" }] }] })
      const count = (yield* accounts.list).length
      const error = yield* Effect.flip(
        accounts.seed({ accounts: [{ account_id: "T00000078" }, { account_id: "T00000079", customers: [{ email: "nobody" }] }] })
      )
      if (error._tag !== "InvalidSeed") return assert.fail(error._tag)
      assert.deepStrictEqual(
        error.issues.map(({ path }) => path),
        ["accounts[1].customers[0].email"]
      )
      assert.lengthOf(yield* accounts.list, count)
      yield* accounts.seed(
        { accounts: [{ account_id: "T00000077", customers: [{ email: "a@example.com" }, { email: "b@example.com" }] }] },
        { replace: true }
      )
      assert.lengthOf(yield* accounts.customers("T00000077"), 2)
    })),

  it("wrong passwords are refused alike, known user or not", () =>
    Effect.gen(function* () {
      const customers = yield* Customers
      const wrong = yield* Effect.flip(customers.password.login({ ...ada, password: Redacted.make("a guess") }))
      const unknown = yield* Effect.flip(customers.password.login({ ...ada, email: "nobody@example.com", password }))
      assert.deepStrictEqual([wrong._tag, wrong.message], ["CredentialsRefused", unknown.message])
      assert.strictEqual(unknown._tag, "CredentialsRefused")
    }))
]
