import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Auth } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { tags } from "../../../src/contract/Contract.js"
import { as, asAdmin, claimsOf, oddKeys, refresh, token, typed, unstorable } from "../Actions.js"
import { assertError, body, type CasesOf, it } from "../Case.js"
import { account, audience, bearerOf, bearerWith, otherAccount, people, seedWithScopes, send, type Wire } from "../System.js"

const password = "a password of eight"
const customerLink = { rel: "customers_user", href: `${audience}/customers/users/ada` }
const phoneLink = { rel: "phone_number", href: "tel:+4793333333" }
const mfa = { challenge_type: "oob", oob_channels: ["sms"] }

const users = "/auth/users"
const pathOf = (username: string) => `${users}/${encodeURIComponent(username)}`

interface Login {
  readonly id: string
  readonly username: string
  readonly created_at: string
  readonly created_by: string
  readonly updated_at: string
  readonly links?: unknown
  readonly mfa?: unknown
}

const loginIn = (wire: Wire): Login => {
  assert.strictEqual(wire.status, 200, wire.text)
  assert.notInclude(wire.text, password)
  return body<Login>(wire)
}

const create = (fields: object = {}) =>
  Effect.flatMap(asAdmin, (admin) => admin("POST", users, { username: "ada.login", password, ...fields }))

const grant = (username: string, secret: string = password) =>
  Effect.flatMap(bearerOf("admin"), (authorization) =>
    token(authorization, { grant_type: "password", username, password: secret, audience })
  )

const messageOf = (wire: Wire) => body<{ error: { message: string } }>(wire).error.message

export const authUsers: CasesOf<typeof tags.authUsers> = {
  create: [
    it("adds a login that the password grant takes; the password is never shown", () =>
      Effect.gen(function* () {
        const { created_at, created_by, id, updated_at, ...rest } = loginIn(yield* create({ links: [customerLink, phoneLink] }))
        assert.deepStrictEqual<object>(rest, { username: "ada.login", links: [customerLink, phoneLink] })
        assert.match(id, /^[\da-f-]{36}$/)
        assert.strictEqual(updated_at, created_at)
        assert.isString(created_by)
        const session = body<{ access_token: string }>(yield* grant("ada.login"))
        assert.strictEqual(claimsOf(session.access_token).sub, "ada")
      })),
    it("a name of any characters is one, and reached by it; one that no database holds is a 400", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const username of oddKeys) {
          assert.strictEqual(loginIn(yield* create({ username })).username, username)
          assert.strictEqual((yield* grant(username)).status, 200)
          assert.strictEqual((yield* admin("DELETE", pathOf(username))).status, 200, username)
        }
        for (const username of unstorable) assertError(yield* create({ username }), 400, "BAD REQUEST")
      })),
    it("a name that is in use: 400; two at once give one login", () =>
      Effect.gen(function* () {
        const answers = yield* Effect.all([create(), create(), create()], { concurrency: "unbounded" })
        assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [200, 400, 400])
        const wire = yield* create()
        assertError(wire, 400, "BAD REQUEST")
        assert.strictEqual(messageOf(wire), "username is already in use")
      })),
    it("mfa without links, and a link that names nothing: 400, which names the field", () =>
      Effect.gen(function* () {
        for (const [fields, field] of [
          [{ mfa }, "links"],
          [{ mfa, links: [] }, "links"],
          [{ links: [phoneLink, { rel: "email", href: "ada@example.com" }] }, "links[1].href"],
          [{ links: [{ rel: "phone_number", href: "tel:\u0000" }] }, "links[0].href"],
          [{ links: [{ ...customerLink, href: `${audience}/customers/users/nobody` }] }, "links"],
          [{ links: [{ ...customerLink, href: customerLink.href.replace(account, otherAccount) }] }, "links[0].href"],
          [{ password: "x".repeat(1025) }, "password"]
        ] as const) {
          const wire = yield* create(fields)
          assertError(wire, 400, "BAD REQUEST")
          assert.isTrue(messageOf(wire).startsWith(`${field} `), messageOf(wire))
        }
      })),
    it("a login of another account is another one", () =>
      Effect.gen(function* () {
        loginIn(yield* create())
        const authorization = yield* bearerOf("stranger")
        const there = `/accounts/${otherAccount}${users}`
        assertError(yield* send("DELETE", `${there}/ada.login`, { authorization }), 404, "NOT FOUND")
        const wire = yield* send("POST", there, { authorization, json: { username: "ada.login", password: "another password" } })
        assert.strictEqual(wire.status, 200, wire.text)
        assert.strictEqual((yield* grant("ada.login")).status, 200)
      })),
    it("each of its scopes is enough to create, change and delete, and a new name takes admin:accounts", () =>
      Effect.gen(function* () {
        const { accounts } = yield* DinteroEmbedded.Embedded
        const scopes = ["admin:accounts", "write:accounts", "write:accounts:/auth/users"]
        yield* accounts.seed(seedWithScopes(scopes), { replace: true })
        for (const scope of scopes) {
          const call = as(yield* bearerWith(scope))
          loginIn(yield* call("POST", users, { username: "x", password }))
          loginIn(yield* call("PUT", pathOf("x"), { password }))
          const renamed = yield* call("POST", `${pathOf("x")}/change_username`, { username: "x" })
          assert.strictEqual(renamed.status, scope === "admin:accounts" ? 200 : 403, scope)
          loginIn(yield* call("DELETE", pathOf("x")))
        }
      })),
    it("typed: a login, Duplicate, BadRequest", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const given = { username: "ada.login", password: Redacted.make(password) }
        assert.strictEqual((yield* auth.users.create(given)).username, "ada.login")
        const taken = yield* Effect.flip(auth.users.create(given))
        assert.deepInclude(taken, { _tag: "Duplicate", field: "username" })
        const wrong = yield* Effect.flip(auth.users.create({ ...given, username: "b", mfa }))
        assert.strictEqual(wrong._tag, "BadRequest")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  update: [
    it("changes the password, and links and mfa when they are given; sessions go on", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        loginIn(yield* create({ links: [customerLink] }))
        const session = body<{ refresh_token: string }>(yield* grant("ada.login"))
        const change = (json: object) => admin("PUT", pathOf("ada.login"), json)
        assert.deepInclude(loginIn(yield* change({ password: "another password" })), { links: [customerLink] })
        assertError(yield* grant("ada.login"), 403, "FORBIDDEN")
        assert.strictEqual((yield* grant("ada.login", "another password")).status, 200)
        const links = [customerLink, phoneLink]
        assert.deepInclude(loginIn(yield* change({ password, links, mfa })), { links, mfa })
        assert.strictEqual((yield* refresh(yield* bearerOf("admin"), session.refresh_token)).status, 200)
        assertError(yield* grant("ada.login"), 403, "mfa_required")
        assertError(yield* change({ password, links: [] }), 400, "BAD REQUEST")
      })),
    it("a login that is not there: 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const name of ["nobody", "ada", people.ada.email, ...unstorable.slice(0, 1)]) {
          assertError(yield* admin("PUT", pathOf(name), { password }), 404, "NOT FOUND")
        }
      })),
    it("typed: a login, NotFound", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        const given = { password: Redacted.make(password) }
        yield* auth.users.create({ ...given, username: "ada.login" })
        assert.strictEqual((yield* auth.users.update("ada.login", given)).username, "ada.login")
        assert.strictEqual((yield* Effect.flip(auth.users.update("nobody", given)))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  delete: [
    it("answers the login once more; then it logs nobody in, its refresh tokens are refused, and the name is free", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const { id } = loginIn(yield* create())
        const session = body<{ access_token: string; refresh_token: string }>(yield* grant("ada.login"))
        assert.strictEqual(claimsOf(session.access_token).sub, id)
        const removed = yield* admin("DELETE", pathOf("ada.login"))
        assert.deepInclude(loginIn(removed), { id, username: "ada.login" })
        assert.property(body<object>(removed), "deleted_at")
        assertError(yield* admin("DELETE", pathOf("ada.login")), 404, "NOT FOUND")
        const refused = yield* grant("ada.login")
        assert.strictEqual(refused.text, (yield* grant("nobody")).text)
        assertError(yield* refresh(yield* bearerOf("admin"), session.refresh_token), 403, "FORBIDDEN")
        assert.notStrictEqual(loginIn(yield* create()).id, id)
      })),
    it("typed: a login, NotFound", () =>
      Effect.gen(function* () {
        const auth = yield* Auth
        yield* auth.users.create({ username: "ada.login", password: Redacted.make(password) })
        assert.isDefined((yield* auth.users.delete("ada.login")).deleted_at)
        assert.strictEqual((yield* Effect.flip(auth.users.delete("ada.login")))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  changeUsername: [
    it("gives another name: the old one logs nobody in, and sessions go on", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const { id } = loginIn(yield* create())
        const session = body<{ refresh_token: string }>(yield* grant("ada.login"))
        const renamed = yield* admin("POST", `${pathOf("ada.login")}/change_username`, { username: "a/b c" })
        assert.deepInclude(loginIn(renamed), { id, username: "a/b c" })
        assertError(yield* grant("ada.login"), 403, "FORBIDDEN")
        assert.strictEqual((yield* grant("a/b c")).status, 200)
        assert.strictEqual((yield* refresh(yield* bearerOf("admin"), session.refresh_token)).status, 200)
      })),
    it("a name that is in use: 400; a login that is not there: 404; two at once give one name once", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const username of ["one", "two"]) loginIn(yield* create({ username }))
        const rename = (from: string, to: string) => admin("POST", `${pathOf(from)}/change_username`, { username: to })
        const taken = yield* rename("one", "two")
        assertError(taken, 400, "BAD REQUEST")
        assert.strictEqual(messageOf(taken), "username is already in use")
        assertError(yield* rename("nobody", "three"), 404, "NOT FOUND")
        for (const to of unstorable) assertError(yield* rename("one", to), 400, "BAD REQUEST")
        const answers = yield* Effect.all([rename("one", "three"), rename("two", "three")], { concurrency: "unbounded" })
        assert.deepStrictEqual(answers.map(({ status }) => status).sort(), [200, 400])
      })),
    it("typed: a login, Duplicate, NotFound", () =>
      Effect.gen(function* () {
        const { users } = yield* Auth
        for (const username of ["one", "two"]) yield* users.create({ username, password: Redacted.make(password) })
        assert.strictEqual((yield* users.changeUsername("one", { username: "three" })).username, "three")
        const taken = yield* Effect.flip(users.changeUsername("three", { username: "two" }))
        assert.deepInclude(taken, { _tag: "Duplicate", field: "username" })
        assert.strictEqual((yield* Effect.flip(users.changeUsername("one", { username: "x" })))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
