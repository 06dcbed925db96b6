import { assert } from "@effect/vitest"
import { Chunk, Effect, Option, Stream } from "effect"
import { Auth } from "effect-dintero"
import type { tags } from "../../../src/contract/Contract.js"
import { asAdmin, asOnly, assertLacks, auditOf, listIn, objectIn, oddKeys, texts, typed, unstorable } from "../Actions.js"
import { assertError, type CasesOf, errorPaths, it } from "../Case.js"
import { bearerOf, clients, otherAccount, send } from "../System.js"

const path = "/auth/roles"
const users = "/management/users"

/** The ids of new roles. */
const create = (...all: ReadonlyArray<object>) =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.forEach(all, (role) => Effect.map(admin("POST", path, { scope: [], ...role }), (wire) => String(objectIn(wire).id)))
  )

const named = (...names: ReadonlyArray<string>) => create(...names.map((name) => ({ name })))

/** The names of the roles in a list. */
const list = (query = "") =>
  Effect.flatMap(asAdmin, (admin) => Effect.map(admin("GET", `${path}${query}`), (wire) => listIn(wire).map(({ name }) => name)))

/** The id of a new role of the other account. */
const foreign = Effect.gen(function* () {
  const authorization = yield* bearerOf("stranger")
  const json = { name: "Theirs", scope: [] }
  return String(objectIn(yield* send("POST", `/accounts/${otherAccount}${path}`, { authorization, json })).id)
})

const nobody = "00000000-0000-4000-8000-000000000000"

export const roles: CasesOf<typeof tags.roles> = {
  list: [
    it("none at first; 10 by default, in the order in which they came, and the next ones by the id of the last", () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* list(), [])
        const names = Array.from({ length: 12 }, (_, i) => `role ${i}`)
        const ids = yield* named(...names)
        assert.deepStrictEqual(yield* list(), names.slice(0, 10))
        assert.deepStrictEqual(yield* list(`?starting_after=${ids[9]}`), names.slice(10))
        assert.deepStrictEqual(yield* list(`?limit=1&starting_after=${ids[4]}`), names.slice(5, 6))
        assert.deepStrictEqual(yield* list(`?starting_after=${ids[11]}`), [])
      })),
    it("deleted ones only when they are asked for", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [one = ""] = yield* named("one", "two")
        yield* admin("DELETE", `${path}/${one}`)
        assert.deepStrictEqual(yield* list(), ["two"])
        assert.deepStrictEqual(yield* list("?include_deleted=false"), ["two"])
        assert.deepStrictEqual(yield* list("?include_deleted=true"), ["one", "two"])
        assert.deepStrictEqual(yield* list("?name=one"), [])
        // A page can end with one that is deleted meanwhile.
        assert.deepStrictEqual(yield* list(`?starting_after=${one}`), ["two"])
        assertError(yield* admin("GET", `${path}?include_deleted=yes`), 400, "BAD REQUEST")
      })),
    it("name is the whole name; search is the beginning of words of the name or the description, in any case", () =>
      Effect.gen(function* () {
        yield* create(
          { name: "Help Desk", description: "Looks customers up" },
          { name: "Ødegård's Σίσυφος" },
          { name: "100%_sure", description: "a  b" },
          {}
        )
        const search = (text: string) => list(`?search=${encodeURIComponent(text)}`)
        assert.deepStrictEqual(yield* list("?name=Help%20Desk"), ["Help Desk"])
        for (const name of ["Help", "help desk", "Help Desk ", "%", "\u0000"]) {
          assert.deepStrictEqual(yield* list(`?name=${encodeURIComponent(name)}`), [], name)
        }
        for (const text of ["help", "DESK", "Help D", "cust", "looks customers"]) {
          assert.deepStrictEqual(yield* search(text), ["Help Desk"], text)
        }
        for (const text of ["ødeGÅRD", "σίσυφο", "ΣΊΣΥΦΟΣ"]) assert.deepStrictEqual(yield* search(text), ["Ødegård's Σίσυφος"])
        for (const text of ["100%_", "a b"]) assert.deepStrictEqual(yield* search(text), ["100%_sure"], text)
        for (const text of ["esk", "%", "_", "Desk Looks", "help x", "' OR 1=1 --", "\u0000"]) {
          assert.deepStrictEqual(yield* search(text), [], text)
        }
        assert.strictEqual((yield* search("")).length, 4)
        assert.deepStrictEqual(yield* list("?name=Help%20Desk&search=100"), [])
      })),
    it("none of another account, nor one as the cursor", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const theirs = yield* foreign
        assert.deepStrictEqual(yield* list(), [])
        assertError(yield* admin("GET", `${path}?starting_after=${theirs}`), 400, "BAD REQUEST")
      })),
    it("typed: a page, and all pages as a stream", () =>
      Effect.gen(function* () {
        const { roles } = yield* Auth
        yield* named(..."abcde")
        const page = yield* roles.list({ limit: 2 })
        assert.deepStrictEqual([page.items.map(({ name }) => name), page.isLast], [["a", "b"], false])
        assert.isTrue(Option.isSome(page.next))
        const all = yield* Stream.runCollect(roles.stream({ limit: 2 }))
        assert.deepStrictEqual(
          Chunk.toReadonlyArray(all).map(({ name }) => name),
          [..."abcde"]
        )
      }).pipe(Effect.provide(typed("admin"))))
  ],
  create: [
    it("answers the role with what the system adds, also of a name that another one has", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const given = { name: "Support", description: "Looks customers up", scope: ["read:customers", "write:customers"] }
        const { created_at, id, updated_at, ...first } = objectIn(
          yield* admin("POST", path, { ...given, id: "x", deleted_at: 1 })
        )
        assert.deepStrictEqual(first, { ...given, created_by: clients.admin.id })
        assert.match(String(id), /^[0-9a-f-]{36}$/)
        assert.match(String(created_at), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
        assert.strictEqual(updated_at, created_at)
        assert.notStrictEqual(objectIn(yield* admin("POST", path, given)).id, id)
        const {
          created_at: _,
          created_by: __,
          id: ___,
          updated_at: ____,
          ...bare
        } = objectIn(yield* admin("POST", path, { scope: [] }))
        assert.deepStrictEqual(bare, { scope: [] })
      })),
    it("every text comes back as it was sent, and one that cannot be stored is a 400", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const text of texts) {
          const given = { name: text, description: text, scope: [text] }
          const { id } = objectIn(yield* admin("POST", path, given))
          assert.deepInclude(objectIn(yield* admin("GET", `${path}/${id}`)), given)
        }
        for (const text of unstorable) {
          assertError(yield* admin("POST", path, { name: text, scope: [] }), 400, "BAD REQUEST")
          assertError(yield* admin("POST", path, { description: text, scope: [] }), 400, "BAD REQUEST")
          assert.deepInclude(objectIn(yield* admin("POST", path, { scope: [text] })), { scope: [text] })
        }
        assert.strictEqual((yield* list("?limit=100")).length, texts.length + unstorable.length)
      })),
    it("nothing: 400, which names scope", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const json of [undefined, {}, { name: "Support" }]) {
          const wire = yield* admin("POST", path, json)
          assertError(wire, 400, "BAD REQUEST")
          assert.deepStrictEqual(errorPaths(wire), ["scope"])
        }
      })),
    it("a caller without admin:accounts gives its own scopes alone: 403, and a header names the others", () =>
      Effect.gen(function* () {
        const writer = yield* asOnly("write:accounts")
        objectIn(yield* writer("POST", path, { scope: ["write:accounts"] }))
        objectIn(yield* writer("POST", path, { scope: [] }))
        const more = ["write:accounts", "read:accounts", "admin:customers", "read:accounts"]
        assertLacks(yield* writer("POST", path, { scope: more }), "read:accounts, admin:customers")
        assertLacks(yield* writer("POST", path, { scope: ["write:accounts read:accounts"] }), "write:accounts read:accounts")
        assert.strictEqual((yield* list()).length, 2)
      })),
    it("needs more than a reading scope", () =>
      Effect.gen(function* () {
        const reader = yield* asOnly("read:accounts")
        assertError(yield* reader("POST", path, { scope: [] }), 403, "FORBIDDEN")
        assert.deepStrictEqual(listIn(yield* reader("GET", path)), [])
      })),
    it("one audit event for each role, and none for a refusal", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        yield* admin("POST", path, { name: "\u0000", scope: [] })
        yield* admin("POST", path, {})
        const [one = ""] = yield* named("one")
        assert.deepStrictEqual(yield* auditOf("role"), [["auth.roles.create", one, clients.admin.id]])
      })),
    it("typed: arrives decoded", () =>
      Effect.gen(function* () {
        const { roles } = yield* Auth
        const created = yield* roles.create({ name: "Support", scope: ["read:customers"] })
        assert.deepInclude(created, { name: "Support", scope: ["read:customers"] })
        assert.deepStrictEqual((yield* roles.list()).items, [created])
      }).pipe(Effect.provide(typed("admin"))))
  ],
  get: [
    it("what the create answered, until it is deleted", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const created = objectIn(yield* admin("POST", path, { name: "Support", scope: ["read:customers"] }))
        assert.deepStrictEqual(objectIn(yield* admin("GET", `${path}/${created.id}`)), created)
        yield* admin("DELETE", `${path}/${created.id}`)
        assertError(yield* admin("GET", `${path}/${created.id}`), 404, "NOT FOUND")
      })),
    it("an id of none, or of another account: 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const id of [...oddKeys, nobody, "\u0000", yield* foreign]) {
          assertError(yield* admin("GET", `${path}/${encodeURIComponent(id)}`), 404, "NOT FOUND")
        }
      })),
    it("typed: arrives decoded, NotFound", () =>
      Effect.gen(function* () {
        const { roles } = yield* Auth
        const created = yield* roles.create({ scope: [] })
        assert.deepStrictEqual(yield* roles.get(created.id ?? ""), created)
        assert.strictEqual((yield* Effect.flip(roles.get("of/nobody")))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  update: [
    it("replaces the role: what is left out is removed, and its time of change is later", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const created = objectIn(
          yield* admin("POST", path, { name: "Support", description: "Looks customers up", scope: ["read:customers"] })
        )
        const { description: _, ...kept } = created
        const changed = objectIn(yield* admin("PUT", `${path}/${created.id}`, { name: "Desk", scope: ["write:customers"] }))
        assert.deepStrictEqual(changed, { ...kept, name: "Desk", scope: ["write:customers"], updated_at: changed.updated_at })
        assert.isAbove(Date.parse(String(changed.updated_at)), Date.parse(String(created.updated_at)))
        assert.deepStrictEqual(objectIn(yield* admin("GET", `${path}/${created.id}`)), changed)
        assert.deepStrictEqual([yield* list("?search=desk"), yield* list("?search=support")], [["Desk"], []])
      })),
    it("the users who have the role have what it becomes", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [id = ""] = yield* named("Support")
        yield* admin("POST", users, { email: "grace@example.com", roles: [{ id }] })
        const changed = objectIn(yield* admin("PUT", `${path}/${id}`, { scope: ["read:customers"] }))
        const [grace] = listIn(yield* admin("GET", `${users}?expand=roles`))
        assert.deepStrictEqual(grace?.roles, [changed])
      })),
    it("a caller without admin:accounts gives its own scopes alone: 403, and nothing is changed", () =>
      Effect.gen(function* () {
        const writer = yield* asOnly("write:accounts")
        const [id = ""] = yield* create({ name: "Support", scope: ["read:customers"] })
        // Also those that the role has already.
        assertLacks(yield* writer("PUT", `${path}/${id}`, { scope: ["write:accounts", "read:customers"] }), "read:customers")
        const admin = yield* asAdmin
        assert.deepInclude(objectIn(yield* admin("GET", `${path}/${id}`)), { name: "Support", scope: ["read:customers"] })
        objectIn(yield* writer("PUT", `${path}/${id}`, { scope: ["write:accounts"] }))
      })),
    it("a text that cannot be stored: 400; an id of none, of a deleted role or of another account: 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [id = "", deleted = ""] = yield* named("one", "two")
        yield* admin("DELETE", `${path}/${deleted}`)
        for (const name of unstorable) {
          assertError(yield* admin("PUT", `${path}/${id}`, { name, scope: [] }), 400, "BAD REQUEST")
          assertError(yield* admin("PUT", `${path}/${id}`, { description: name, scope: [] }), 400, "BAD REQUEST")
        }
        for (const none of [nobody, deleted, "\u0000", "a/b", yield* foreign]) {
          assertError(yield* admin("PUT", `${path}/${encodeURIComponent(none)}`, { scope: [] }), 404, "NOT FOUND")
        }
        assert.deepStrictEqual(yield* list("?include_deleted=true"), ["one", "two"])
        assert.deepStrictEqual(yield* auditOf("role"), [
          ["auth.roles.create", id, clients.admin.id],
          ["auth.roles.create", deleted, clients.admin.id],
          ["auth.roles.delete", deleted, clients.admin.id]
        ])
        yield* admin("PUT", `${path}/${id}`, { scope: [] })
        assert.deepStrictEqual((yield* auditOf("role")).at(-1), ["auth.roles.update", id, clients.admin.id])
      })),
    it("typed: arrives decoded, NotFound", () =>
      Effect.gen(function* () {
        const { roles } = yield* Auth
        const { id = "" } = yield* roles.create({ name: "Support", scope: [] })
        const changed = yield* roles.update(id, { scope: ["read:customers"] })
        assert.deepStrictEqual(yield* roles.get(id), changed)
        assert.strictEqual((yield* Effect.flip(roles.update("of/nobody", { scope: [] })))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  delete: [
    it("answers the role with the time, once; then 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [id = ""] = yield* named("Support")
        const deleted = objectIn(yield* admin("DELETE", `${path}/${id}`))
        assert.deepInclude(deleted, { id, name: "Support", scope: [], deleted_by: clients.admin.id })
        assert.strictEqual(deleted.updated_at, deleted.deleted_at)
        assertError(yield* admin("DELETE", `${path}/${id}`), 404, "NOT FOUND")
        assert.deepStrictEqual(listIn(yield* admin("GET", `${path}?include_deleted=true`)), [deleted])
        assert.deepStrictEqual(yield* auditOf("role"), [
          ["auth.roles.create", id, clients.admin.id],
          ["auth.roles.delete", id, clients.admin.id]
        ])
      })),
    it("takes the role away from the users who have it, and no other one", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [one = "", two = ""] = yield* named("one", "two")
        yield* admin("POST", users, { email: "grace@example.com", roles: [{ id: one }, { id: two }] })
        yield* admin("POST", users, { email: "linus@example.com", roles: [{ id: one }] })
        yield* admin("DELETE", `${path}/${one}`)
        const all = listIn(yield* admin("GET", `${users}?expand=roles`))
        assert.deepStrictEqual(
          all.map(({ roles }) => (roles as ReadonlyArray<{ name: string }>).map(({ name }) => name)),
          [["two"], []]
        )
      })),
    it("of another account: 404, and it stays", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const theirs = yield* foreign
        assertError(yield* admin("DELETE", `${path}/${theirs}`), 404, "NOT FOUND")
        const authorization = yield* bearerOf("stranger")
        const wire = yield* send("GET", `/accounts/${otherAccount}${path}/${theirs}`, { authorization })
        assert.strictEqual(objectIn(wire).name, "Theirs")
      })),
    it("of one that two callers delete at once: one of them does", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const [id = ""] = yield* named("Support")
        const all = yield* Effect.all(
          Array.from({ length: 4 }, () => admin("DELETE", `${path}/${id}`)),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(all.map(({ status }) => status).sort(), [200, 404, 404, 404])
        assert.strictEqual((yield* auditOf("role")).length, 2)
      })),
    it("typed: with the time of the deletion, NotFound", () =>
      Effect.gen(function* () {
        const { roles } = yield* Auth
        const { id = "" } = yield* roles.create({ scope: [] })
        assert.isDefined((yield* roles.delete(id)).deleted_at)
        assert.strictEqual((yield* Effect.flip(roles.delete(id)))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
