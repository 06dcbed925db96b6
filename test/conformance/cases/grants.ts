import { assert } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Auth } from "effect-dintero"
import { DinteroEmbedded } from "effect-dintero/embedded"
import type { tags } from "../../../src/contract/Contract.js"
import { as, asAdmin, claimsOf, grantTo, listIn, newClient, objectIn, oddKeys, token, typed, unstorable } from "../Actions.js"
import { assertError, body, type CasesOf, it } from "../Case.js"
import { account, audience, basic, bearerWith, otherAccount, clients as seeded, seedWithScopes } from "../System.js"

const path = "/auth/client-grants"

const elsewhere = "https://api.example.com"

const idsOf = (query: Record<string, string>) =>
  Effect.flatMap(asAdmin, (admin) =>
    Effect.map(admin("GET", `${path}?${new URLSearchParams(query)}`), (wire) => listIn(wire).map(({ id }) => id))
  )

const create = (given: object) => Effect.flatMap(asAdmin, (admin) => admin("POST", path, given))

/** The scopes of a token that the client gets now, or the status of the refusal. */
const scopesOf = ({ id, secret }: { readonly id: string; readonly secret: string }, to: string = audience) =>
  Effect.map(token(basic(id, secret), { grant_type: "client_credentials", audience: to }), (wire) =>
    wire.status === 200 ? String(claimsOf(body<{ access_token: string }>(wire).access_token).scopes) : wire.status
  )

/** A caller that has only `write:accounts`. */
const asWriter = Effect.gen(function* () {
  const { accounts } = yield* DinteroEmbedded.Embedded
  yield* accounts.seed(seedWithScopes(["write:accounts"]), { replace: true })
  return as(yield* bearerWith("write:accounts"))
})

export const grants: CasesOf<typeof tags.grants> = {
  list: [
    it("those of the account, in the order in which they came; of one client, by its id or label; of one audience, in any spelling", () =>
      Effect.gen(function* () {
        const { id: first } = yield* newClient({ client_id: "first" })
        const { id: second } = yield* newClient({})
        const before = yield* idsOf({})
        const one = (yield* grantTo(first, ["a"])).id
        const two = (yield* grantTo(second, ["b"])).id
        const three = (yield* grantTo(first, ["c"], { audience: elsewhere })).id
        assert.deepStrictEqual(yield* idsOf({}), [...before, one, two, three])
        for (const client_id of [first, "first"]) assert.deepStrictEqual(yield* idsOf({ client_id }), [one, three])
        for (const spelling of [audience, `${audience}/`, `https://${account}@api.dintero.com`]) {
          assert.deepStrictEqual(yield* idsOf({ audience: spelling, client_id: first }), [one])
          assert.include(yield* idsOf({ audience: spelling }), two)
          assert.notInclude(yield* idsOf({ audience: spelling }), three)
        }
        assert.deepStrictEqual(yield* idsOf({ audience: elsewhere }), [three])
      })),
    it("of an unknown client or audience, or of another account's: none", () =>
      Effect.gen(function* () {
        for (const text of ["nobody", "", "\u0000", seeded.stranger.id, "stranger-client", "' OR 1=1 --"]) {
          assert.deepStrictEqual(yield* idsOf({ client_id: text }), [], text)
        }
        for (const text of ["", "\u0000", `https://api.dintero.com/v1/accounts/${otherAccount}`, "' OR 1=1 --"]) {
          assert.deepStrictEqual(yield* idsOf({ audience: text }), [], text)
        }
      })),
    it("typed: arrives decoded", () =>
      Effect.gen(function* () {
        const { clients, grants } = yield* Auth
        const { id = "" } = yield* clients.create({})
        const grant = yield* grants.create({ client_id: id, audience, scope: ["read:customers"] })
        assert.deepStrictEqual(yield* grants.list({ client_id: id }), [grant])
      }).pipe(Effect.provide(typed("admin"))))
  ],
  create: [
    it("answers the grant with what the system adds, and the client gets tokens with its scopes", () =>
      Effect.gen(function* () {
        const client = yield* newClient({})
        assert.strictEqual(yield* scopesOf(client), 403)
        const given = { client_id: client.id, audience, scope: ["read:customers", "read:locations", "read:customers"] }
        const { created_at, id, updated_at, ...rest } = objectIn(yield* create(given))
        assert.deepStrictEqual(rest, {
          client_id: client.id,
          audience,
          scope: ["read:customers", "read:locations"],
          type: "any",
          created_by: seeded.admin.id
        })
        assert.match(String(id), /^[0-9a-f-]{36}$/)
        assert.strictEqual(updated_at, created_at)
        assert.strictEqual(yield* scopesOf(client), "read:customers read:locations")
        // A second grant adds to the first.
        yield* grantTo(client.id, ["read:accounts"])
        assert.strictEqual(yield* scopesOf(client), "read:customers read:locations read:accounts")
      })),
    it("by the label of the client: the grant has its id", () =>
      Effect.gen(function* () {
        const { id } = yield* newClient({ client_id: "ecom-123" })
        assert.strictEqual((yield* grantTo("ecom-123", ["a"])).client_id, id)
      })),
    it("a client that is none of the account's: 404", () =>
      Effect.gen(function* () {
        for (const client_id of ["nobody", "", ...unstorable, seeded.stranger.id, "stranger-client", ...oddKeys]) {
          assertError(yield* create({ client_id, audience, scope: [] }), 404, "NOT FOUND")
        }
      })),
    it("each spelling of the account is one audience; that of another account is a 403; any other text is kept", () =>
      Effect.gen(function* () {
        const client = yield* newClient({})
        for (const spelling of [
          `${audience}/`,
          `https://${account}@api.dintero.com`,
          `https://${account}@api.dintero.com/v1/accounts/${account}`
        ]) {
          assert.strictEqual((yield* grantTo(client.id, ["a"], { audience: spelling })).audience, audience)
        }
        for (const other of [`https://api.dintero.com/v1/accounts/${otherAccount}`, `https://${otherAccount}@api.dintero.com`]) {
          const wire = yield* create({ client_id: client.id, audience: other, scope: ["admin:customers"] })
          assertError(wire, 403, "FORBIDDEN")
          assert.include(wire.headers["x-effect-dintero-hint"], otherAccount)
          assert.strictEqual(yield* scopesOf(client, other), 403)
        }
        assert.strictEqual((yield* grantTo(client.id, ["b"], { audience: elsewhere })).audience, elsewhere)
        assert.strictEqual(yield* scopesOf(client, elsewhere), "b")
        assert.strictEqual(yield* scopesOf(client), "a")
        for (const text of unstorable) {
          assertError(yield* create({ client_id: client.id, audience: text, scope: [] }), 400, "BAD REQUEST")
        }
      })),
    it("its type says for which grants it is", () =>
      Effect.gen(function* () {
        const client = yield* newClient({})
        for (const type of ["authorization_code", "password"]) {
          assert.strictEqual((yield* grantTo(client.id, ["a"], { type })).type, type)
          assert.strictEqual(yield* scopesOf(client), 403)
        }
        yield* grantTo(client.id, ["b"], { type: "client_credentials" })
        assert.strictEqual(yield* scopesOf(client), "b")
      })),
    it("oidc is for the type authorization_code alone, and its secret is never shown", () =>
      Effect.gen(function* () {
        const { id } = yield* newClient({})
        const oidc = { client_id: "shop", client_secret: "the secret of the shop", authority: "https://login.example.com" }
        for (const type of [undefined, "any", "client_credentials", "password"]) {
          assertError(yield* create({ client_id: id, audience, scope: [], type, oidc }), 400, "BAD REQUEST")
        }
        assert.deepStrictEqual(yield* idsOf({ client_id: id }), [])
        const created = yield* create({ client_id: id, audience, scope: [], type: "authorization_code", oidc })
        const grant = objectIn(created)
        assert.deepStrictEqual(grant.oidc, { client_id: "shop", authority: "https://login.example.com" })
        const admin = yield* asAdmin
        const answers = [
          created,
          yield* admin("GET", path),
          yield* admin("PATCH", `${path}/${grant.id}`, { scope: ["a"] }),
          yield* admin("DELETE", `${path}/${grant.id}`)
        ]
        for (const { text } of answers) {
          assert.include(text, "https://login.example.com")
          assert.notInclude(text, "the secret of the shop")
        }
      })),
    it("a scope that would be several, or no scope at all: 400", () =>
      Effect.gen(function* () {
        const { id } = yield* newClient({})
        for (const scope of ["a b", "a\n", "", "a\tadmin:accounts", "\u0000", '"', "\\", "æ", "x".repeat(256)]) {
          assertError(yield* create({ client_id: id, audience, scope: ["a", scope] }), 400, "BAD REQUEST")
        }
        assert.deepStrictEqual(yield* idsOf({ client_id: id }), [])
      })),
    it("with write:accounts alone, a caller gives only its own scopes: 403, and a header names the others", () =>
      Effect.gen(function* () {
        const writer = yield* asWriter
        const { id } = objectIn(yield* writer("POST", "/auth/clients", {}))
        const given = { client_id: id, audience }
        const refused = yield* writer("POST", path, { ...given, scope: ["write:accounts", "read:customers", "admin:accounts"] })
        assertError(refused, 403, "FORBIDDEN")
        assert.match(String(refused.headers["x-effect-dintero-hint"]), /: read:customers, admin:accounts$/)
        assert.deepStrictEqual(yield* idsOf({ client_id: String(id) }), [])
        assert.deepStrictEqual(objectIn(yield* writer("POST", path, { ...given, scope: ["write:accounts"] })).scope, [
          "write:accounts"
        ])
      })),
    it("typed: Forbidden, NotFound, and a secret that travels", () =>
      Effect.gen(function* () {
        const { clients, grants } = yield* Auth
        const { id = "" } = yield* clients.create({})
        const other = { client_id: id, audience: `https://api.dintero.com/v1/accounts/${otherAccount}`, scope: ["a"] }
        assert.strictEqual((yield* Effect.flip(grants.create(other)))._tag, "Forbidden")
        const nobody = { client_id: "nobody", audience, scope: ["a"] }
        assert.strictEqual((yield* Effect.flip(grants.create(nobody)))._tag, "NotFound")
        assert.strictEqual((yield* Effect.flip(grants.create({ ...nobody, scope: ["a b"] })))._tag, "InvalidRequest")
        const { oidc } = yield* grants.create({
          client_id: id,
          audience,
          scope: ["a"],
          type: "authorization_code",
          oidc: { client_id: "shop", client_secret: Redacted.make("a secret"), authority: "https://login.example.com" }
        })
        assert.deepStrictEqual(oidc, { client_id: "shop", authority: "https://login.example.com" })
      }).pipe(Effect.provide(typed("admin"))))
  ],
  update: [
    it("replaces the scopes; tokens that were issued before keep theirs", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const client = yield* newClient({})
        const { updated_at: _, ...before } = yield* grantTo(client.id, ["read:customers", "read:accounts"])
        const issued = yield* token(basic(client.id, client.secret), { grant_type: "client_credentials", audience })
        const { updated_at, ...after } = objectIn(
          yield* admin("PATCH", `${path}/${before.id}`, {
            scope: ["read:locations", "read:locations"],
            audience: elsewhere,
            type: "password"
          })
        )
        assert.deepStrictEqual(after, { ...before, scope: ["read:locations"] })
        assert.isAbove(Date.parse(String(updated_at)), Date.parse(String(before.created_at)))
        assert.strictEqual(yield* scopesOf(client), "read:locations")
        const old = as(`Bearer ${body<{ access_token: string }>(issued).access_token}`)
        assert.strictEqual((yield* old("GET", path)).status, 200)
        assert.deepStrictEqual(objectIn(yield* admin("PATCH", `${path}/${before.id}`, { scope: [] })).scope, [])
      })),
    it("with write:accounts alone, a caller adds only its own scopes, and can take any away", () =>
      Effect.gen(function* () {
        const writer = yield* asWriter
        const { id } = yield* newClient({})
        const grant = yield* grantTo(id, ["read:customers", "read:locations"])
        const change = (scope: ReadonlyArray<string>) => writer("PATCH", `${path}/${grant.id}`, { scope })
        const refused = yield* change(["read:customers", "admin:customers"])
        assertError(refused, 403, "FORBIDDEN")
        assert.match(String(refused.headers["x-effect-dintero-hint"]), /: admin:customers$/)
        const allowed = yield* change(["read:customers", "write:accounts"])
        assert.deepStrictEqual(objectIn(allowed).scope, ["read:customers", "write:accounts"])
        // What was taken away cannot be given back.
        assertError(yield* change(["read:locations"]), 403, "FORBIDDEN")
      })),
    it("one that was deleted, or never was: 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const { id } = yield* newClient({})
        const grant = yield* grantTo(id, ["a"])
        yield* admin("DELETE", `${path}/${grant.id}`)
        for (const other of [String(grant.id), id, ...oddKeys, "\u0000"]) {
          assertError(yield* admin("PATCH", `${path}/${encodeURIComponent(other)}`, { scope: [] }), 404, "NOT FOUND")
        }
      }))
  ],
  delete: [
    it("takes the access away, and answers the grant", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const client = yield* newClient({})
        const grant = yield* grantTo(client.id, ["read:accounts"])
        const kept = yield* grantTo(client.id, ["read:customers"], { audience: elsewhere })
        const issued = yield* token(basic(client.id, client.secret), { grant_type: "client_credentials", audience })
        const { deleted_at, deleted_by, ...deleted } = objectIn(yield* admin("DELETE", `${path}/${grant.id}`))
        assert.deepStrictEqual(deleted, grant)
        assert.strictEqual(deleted_by, seeded.admin.id)
        assert.match(String(deleted_at), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
        assert.deepStrictEqual(yield* idsOf({ client_id: client.id }), [kept.id])
        assert.strictEqual(yield* scopesOf(client), 403)
        const old = as(`Bearer ${body<{ access_token: string }>(issued).access_token}`)
        assert.strictEqual((yield* old("GET", path)).status, 200)
      })),
    it("one that was deleted, or never was, or is another account's: 404", () =>
      Effect.gen(function* () {
        const admin = yield* asAdmin
        const { id } = yield* newClient({})
        const grant = yield* grantTo(id, ["a"])
        yield* admin("DELETE", `${path}/${grant.id}`)
        for (const other of [String(grant.id), id, ...oddKeys, "\u0000"]) {
          assertError(yield* admin("DELETE", `${path}/${encodeURIComponent(other)}`), 404, "NOT FOUND")
        }
      })),
    it("typed: NotFound", () =>
      Effect.gen(function* () {
        const { grants } = yield* Auth
        assert.strictEqual((yield* Effect.flip(grants.delete("a grant/of nobody")))._tag, "NotFound")
      }).pipe(Effect.provide(typed("admin"))))
  ]
}
