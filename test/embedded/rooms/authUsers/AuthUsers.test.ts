import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { DinteroEmbedded, Seed } from "../../../../src/embedded.js"
import { account, basic, claimsOf, start, tokenOf } from "../../Api.js"
import {
  accountUrl,
  ada,
  clients,
  customerLink,
  emailLink,
  mfa,
  password,
  phoneLink,
  refused,
  startUsers,
  username
} from "./AuthUsersSystem.js"

type Answer = { readonly status: number; readonly text: string }

/** The answer, without its times and ids. */
const shown = ({ text }: Answer) => {
  const { created_at: _1, created_by: _2, deleted_at: _3, deleted_by: _4, id: _5, updated_at: _6, ...rest } = JSON.parse(text)
  return rest
}

const why = ({ status, text }: Answer) => `${status} ${JSON.parse(text).error.message}`

describe("an auth user", () => {
  it.scoped("is created, changed, renamed and deleted; no answer and no row has the password, and each change is recorded", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_790_000_000_000)
      const { create, remove, rename, shop, sql, update } = yield* startUsers()
      const created = yield* create({ links: [customerLink, phoneLink], mfa })
      assert.strictEqual(created.status, 200, created.text)
      assert.deepStrictEqual(shown(created), { username, links: [customerLink, phoneLink], mfa })
      const { created_at, created_by, id, updated_at } = JSON.parse(created.text)
      assert.strictEqual(updated_at, created_at)
      const [row] = yield* sql`SELECT * FROM auth_users`
      assert.match(String(row?.password_hash), /^\$scrypt\$/)
      assert.strictEqual(row?.customer, ada.id)
      for (const text of [created.text, JSON.stringify(row)]) assert.notInclude(text, password)

      const updated = yield* update({ links: [emailLink] })
      assert.deepStrictEqual(shown(updated), { username, links: [emailLink], mfa })
      const renamed = yield* rename("æ/ø å")
      assert.deepStrictEqual(shown(renamed), { username: "æ/ø å", links: [emailLink], mfa })
      assert.strictEqual(JSON.parse(renamed.text).id, id)
      assert.strictEqual((yield* remove()).status, 404)
      const removed = yield* remove("æ/ø å")
      assert.deepStrictEqual(shown(removed), { username: "æ/ø å", links: [emailLink], mfa })
      assert.strictEqual(JSON.parse(removed.text).deleted_by, created_by)
      for (const call of [update({}, "æ/ø å"), remove("æ/ø å"), rename("x", "æ/ø å")]) {
        assert.strictEqual(why(yield* call), "404 Auth user not found")
      }
      assert.deepStrictEqual(yield* sql`SELECT * FROM auth_users`, [])
      assert.strictEqual((yield* create()).status, 200)

      const events = yield* sql`SELECT actor, action, entity FROM audit_events ORDER BY position`
      assert.deepStrictEqual(
        events.map(({ action, entity }) => [action, JSON.parse(String(entity)).username]),
        [
          ["auth.users.create", username],
          ["auth.users.update", username],
          ["auth.users.changeUsername", "æ/ø å"],
          ["auth.users.delete", "æ/ø å"],
          ["auth.users.create", username]
        ]
      )
      for (const { actor } of events) assert.strictEqual(actor, created_by)
      assert.strictEqual((yield* shop("GET", "/auth/users")).status, 404)
    })
  )

  it.scoped("cannot have what is no password, no name, no link and no second factor: 400, and nothing is stored or hashed", () =>
    Effect.gen(function* () {
      const { create, hashesOf, sql } = yield* startUsers()
      const cases: ReadonlyArray<readonly [fields: object, why: string]> = [
        [{ mfa }, "400 links is required when there is mfa"],
        [{ mfa, links: [] }, "400 links is required when there is mfa"],
        [{ mfa: { ...mfa, oob_channels: [] }, links: [phoneLink] }, "400 mfa.oob_channels has no channel"],
        [{ password: "ø".repeat(513) }, "400 password has more than 1024 bytes"],
        [{ username: "\0" }, "400 username has a NUL character or half a surrogate pair in it"],
        [{ username: "a\ud800" }, "400 username has a NUL character or half a surrogate pair in it"],
        ...["", "+4722222222", "tel:", "tel:ada", "tel:+47\u0000", "mailto:ada@example.com", "tel:+4722222222;ext=1"].map(
          (href) =>
            [
              { links: [emailLink, { rel: "phone_number", href }] },
              "400 links[1].href is not a phone number such as tel:+4799999999"
            ] as const
        ),
        ...[
          "ada@example.com",
          "mailto:",
          "mailto:ada",
          "mailto:a@b@c",
          "mailto:ada@example.com?bcc=eve@example.com",
          "mailto:a%0d%0a@b",
          "mailto:%zz@b"
        ].map(
          (href) =>
            [
              { links: [{ rel: "email", href }] },
              "400 links[0].href is not an email address such as mailto:ada@example.com"
            ] as const
        ),
        ...[
          "ada",
          "/customers/users/ada",
          "https://api.dintero.com/v1/accounts/T87654321/customers/users/ada",
          "https://example.com/v1/accounts/T12345678/customers/users/ada",
          `${accountUrl}/customers/ada`,
          `${accountUrl}/customers/users/`,
          `${accountUrl}/customers/users/ada\0`
        ].map(
          (href) =>
            [
              { links: [{ rel: "customers_user", href }] },
              "400 links[0].href is not the URL of a customer of this account"
            ] as const
        )
      ]
      for (const [fields, expected] of cases) {
        const { answer, hashes } = yield* hashesOf(create(fields))
        assert.strictEqual(why(answer), expected, JSON.stringify(fields))
        assert.strictEqual(hashes, 0)
      }
      const nobody = { rel: "customers_user", href: `${accountUrl}/users/nobody` }
      assert.strictEqual(why(yield* create({ links: [nobody] })), "400 links name the customer nobody, who is not there")
      for (const fields of [
        { password: "seven.." },
        { username: "" },
        { username: "x".repeat(256) },
        { links: [{ rel: "friend", href: "" }] }
      ]) {
        assert.strictEqual((yield* create(fields)).status, 400, JSON.stringify(fields))
      }
      assert.deepStrictEqual(yield* sql`SELECT * FROM auth_users`, [])
      assert.strictEqual((yield* create({ password: "x".repeat(1024), username: "y".repeat(255) })).status, 200)
    })
  )

  it.scoped("keeps its links when mfa is set later, and cannot lose them while it has mfa", () =>
    Effect.gen(function* () {
      const { create, update } = yield* startUsers()
      yield* create()
      assert.strictEqual(why(yield* update({ mfa })), "400 links is required when there is mfa")
      assert.deepStrictEqual(shown(yield* update({ links: [phoneLink] })), { username, links: [phoneLink] })
      assert.deepStrictEqual(shown(yield* update({ mfa })), { username, links: [phoneLink], mfa })
      assert.deepStrictEqual(shown(yield* update()), { username, links: [phoneLink], mfa })
      assert.strictEqual(why(yield* update({ links: [] })), "400 links is required when there is mfa")
      assert.strictEqual((yield* update({ password: "x".repeat(1025) })).status, 400)
    })
  )

  it.scoped("has a name that no other one has; one of several concurrent ones gets it", () =>
    Effect.gen(function* () {
      const { create, rename } = yield* startUsers()
      const answers = yield* Effect.all(
        Array.from({ length: 5 }, () => create()),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [200, 400, 400, 400, 400])
      assert.strictEqual(why(yield* create()), "400 username is already in use")
      for (const other of ["ADA.LOGIN", "two", "three"]) assert.strictEqual((yield* create({ username: other })).status, 200)
      assert.strictEqual(why(yield* rename(username, "two")), "400 username is already in use")
      assert.strictEqual((yield* rename("two", "two")).status, 200)
      const renamed = yield* Effect.all([rename("one", "two"), rename("one", "three")], { concurrency: "unbounded" })
      assert.deepStrictEqual(renamed.map(({ status }) => status).sort(), [200, 400])
    })
  )
})

describe("the password grant", () => {
  it.scoped("gives the token of the linked customer, in each form of the link, or else one of the auth user", () =>
    Effect.gen(function* () {
      const { api, create, grant, shop } = yield* startUsers()
      const forms = [
        `${accountUrl}/customers/users/ada`,
        `${accountUrl}/users/ada`,
        `${accountUrl}/customers/users/${ada.id}`,
        `https://${account}@api.dintero.com/v1/accounts/${account}/users/%61da`,
        `http://127.0.0.1:4711/v1/accounts/${account}/customers/users/ada/`
      ]
      for (const [i, href] of forms.entries()) {
        const name = `user ${i}`
        const created = yield* create({ username: name, links: [{ rel: "customers_user", href }] })
        assert.strictEqual(created.status, 200, created.text)
        const { body } = yield* grant({ username: name })
        assert.strictEqual(claimsOf(body.access_token).sub, "ada", href)
        const own = yield* api("GET", "/customers/users/ada", { authorization: `Bearer ${body.access_token}` })
        assert.strictEqual(own.status, 200)
      }
      const { id } = JSON.parse((yield* create()).text)
      const unlinked = yield* grant()
      assert.deepStrictEqual(Object.keys(unlinked.body).sort(), ["access_token", "expires_in", "refresh_token", "token_type"])
      assert.strictEqual(claimsOf(unlinked.body.access_token).sub, id)
      // Not the customer who gets the user's id as a customer_id, before and after the login.
      const authorization = `Bearer ${unlinked.body.access_token}`
      assert.strictEqual((yield* api("GET", `/customers/users/${id}`, { authorization })).status, 404)
      assert.strictEqual((yield* shop("POST", "/customers/users", { type: "customer", customer_id: id })).status, 200)
      const later = `Bearer ${(yield* grant()).body.access_token}`
      for (const authorization of [`Bearer ${unlinked.body.access_token}`, later]) {
        assert.strictEqual((yield* api("GET", `/customers/users/${id}`, { authorization })).status, 403)
      }
    })
  )

  it.scoped("takes the auth user when a customer has the same name, and customers still log in with their own", () =>
    Effect.gen(function* () {
      const { create, grant, remove } = yield* startUsers()
      const { id } = JSON.parse((yield* create({ username: ada.email })).text)
      assert.strictEqual(claimsOf((yield* grant({ username: ada.email })).body.access_token).sub, id)
      const own = { password: ada.password }
      assert.deepStrictEqual((yield* grant({ username: ada.email, ...own })).text, refused)
      assert.strictEqual(claimsOf((yield* grant({ username: "ada", ...own })).body.access_token).sub, "ada")
      yield* remove(ada.email)
      assert.strictEqual(claimsOf((yield* grant({ username: ada.email, ...own })).body.access_token).sub, "ada")
    })
  )

  it.scoped("follows the linked customer to another customer_id, and not the next one who gets the old one", () =>
    Effect.gen(function* () {
      const { create, grant, shop } = yield* startUsers()
      yield* create({ links: [customerLink] })
      yield* shop("POST", "/customers/users/ada/change_customer_id", { customer_id: "lovelace" })
      yield* shop("POST", "/customers/users", { type: "customer", customer_id: "ada" })
      assert.strictEqual(claimsOf((yield* grant()).body.access_token).sub, "lovelace")
    })
  )

  it.scoped(
    "refuses with one answer after one hash: unknown, wrong, too early, right but too early, a customer who was deleted",
    () =>
      Effect.gen(function* () {
        const { create, grant, hashesOf, shop } = yield* startUsers({}, "limited")
        yield* create()
        yield* create({ username: "orphan", links: [customerLink] })
        yield* shop("DELETE", "/customers/users/ada")
        const seen: Array<unknown> = []
        const attempt = (fields: object) =>
          Effect.gen(function* () {
            const { answer, hashes } = yield* hashesOf(grant(fields))
            seen.push({ status: answer.status, text: answer.text, headers: answer.headers, hashes })
          })
        for (let round = 0; round < 7; round++) {
          yield* attempt({ password: "a wrong password" })
          yield* attempt({ password: "x".repeat(5000) })
          yield* attempt({ username: "nobody" })
          yield* attempt({ username: "\0" })
          yield* attempt({ username: "orphan" })
        }
        yield* attempt({})
        const [first, ...others] = seen
        assert.deepInclude(first, { status: 403, text: refused, hashes: 1 })
        for (const one of others) assert.deepStrictEqual(one, first)
      })
  )

  it.scoped("counts failed logins for each auth user, apart from those of its customer, and under any name", () =>
    Effect.gen(function* () {
      const { create, grant, judged, remove, rename, sql } = yield* startUsers({}, "limited")
      yield* create({ links: [customerLink] })
      yield* create({ username: "second", links: [customerLink] })
      for (let i = 0; i < 5; i++) yield* grant({ password: "a wrong password" })
      const before = yield* judged
      yield* rename("renamed")
      assert.strictEqual((yield* grant({ username: "renamed" })).text, refused)
      assert.strictEqual(yield* judged, before)
      assert.strictEqual((yield* grant({ username: "second" })).status, 200)
      assert.strictEqual((yield* grant({ username: "ada", password: ada.password })).status, 200)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* grant({ username: "renamed" })).status, 200)
      for (let i = 0; i < 5; i++) yield* grant({ username: "second", password: "a wrong password" })
      yield* remove("second")
      assert.deepStrictEqual(yield* sql`SELECT * FROM failed_logins`, [])
    })
  )

  it.scoped("compares 5 of 40 concurrent guesses", () =>
    Effect.gen(function* () {
      const { create, grant, judged } = yield* startUsers({}, "limited")
      yield* create()
      yield* Effect.all(
        Array.from({ length: 40 }, () => grant({ password: "a wrong password" })),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(yield* judged, 5)
    })
  )

  it.scoped("is open again after the control unblocked the auth user", () =>
    Effect.gen(function* () {
      const { api, embedded } = yield* start({
        guessing: "limited",
        seed: { accounts: [{ account_id: account, clients, auth_users: [{ username, password }] }] }
      })
      const authorization = yield* tokenOf(api, { client_id: "shop", client_secret: "secret-of-a-client" })
      const grant = (password: string) =>
        api("POST", "/auth/token", { authorization, body: { grant_type: "password", username, password, audience: accountUrl } })
      for (let i = 0; i < 5; i++) yield* grant("a wrong password")
      assert.strictEqual((yield* grant(password)).status, 403)
      assert.strictEqual((yield* Effect.flip(embedded.accounts.unblock(account, "nobody")))._tag, "UnknownCustomer")
      yield* embedded.accounts.unblock(account, username)
      assert.strictEqual((yield* grant(password)).status, 200)
    })
  )
})

describe("the sessions of an auth user", () => {
  it.scoped("outlive a new name and a new password, and end with a deletion and with the link to their customer", () =>
    Effect.gen(function* () {
      const { create, grant, refresh, remove, rename, update } = yield* startUsers()
      yield* create({ links: [customerLink] })
      const session = (fields: object = {}) => Effect.map(grant(fields), ({ body }) => body.refresh_token)
      const subject = (token: string) => Effect.map(refresh(token), ({ body }) => claimsOf(body.access_token).sub)
      const first = yield* session()
      yield* update({ password: "another password" })
      assert.strictEqual((yield* grant()).text, refused)
      yield* rename("renamed")
      assert.strictEqual(yield* subject(first), "ada")
      // The same customer, in another form.
      yield* update(
        { password: "another password", links: [{ rel: "customers_user", href: `${accountUrl}/users/${ada.id}` }] },
        "renamed"
      )
      assert.strictEqual(yield* subject(first), "ada")
      yield* update({ password, links: [phoneLink] }, "renamed")
      assert.strictEqual((yield* refresh(first)).status, 403)
      const second = yield* session({ username: "renamed" })
      const third = yield* session({ username: "ada", password: ada.password })
      assert.strictEqual((yield* refresh(second)).status, 200)
      yield* remove("renamed")
      assert.strictEqual((yield* refresh(second)).status, 403)
      assert.strictEqual(yield* subject(third), "ada")
    })
  )

  it.scoped("follow the customer to another customer_id, and end when the customer is deleted", () =>
    Effect.gen(function* () {
      const { create, grant, refresh, shop } = yield* startUsers()
      const { id } = JSON.parse((yield* create({ username: "unlinked" })).text)
      const unlinked = (yield* grant({ username: "unlinked" })).body.refresh_token
      yield* create({ links: [customerLink] })
      const linked = (yield* grant()).body.refresh_token
      const subject = (token: string) => Effect.map(refresh(token), ({ body }) => claimsOf(body.access_token).sub)
      yield* shop("POST", "/customers/users/ada/change_customer_id", { customer_id: "lovelace" })
      assert.strictEqual(yield* subject(linked), "lovelace")
      // A customer whose customer_id is the id of the unlinked user takes nothing of it along.
      yield* shop("POST", "/customers/users", { type: "customer", customer_id: id })
      yield* shop("POST", `/customers/users/${id}/change_customer_id`, { customer_id: "eve" })
      assert.strictEqual(yield* subject(unlinked), id)
      yield* shop("DELETE", "/customers/users/lovelace")
      assert.strictEqual((yield* refresh(linked)).status, 403)
      assert.strictEqual(yield* subject(unlinked), id)
    })
  )

  it.scoped("have a refresh token for the client with the scope alone", () =>
    Effect.gen(function* () {
      const { create, grant } = yield* startUsers()
      yield* create({ links: [phoneLink], mfa })
      const answer = yield* grant({}, "trusted")
      assert.strictEqual(answer.status, 200)
      assert.notProperty(answer.body, "refresh_token")
    })
  )
})

describe("a fork of an account", () => {
  it.scoped("has the auth users, and their links lead to its own customers", () =>
    Effect.gen(function* () {
      const as = "T87654321"
      const elsewhere = {
        rel: "customers_user",
        href: `https://${account}@api.dintero.com/v1/accounts/${account}/users/ada`
      } as const
      const phone = { rel: "phone_number", href: "tel:+12345678" } as const
      const { api, embedded } = yield* start({
        seed: {
          accounts: [
            { account_id: account, clients, customers: [ada], auth_users: [{ username, password, links: [elsewhere, phone] }] }
          ]
        }
      })
      yield* embedded.accounts.fork(account, as)
      const url = `https://api.dintero.com/v1/accounts/${as}`
      const post = (path: string, authorization: string, body: object) =>
        api("POST", `//v1/accounts/${as}${path}`, { authorization, body })
      const client = yield* post("/auth/token", basic("shop", "secret-of-a-client"), {
        grant_type: "client_credentials",
        audience: url
      })
      const authorization = `Bearer ${client.body.access_token}`
      const session = yield* post("/auth/token", authorization, { grant_type: "password", username, password, audience: url })
      assert.strictEqual(claimsOf(session.body.access_token).sub, "ada")
      const answer = yield* api("DELETE", `//v1/accounts/${as}/auth/users/${username}`, { authorization })
      assert.deepStrictEqual(shown(answer).links, [
        { rel: "customers_user", href: `https://${as}@api.dintero.com/v1/accounts/${as}/users/ada` },
        phone
      ])
      yield* embedded.accounts.reset(as)
      assert.strictEqual((yield* api("DELETE", `//v1/accounts/${as}/auth/users/${username}`, { authorization })).status, 200)
    })
  )
})

describe("auth users of a seed", () => {
  const seedWith = (...auth_users: ReadonlyArray<object>): unknown => ({
    accounts: [{ account_id: account, customers: [ada], auth_users }]
  })

  it.scoped("log in with their password or with that of their hash", () =>
    Effect.gen(function* () {
      const password_hash = DinteroEmbedded.demoSeed.accounts[0].customers[0].password_hash
      const { grant } = yield* startUsers({
        auth_users: [
          { username, password, links: [customerLink] },
          { id: "00000000-0000-4000-8000-0000000000b2", username: "hashed", password_hash }
        ]
      })
      assert.strictEqual(claimsOf((yield* grant()).body.access_token).sub, "ada")
      const hashed = yield* grant({ username: "hashed", password: DinteroEmbedded.demoPassword })
      assert.strictEqual(claimsOf(hashed.body.access_token).sub, "00000000-0000-4000-8000-0000000000b2")
    })
  )

  it.effect("are refused with the paths of what is wrong", () =>
    Effect.gen(function* () {
      const { issues } = yield* Effect.flip(
        Seed.decode(
          seedWith(
            { username, password },
            { username },
            { username: "b", password, password_hash: DinteroEmbedded.demoSeed.accounts[0].customers[0].password_hash, mfa },
            { username: "c", password, links: [phoneLink, { rel: "email", href: "ada" }] }
          )
        )
      )
      assert.deepStrictEqual(
        issues.map(({ message, path }) => [path, message]),
        [
          ["accounts[0].auth_users[1].username", "is the same as accounts[0].auth_users[0].username"],
          ["accounts[0].auth_users[1].password", "is missing"],
          ["accounts[0].auth_users[2].password_hash", "cannot stand beside password"],
          ["accounts[0].auth_users[2].links", "is required when there is mfa"],
          ["accounts[0].auth_users[3].links[1].href", "is not an email address such as mailto:ada@example.com"]
        ]
      )
      for (const user of [
        { username: "", password },
        { username: "a\0", password },
        { username, password: "seven.." },
        { username, password: "ø".repeat(513) },
        { username, password, links: [{ rel: "friend", href: "x" }] },
        { username, password, mfa: { challenge_type: "totp" } }
      ]) {
        assert.strictEqual((yield* Effect.flip(Seed.decode(seedWith(user))))._tag, "InvalidSeed", JSON.stringify(user))
      }
    })
  )

  it.scoped("need their customer", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        start({
          seed: { accounts: [{ account_id: account, auth_users: [{ username, password, links: [customerLink] }] }] }
        })
      )
      assert.strictEqual(error._tag, "InvalidSeed")
      assert.include(error.message, "name the customer ada, who is not there")
    })
  )
})
