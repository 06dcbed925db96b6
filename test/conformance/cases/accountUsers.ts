import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Auth, type DinteroError } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { tags } from "../../../src/contract/Contract.js"
import { asAdmin, asOnly, assertLacks, auditOf, listIn, objectIn, oddKeys, texts, typed, unstorable } from "../Actions.js"
import { assertError, type CasesOf, errorPaths, it } from "../Case.js"
import { bearerOf, clients, otherAccount, seed, send } from "../System.js"

const path = "/management/users"
const roles = "/auth/roles"

/** The ids of new account users. */
const create = (...all: ReadonlyArray<object>) =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.forEach(all, (user) => Effect.map(admin("POST", path, user), (wire) => String(objectIn(wire).id)))
  )

const withEmails = (...emails: ReadonlyArray<string>) => create(...emails.map((email) => ({ email })))

/** The ids of new roles with these names, which have these scopes. */
const createRoles = (names: ReadonlyArray<string>, scope: ReadonlyArray<string> = []) =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.forEach(names, (name) => Effect.map(admin("POST", roles, { name, scope }), (wire) => String(objectIn(wire).id)))
  )

/** The emails in a list. */
const list = (query = "") =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.map(admin("GET", `${path}${query}`), (wire) => listIn(wire).map(({ email }) => email))
  )

/** The names of each user's roles, by the user's email. */
const rolesByEmail = Effect.flatMap(asAdmin, (admin) =>
  Effect.map(admin("GET", `${path}?expand=roles`), (wire) =>
    Object.fromEntries(
      listIn(wire).map(({ email, roles }) => [email, (roles as ReadonlyArray<{ name: string }>).map(({ name }) => name)])
    )
  )
)

/** What the other account answers to a request. */
const stranger = (method: "GET" | "POST", below: string, json?: object) =>
  Effect.flatMap(bearerOf("stranger"), (authorization) =>
    send(method, `/accounts/${otherAccount}${below}`, { authorization, json })
  )

/** The id of a new user of the other account. */
const foreign = Effect.map(stranger("POST", path, { email: "theirs@example.com" }), (wire) => String(objectIn(wire).id))

const nobody = "00000000-0000-4000-8000-000000000000"

/** Ids that are none of the account's users. */
const noUsers = [...oddKeys.filter((id) => id.length < 255), nobody, "\u0000"] as const

/** What the method makes of the answer of an operation that the embedded system does not carry out. */
const endsIn501 = (call: Effect.Effect<unknown, DinteroError, Auth>) =>
  it("typed: ServerError with the status 501", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.asVoid(call))
      assert.strictEqual(error._tag, "ServerError")
      if (error._tag === "ServerError") assert.strictEqual(error.request.status, 501)
    }).pipe(Effect.provide(typed("admin"))))

const own = Effect.map(Auth, ({ accountUsers }) => accountUsers.own)

export const accountUsers: CasesOf<typeof tags.accountUsers> = {
  list: [
    it("none at first; then all of them, more than a page has, in the order in which they came", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* list(), [])
        const emails = Array.from({ length: 101 }, (_, i) => `${i}@example.com`)
        yield* withEmails(...emails)
        assert.deepStrictEqual(yield* list(), emails)
      })),
    it("search is the beginning of words of the email or the name, in any case", () =>
      Effect.gen(function* () {
        yield* create(
          { email: "Grace@Example.com", name: "Grace Brewster Hopper" },
          { email: "linus@example.com", name: "Linus" },
          { email: "100%_sure@example.com" }
        )
        const search = (text: string) => list(`?search=${encodeURIComponent(text)}`)
        for (const text of ["grace@", "GRACE", "hop", "brewster h"]) {
          assert.deepStrictEqual(yield* search(text), ["Grace@Example.com"], text)
        }
        assert.deepStrictEqual(yield* search("100%_"), ["100%_sure@example.com"])
        for (const text of ["example.com", "race", "%", "_", "\u0000", "' OR 1=1 --"]) {
          assert.deepStrictEqual(yield* search(text), [], text)
        }
        assert.strictEqual((yield* search("")).length, 3)
      })),
    it("the roles only with expand=roles, in the order of the account's roles; an empty list where there are none", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [one = "", two = "", three = ""] = yield* createRoles(["one", "two", "three"])
        yield* create(
          { email: "grace@example.com", roles: [{ id: three }, { id: one }] },
          { email: "linus@example.com", roles: [{ id: two }] },
          { email: "ada@example.com" }
        )
        for (const user of listIn(yield* admin("GET", path))) assert.notProperty(user, "roles")
        assert.deepStrictEqual(yield* rolesByEmail, {
          "grace@example.com": ["one", "three"],
          "linus@example.com": ["two"],
          "ada@example.com": []
        })
        const [grace] = listIn(yield* admin("GET", `${path}?expand=roles&search=grace`))
        assert.deepStrictEqual(grace?.roles, [
          objectIn(yield* admin("GET", `${roles}/${one}`)),
          objectIn(yield* admin("GET", `${roles}/${three}`))
        ])
        assertError(yield* admin("GET", `${path}?expand=scopes`), 400, "BAD REQUEST")
      })),
    it("none of another account", () =>
      Effect.gen(function* () {
        yield* foreign
        yield* withEmails("ours@example.com")
        assert.deepStrictEqual(yield* list("?expand=roles"), ["ours@example.com"])
        assert.strictEqual(listIn(yield* stranger("GET", path)).length, 1)
      })),
    it("typed: arrives decoded", () =>
      Effect.gen(function* () {
        const { accountUsers, roles } = yield* Auth
        const role = yield* roles.create({ name: "Support", scope: ["read:customers"] })
        const grace = yield* accountUsers.create({ email: "grace@example.com", roles: [{ id: role.id ?? "" }] })
        assert.deepStrictEqual(yield* accountUsers.list(), [grace])
        assert.deepStrictEqual(yield* accountUsers.list({ expand: ["roles"], search: "gra" }), [{ ...grace, roles: [role] }])
      }).pipe(Effect.provide(typed("admin"))))
  ],
  create: [
    it("answers the user with what the system adds, without the roles", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [role = ""] = yield* createRoles(["Support"])
        const given = {
          email: "Grace@Example.com",
          name: "Grace Hopper",
          scope: ["read:customers"],
          agreement: { version: "2", accepted: [true, null] }
        }
        const wire = yield* admin("POST", path, {
          ...given,
          roles: [{ id: role }],
          id: "x",
          last_seen_at: "2026-01-01T00:00:00Z"
        })
        const { created_at, id, updated_at, ...first } = objectIn(wire)
        assert.deepStrictEqual(first, { ...given, created_by: clients.admin.id })
        assert.match(String(id), /^[0-9a-f-]{36}$/)
        assert.match(String(created_at), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
        assert.strictEqual(updated_at, created_at)
        const bare = objectIn(yield* admin("POST", path, { email: "linus@example.com" }))
        assert.deepStrictEqual(Object.keys(bare).sort(), ["created_at", "created_by", "email", "id", "updated_at"])
      })),
    it("an email in use, in any case: 400, and nothing is changed; another account may have it", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* withEmails("Σίσυφος@example.com")
        for (const email of ["Σίσυφος@example.com", "ΣΊΣΥΦΟΣ@EXAMPLE.COM"]) {
          assertError(yield* admin("POST", path, { email, name: "Another" }), 400, "BAD REQUEST")
        }
        objectIn(yield* stranger("POST", path, { email: "σίσυφοσ@example.com" }))
        assert.deepStrictEqual(yield* list(), ["Σίσυφος@example.com"])
        assert.strictEqual((yield* auditOf("account_user")).length, 1)
      })),
    it("of the same email by many callers at once: one is created", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const all = yield* Effect.all(
          Array.from({ length: 16 }, () => admin("POST", path, { email: "grace@example.com" })),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(all.map(({ status }) => status).sort(), [200, ...Array.from({ length: 15 }, () => 400)])
        assert.deepStrictEqual(yield* list(), ["grace@example.com"])
      })),
    it("every text comes back as it was sent, and one that cannot be stored is a 400", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const text of texts) {
          const given = { email: text, name: text, agreement: { text } }
          objectIn(yield* admin("POST", path, given))
          assert.deepInclude(listIn(yield* admin("GET", path)).at(-1), given)
        }
        for (const text of unstorable) {
          assertError(yield* admin("POST", path, { email: text }), 400, "BAD REQUEST")
          assertError(yield* admin("POST", path, { email: "a@example.com", name: text }), 400, "BAD REQUEST")
          assertError(yield* admin("POST", path, { email: "a@example.com", roles: [{ id: text }] }), 400, "BAD REQUEST")
        }
        assert.strictEqual((yield* list()).length, texts.length)
      })),
    it("a role that the account does not have, or has no more: 400, and nothing is created", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [role = "", deleted = ""] = yield* createRoles(["Support", "Old"])
        yield* admin("DELETE", `${roles}/${deleted}`)
        const theirs = objectIn(yield* stranger("POST", roles, { scope: [] })).id
        for (const id of [nobody, "", "Support", deleted, theirs]) {
          const given = { email: "grace@example.com", roles: [{ id: role }, { id }] }
          assertError(yield* admin("POST", path, given), 400, "BAD REQUEST")
        }
        // So many that no statement has as many parameters.
        const many = Array.from({ length: 70_000 }, (_, i) => ({ id: i.toString(36) }))
        assertError(yield* admin("POST", path, { email: "grace@example.com", roles: many }), 400, "BAD REQUEST")
        assert.deepStrictEqual(yield* list(), [])
        yield* create({ email: "grace@example.com", roles: [{ id: role }, { id: role }] })
        assert.deepStrictEqual(yield* rolesByEmail, { "grace@example.com": ["Support"] })
      })),
    it("authentication_type external only where the account has jwks: 400, also for a change", () =>
      Effect.gen(function* () {
        const external = { authentication_type: "external" }
        const [id = ""] = yield* withEmails("linus@example.com")
        const admin = yield* asAdmin
        assertError(yield* admin("POST", path, { email: "grace@example.com", ...external }), 400, "BAD REQUEST")
        assertError(yield* admin("PUT", `${path}/${id}`, external), 400, "BAD REQUEST")
        assert.deepStrictEqual(yield* list(), ["linus@example.com"])
        const { accounts } = yield* DinteroEmbedded.Embedded
        const [first, ...others] = seed.accounts
        if (first === undefined) return assert.fail("the seed has no account")
        const jwks = { uri: "https://issuer.example.com/jwks" }
        yield* accounts.seed({ accounts: [{ ...first, jwks }, ...others] }, { replace: true })
        assert.include(objectIn(yield* admin("POST", path, { email: "grace@example.com", ...external })), external)
        const [other = ""] = yield* withEmails("linus@example.com")
        assert.include(objectIn(yield* admin("PUT", `${path}/${other}`, external)), external)
      })),
    it("a scope that could not stand in a token: 400, which names it", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const wire = yield* admin("POST", path, { email: "grace@example.com", scope: ["read:customers", "a b"] })
        assertError(wire, 400, "BAD REQUEST")
        assert.deepStrictEqual(errorPaths(wire), ["scope.1"])
      })),
    it("nothing: 400, which names email", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const json of [undefined, {}, { name: "Grace" }]) {
          const wire = yield* admin("POST", path, json)
          assertError(wire, 400, "BAD REQUEST")
          assert.deepStrictEqual(errorPaths(wire), ["email"])
        }
      })),
    it("a caller without admin:accounts gives its own scopes alone, also by roles: 403, and a header names the others", () =>
      Effect.gen(function* () {
        const writer = yield* asOnly("write:accounts")
        const [small = ""] = yield* createRoles(["small"], ["write:accounts"])
        const [large = ""] = yield* createRoles(["large"], ["write:accounts", "admin:customers"])
        const email = "grace@example.com"
        assertLacks(yield* writer("POST", path, { email, scope: ["read:accounts"] }), "read:accounts")
        assertLacks(yield* writer("POST", path, { email, roles: [{ id: small }, { id: large }] }), "admin:customers")
        assertLacks(
          yield* writer("POST", path, { email, scope: ["read:accounts"], roles: [{ id: large }] }),
          "read:accounts, admin:customers"
        )
        assert.deepStrictEqual(yield* list(), [])
        objectIn(yield* writer("POST", path, { email, scope: ["write:accounts"], roles: [{ id: small }] }))
        yield* create({ email: "linus@example.com", scope: ["read:accounts"], roles: [{ id: large }] })
      })),
    it("one audit event for each user, and none for a refusal", () =>
      Effect.gen(function* () {
        const [grace = ""] = yield* withEmails("grace@example.com")
        const admin = yield* asAdmin
        yield* admin("POST", path, { email: "grace@example.com" })
        assert.deepStrictEqual(yield* auditOf("account_user"), [["auth.accountUsers.create", grace, clients.admin.id]])
      })),
    it("typed: arrives decoded, Duplicate", () =>
      Effect.gen(function* () {
        const { accountUsers } = yield* Auth
        const grace = yield* accountUsers.create({ email: "grace@example.com", name: undefined })
        assert.deepStrictEqual(yield* accountUsers.list(), [grace])
        assert.strictEqual((yield* Effect.flip(accountUsers.create({ email: "Grace@example.com" })))._tag, "Duplicate")
        const unknown = accountUsers.create({ email: "a@example.com", roles: [{ id: nobody }] })
        assert.strictEqual((yield* Effect.flip(unknown))._tag, "BadRequest")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  update: [
    it("changes what is given, and keeps the rest; the email stays", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [role = "", other = ""] = yield* createRoles(["one", "two"])
        const given = { email: "grace@example.com", name: "Grace", scope: ["read:customers"], agreement: { version: "1" } }
        const created = objectIn(yield* admin("POST", path, { ...given, roles: [{ id: role }] }))
        const change = (json: object) => Effect.map(admin("PUT", `${path}/${created.id}`, json), objectIn)
        const renamed = yield* change({ name: "Grace Hopper", email: "other@example.com" })
        assert.deepStrictEqual(renamed, { ...created, name: "Grace Hopper", updated_at: renamed.updated_at })
        assert.isAbove(Date.parse(String(renamed.updated_at)), Date.parse(String(created.updated_at)))
        assert.deepStrictEqual(yield* rolesByEmail, { "grace@example.com": ["one"] })
        const changed = yield* change({ scope: [], agreement: {}, roles: [{ id: other }] })
        assert.deepStrictEqual({ ...changed, updated_at: null }, { ...renamed, scope: [], agreement: {}, updated_at: null })
        assert.deepStrictEqual(yield* rolesByEmail, { "grace@example.com": ["two"] })
        assert.deepStrictEqual(listIn(yield* admin("GET", path)), [changed])
        assert.deepStrictEqual(yield* list("?search=hopper"), ["grace@example.com"])
        yield* change({ roles: [] })
        assert.deepStrictEqual(yield* rolesByEmail, { "grace@example.com": [] })
      })),
    it("a caller without admin:accounts gives its own scopes alone, also by roles: 403, and nothing is changed", () =>
      Effect.gen(function* () {
        const writer = yield* asOnly("write:accounts")
        const [large = ""] = yield* createRoles(["large"], ["admin:customers"])
        const [id = ""] = yield* create({ email: "grace@example.com", scope: ["read:customers"], roles: [{ id: large }] })
        assertLacks(yield* writer("PUT", `${path}/${id}`, { name: "x", scope: ["read:customers"] }), "read:customers")
        assertLacks(yield* writer("PUT", `${path}/${id}`, { name: "x", roles: [{ id: large }] }), "admin:customers")
        // Who gives nothing needs nothing more.
        assert.deepInclude(objectIn(yield* writer("PUT", `${path}/${id}`, { name: "Grace" })), {
          name: "Grace",
          scope: ["read:customers"]
        })
        assert.deepStrictEqual(yield* rolesByEmail, { "grace@example.com": ["large"] })
      })),
    it("an unknown role or a text that cannot be stored: 400, and nothing is changed", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [id = ""] = yield* create({ email: "grace@example.com", name: "Grace" })
        for (const json of [...unstorable.map((name) => ({ name })), { name: "x", roles: [{ id: nobody }] }]) {
          assertError(yield* admin("PUT", `${path}/${id}`, json), 400, "BAD REQUEST")
        }
        assert.deepStrictEqual(
          listIn(yield* admin("GET", path)).map(({ name }) => name),
          ["Grace"]
        )
        assert.deepStrictEqual(yield* auditOf("account_user"), [["auth.accountUsers.create", id, clients.admin.id]])
        yield* admin("PUT", `${path}/${id}`, {})
        assert.deepStrictEqual((yield* auditOf("account_user")).at(-1), ["auth.accountUsers.update", id, clients.admin.id])
      })),
    it("an id of none or of another account: 404; one that is too long: 400", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const id of [...noUsers, yield* foreign]) {
          assertError(yield* admin("PUT", `${path}/${encodeURIComponent(id)}`, { name: "x" }), 404, "NOT FOUND")
        }
        assertError(yield* admin("PUT", `${path}/${"x".repeat(256)}`, { name: "x" }), 400, "BAD REQUEST")
        assert.notInclude(JSON.stringify(listIn(yield* stranger("GET", path))), `"name"`)
      })),
    it("typed: arrives decoded, NotFound", () =>
      Effect.gen(function* () {
        const { accountUsers } = yield* Auth
        const { id = "" } = yield* accountUsers.create({ email: "grace@example.com" })
        const changed = yield* accountUsers.update(id, { name: "Grace", scope: undefined })
        assert.deepStrictEqual(yield* accountUsers.list(), [changed])
        assert.strictEqual((yield* Effect.flip(accountUsers.update("of/nobody", {})))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  delete: [
    it("answers the user with the time, once; then 404, and the email is free again", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [role = ""] = yield* createRoles(["Support"])
        const given = { email: "grace@example.com", name: "Grace", roles: [{ id: role }] }
        const [id = ""] = yield* create(given)
        const deleted = objectIn(yield* admin("DELETE", `${path}/${id}`))
        assert.deepInclude(deleted, { id, email: "grace@example.com", name: "Grace", deleted_by: clients.admin.id })
        assert.isTrue(Date.parse(String(deleted.deleted_at)) >= Date.parse(String(deleted.created_at)))
        assertError(yield* admin("DELETE", `${path}/${id}`), 404, "NOT FOUND")
        assert.deepStrictEqual(yield* list(), [])
        const [again = ""] = yield* create(given)
        assert.notStrictEqual(again, id)
        assert.deepStrictEqual(yield* auditOf("account_user"), [
          ["auth.accountUsers.create", id, clients.admin.id],
          ["auth.accountUsers.delete", id, clients.admin.id],
          ["auth.accountUsers.create", again, clients.admin.id]
        ])
      })),
    it("an id of none or of another account: 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const id of [...noUsers, yield* foreign]) {
          assertError(yield* admin("DELETE", `${path}/${encodeURIComponent(id)}`), 404, "NOT FOUND")
        }
        assert.strictEqual(listIn(yield* stranger("GET", path)).length, 1)
      })),
    it("typed: with the time of the deletion, NotFound", () =>
      Effect.gen(function* () {
        const { accountUsers } = yield* Auth
        const { id = "" } = yield* accountUsers.create({ email: "grace@example.com" })
        assert.isDefined((yield* accountUsers.delete(id)).deleted_at)
        assert.strictEqual((yield* Effect.flip(accountUsers.delete(id)))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  activities: [
    it("what this actor did, the newest first, at most 100 of them; nothing of another actor", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        // An event names who did it by the id of the actor: here the API client of the test.
        const of = (id: string) => Effect.map(admin("GET", `${path}/${encodeURIComponent(id)}/activities`), listIn)
        assert.deepStrictEqual(yield* of(clients.admin.id), [])
        const ids = yield* withEmails(...Array.from({ length: 101 }, (_, i) => `${i}@example.com`))
        const found = yield* of(clients.admin.id)
        assert.deepStrictEqual(
          found.map(({ entity }) => entity),
          ids
            .slice(1)
            .reverse()
            .map((id) => ({ type: "account_user", id }))
        )
        const [{ created_at, id, ...newest } = {}] = found
        assert.deepStrictEqual(newest, {
          action: "auth.accountUsers.create",
          entity: { type: "account_user", id: ids.at(-1) },
          context: {},
          actor: { id: clients.admin.id }
        })
        assert.match(String(id), /^[0-9a-f-]{36}$/)
        assert.match(String(created_at), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
        for (const none of [...noUsers, ...ids.slice(0, 1), clients.stranger.id]) {
          assert.deepStrictEqual(yield* of(none), [], none)
        }
      })),
    it("nothing of what the same actor did in another account", () =>
      Effect.gen(function* () {
        yield* foreign
        const { accounts } = yield* DinteroEmbedded.Embedded
        assert.strictEqual((yield* accounts.auditEvents(otherAccount)).length, 1)
        const admin = yield* asAdmin
        assert.deepStrictEqual(listIn(yield* admin("GET", `${path}/${clients.stranger.id}/activities`)), [])
      })),
    it("typed: arrives decoded", () =>
      Effect.gen(function* () {
        const { accountUsers } = yield* Auth
        const { id = "" } = yield* accountUsers.create({ email: "grace@example.com" })
        const { accounts } = yield* DinteroEmbedded.Embedded
        assert.deepStrictEqual(yield* accountUsers.activities(clients.admin.id), yield* accounts.auditEvents("T12345678"))
        assert.deepStrictEqual(yield* accountUsers.activities(id), [])
      }).pipe(Effect.provide(typed("admin"))))
  ],
  "own.get": [endsIn501(Effect.flatMap(own, (own) => own.get()))],
  "own.setMfaSms": [endsIn501(Effect.flatMap(own, (own) => own.setMfaSms({ enabled: false })))],
  "own.changePassword": [
    endsIn501(
      Effect.flatMap(own, (own) =>
        own.changePassword({ previous_password: Redacted.make("the old one"), proposed_password: Redacted.make("the new one") })
      )
    )
  ],
  "own.verifySignup": [endsIn501(Effect.flatMap(own, (own) => own.verifySignup({ verification_code: Redacted.make("a code") })))]
}
