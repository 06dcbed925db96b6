import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Auth } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { tags } from "../../../src/contract/Contract.js"
import {
  as,
  asAdmin,
  grantTo,
  listIn,
  login,
  newClient,
  objectIn,
  oddKeys,
  refresh,
  texts,
  token,
  typed,
  unstorable
} from "../Actions.js"
import { assertError, body, type CasesOf, errorPaths, it } from "../Case.js"
import {
  account,
  audience,
  basic,
  bearerOf,
  bearerWith,
  callbacks,
  otherAccount,
  people,
  clients as seeded,
  seedWithScopes,
  send
} from "../System.js"

const path = "/auth/clients"

const create = (given: object) => Effect.flatMap(asAdmin, (admin) => admin("POST", path, given))

/** The status of a token request with a client's user name and secret. */
const tokenStatus = (name: string, secret: string) =>
  Effect.map(token(basic(name, secret), { grant_type: "client_credentials", audience }), ({ status }) => status)

const rotate = (id: string) =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.map(admin("POST", `${path}/${id}/rotate-secret`), (wire) => String(objectIn(wire).client_secret))
  )

const everything = ["T12345678", ...oddKeys, "\u0000", seeded.stranger.id, "admin-client"]

/** Each id that is none of a client of the account gets a 404. */
const unknownIds = (method: "GET" | "PATCH" | "DELETE" | "POST", suffix: string, json?: unknown) =>
  Effect.gen(function* () {
    const admin = yield* asAdmin
    const { id } = yield* newClient({})
    yield* admin("DELETE", `${path}/${id}`)
    for (const other of [id, ...everything]) {
      assertError(yield* admin(method, `${path}/${encodeURIComponent(other)}${suffix}`, json), 404, "NOT FOUND")
    }
    const stranger = yield* bearerOf("stranger")
    const known = yield* send("GET", `/accounts/${otherAccount}${path}/${seeded.stranger.id}`, { authorization: stranger })
    assert.strictEqual(objectIn(known).id, seeded.stranger.id)
  })

/** The clients of the other accounts. */
const elsewhere: ReadonlyArray<string> = [seeded.stranger.id, seeded.partner.id, seeded.partnerNothing.id]

export const clients: CasesOf<typeof tags.clients> = {
  list: [
    it("those of the account, in the order in which they came, without secrets", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const before = listIn(yield* admin("GET", path))
        assert.deepStrictEqual(
          before.map(({ id }) => id).sort(),
          Object.values(seeded)
            .map(({ id }) => id)
            .filter((id) => !elsewhere.includes(id))
            .sort()
        )
        const names = Array.from({ length: 12 }, (_, i) => `client ${i}`)
        for (const name of names) objectIn(yield* create({ name }))
        const wire = yield* admin("GET", path)
        assert.deepStrictEqual(
          listIn(wire)
            .slice(before.length)
            .map(({ name }) => name),
          names
        )
        assert.notMatch(wire.text, /secret|digest/)
      })),
    it("typed: arrives decoded", () =>
      Effect.gen(function* () {
        const { clients } = yield* Auth
        const { client_secret, ...created } = yield* clients.create({ client_id: "ecom-123", callbacks: ["https://example.com"] })
        assert.deepInclude(yield* clients.list(), created)
        assert.deepStrictEqual(yield* clients.get(created.id ?? ""), created)
      }).pipe(Effect.provide(typed("admin"))))
  ],
  create: [
    it("answers the client with what the system adds, and a secret that works with its id and its label", () =>
      Effect.gen(function* () {
        const given = {
          client_id: "ecom-123",
          name: "Web shop",
          description: "Orders",
          callbacks: ["https://shop.example.com/callback", "myapp://callback"]
        }
        const { client_secret, created_at, id, updated_at, ...first } = objectIn(yield* create(given))
        assert.deepStrictEqual(first, { ...given, created_by: seeded.admin.id })
        assert.match(String(id), /^[0-9a-f-]{36}$/)
        assert.match(String(created_at), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
        assert.strictEqual(updated_at, created_at)
        // 32 bytes.
        assert.match(String(client_secret), /^[A-Za-z0-9+/]{43}$/)
        // Without a grant it may not do anything.
        for (const name of [String(id), "ecom-123"]) assert.strictEqual(yield* tokenStatus(name, String(client_secret)), 403)
        yield* grantTo(String(id), ["read:customers"])
        for (const name of [String(id), "ecom-123"]) assert.strictEqual(yield* tokenStatus(name, String(client_secret)), 200)
        assert.strictEqual(yield* tokenStatus("ecom-123", `${client_secret}=`), 401)
      })),
    it("nothing is needed: without a label its id is the label", () =>
      Effect.gen(function* () {
        const first = objectIn(yield* create({}))
        const second = objectIn(yield* create({}))
        assert.sameMembers(Object.keys(first), ["id", "created_at", "created_by", "updated_at", "client_id", "client_secret"])
        assert.strictEqual(first.client_id, first.id)
        assert.notStrictEqual(first.client_secret, second.client_secret)
      })),
    it("a label that is a label or an id of a client of the account: a duplicate; that of a deleted one, or of another account: not", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const { id } = yield* newClient({ client_id: "ecom-123" })
        const count = listIn(yield* admin("GET", path)).length
        for (const client_id of ["ecom-123", id, "admin-client", seeded.admin.id]) {
          const wire = yield* create({ client_id })
          assertError(wire, 400, "BAD REQUEST")
          assert.include(wire.text, "client_id is already in use")
        }
        assert.strictEqual(listIn(yield* admin("GET", path)).length, count)
        yield* admin("DELETE", `${path}/${id}`)
        for (const client_id of ["ecom-123", "stranger-client", "Admin-Client"]) objectIn(yield* create({ client_id }))
      })),
    it("of two at once with one label, one wins", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const both = yield* Effect.all(
          Array.from({ length: 5 }, () => admin("POST", path, { client_id: "ecom-123" })),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(both.map(({ status }) => status).sort(), [200, 400, 400, 400, 400])
        assert.strictEqual(listIn(yield* admin("GET", path)).filter(({ client_id }) => client_id === "ecom-123").length, 1)
      })),
    it("a label that cannot be a user name of Basic: 400, which names it", () =>
      Effect.gen(function* () {
        for (const client_id of ["a:b", ":", "", "x".repeat(256)]) {
          const wire = yield* create({ client_id })
          assertError(wire, 400, "BAD REQUEST")
          assert.deepStrictEqual(errorPaths(wire), ["client_id"])
        }
        const { client_secret, id } = objectIn(yield* create({ client_id: "a label with a space, æøå" }))
        yield* grantTo(String(id), ["read:customers"])
        assert.strictEqual(yield* tokenStatus("a label with a space, æøå", String(client_secret)), 200)
      })),
    it("every text comes back as it was sent, and one that cannot be stored is a 400", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        for (const text of texts) {
          const given = { name: text, description: text, callbacks: [text] }
          const { id, ...created } = objectIn(yield* create(given))
          assert.deepInclude(created, given)
          assert.deepInclude(objectIn(yield* admin("GET", `${path}/${id}`)), given)
        }
        for (const text of unstorable) {
          for (const given of [{ name: text }, { description: text }, { client_id: text }]) {
            assertError(yield* create(given), 400, "BAD REQUEST")
          }
        }
      })),
    it("needs more than a reading scope", () =>
      Effect.gen(function* () {
        const { accounts } = yield* DinteroEmbedded.Embedded
        yield* accounts.seed(seedWithScopes(["read:accounts"]), { replace: true })
        const reader = as(yield* bearerWith("read:accounts"))
        assertError(yield* reader("POST", path, {}), 403, "FORBIDDEN")
        assert.strictEqual((yield* reader("GET", path)).status, 200)
      })),
    it("typed: the secret is Redacted; Duplicate with its field", () =>
      Effect.gen(function* () {
        const { clients } = yield* Auth
        const created = yield* clients.create({ client_id: "ecom-123" })
        assert.isTrue(Redacted.isRedacted(created.client_secret))
        const error = yield* Effect.flip(clients.create({ client_id: "ecom-123" }))
        assert.deepStrictEqual([error._tag, error._tag === "Duplicate" && error.field], ["Duplicate", "client_id"])
        assert.strictEqual((yield* Effect.flip(clients.create({ client_id: "a:b" })))._tag, "InvalidRequest")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  get: [
    it("one of the account by its id, without its secret", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const wire = yield* admin("GET", `${path}/${seeded.admin.id}`)
        const { created_at, updated_at, ...rest } = objectIn(wire)
        assert.deepStrictEqual(rest, { id: seeded.admin.id, client_id: "admin-client", callbacks: callbacks.admin })
        assert.strictEqual(updated_at, created_at)
      })),
    it("a label, one that was deleted, or never was, or is another account's: 404", () => unknownIds("GET", ""))
  ],
  update: [
    it("changes what is given, and nothing else", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const { client_secret, ...before } = objectIn(
          yield* create({ client_id: "ecom-123", name: "Web shop", description: "Orders", callbacks: ["https://a.example"] })
        )
        const change = (json: object) => Effect.map(admin("PATCH", `${path}/${before.id}`, json), objectIn)
        const renamed = yield* change({ name: "Shop", client_id: "other", callbacks: [], id: "x", created_by: "x" })
        assert.deepStrictEqual(renamed, { ...before, name: "Shop", updated_at: renamed.updated_at })
        assert.isAbove(Date.parse(String(renamed.updated_at)), Date.parse(String(before.updated_at)))
        const described = yield* change({ description: "" })
        assert.deepStrictEqual(described, { ...renamed, description: "", updated_at: described.updated_at })
        const nothing = yield* change({})
        assert.deepStrictEqual(nothing, { ...described, updated_at: nothing.updated_at })
        assert.deepStrictEqual(objectIn(yield* admin("GET", `${path}/${before.id}`)), nothing)
        assert.strictEqual(yield* tokenStatus("ecom-123", String(client_secret)), 403)
      })),
    it("a text that cannot be stored, null, or another type: 400, and nothing is changed", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const { id } = yield* newClient({ name: "Shop" })
        for (const name of [...unstorable, null, 1]) {
          for (const json of [{ name }, { description: name }]) {
            assertError(yield* admin("PATCH", `${path}/${id}`, json), 400, "BAD REQUEST")
          }
        }
        const { description, name } = objectIn(yield* admin("GET", `${path}/${id}`))
        assert.deepStrictEqual([name, description], ["Shop", undefined])
      })),
    it("a label, one that was deleted, or never was, or is another account's: 404", () => unknownIds("PATCH", "", { name: "x" }))
  ],
  delete: [
    it("removes it with its grants and its sessions, and answers it", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const { client_secret, ...client } = objectIn(yield* create({ client_id: "ecom-123", name: "Shop" }))
        const id = String(client.id)
        const other = yield* newClient({})
        yield* grantTo(id, ["admin:customers", "write:accounts:/auth/users", "create:accounts:auth:refresh_token"])
        yield* grantTo(id, ["user:customers"], { type: "password" })
        yield* grantTo(other.id, ["read:customers"])
        const issued = yield* token(basic("ecom-123", String(client_secret)), { grant_type: "client_credentials", audience })
        const authorization = `Bearer ${body<{ access_token: string }>(issued).access_token}`
        const loggedIn = yield* send("POST", `/accounts/${account}/customers/login`, {
          authorization,
          json: { type: "customer", email: people.ada.email, password: people.ada.password, audience }
        })
        const { refresh_token } = body<{ refresh_token: string }>(loggedIn)
        assert.strictEqual((yield* refresh(authorization, refresh_token)).status, 200)

        const { deleted_at, deleted_by, ...deleted } = objectIn(yield* admin("DELETE", `${path}/${id}`))
        assert.deepStrictEqual(deleted, client)
        assert.strictEqual(deleted_by, seeded.admin.id)
        assert.match(String(deleted_at), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)

        assert.isFalse(listIn(yield* admin("GET", path)).some((one) => one.id === id))
        const grants = listIn(yield* admin("GET", "/auth/client-grants"))
        assert.isFalse(grants.some(({ client_id }) => client_id === id))
        assert.isTrue(grants.some(({ client_id }) => client_id === other.id))
        for (const name of ["ecom-123", id]) assert.strictEqual(yield* tokenStatus(name, String(client_secret)), 401)
        assertError(yield* refresh(authorization, refresh_token), 403, "FORBIDDEN")
        // Of another client with the same label, too.
        const again = objectIn(yield* create({ client_id: "ecom-123" }))
        yield* grantTo(String(again.id), ["create:accounts:auth:refresh_token"])
        const next = yield* token(basic("ecom-123", String(again.client_secret)), { grant_type: "client_credentials", audience })
        const successor = `Bearer ${body<{ access_token: string }>(next).access_token}`
        assertError(yield* refresh(successor, refresh_token), 403, "FORBIDDEN")
      })),
    it("its access tokens are good until they expire, and begin no sessions", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const client = yield* newClient({})
        yield* grantTo(client.id, ["admin:customers", "write:accounts:/auth/users"])
        yield* grantTo(client.id, ["user:customers"], { type: "password" })
        const issued = yield* token(basic(client.id, client.secret), { grant_type: "client_credentials", audience })
        const authorization = `Bearer ${body<{ access_token: string }>(issued).access_token}`
        yield* admin("DELETE", `${path}/${client.id}`)
        assert.strictEqual((yield* as(authorization)("GET", "/customers/settings")).status, 200)
        const json = { type: "customer", email: people.ada.email, password: people.ada.password, audience }
        assertError(yield* as(authorization)("POST", "/customers/login", json), 403, "FORBIDDEN")
      })),
    it("the sessions of other clients go on", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const session = yield* login("admin", { email: people.ada.email, password: people.ada.password })
        yield* admin("DELETE", `${path}/${seeded.loginOnly.id}`)
        const { refresh_token } = body<{ refresh_token: string }>(session)
        assert.strictEqual((yield* refresh(yield* bearerOf("admin"), refresh_token)).status, 200)
      })),
    it("a label, one that was deleted, or never was, or is another account's: 404", () => unknownIds("DELETE", "")),
    it("typed: NotFound", () =>
      Effect.gen(function* () {
        const { clients } = yield* Auth
        assert.strictEqual((yield* Effect.flip(clients.delete("a client/of nobody")))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ],
  rotateSecret: [
    it("the new secret works, and the old one is refused at once", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const client = yield* newClient({ client_id: "ecom-123", name: "Shop" })
        yield* grantTo(client.id, ["read:customers"])
        const before = objectIn(yield* admin("GET", `${path}/${client.id}`))
        const { client_secret, updated_at, ...rest } = objectIn(yield* admin("POST", `${path}/${client.id}/rotate-secret`))
        assert.deepStrictEqual({ ...rest, updated_at: before.updated_at }, before)
        assert.isAbove(Date.parse(String(updated_at)), Date.parse(String(before.updated_at)))
        assert.match(String(client_secret), /^[A-Za-z0-9+/]{43}$/)
        const statuses = yield* Effect.forEach([client.secret, String(client_secret)], (secret) =>
          tokenStatus("ecom-123", secret)
        )
        assert.deepStrictEqual(statuses, [401, 200])
      })),
    it("of two at once, each answers a secret of its own, and one of them works", () =>
      Effect.gen(function* () {
        const { id, secret } = yield* newClient({})
        yield* grantTo(id, ["read:customers"])
        const secrets = yield* Effect.all([rotate(id), rotate(id), rotate(id)], { concurrency: "unbounded" })
        assert.strictEqual(new Set(secrets).size, 3)
        const statuses = yield* Effect.forEach([secret, ...secrets], (one) => tokenStatus(id, one))
        assert.deepStrictEqual([statuses[0], [...statuses.slice(1)].sort()], [401, [200, 401, 401]])
        assert.strictEqual(yield* tokenStatus(id, yield* rotate(id)), 200)
      })),
    it("a client can rotate its own; another one only when the caller has all of its scopes, or administers the account", () =>
      Effect.gen(function* () {
        const { accounts } = yield* DinteroEmbedded.Embedded
        yield* accounts.seed(seedWithScopes(["write:accounts"]), { replace: true })
        const writer = as(yield* bearerWith("write:accounts"))
        const own = listIn(yield* (yield* asAdmin)("GET", path)).find(({ client_id }) => client_id === "only-write.accounts")
        // Its grant for passwords has a scope that its token has not.
        assert.strictEqual((yield* writer("POST", `${path}/${own?.id}/rotate-secret`)).status, 200)
        const { id, secret } = yield* newClient({})
        yield* grantTo(id, ["write:accounts"])
        const lesser = objectIn(yield* writer("POST", `${path}/${id}/rotate-secret`))
        assert.notStrictEqual(lesser.client_secret, secret)
        yield* grantTo(id, ["admin:customers"])
        const refused = yield* writer("POST", `${path}/${id}/rotate-secret`)
        assertError(refused, 403, "FORBIDDEN")
        assert.include(refused.headers["x-effect-dintero-hint"], "admin:customers")
        assert.strictEqual(yield* tokenStatus(id, String(lesser.client_secret)), 200)
        yield* rotate(id)
        assert.strictEqual(yield* tokenStatus(id, String(lesser.client_secret)), 401)
      })),
    it("a customer's token is not the client that it was made for", () =>
      Effect.gen(function* () {
        const client = yield* newClient({})
        yield* grantTo(client.id, ["write:accounts:/auth/users", "read:customers"], { type: "client_credentials" })
        yield* grantTo(client.id, ["write:accounts"], { type: "password" })
        const issued = yield* token(basic(client.id, client.secret), { grant_type: "client_credentials", audience })
        const asClient = as(`Bearer ${body<{ access_token: string }>(issued).access_token}`)
        const json = { type: "customer", email: people.ada.email, password: people.ada.password, audience }
        const session = objectIn(yield* asClient("POST", "/customers/login", json))
        const asAda = as(`Bearer ${session.access_token}`)
        assertError(yield* asAda("POST", `${path}/${client.id}/rotate-secret`), 403, "FORBIDDEN")
        assert.strictEqual(yield* tokenStatus(client.id, client.secret), 200)
      })),
    it("a label, one that was deleted, or never was, or is another account's: 404", () => unknownIds("POST", "/rotate-secret")),
    it("typed: the secret is Redacted", () =>
      Effect.gen(function* () {
        const { clients } = yield* Auth
        const { client_secret, id = "" } = yield* clients.create({})
        const rotated = yield* clients.rotateSecret(id)
        if (client_secret === undefined || rotated.client_secret === undefined) return assert.fail("there is no secret")
        assert.notStrictEqual(Redacted.value(rotated.client_secret), Redacted.value(client_secret))
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
