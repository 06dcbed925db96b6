/**
 * Roles and account users in seeds, snapshots and copies, and the audit events that the controls show.
 */
import { FetchHttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { DinteroEmbedded, PasswordHashing, Seed } from "../../../../src/embedded.js"
import { account, client, seedOf, start, tokenOf } from "../../Api.js"
import { onEach } from "../../Databases.js"
import { list, object } from "../Rooms.js"

const other = "T87654321"

const seed = seedOf({
  roles: [
    { id: "a2b4d5c0-1111-4222-8333-944455558888", name: "Support", description: "Looks customers up", scope: ["read:customers"] },
    { name: "Owner", scope: ["admin:accounts"] }
  ],
  account_users: [
    { email: "Grace@example.com", name: "Grace Hopper", roles: ["Owner", "Support"], agreement: { version: "2" } },
    { id: "a2b4d5c0-1111-4222-8333-944455559999", email: "linus@example.com", scope: ["read:accounts"] }
  ]
})

onEach("roles and account users", (database) => {
  const startWith = Effect.gen(function* () {
    const { api, embedded } = yield* start({ db: yield* database, seed })
    const authorization = yield* tokenOf(api)
    const call = (method: Parameters<typeof api>[0], path: string, body?: unknown) =>
      api(method, path, { authorization, ...(body === undefined ? {} : { body }) })
    /** The users with the names of their roles, and the names of all roles. */
    const state = Effect.gen(function* () {
      const users = list(yield* call("GET", "/management/users?expand=roles"))
      const roles = list(yield* call("GET", "/auth/roles?include_deleted=true&limit=100"))
      return {
        users: users.map(({ email, roles }) => [email, (roles as ReadonlyArray<{ name: string }>).map(({ name }) => name)]),
        roles: roles.map(({ name }) => name)
      }
    })
    return { api, call, embedded, state }
  })

  it.scoped("come from a seed; what is added later comes after them", () =>
    Effect.gen(function* () {
      const { call, state } = yield* startWith
      assert.deepStrictEqual(yield* state, {
        users: [
          ["Grace@example.com", ["Support", "Owner"]],
          ["linus@example.com", []]
        ],
        roles: ["Support", "Owner"]
      })
      const { created_at, updated_at, ...role } = object(yield* call("GET", "/auth/roles/a2b4d5c0-1111-4222-8333-944455558888"))
      assert.deepStrictEqual(role, {
        id: "a2b4d5c0-1111-4222-8333-944455558888",
        name: "Support",
        description: "Looks customers up",
        scope: ["read:customers"]
      })
      assert.strictEqual(updated_at, created_at)
      assert.strictEqual(list(yield* call("GET", "/management/users?search=hopper")).length, 1)
      assert.strictEqual(list(yield* call("GET", "/auth/roles?search=looks")).length, 1)
      yield* call("POST", "/auth/roles", { name: "Later", scope: [] })
      yield* call("POST", "/management/users", { email: "later@example.com" })
      const later = yield* state
      assert.deepStrictEqual([later.roles.at(-1), later.users.at(-1)], ["Later", ["later@example.com", []]])
      // A page ends with one of the seed.
      const rest = list(yield* call("GET", "/auth/roles?starting_after=a2b4d5c0-1111-4222-8333-944455558888"))
      assert.deepStrictEqual(
        rest.map(({ name }) => name),
        ["Owner", "Later"]
      )
    })
  )

  it.scoped("are restored, reset and copied with their account, and so are the audit events", () =>
    Effect.gen(function* () {
      const { call, embedded, state } = yield* startWith
      const { accounts } = embedded
      const seeded = yield* state
      yield* call("DELETE", "/auth/roles/a2b4d5c0-1111-4222-8333-944455558888")
      const { id } = object(yield* call("POST", "/auth/roles", { name: "Later", scope: [] }))
      yield* call("POST", "/management/users", { email: "later@example.com", roles: [{ id }] })
      const changed = yield* state
      const events = yield* accounts.auditEvents(account)
      assert.strictEqual(events.length, 3)
      const snapshot = yield* accounts.snapshot(account)
      yield* accounts.fork(account, other)
      assert.deepStrictEqual(yield* accounts.auditEvents(other), events)
      yield* accounts.reset(account)
      assert.deepStrictEqual([yield* state, yield* accounts.auditEvents(account)], [seeded, []])
      yield* accounts.restore(snapshot)
      assert.deepStrictEqual([yield* state, yield* accounts.auditEvents(account)], [changed, events])
    })
  )

  it.scoped("the audit events that fit the actor and the action, the newest first, at most 1,000", () =>
    Effect.gen(function* () {
      const { call, embedded } = yield* startWith
      const { accounts } = embedded
      const actor = String(object(yield* call("POST", "/auth/roles", { name: "one", scope: [] })).created_by)
      yield* call("POST", "/management/users", { email: "a@example.com" })
      const actions = (match?: Parameters<typeof accounts.auditEvents>[1]) =>
        Effect.map(accounts.auditEvents(account, match), (all) => all.map(({ action }) => action))
      assert.deepStrictEqual(yield* actions(), ["auth.accountUsers.create", "auth.roles.create"])
      assert.deepStrictEqual(yield* actions({ action: "auth.roles.create" }), ["auth.roles.create"])
      assert.deepStrictEqual(yield* actions({ actor, action: "auth.roles.create" }), ["auth.roles.create"])
      for (const none of [{ actor: "nobody" }, { action: "auth.roles" }, { actor: "\u0000" }, { action: "a\ud800" }]) {
        assert.deepStrictEqual(yield* actions(none), [])
      }
      assert.strictEqual((yield* Effect.flip(accounts.auditEvents(other)))._tag, "UnknownAccount")
    })
  )
})

describe("audit events over a port", () => {
  it.scopedLive("are those of the system in process", () =>
    Effect.gen(function* () {
      const system = yield* DinteroEmbedded.serve({ seed, passwordHashing: PasswordHashing.fastForTests })
      const { accounts } = yield* DinteroEmbedded.connect(system)
      const send = (path: string, authorization: string, body: unknown) =>
        Effect.promise(async () => {
          const response = await fetch(`${system.url}/v1/accounts/${account}${path}`, {
            method: "POST",
            headers: { authorization, "content-type": "application/json" },
            body: JSON.stringify(body)
          })
          return (await response.json()) as Record<string, string>
        })
      const basic = `Basic ${btoa(`${client.client_id}:${client.client_secret}`)}`
      const grant = { grant_type: "client_credentials", audience: `https://api.dintero.com/v1/accounts/${account}` }
      const { access_token } = yield* send("/auth/token", basic, grant)
      const { created_by, id } = yield* send("/auth/roles", `Bearer ${access_token}`, { scope: [] })
      const [event, ...more] = yield* accounts.auditEvents(account, { actor: created_by ?? "", action: "auth.roles.create" })
      assert.deepStrictEqual([event?.entity, event?.actor, more], [{ type: "role", id }, { id: created_by }, []])
      assert.deepStrictEqual(yield* accounts.auditEvents(account, { actor: "nobody" }), [])
      assert.strictEqual((yield* Effect.flip(accounts.auditEvents(other)))._tag, "UnknownAccount")
    }).pipe(Effect.provide(FetchHttpClient.layer))
  )
})

describe("a seed", () => {
  it.effect("names roles and account users that repeat, and roles and jwks that are not there", () =>
    Effect.gen(function* () {
      const role = { name: "Support", scope: [] }
      const { issues } = yield* Effect.flip(
        Seed.decode(
          seedOf({
            roles: [role, role],
            account_users: [
              { email: "σίσυφος@example.com", roles: ["Support", "Owner"] },
              { email: "ΣΊΣΥΦΟΣ@EXAMPLE.COM", authentication_type: "external" }
            ]
          })
        )
      )
      const at = "accounts[0].account_users"
      assert.deepStrictEqual(
        issues.map(({ message, path }) => `${path} ${message}`),
        [
          "accounts[0].roles[1].name is the same as accounts[0].roles[0].name",
          `${at}[0].roles[1] is none of the roles of the account`,
          `${at}[1].email is the same as ${at}[0].email`,
          `${at}[1].authentication_type needs the jwks of the account`
        ]
      )
      const wrong = yield* Effect.flip(
        Seed.decode(seedOf({ roles: [{ name: "\u0000", scope: ["a b"] }], account_users: [{ email: "a\ud800" }] }))
      )
      assert.deepStrictEqual(
        wrong.issues.map(({ path }) => path),
        ["accounts[0].roles[0].name", "accounts[0].roles[0].scope[0]", `${at}[0].email`]
      )
    })
  )
})
