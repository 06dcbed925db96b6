import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { FetchHttpClient, HttpClient } from "@effect/platform"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, type Scope, TestClock } from "effect"
import {
  type AccessToken,
  Customers,
  Dintero,
  Mfa,
  RetryPolicy,
  Session,
  Sessions,
  TokenStore,
  type TokenStoreError,
  type TokenStoreService,
  TokenStores
} from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, type Seed } from "effect-dintero/embedded"
import { directory, open } from "../stores/Stores.js"
import * as Recorded from "../utils/RecordedServer.js"
import * as RedisServer from "../utils/RedisServer.js"
import { account, audience, clientId, clientSecret, password, settings } from "./System.js"

const ada = { customer_id: "ada", email: "ada@example.com", phone_number: "+4799999999", password: Redacted.value(password) }
const another = "T87654321"

const shop: Seed.Seed["accounts"][number] = {
  account_id: account,
  clients: [
    {
      client_id: clientId,
      client_secret: Redacted.value(clientSecret),
      grants: [
        { type: "client_credentials", scope: ["admin:customers", "admin:accounts", "write:accounts:/auth/users"] },
        { type: "password", scope: ["read:customers", "user:customers"] }
      ]
    }
  ],
  customers: [ada]
}

const systemOf = (seed: Seed.Seed) => DinteroEmbedded.make({ seed, passwordHashing: PasswordHashing.fastForTests })

const system = systemOf({ accounts: [shop, { ...shop, account_id: another }] })

const over = (oob_channel: "sms" | "email") => ({ challenge_type: "oob", oob_channel }) as const

/** The services of a process of its own. */
const processOf = (
  http: HttpClient.HttpClient,
  store: TokenStoreService,
  { accountId = account, baseUrl }: { readonly accountId?: string; readonly baseUrl?: string } = {}
) =>
  Sessions.layer().pipe(
    Layer.provideMerge(Dintero.layer({ accountId, clientId, clientSecret, retry: RetryPolicy.none, baseUrl })),
    Layer.provide(Layer.succeed(TokenStore, store)),
    Layer.provide(Layer.succeed(HttpClient.HttpClient, http))
  )

/** A store, and the keys of what is in it. */
const watched = (store: TokenStoreService) => {
  const keys = new Set<string>()
  const watching: TokenStoreService = {
    ...store,
    write: (key, ...rest) =>
      Effect.suspend(() => {
        keys.add(key)
        return store.write(key, ...rest)
      })
  }
  const left = Effect.map(
    Effect.filter(keys, (key) => Effect.map(store.read(key), Option.isSome)),
    (found) => found.filter((key) => key.startsWith("pending-")).length
  )
  return { watching, left }
}

/** The first request of the web server. */
const enterPassword = (options?: Mfa.BeginOptions) =>
  Effect.gen(function* () {
    const customers = yield* Customers
    const challenge = yield* customers.password.mfaLogin({
      type: "customer",
      ident_type: "email",
      ident: ada.email,
      secret: password,
      audience
    })
    const { id } = yield* Mfa.begin(challenge, options)
    return Redacted.value(id)
  })

const tagOf = <R>(attempt: Effect.Effect<AccessToken, Mfa.ConfirmError, R>) =>
  Effect.match(attempt, {
    onSuccess: () => "token",
    onFailure: (error) =>
      error._tag === "WrongCode"
        ? `WrongCode ${error.triesLeft}`
        : error._tag === "PendingLoginOver"
          ? `PendingLoginOver ${error.reason}`
          : error._tag
  })

describe("a login over two requests", () => {
  it.scoped("ends in a session, after a wrong code and another message", () =>
    Effect.gen(function* () {
      const { httpClient, journal, outbox } = yield* system
      const { left, watching } = watched(yield* TokenStores.memory)
      yield* Effect.gen(function* () {
        const cookie = yield* enterPassword({ channel: "sms" })
        assert.strictEqual(yield* tagOf(Mfa.confirm(cookie, Redacted.make("nothing"))), "WrongCode 2")
        yield* TestClock.adjust("9 minutes")
        const again = yield* Mfa.resend(cookie, "email")
        assert.strictEqual(again.triesLeft, 3)
        yield* TestClock.adjust("9 minutes")
        const { code } = yield* outbox.awaitNext({ recipient: ada.email })
        const sessions = yield* Sessions
        const session = yield* Effect.flatMap(Mfa.confirm(cookie, Redacted.make(code ?? "")), (login) => sessions.start(login))
        assert.deepStrictEqual(session.customerId, Option.some("ada"))
        yield* journal.clear
        yield* Session.with(settings, session)
        assert.strictEqual((yield* journal.list())[0]?.caller?.subject, "ada")
        assert.strictEqual(yield* tagOf(Mfa.confirm(cookie, Redacted.make(code ?? ""))), "PendingLoginOver unknown")
        // Neither id is good for the other.
        assert.strictEqual((yield* Effect.flip(Effect.asVoid(sessions.resume(cookie))))._tag, "SessionNotFound")
        assert.strictEqual(yield* tagOf(Mfa.confirm(session.id, Redacted.make("1"))), "PendingLoginOver unknown")
        assert.strictEqual(yield* left, 0)
      }).pipe(Effect.provide(processOf(httpClient, watching)))
    })
  )

  it.scoped("of a recovery goes on with a second code over the other channel", () =>
    Effect.gen(function* () {
      const mfa = { enabled: true, login: over("sms"), login_recovery: over("email") }
      const { httpClient, outbox } = yield* systemOf({ accounts: [{ ...shop, settings: { users: { mfa } } }] })
      const { left, watching } = watched(yield* TokenStores.memory)
      yield* Effect.gen(function* () {
        const customers = yield* Customers
        const recovery = yield* customers.password.mfaRecovery({
          type: "customer",
          ident_type: "email",
          ident: ada.email,
          audience
        })
        const first = yield* Mfa.begin(recovery)
        const { code: one } = yield* outbox.awaitNext({ recipient: ada.email })
        const required = yield* Effect.flip(Effect.asVoid(Mfa.confirm(first.id, Redacted.make(one ?? ""))))
        if (required._tag !== "MfaRequired") return assert.fail(required._tag)
        const second = yield* Mfa.begin(required, { channel: "sms" })
        const { code: two } = yield* outbox.awaitNext({ recipient: ada.phone_number })
        assert.strictEqual(yield* tagOf(Mfa.confirm(second.id, Redacted.make(two ?? ""))), "token")
        assert.strictEqual(yield* left, 0)
      }).pipe(Effect.provide(processOf(httpClient, watching)))
    })
  )

  it.scoped("may be confirmed twice at once: one request gets the session's token", () =>
    Effect.gen(function* () {
      const { httpClient, journal, outbox } = yield* system
      const { left, watching } = watched(yield* TokenStores.memory)
      yield* Effect.gen(function* () {
        const cookie = yield* enterPassword({ channel: "sms" })
        const { code } = yield* outbox.awaitNext({})
        const ends = yield* Effect.all(
          Array.from({ length: 3 }, () => tagOf(Mfa.confirm(cookie, Redacted.make(code ?? "")))),
          { concurrency: "unbounded" }
        )
        assert.lengthOf(
          ends.filter((end) => end === "token"),
          1
        )
        for (const end of ends) assert.match(end, /^(token|WrongCode [12]|PendingLoginOver (unknown|tries))$/)
        assert.strictEqual(yield* left, 0)
        const sent = (yield* journal.list({ operation: "auth.token" })).filter(({ status }) => status === 200)
        // One for the client, and one for the customer.
        assert.lengthOf(sent, 2)
      }).pipe(Effect.provide(processOf(httpClient, watching)))
    })
  )

  it.scoped("of another account is unknown there, and nothing is sent for it", () =>
    Effect.gen(function* () {
      const { httpClient, journal, outbox } = yield* system
      const store = yield* TokenStores.memory
      const [cookie, code] = yield* Effect.gen(function* () {
        const cookie = yield* enterPassword({ channel: "sms" })
        const { code } = yield* outbox.awaitNext({})
        return [cookie, Redacted.make(code ?? "")] as const
      }).pipe(Effect.provide(processOf(httpClient, store)))
      yield* journal.clear
      const there = yield* tagOf(Mfa.confirm(cookie, code)).pipe(
        Effect.provide(processOf(httpClient, store, { accountId: another }))
      )
      assert.strictEqual(there, "PendingLoginOver unknown")
      assert.lengthOf(yield* journal.list(), 0)
      assert.strictEqual(yield* Effect.provide(tagOf(Mfa.confirm(cookie, code)), processOf(httpClient, store)), "token")
    })
  )

  it.scoped("is over at the server before its own lifetime has passed: its code counts as wrong", () =>
    Effect.gen(function* () {
      const { httpClient, outbox } = yield* system
      yield* Effect.gen(function* () {
        const cookie = yield* enterPassword({ channel: "sms", lifetime: "1 hour" })
        const { code } = yield* outbox.awaitNext({})
        yield* TestClock.adjust("11 minutes")
        assert.strictEqual(yield* tagOf(Mfa.confirm(cookie, Redacted.make(code ?? ""))), "WrongCode 2")
        assert.strictEqual((yield* Effect.flip(Effect.asVoid(Mfa.resend(cookie))))._tag, "NotFound")
      }).pipe(Effect.provide(processOf(httpClient, yield* TokenStores.memory)))
    })
  )

  it.scoped("leaves nothing behind when nobody comes back", () =>
    Effect.gen(function* () {
      const { httpClient } = yield* system
      const { left, watching } = watched(yield* TokenStores.memory)
      yield* Effect.gen(function* () {
        const cookies = yield* Effect.replicateEffect(enterPassword({ channel: "sms" }), 10)
        assert.strictEqual(yield* left, 10)
        yield* TestClock.adjust("10 minutes")
        for (const cookie of cookies) {
          assert.strictEqual(yield* tagOf(Mfa.confirm(cookie, Redacted.make("1"))), "PendingLoginOver unknown")
        }
        assert.strictEqual(yield* left, 0)
      }).pipe(Effect.provide(processOf(httpClient, watching)))
    })
  )
})

type Opened = Effect.Effect<
  { readonly store: Effect.Effect<TokenStoreService, TokenStoreError, Scope.Scope>; readonly texts: Effect.Effect<string> },
  TokenStoreError,
  Scope.Scope
>

const filesIn = (path: string): string =>
  readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n")

const stores: ReadonlyArray<readonly [name: string, isEncrypted: boolean, skip: boolean, opened: Opened]> = [
  ...(["file", "file+encrypted"] as const).map(
    (kind) =>
      [
        kind,
        kind === "file+encrypted",
        false,
        Effect.map(directory, (place) => ({ store: open(kind, place), texts: Effect.sync(() => filesIn(place)) }))
      ] as const
  ),
  ...(["redis", "redis+encrypted"] as const).map(
    (kind) =>
      [
        `${kind}${RedisServer.note}`,
        kind === "redis+encrypted",
        !RedisServer.available,
        Effect.map(RedisServer.make, (server) => ({
          store: open(kind, Redacted.value(server.url)),
          texts: Effect.gen(function* () {
            const found: Array<unknown> = []
            for (const key of (yield* server.command("KEYS", "*")) as ReadonlyArray<string>) {
              found.push(key, yield* server.command("TYPE", key), yield* server.command("DUMP", key))
              const isHash = (yield* server.command("TYPE", key)) === "hash"
              found.push(isHash ? yield* server.command("HGETALL", key) : yield* server.command("GET", key))
            }
            return JSON.stringify(found)
          })
        }))
      ] as const
  )
]

describe("a process ends after the password", () => {
  for (const [name, isEncrypted, skip, opened] of stores) {
    it.scopedLive.skipIf(skip)(`and another one confirms the code: ${name}`, () =>
      Effect.gen(function* () {
        const { httpClient, outbox } = yield* system
        const { store, texts } = yield* opened
        const cookie = yield* Effect.flatMap(store, (store) =>
          Effect.provide(enterPassword({ channel: "sms" }), processOf(httpClient, store))
        ).pipe(Effect.scoped)
        const kept = yield* texts
        assert.notInclude(kept, cookie)
        assert.strictEqual(kept.includes("mfa_token"), !isEncrypted)
        const { code } = yield* outbox.awaitNext({})
        yield* Effect.gen(function* () {
          const { left, watching } = watched(yield* store)
          yield* Effect.gen(function* () {
            assert.strictEqual(yield* tagOf(Mfa.confirm(cookie, Redacted.make("wrong"))), "WrongCode 2")
            assert.strictEqual(yield* left, 1)
            assert.strictEqual(yield* tagOf(Mfa.confirm(cookie, Redacted.make(code ?? ""))), "token")
            assert.strictEqual(yield* left, 0)
          }).pipe(Effect.provide(processOf(httpClient, watching)))
        }).pipe(Effect.scoped)
        assert.notInclude(yield* texts, "mfa_token")
      })
    )
  }
})

describe("the service as it was recorded", () => {
  it.scopedLive("takes the code of a login that began with the password alone, and refuses another", () =>
    Effect.gen(function* () {
      const server = yield* Recorded.make({ asksForCode: true })
      const layer = Sessions.layer().pipe(
        Layer.provideMerge(
          Dintero.layer({
            accountId: account,
            clientId: Recorded.client.id,
            clientSecret: Redacted.make(Recorded.client.secret),
            baseUrl: `${server.origin}/v1`,
            retry: RetryPolicy.none
          })
        ),
        Layer.provide(TokenStores.layerMemory),
        Layer.provide(FetchHttpClient.layer)
      )
      yield* Effect.gen(function* () {
        const customers = yield* Customers
        const { email, password } = Recorded.person
        const login = customers.password.login({ type: "customer", email, password: Redacted.make(password), audience })
        const required = yield* Effect.flip(Effect.asVoid(login))
        if (required._tag !== "MfaRequired") return assert.fail(required._tag)
        const { id } = yield* Mfa.begin(required)
        assert.strictEqual(yield* tagOf(Mfa.confirm(id, Redacted.make("000000"))), "WrongCode 2")
        // A refused access token and the page of a proxy say nothing about the code.
        server.revokeTokens()
        assert.strictEqual(yield* tagOf(Mfa.confirm(id, Redacted.make("000000"))), "WrongCode 1")
        yield* Mfa.resend(id)
        server.interpose("token mfa_oob", { status: 403, body: "<html>No</html>", contentType: "text/html" }, 1)
        assert.strictEqual(yield* tagOf(Mfa.confirm(id, Redacted.make(Recorded.person.code))), "Forbidden")
        const token = yield* Mfa.confirm(id, Redacted.make(Recorded.person.code))
        assert.strictEqual(Redacted.value(token.refresh_token ?? Redacted.make("")), Recorded.refreshToken)
        assert.strictEqual(yield* tagOf(Mfa.confirm(id, Redacted.make(Recorded.person.code))), "PendingLoginOver unknown")
      }).pipe(Effect.provide(layer))
    })
  )
})
