/**
 * What the wire alone does not show of API clients and their grants: what is stored, the overlap of secrets, and the audit events. The rules of
 * the operations are in the conformance suite.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { ClientRules, type DinteroEmbedded, type Seed } from "../../../../src/embedded.js"
import { type Api, account, audience, basic, claimsOf, login, seedOf, start, tokenOf } from "../../Api.js"

const admin = {
  id: "11111111-1111-4111-8111-111111111111",
  client_id: "admin",
  client_secret: "a-secret-of-the-test",
  grants: [{ scope: ["admin:accounts", "read:customers"] }]
}

type Json = { readonly [field: string]: unknown }

const systemOf = (options: DinteroEmbedded.Options = {}, clients: Seed.Seed["accounts"][number]["clients"] = [admin]) =>
  Effect.gen(function* () {
    const { api, embedded } = yield* start({ seed: seedOf({ clients }), ...options })
    const ask = (method: Parameters<Api>[0], path: string, body?: unknown) =>
      Effect.gen(function* () {
        // Another token for each call, since a test moves the clock.
        const authorization = yield* tokenOf(api, admin)
        const { status, text } = yield* api(method, path, { authorization, ...(body === undefined ? {} : { body }) })
        assert.strictEqual(status, 200, text)
        const found: Json = JSON.parse(text)
        return found
      })
    /** Which of the secrets of a client work. */
    const working = (name: string, secrets: ReadonlyArray<unknown>) =>
      Effect.filter(secrets, (secret) =>
        Effect.map(
          api("POST", "/auth/token", {
            authorization: basic(name, String(secret)),
            body: { grant_type: "client_credentials", audience }
          }),
          ({ status }) => status === 200
        )
      )
    const rotate = (id: unknown) =>
      Effect.map(ask("POST", `/auth/clients/${id}/rotate-secret`), ({ client_secret }) => client_secret)
    const tables = Effect.map(embedded.accounts.snapshot(account), (snapshot) => {
      const document: { readonly tables: { readonly [name: string]: ReadonlyArray<ReadonlyArray<unknown>> } } = JSON.parse(
        JSON.stringify(snapshot)
      )
      return document.tables
    })
    return { api, embedded, ask, working, rotate, tables }
  })

/** A client with a grant, so that its secret gives a token. */
const newClient = ({ ask }: Effect.Effect.Success<ReturnType<typeof systemOf>>, given: object = {}) =>
  Effect.tap(ask("POST", "/auth/clients", given), ({ id }) =>
    ask("POST", "/auth/client-grants", { client_id: id, audience, scope: ["read:customers"] })
  )

describe("a rotated secret", () => {
  it.scoped("works as long as the overlap, beside the new one", () =>
    Effect.gen(function* () {
      const system = yield* systemOf({ clients: { secretOverlap: "1 hour" } })
      const { client_secret: first, id } = yield* newClient(system)
      const second = yield* system.rotate(id)
      assert.deepStrictEqual(yield* system.working(String(id), [first, second, "another"]), [first, second])
      yield* TestClock.adjust("59 minutes")
      assert.deepStrictEqual(yield* system.working(String(id), [first, second]), [first, second])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* system.working(String(id), [first, second]), [second])
    })
  )

  it.scoped("ends at the next rotation, whatever the overlap is", () =>
    Effect.gen(function* () {
      const system = yield* systemOf({ clients: { secretOverlap: "1 hour" } })
      const { client_secret: first, id } = yield* newClient(system)
      const second = yield* system.rotate(id)
      yield* TestClock.adjust("30 minutes")
      const third = yield* system.rotate(id)
      assert.deepStrictEqual(yield* system.working(String(id), [first, second, third]), [second, third])
      yield* TestClock.adjust("59 minutes")
      assert.deepStrictEqual(yield* system.working(String(id), [first, second, third]), [second, third])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* system.working(String(id), [first, second, third]), [third])
    })
  )

  it.scoped("follows the system's own clock, and works for ever with an endless overlap", () =>
    Effect.gen(function* () {
      const system = yield* systemOf({ clients: { secretOverlap: "1 hour" } })
      const { client_secret: first, id } = yield* newClient(system)
      const second = yield* system.rotate(id)
      yield* system.embedded.clock.advance("1 hour")
      assert.deepStrictEqual(yield* system.working(String(id), [first, second]), [second])

      const endless = yield* systemOf({ clients: { secretOverlap: Duration.infinity } })
      const client = yield* newClient(endless)
      const next = yield* endless.rotate(client.id)
      yield* endless.embedded.clock.advance("3650 days")
      assert.deepStrictEqual(yield* endless.working(String(client.id), [client.client_secret, next]), [
        client.client_secret,
        next
      ])
    })
  )

  it.scoped("is given to no customer whose customer_id is the id of a client", () =>
    Effect.gen(function* () {
      const scope = ["write:accounts", "create:customers:/users", "write:accounts:/auth/users"]
      const lower = {
        id: "22222222-2222-4222-8222-222222222222",
        client_id: "lower",
        client_secret: "another-secret-of-the-test",
        grants: [
          { type: "client_credentials", scope },
          { type: "password", scope: ["write:accounts"] }
        ]
      } as const
      const { api } = yield* systemOf({}, [admin, lower])
      const authorization = yield* tokenOf(api, lower)
      const statuses = []
      for (const { id } of [admin, lower]) {
        const customer = { type: "customer", customer_id: id, email: `${id}@example.com`, password: "12345678" }
        yield* api("POST", "/customers/users", { authorization, body: customer })
        const { body } = yield* login(api, authorization, { email: customer.email, password: customer.password })
        assert.strictEqual(claimsOf(body.access_token).sub, id)
        const rotated = yield* api("POST", `/auth/clients/${id}/rotate-secret`, { authorization: `Bearer ${body.access_token}` })
        statuses.push(rotated.status)
      }
      assert.deepStrictEqual(statuses, [403, 403])
      assert.strictEqual((yield* api("POST", `/auth/clients/${lower.id}/rotate-secret`, { authorization })).status, 200)
    })
  )

  it.scoped("is refused at once without an overlap, also when an earlier rotation had one", () =>
    Effect.gen(function* () {
      const system = yield* systemOf()
      const { client_secret: first, id } = yield* newClient(system)
      const second = yield* system.rotate(id)
      assert.deepStrictEqual(yield* system.working(String(id), [first, second]), [second])
      const [, stored] = (yield* system.tables).api_clients ?? []
      // No digest of the old secret is kept.
      assert.deepStrictEqual(stored?.slice(-2), [null, null])
    })
  )

  it("needs an overlap that is a duration", () => {
    assert.deepStrictEqual(ClientRules.make(), { secretOverlap: 0 })
    assert.deepStrictEqual(ClientRules.make({ secretOverlap: undefined }), { secretOverlap: 0 })
    assert.deepStrictEqual(ClientRules.make({ secretOverlap: "1 hour" }), { secretOverlap: 3_600_000 })
    // Seam: a caller without types.
    for (const secretOverlap of ["an hour", {}, null] as ReadonlyArray<unknown> as ReadonlyArray<never>) {
      assert.throws(
        () => ClientRules.make({ secretOverlap }),
        /^clients.secretOverlap: that is not a duration. Write one as "1 hour"/
      )
    }
  })

  it.scoped("is no longer shown as the secret of the seed", () =>
    Effect.gen(function* () {
      const shop = { client_id: "shop", client_secret: "the secret of the seed".replaceAll(" ", "-"), grants: [] }
      const { embedded, rotate } = yield* systemOf({ clients: { secretOverlap: "1 hour" } }, [admin, shop])
      const shown = Effect.map(embedded.accounts.list, ([one]) => one?.clients.find(({ client_id }) => client_id === "shop"))
      const before = yield* shown
      assert.strictEqual(before?.client_secret, shop.client_secret)
      yield* rotate(before?.id)
      assert.strictEqual((yield* shown)?.client_secret, null)
    })
  )
})

describe("what is stored", () => {
  it.scoped("is only the digest of a secret, and a provider's own secret; neither is in the journal or an audit event", () =>
    Effect.gen(function* () {
      const system = yield* systemOf({ clients: { secretOverlap: "1 hour" } })
      const { client_secret: first, id } = yield* newClient(system)
      const second = yield* system.rotate(id)
      yield* system.ask("POST", "/auth/client-grants", {
        client_id: id,
        audience,
        scope: [],
        type: "authorization_code",
        oidc: { client_id: "shop", client_secret: "the secret of the provider", authority: "https://login.example.com" }
      })
      const tables = yield* system.tables
      const stored = JSON.stringify(tables)
      for (const secret of [first, second]) assert.notInclude(stored, String(secret))
      assert.include(JSON.stringify(tables.grants), "the secret of the provider")
      assert.notInclude(JSON.stringify(tables.audit_events), "the secret of the provider")
      const journal = JSON.stringify(yield* system.embedded.journal.list())
      for (const secret of [first, second, "the secret of the provider"]) assert.notInclude(journal, String(secret))
    })
  )

  it.scoped("survives a snapshot and a restore, and a copy of the account has it", () =>
    Effect.gen(function* () {
      const system = yield* systemOf({ clients: { secretOverlap: "1 hour" } })
      const given = { client_id: "shop", name: "Shop", description: "Orders", callbacks: ["https://shop.example.com"] }
      const { client_secret: first, id } = yield* newClient(system, given)
      const second = yield* system.rotate(id)
      const client = yield* system.ask("GET", `/auth/clients/${id}`)
      const grants = yield* system.ask("GET", `/auth/client-grants?client_id=shop`)
      const snapshot = yield* system.embedded.accounts.snapshot(account)
      yield* system.ask("DELETE", `/auth/clients/${id}`)
      yield* system.embedded.accounts.restore(snapshot)
      assert.deepStrictEqual(yield* system.ask("GET", `/auth/clients/${id}`), client)
      assert.deepStrictEqual(yield* system.ask("GET", `/auth/client-grants?client_id=shop`), grants)
      assert.deepStrictEqual(yield* system.working("shop", [first, second]), [first, second])

      const other = "P87654321"
      yield* system.embedded.accounts.fork(account, other)
      const answer = yield* system.api("POST", `//v1/accounts/${other}/auth/token`, {
        authorization: basic("shop", String(first)),
        body: { grant_type: "client_credentials", audience: `https://api.dintero.com/v1/accounts/${other}` }
      })
      assert.strictEqual(answer.status, 200)
      yield* system.embedded.accounts.reset(account)
      assert.deepStrictEqual(yield* system.working("shop", [first, second]), [])
    })
  )

  it.scoped("comes from a seed too", () =>
    Effect.gen(function* () {
      const oidc = { client_id: "shop", client_secret: "the secret of the provider", authority: "https://login.example.com" }
      const shop = {
        id: "22222222-2222-4222-8222-222222222222",
        client_id: "shop",
        client_secret: "another-secret-of-the-test",
        description: "Orders",
        callbacks: ["https://shop.example.com"],
        grants: [{ type: "authorization_code" as const, scope: ["user:customers"], oidc }]
      }
      const { ask, tables } = yield* systemOf({}, [admin, shop])
      const { description, callbacks, created_at, updated_at } = yield* ask("GET", `/auth/clients/${shop.id}`)
      assert.deepStrictEqual(
        { description, callbacks, created_at },
        {
          description: "Orders",
          callbacks: shop.callbacks,
          created_at: updated_at
        }
      )
      const [grant] = Object.values(yield* ask("GET", `/auth/client-grants?client_id=shop`)) as ReadonlyArray<Json>
      assert.deepStrictEqual(grant?.oidc, { client_id: "shop", authority: "https://login.example.com" })
      assert.include(JSON.stringify((yield* tables).grants), "the secret of the provider")

      const wrong = { ...shop, grants: [{ scope: [], oidc }] }
      const error = yield* Effect.flip(start({ seed: seedOf({ clients: [wrong] }) }))
      assert.strictEqual(
        error.message,
        "The seed is not valid: accounts[0].clients[0].grants[0].oidc: needs the type authorization_code."
      )
    })
  )

  it.scoped("a text in a seed that the database cannot store is named, and nothing starts", () =>
    Effect.gen(function* () {
      const odd = "a\u0000b"
      const grant = { audience: odd, scope: [] }
      const wrong = { client_id: "shop", client_secret: "a-secret", name: odd, callbacks: [odd], grants: [grant] }
      const error = yield* Effect.flip(start({ seed: seedOf({ clients: [wrong] }) }))
      assert.strictEqual(error._tag, "InvalidSeed")
      for (const field of ["name", "callbacks[0]", "grants[0].audience"]) {
        assert.include(error.message, `accounts[0].clients[0].${field}`)
      }
    })
  )
})

describe("each change", () => {
  it.scoped("has an audit event, and a refused one has none", () =>
    Effect.gen(function* () {
      const { api, ask, tables } = yield* systemOf()
      const client = yield* ask("POST", "/auth/clients", { client_id: "shop", name: "Shop" })
      const entity = { type: "client", id: client.id, client_id: "shop" }
      yield* ask("PATCH", `/auth/clients/${client.id}`, { name: "Web shop" })
      yield* ask("POST", `/auth/clients/${client.id}/rotate-secret`)
      const { id } = yield* ask("POST", "/auth/client-grants", { client_id: "shop", audience, scope: ["a"] })
      const grant = { type: "grant", id, client_id: client.id, audience }
      yield* ask("PATCH", `/auth/client-grants/${id}`, { scope: ["b"] })
      yield* ask("DELETE", `/auth/client-grants/${id}`)
      const authorization = yield* tokenOf(api, admin)
      const refused = [
        yield* api("POST", "/auth/clients", { authorization, body: { client_id: "shop" } }),
        yield* api("PATCH", "/auth/clients/nobody", { authorization, body: {} }),
        yield* api("POST", "/auth/client-grants", { authorization, body: { client_id: "nobody", audience, scope: [] } }),
        yield* api("DELETE", `/auth/client-grants/${id}`, { authorization })
      ]
      assert.deepStrictEqual(
        refused.map(({ status }) => status),
        [400, 404, 404, 404]
      )
      yield* ask("DELETE", `/auth/clients/${client.id}`)
      const events = [...((yield* tables).audit_events ?? [])].sort((a, b) => Number(a[6]) - Number(b[6]))
      assert.deepStrictEqual(
        events.map(([, , actor, action, entity]) => [actor, action, JSON.parse(String(entity))]),
        [
          [admin.id, "auth.clients.create", entity],
          [admin.id, "auth.clients.update", entity],
          [admin.id, "auth.clients.rotateSecret", entity],
          [admin.id, "auth.grants.create", { ...grant, scope: ["a"] }],
          [admin.id, "auth.grants.update", { ...grant, scope: ["b"] }],
          [admin.id, "auth.grants.delete", { ...grant, scope: ["b"] }],
          [admin.id, "auth.clients.delete", entity]
        ]
      )
    })
  )
})
