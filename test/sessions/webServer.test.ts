/**
 * The server of `examples/sessions`, over HTTP, with browsers that have a cookie jar each. docs/sessions.md shows its files.
 */
import { FetchHttpClient, HttpClient, HttpClientRequest } from "@effect/platform"
import { NodeHttpServer } from "@effect/platform-node"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Redacted, type Scope } from "effect"
import { Customers, Sessions, TokenStore, TokenStoreError, type TokenStoreService, TokenStores } from "effect-dintero"
import { DinteroEmbedded, PasswordHashing, type Seed } from "effect-dintero/embedded"
import { ServerLayer } from "../../examples/sessions/Server.js"
import * as Child from "../cli/Child.js"
import { open, secretKey } from "../stores/Stores.js"
import * as RedisServer from "../utils/RedisServer.js"
import * as Browser from "./Browser.js"
import { account, client, clientId, clientSecret, password, seed as sessionsSeed } from "./System.js"

/** As a shop has it: the client may log customers in, and a customer sees her own data. */
const seed: Seed.Seed = {
  accounts: sessionsSeed.accounts.map((account) => ({
    ...account,
    clients: [
      {
        client_id: clientId,
        client_secret: Redacted.value(clientSecret),
        grants: [
          {
            type: "client_credentials",
            scope: [
              "admin:customers",
              "write:accounts:/auth/users",
              "write:accounts:/auth/mfa",
              "create:accounts:auth:refresh_token"
            ]
          },
          { type: "password", scope: ["user:customers"] }
        ]
      }
    ],
    customers: account.customers?.map((customer, index) => ({ ...customer, phone_number: `+479999999${index}` }))
  }))
}

const system = DinteroEmbedded.layerEmbedded({ seed, passwordHashing: PasswordHashing.fastForTests }).pipe(
  Layer.build,
  Effect.map(Context.get(DinteroEmbedded.Embedded))
)

/** One process of the shop. It shares the system and the store with the others, and nothing else. */
const shop = (embedded: DinteroEmbedded.EmbeddedService, store: TokenStoreService) =>
  Effect.gen(function* () {
    const dintero = Sessions.layer().pipe(
      Layer.provideMerge(client()),
      Layer.provide(Layer.succeed(HttpClient.HttpClient, embedded.httpClient)),
      Layer.provideMerge(Layer.succeed(TokenStore, store))
    )
    const services = yield* Layer.build(
      ServerLayer.pipe(Layer.provideMerge(dintero), Layer.provideMerge(NodeHttpServer.layerTest))
    )
    return {
      customers: Context.get(services, Customers),
      sessions: Context.get(services, Sessions),
      browser: (userAgent = "a browser") => Browser.make(Context.get(services, HttpClient.HttpClient), userAgent)
    }
  })

type Shop = Effect.Effect.Success<ReturnType<typeof shop>>

const asAda = { email: "ada@example.com", password: Redacted.value(password) }
const asGrace = { email: "grace@example.com", password: Redacted.value(password) }

const signedIn = (shop: Shop, userAgent?: string, who = asAda) =>
  Effect.gen(function* () {
    const browser = shop.browser(userAgent)
    const { status } = yield* browser.send("POST", "/sign-in", { body: who })
    assert.strictEqual(status, 204)
    return browser
  })

/** From now on a login needs a code. */
const withCodes = ({ customers }: Shop) =>
  customers.settings.update({
    users: {
      customer_id_format: "uuid",
      mfa: {
        enabled: true,
        login: { challenge_type: "oob", oob_channel: "sms" },
        login_recovery: { challenge_type: "oob", oob_channel: "email" }
      }
    }
  })

const sentCode = ({ outbox }: DinteroEmbedded.EmbeddedService) =>
  Effect.map(outbox.awaitNext({ channel: "sms" }), ({ code }) => code)

interface Device {
  readonly handle: string
  readonly label: string | null
  readonly isThis: boolean
}

const devicesOf = (browser: Browser.Browser) =>
  Effect.map(browser.send("GET", "/devices"), ({ body, status }) => {
    assert.strictEqual(status, 200)
    // Seam: the body of the server under test.
    return body as ReadonlyArray<Device>
  })

const sessionCookie = "__Host-session"
const pendingCookie = "__Host-sign-in"
const attributes = (maxAge: number) => `Max-Age=${maxAge}; Path=/; HttpOnly; Secure; SameSite=lax`
const cleared = `${sessionCookie}; ${attributes(0)}`

const over = (name: string, store: Effect.Effect<TokenStoreService, TokenStoreError, Scope.Scope>, isSkipped = false) =>
  describe.skipIf(isSkipped)(`the web server of docs/sessions.md, over ${name}`, () => {
    it.scopedLive("signs in, knows the customer, and signs out", () =>
      Effect.gen(function* () {
        const one = yield* shop(yield* system, yield* store)
        const browser = one.browser()
        const signIn = yield* browser.send("POST", "/sign-in", { body: asAda })
        assert.deepInclude(signIn, { status: 204, body: undefined })
        assert.include(signIn.cookies, `${sessionCookie}; ${attributes(400 * 86_400)}`)
        assert.match(browser.jar.get(sessionCookie) ?? "", /^[A-Za-z0-9_-]{43}$/)

        const me = yield* browser.send("GET", "/me")
        assert.deepInclude(me, { status: 200, body: { customerId: "ada", email: "ada@example.com" }, cookies: [] })
        assert.strictEqual(me.headers["cache-control"], "no-store")

        const stolen = browser.jar.get(sessionCookie) ?? ""
        assert.deepInclude(yield* browser.send("POST", "/sign-out"), { status: 204, cookies: [cleared] })
        assert.isFalse(browser.jar.has(sessionCookie))
        // Also for somebody who has kept the cookie.
        browser.jar.set(sessionCookie, stolen)
        assert.deepInclude(yield* browser.send("GET", "/me"), { status: 401, body: { error: "sign-in" }, cookies: [cleared] })
      })
    )

    it.scopedLive("a new sign-in gets a new id, and ends the session that the browser had", () =>
      Effect.gen(function* () {
        const one = yield* shop(yield* system, yield* store)
        const browser = yield* signedIn(one)
        const first = browser.jar.get(sessionCookie) ?? ""
        yield* browser.send("POST", "/sign-in", { body: asAda })
        assert.notStrictEqual(browser.jar.get(sessionCookie), first)
        assert.lengthOf(yield* devicesOf(browser), 1)

        // An id that somebody has chosen for the browser is not taken over.
        const planted = one.browser()
        planted.jar.set(sessionCookie, "an-id-of-the-attacker")
        yield* planted.send("POST", "/sign-in", { body: asGrace })
        assert.notStrictEqual(planted.jar.get(sessionCookie), "an-id-of-the-attacker")
        planted.jar.set(sessionCookie, "an-id-of-the-attacker")
        assert.strictEqual((yield* planted.send("GET", "/me")).status, 401)
      })
    )

    it.scopedLive("asks for a code in another request, of any process, and sends another one", () =>
      Effect.gen(function* () {
        const embedded = yield* system
        const shared = yield* store
        const one = yield* shop(embedded, shared)
        yield* withCodes(one)
        const browser = one.browser()
        const signIn = yield* browser.send("POST", "/sign-in", { body: asAda })
        assert.deepInclude(signIn, { status: 202, cookies: [`${pendingCookie}; ${attributes(600)}`] })
        assert.isFalse(browser.jar.has(sessionCookie))
        assert.strictEqual((yield* browser.send("GET", "/me")).status, 401)

        const wrong = yield* browser.send("POST", "/sign-in/code", { body: { code: "no code" } })
        assert.deepInclude(wrong, { status: 401, body: { error: "code-refused", triesLeft: 2 }, cookies: [] })

        yield* embedded.outbox.clear()
        const again = yield* browser.send("POST", "/sign-in/resend", { body: {} })
        assert.deepInclude(again, { status: 202, cookies: [`${pendingCookie}; ${attributes(600)}`] })
        const code = yield* sentCode(embedded)

        const elsewhere = (yield* shop(embedded, shared)).browser()
        for (const [name, value] of browser.jar) elsewhere.jar.set(name, value)
        const used = browser.jar.get(pendingCookie) ?? ""
        const confirmed = yield* elsewhere.send("POST", "/sign-in/code", { body: { code } })
        assert.deepInclude(confirmed, { status: 204 })
        assert.sameMembers(
          [...confirmed.cookies],
          [`${sessionCookie}; ${attributes(400 * 86_400)}`, `${pendingCookie}; ${attributes(0)}`]
        )
        assert.notStrictEqual(elsewhere.jar.get(sessionCookie), used)
        assert.strictEqual((yield* elsewhere.send("GET", "/me")).status, 200)

        // The login is used up.
        const twice = yield* browser.send("POST", "/sign-in/code", { body: { code } })
        assert.deepInclude(twice, {
          status: 401,
          body: { error: "start-again" },
          cookies: [`${pendingCookie}; ${attributes(0)}`]
        })
      })
    )

    it.scopedLive("takes three wrong codes, and five messages", () =>
      Effect.gen(function* () {
        const embedded = yield* system
        const one = yield* shop(embedded, yield* store)
        yield* withCodes(one)
        const browser = one.browser()
        const startAgain = { status: 401, body: { error: "start-again" }, cookies: [`${pendingCookie}; ${attributes(0)}`] }
        const guess = browser.send("POST", "/sign-in/code", { body: { code: "no code" } })

        yield* browser.send("POST", "/sign-in", { body: asAda })
        for (const triesLeft of [2, 1]) {
          assert.deepInclude(yield* guess, { status: 401, body: { error: "code-refused", triesLeft } })
        }
        assert.deepInclude(yield* guess, startAgain)
        // Nothing waits any more, and without a cookie neither.
        assert.deepInclude(yield* guess, startAgain)

        yield* browser.send("POST", "/sign-in", { body: asAda })
        for (let message = 2; message <= 5; message++) {
          assert.strictEqual((yield* browser.send("POST", "/sign-in/resend", { body: {} })).status, 202)
        }
        assert.deepInclude(yield* browser.send("POST", "/sign-in/resend", { body: {} }), {
          status: 429,
          body: { error: "too-many-messages" },
          cookies: []
        })
      })
    )

    it.scopedLive("lists the devices, signs out one of them, then all others", () =>
      Effect.gen(function* () {
        const one = yield* shop(yield* system, yield* store)
        const phone = yield* signedIn(one, "phone")
        const laptop = yield* signedIn(one, "laptop")
        const tablet = yield* signedIn(one, "tablet")
        const of = (browser: Browser.Browser) => Effect.map(browser.send("GET", "/me"), ({ status }) => status)
        const list = yield* devicesOf(laptop)
        assert.sameDeepMembers(
          list.map(({ isThis, label }) => ({ isThis, label })),
          [
            { label: "phone", isThis: false },
            { label: "laptop", isThis: true },
            { label: "tablet", isThis: false }
          ]
        )

        const handle = list.find(({ label }) => label === "phone")?.handle ?? ""
        assert.notStrictEqual(handle, phone.jar.get(sessionCookie))
        // Another customer who knows the handle.
        const stranger = yield* signedIn(one, "stranger", asGrace)
        assert.strictEqual((yield* stranger.send("DELETE", `/devices/${handle}`)).status, 404)
        assert.strictEqual(yield* of(phone), 200)

        assert.strictEqual((yield* laptop.send("DELETE", `/devices/${handle}`)).status, 204)
        assert.deepStrictEqual(yield* Effect.all([of(phone), of(laptop), of(tablet)]), [401, 200, 200])
        assert.strictEqual((yield* laptop.send("DELETE", `/devices/${handle}`)).status, 404)

        assert.deepInclude(yield* laptop.send("DELETE", "/devices"), { status: 200, body: { ended: 1 } })
        assert.deepStrictEqual(yield* Effect.all([of(laptop), of(tablet), of(stranger)]), [200, 401, 200])
      })
    )

    it.scopedLive("another process of the server knows the session", () =>
      Effect.gen(function* () {
        const embedded = yield* system
        const shared = yield* store
        const browser = yield* signedIn(yield* shop(embedded, shared))
        const elsewhere = (yield* shop(embedded, shared)).browser()
        for (const [name, value] of browser.jar) elsewhere.jar.set(name, value)
        assert.deepInclude(yield* elsewhere.send("GET", "/me"), { status: 200, cookies: [] })
      })
    )

    it.scopedLive("answers what is no sign-in, no session and no JSON", () =>
      Effect.gen(function* () {
        const one = yield* shop(yield* system, yield* store)
        const browser = one.browser()
        const wrong = { ...asAda, password: "a guess" }
        assert.deepInclude(yield* browser.send("POST", "/sign-in", { body: wrong }), {
          status: 401,
          body: { error: "credentials-refused" },
          cookies: []
        })
        assert.deepInclude(yield* browser.send("POST", "/sign-in", { body: { email: "ada@example.com" } }), {
          status: 400,
          body: { error: "bad-request" }
        })
        const own = yield* signedIn(one)
        const id = own.jar.get(sessionCookie) ?? ""
        for (const cookie of ["", "forged", id.slice(1), `${id}A`, "A".repeat(4000), "%00", "=;"]) {
          browser.jar.set(sessionCookie, cookie)
          assert.deepInclude(
            yield* browser.send("GET", "/me"),
            { status: 401, body: { error: "sign-in" }, cookies: [cleared] },
            cookie.slice(0, 50)
          )
        }
        assert.deepInclude(yield* browser.send("DELETE", "/devices/..%2f..%2fetc"), { status: 401 })
        assert.deepInclude(yield* own.send("DELETE", "/devices/..%2f..%2fetc"), { status: 404 })
        assert.strictEqual((yield* own.send("GET", "/me")).status, 200)
      })
    )
  })

over("memory", TokenStores.memory)
over(
  `Redis${RedisServer.note}`,
  Effect.flatMap(RedisServer.make, ({ url }) => open("redis+encrypted", Redacted.value(url))),
  !RedisServer.available
)

describe("requests that the page of another site makes a browser send", () => {
  const refused = { status: 403, body: { error: "other-origin" } }
  it.scopedLive("change nothing", () =>
    Effect.gen(function* () {
      const one = yield* shop(yield* system, yield* TokenStores.memory)
      const browser = yield* signedIn(one)
      for (const headers of [
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
        { "sec-fetch-site": "", origin: "https://evil.example" },
        { "sec-fetch-site": "", origin: "null" }
      ]) {
        assert.deepInclude(yield* browser.send("POST", "/sign-out", { headers }), refused)
        assert.deepInclude(yield* browser.send("POST", "/sign-in", { body: asGrace, headers }), refused)
      }
      assert.deepInclude(yield* browser.send("GET", "/me", { headers: { "sec-fetch-site": "cross-site" } }), { status: 200 })
    })
  )
})

describe("a sign-out that the store does not take", () => {
  it.scopedLive("is a 503, and the next one ends the session in the store", () =>
    Effect.gen(function* () {
      const embedded = yield* system
      const memory = yield* TokenStores.memory
      let isDown = false
      const down = new TokenStoreError({ reason: "unavailable", message: "The token store cannot be reached." })
      const store: TokenStoreService = { ...memory, remove: (...given) => (isDown ? Effect.fail(down) : memory.remove(...given)) }
      const browser = yield* signedIn(yield* shop(embedded, store))
      const stolen = browser.jar.get(sessionCookie) ?? ""

      isDown = true
      assert.deepInclude(yield* browser.send("POST", "/sign-out"), {
        status: 503,
        body: { error: "store-unavailable" },
        cookies: []
      })
      isDown = false
      assert.deepInclude(yield* browser.send("POST", "/sign-out"), { status: 204, cookies: [cleared] })

      // Also for somebody who has kept the cookie, in another process.
      const elsewhere = (yield* shop(embedded, memory)).browser()
      elsewhere.jar.set(sessionCookie, stolen)
      assert.strictEqual((yield* elsewhere.send("GET", "/me")).status, 401)
    })
  )
})

describe.skipIf(!RedisServer.available)(`Redis is down${RedisServer.note}`, () => {
  it.scopedLive(
    "is no sign-out: 503 with Retry-After, the cookie stays, and the session goes on when Redis is back",
    () =>
      Effect.gen(function* () {
        const embedded = yield* system
        const redis = yield* RedisServer.make
        const openStore = open("redis+encrypted", Redacted.value(redis.url))
        const browser = yield* signedIn(yield* shop(embedded, yield* openStore))
        // A process that has not seen the session yet.
        const other = yield* shop(embedded, yield* openStore)
        const elsewhere = other.browser()
        for (const [name, value] of browser.jar) elsewhere.jar.set(name, value)
        assert.strictEqual((yield* elsewhere.send("GET", "/health")).status, 204)

        yield* redis.signal("SIGSTOP")
        const down = { status: 503, body: { error: "store-unavailable" }, cookies: [] }
        for (const [method, path] of [
          ["GET", "/me"],
          ["GET", "/health"],
          ["POST", "/sign-out"]
        ] as const) {
          const answer = yield* elsewhere.send(method, path)
          assert.deepInclude(answer, down, path)
          assert.strictEqual(answer.headers["retry-after"], "5")
        }
        // The refresh token of a login that cannot be kept is revoked.
        assert.deepInclude(yield* other.browser().send("POST", "/sign-in", { body: asAda }), down)

        yield* redis.signal("SIGCONT")
        yield* Effect.repeat(elsewhere.send("GET", "/health"), { until: ({ status }) => status === 204 })
        assert.strictEqual((yield* elsewhere.send("GET", "/me")).status, 200)
      }),
    120_000
  )
})

describe.skipIf(!RedisServer.available)(`examples/sessions/main.ts${RedisServer.note}`, () => {
  it.scopedLive(
    "runs as two processes, which share the sessions, and ends at a signal",
    () =>
      Effect.gen(function* () {
        const redis = yield* RedisServer.make
        const served = yield* DinteroEmbedded.serve({ seed, passwordHashing: PasswordHashing.fastForTests })
        const process = Effect.gen(function* () {
          const port = yield* RedisServer.freePort
          const child = yield* Child.start("examples/sessions/main.ts", [], {
            env: {
              DINTERO_ACCOUNT_ID: account,
              DINTERO_CLIENT_ID: clientId,
              DINTERO_CLIENT_SECRET: Redacted.value(clientSecret),
              DINTERO_BASE_URL: served.url,
              REDIS_URL: Redacted.value(redis.url),
              SESSIONS_KEY: Redacted.value(secretKey),
              PORT: String(port)
            }
          })
          yield* child.until(/Listening on /)
          const http = HttpClient.mapRequest(
            yield* HttpClient.HttpClient,
            HttpClientRequest.prependUrl(`http://127.0.0.1:${port}`)
          )
          return { child, browser: Browser.make(http, "a browser") }
        })
        const [one, two] = yield* Effect.all([process, process], { concurrency: 2 })
        assert.strictEqual((yield* one.browser.send("POST", "/sign-in", { body: asAda })).status, 204)
        for (const [name, value] of one.browser.jar) two.browser.jar.set(name, value)
        assert.deepInclude(yield* two.browser.send("GET", "/me"), {
          status: 200,
          body: { customerId: "ada", email: "ada@example.com" }
        })
        assert.strictEqual((yield* two.browser.send("POST", "/sign-out")).status, 204)
        assert.strictEqual((yield* one.browser.send("GET", "/health")).status, 204)
        for (const { child } of [one, two]) {
          yield* child.signal("SIGTERM")
          const { code, signal } = yield* child.ended
          assert.include(["SIGTERM", 143, 130, 0], signal ?? code)
        }
      }).pipe(Effect.provide(FetchHttpClient.layer)),
    120_000
  )
})
