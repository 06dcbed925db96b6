import { scryptSync } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { DinteroEmbedded, PasswordHashing } from "../../../../src/embedded.js"
import { ada, audience, claimsOf, client, login, reader, seedOf, start, tokenOf } from "../../Api.js"

// The hash of "weak-password", with less work than the fast profile.
const weakHash =
  "$scrypt$ln=1,r=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$" +
  scryptSync("weak-password", Buffer.alloc(16), 32, { N: 2, r: 1, p: 1 }).toString("base64").replace(/=+$/, "")

describe("customers.password.login", () => {
  it.scoped(
    "lets Ada in, by email in any case or by phone number",
    () =>
      Effect.gen(function* () {
        const { api } = yield* start()
        const authorization = yield* tokenOf(api)
        for (const by of [
          { email: "ada@example.com" },
          { email: "ADA@Example.COM" },
          { ident_type: "email", ident: "ada@example.com" },
          { ident_type: "phone_number", ident: "+4799999999" }
        ]) {
          const answer = yield* login(api, authorization, { ...by, password: DinteroEmbedded.demoPassword })
          assert.strictEqual(answer.status, 200)
          assert.strictEqual(answer.headers["cache-control"], "no-store")
          const claims = claimsOf(answer.body.access_token)
          assert.strictEqual(claims.sub, ada.customer_id)
          assert.strictEqual(claims.effect_dintero_client, client.id)
          assert.strictEqual(claims.scopes, "user:customers public:customers")
          assert.isString(answer.body.refresh_token)
        }
      }),
    20_000
  )

  it.scoped("gives every failure the same response, after exactly one hash", () =>
    Effect.gen(function* () {
      const shared = { phone_number: "+4711111111", password: "1234" }
      const { api, embedded } = yield* start({
        seed: seedOf({
          settings: { users: { phone_number_validation: { allow_duplicates: true } } },
          customers: [
            { email: "c@example.com", password: "1234", phone_number: "+4722222222" },
            { email: "none@example.com" },
            { email: "contact@example.com", type: "contact", password: "1234" },
            { customer_id: "one", ...shared },
            { customer_id: "two", ...shared }
          ]
        })
      })
      const authorization = yield* tokenOf(api)
      const failures = {
        "wrong password": { email: "c@example.com", password: "12345" },
        "unknown email": { email: "x@example.com", password: "1234" },
        "unknown phone": { ident_type: "phone_number", ident: "+4733333333", password: "1234" },
        "no password": { email: "none@example.com", password: "1234" },
        "another type": { type: "company", email: "c@example.com", password: "1234" },
        "a type that cannot log in": { email: "contact@example.com", password: "1234" },
        "a shared phone number": { ident_type: "phone_number", ident: shared.phone_number, password: "1234" },
        "a NUL": { email: "c@example.com\0", password: "1234" },
        "half a surrogate pair": { ident_type: "phone_number", ident: "\ud83d", password: "1234" },
        SQL: { email: "' OR 1=1 --", password: "1234" }
      }
      for (const [name, body] of Object.entries(failures)) {
        const before = yield* embedded.passwordHasher.computations
        const answer = yield* login(api, authorization, body)
        assert.deepStrictEqual(
          [answer.status, answer.text],
          [403, `{"error":{"code":"FORBIDDEN","message":"Login failed: unknown user or wrong credential"}}`],
          name
        )
        assert.strictEqual(yield* embedded.passwordHasher.computations, before + 1, name)
      }
      const right = yield* login(api, authorization, { ident_type: "phone_number", ident: "+4722222222", password: "1234" })
      assert.strictEqual(right.status, 200)
    })
  )

  it.scoped("by username, a customer of a type that cannot log in costs one hash and gets the same response", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({
        seed: seedOf({ customers: [{ customer_id: "emp", type: "employee", password: "1234" }] })
      })
      const authorization = yield* tokenOf(api)
      const ask = (username: string) =>
        api("POST", "/auth/token", { authorization, body: { grant_type: "password", username, password: "1234", audience } })
      const before = yield* embedded.passwordHasher.computations
      const employee = yield* ask("emp")
      assert.strictEqual(yield* embedded.passwordHasher.computations, before + 1)
      assert.deepStrictEqual([employee.status, employee.text], [403, (yield* ask("nobody")).text])
    })
  )

  it.scoped("checks the client's grant for the audience before it hashes the password", () =>
    Effect.gen(function* () {
      const mute = {
        client_id: "mute",
        client_secret: "secret",
        grants: [{ type: "client_credentials" as const, scope: ["write:accounts:/auth/users"] }]
      }
      const { api, embedded } = yield* start({ seed: seedOf({ clients: [client, mute], customers: [ada] }) })
      const before = yield* embedded.passwordHasher.computations
      const password = DinteroEmbedded.demoPassword
      const elsewhere = yield* login(api, yield* tokenOf(api), {
        email: ada.email,
        password,
        audience: "https://api.dintero.com/v1/accounts/T99999999"
      })
      const notGranted = yield* login(api, yield* tokenOf(api, mute), { email: ada.email, password })
      assert.deepStrictEqual([elsewhere.status, notGranted.status], [403, 403])
      assert.include(notGranted.headers["x-effect-dintero-hint"], "no grant")
      assert.strictEqual(yield* embedded.passwordHasher.computations, before)
    })
  )

  it.scoped("needs one of the operation's scopes, and the hint names them", () =>
    Effect.gen(function* () {
      const { api } = yield* start()
      const answer = yield* login(api, yield* tokenOf(api, reader), { email: ada.email, password: "1234" })
      assert.strictEqual(answer.status, 403)
      assert.include(answer.headers["x-effect-dintero-hint"], "write:accounts:/auth/users, write:accounts:/auth/users/no-mfa")
    })
  )

  it.scoped("replaces a hash that took less work, once", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({
        seed: seedOf({ customers: [{ email: "old@example.com", password_hash: weakHash }] })
      })
      const authorization = yield* tokenOf(api)
      const costs: Array<number> = []
      for (const password of ["wrong-password", "weak-password", "weak-password", "wrong-password"]) {
        const before = yield* embedded.passwordHasher.computations
        const { status } = yield* login(api, authorization, { email: "old@example.com", password })
        assert.strictEqual(status, password === "weak-password" ? 200 : 403)
        costs.push((yield* embedded.passwordHasher.computations) - before)
      }
      assert.deepStrictEqual(costs, [1, 2, 1, 1])
    })
  )

  it.scoped("uses the secure profile by default", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({ passwordHashing: undefined })
      const before = yield* embedded.passwordHasher.computations
      const answer = yield* login(api, yield* tokenOf(api), { email: ada.email, password: DinteroEmbedded.demoPassword })
      assert.strictEqual(answer.status, 200)
      // No rehash, since the hash in the seed is as strong.
      assert.strictEqual(yield* embedded.passwordHasher.computations, before + 1)
      assert.isFalse(embedded.passwordHasher.isWeaker(ada.password_hash))
      assert.isTrue(embedded.passwordHasher.isWeaker(ada.password_hash.replace("p=3", "p=2")))
      assert.deepStrictEqual(PasswordHashing.secure, { costLog2: 15, blockSize: 8, parallelization: 3 })
    })
  )
})

describe("customers.password.login with MFA", () => {
  const oob = { challenge_type: "oob", oob_channel: "sms" }
  const noMfa = {
    client_id: "no-mfa",
    client_secret: "secret",
    grants: [{ scope: ["write:accounts:/auth/users/no-mfa"] }]
  }
  const seed = seedOf({
    settings: { users: { mfa: { enabled: true, login: oob, login_recovery: oob } } },
    clients: [client, noMfa],
    customers: [{ email: "c@example.com", password: "1234" }]
  })

  it.scoped("asks for a code after the right password alone", () =>
    Effect.gen(function* () {
      const { api } = yield* start({ seed })
      const authorization = yield* tokenOf(api)
      const right = yield* login(api, authorization, { email: "c@example.com", password: "1234" })
      assert.strictEqual(right.status, 403)
      assert.strictEqual(right.body.error.code, "mfa_required")
      assert.deepStrictEqual(Object.keys(right.body), ["error", "mfa_token"])
      assert.match(right.body.mfa_token, /^[\w-]{43}$/)
      const again = yield* login(api, authorization, { email: "c@example.com", password: "1234" })
      assert.notStrictEqual(again.body.mfa_token, right.body.mfa_token)
      const wrong = yield* login(api, authorization, { email: "c@example.com", password: "12345" })
      assert.deepStrictEqual([wrong.status, wrong.body.error.code], [403, "FORBIDDEN"])
      const byGrant = yield* api("POST", "/auth/token", {
        authorization,
        body: { grant_type: "password", username: "c@example.com", password: "1234", audience }
      })
      assert.strictEqual(byGrant.body.error.code, "mfa_required")
    })
  )

  it.scoped("asks for no code when the client has the scope no-mfa", () =>
    Effect.gen(function* () {
      const { api } = yield* start({ seed })
      const answer = yield* login(api, yield* tokenOf(api, noMfa), { email: "c@example.com", password: "1234" })
      assert.strictEqual(answer.status, 200)
    })
  )
})
